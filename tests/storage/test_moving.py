"""What was in SQLite is on PostgreSQL, all of it and nothing else; and the source is as it was."""

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.storage.checksum import Checksum
from bot.storage.engines import engine_of
from bot.storage.lock import only_one
from bot.storage.moving import Copied, moving
from bot.storage.postgres_server import without_nul
from bot.storage.shape import tables
from bot.storage.sqlite import connect, migrate
from tests.moving import change, fill, here, tables_there, there
from tests.postgres import PASSWORD, PostgresServer

ROWS = 5000


def quiet(_done: int, _total: int) -> None:
    pass


def moved(path: Path, url: str) -> list[Copied]:
    with moving(path, url) as move:
        assert not move.copy(quiet)
        return move.finish(quiet)


def refusal(path: Path, url: str) -> str:
    with pytest.raises(OSError, match=": ") as refused:
        moved(path, url)
    text = str(refused.value)
    assert "\n" not in text
    assert PASSWORD not in text
    return text


class CutOffError(Exception):
    pass


def cut_off(path: Path, url: str, *, after: int) -> None:
    """A move that ends in the middle of it."""

    def stop(done: int, _total: int) -> None:
        if done >= after:
            raise CutOffError

    with pytest.raises(CutOffError), moving(path, url) as move:
        move.copy(stop)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    fill(path)
    return path


def many(path: Path) -> None:
    change(path, "INSERT INTO alarms VALUES (?, 0)", *[(f"a{one:05}",) for one in range(ROWS)])
    change(path, "INSERT INTO proofs VALUES (?, 0)", *[(f"p{one:05}",) for one in range(ROWS)])


def test_every_table_there_is_arrives_as_it_was(path: Path, postgres_url: str) -> None:
    copied = moved(path, postgres_url)
    assert {one.name for one in copied} == tables_there(postgres_url)
    for table in tables():
        columns = ", ".join(table.columns)
        ours = here(path, f"SELECT {columns} FROM {table.name} ORDER BY 1, 2")
        assert ours
        assert there(postgres_url, f"SELECT {columns} FROM {table.name} ORDER BY 1, 2") == ours
        assert next(one.rows for one in copied if one.name == table.name) == len(ours)


def test_a_target_without_tables_gets_them(path: Path, empty_postgres_url: str) -> None:
    assert len(moved(path, empty_postgres_url)) == len(tables())
    assert there(empty_postgres_url, "SELECT count(*) FROM tasks") == [(3,)]


def test_the_source_is_as_it_was(path: Path, postgres_url: str) -> None:
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    moved(path, postgres_url)
    after = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert {name: after[name] for name in before} == before


def test_what_is_still_in_the_log_of_a_killed_bot_comes_along(
    path: Path, postgres_url: str
) -> None:
    killed = connect(path)
    with killed:
        killed.execute("INSERT INTO alarms VALUES ('late', 1)")
    assert path.with_name("bot.db-wal").stat().st_size
    moved(path, postgres_url)
    killed.close()
    assert there(postgres_url, "SELECT since FROM alarms WHERE name = 'late'") == [(1.0,)]


async def test_the_order_in_which_they_came_is_kept_and_goes_on(
    path: Path, postgres_url: str
) -> None:
    change(path, "DELETE FROM tasks WHERE id = 'id 2'")
    change(path, "UPDATE tasks SET rowid = 70 WHERE id = 'id 1'")
    moved(path, postgres_url)
    assert there(postgres_url, "SELECT id FROM tasks ORDER BY rowid") == [("id 3",), ("id 1",)]
    database = await engine_of(postgres_url).open()
    sql = (
        "INSERT INTO tasks (id, key, version, state, created_at, chat, person, body)"
        " VALUES ('new', 'new', 1, 'created', 0, 1, 1, '{}') RETURNING rowid"
    )
    assert (await database.write(lambda one: one.execute(sql).fetchone()))[0] == 71
    await database.close()


async def test_numbers_given_once_are_not_given_again(path: Path, postgres_url: str) -> None:
    change(
        path,
        "INSERT INTO updates (seq, update_id, queue, received_at, body) VALUES (9, 9, '', 0, '')",
    )
    change(path, "DELETE FROM updates")
    moved(path, postgres_url)
    database = await engine_of(postgres_url).open()

    def numbers(connection):
        update = "INSERT INTO updates (update_id, queue, received_at, body) VALUES (1, '', 0, '') RETURNING seq"
        account = "INSERT INTO accounts (name) VALUES ('new') RETURNING id"
        return [connection.execute(one).fetchone()[0] for one in (update, account)]

    assert await database.write(numbers) == [10, 4]
    await database.close()


def test_tables_without_rows_are_moved_too(tmp_path: Path, postgres_url: str) -> None:
    migrate(tmp_path / "bot.db")
    assert sum(one.rows for one in moved(tmp_path / "bot.db", postgres_url)) == 0


# --- odd values ---------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["\\N", "\\.", "a\tb\nc\r", "\0", "\\u0000", "\\\\u0000", "\\\0", '"', "", "\ufeff", "🦊"]
)
WHOLE = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False)
ODD = st.tuples(TEXTS, TEXTS, WHOLE, FLOATS, st.binary() | st.just(""))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(ODD, max_size=4))
def test_whatever_the_values_are_they_arrive_as_the_bot_would_have_written_them(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer, rows
) -> None:
    path = tmp_path_factory.mktemp("odd") / "bot.db"
    migrate(path)
    for number, (text, other, whole, real, body) in enumerate(rows):
        said = json.dumps({"order": {"prompt": text, "size": other}, "reason": other})
        change(
            path,
            "INSERT INTO tasks (id, key, version, state, due_at, created_at, chat, person, body)"
            " VALUES (?, ?, 1, ?, ?, 0, ?, 0, ?)",
            (f"{number}", f"{number}", text, real, whole, said),
        )
        change(
            path,
            "INSERT INTO updates (update_id, queue, received_at, error, body) VALUES (?, ?, ?, ?, ?)",
            (number, text, real, other, body),
        )
    with postgres_server.emptied() as url:
        moved(path, url)
        found = there(
            url,
            "SELECT queue, error, received_at, updates.body, chat, tasks.body FROM updates"
            " JOIN tasks ON id = update_id::text ORDER BY update_id",
        )
    kept = [
        (
            without_nul(text),
            without_nul(other),
            real,
            body.encode() if isinstance(body, str) else body,
            whole,
            without_nul(json.dumps({"order": {"prompt": text, "size": other}, "reason": other})),
        )
        for text, other, whole, real, body in rows
    ]
    assert found == kept


@given(st.text())
def test_a_text_that_is_kept_is_kept_as_it_is_the_next_time(text: str) -> None:
    assert without_nul(without_nul(text)) == without_nul(text)


def checksum(rows) -> str:
    found = Checksum()
    for row in rows:
        found.add(row)
    return str(found)


def test_a_checksum_minds_every_value_and_no_order() -> None:
    rows = [(1, "a", None), (2, "b", b"c"), (2, "b", b"c")]
    assert checksum(rows) == checksum(reversed(rows))
    others = [
        [(1, "a", None), (2, "b", b"c")],
        [(1.0, "a", None), (2, "b", b"c"), (2, "b", b"c")],
        [("1", "a", None), (2, "b", b"c"), (2, "b", b"c")],
        [(1, "a", "None"), (2, "b", b"c"), (2, "b", b"c")],
        [(1, "a", None), (2, "b", "c"), (2, "b", b"c")],
        [],
    ]
    assert len({checksum(one) for one in (rows, *others)}) == 7


# --- cut off, and gone on with ------------------------------------------------------------------


async def test_cut_off_it_goes_on_where_it_was(path: Path, postgres_url: str) -> None:
    many(path)
    cut_off(path, postgres_url, after=ROWS // 2)
    written = "SELECT name, xmin FROM alarms ORDER BY name"
    before = there(postgres_url, written)
    assert 0 < len(before) < ROWS
    with pytest.raises(OSError, match="`python -m bot move` has not brought everything yet"):
        await engine_of(postgres_url).open()
    steps: list[int] = []
    with moving(path, postgres_url) as move:
        assert not move.copy(lambda done, _total: steps.append(done))
        assert {one.name: one.rows for one in move.finish(quiet)}["alarms"] == ROWS + 3
    # Nothing was written twice.
    assert set(before) <= set(there(postgres_url, written))
    assert steps == sorted(steps)
    await (await engine_of(postgres_url).open()).close()


def test_a_source_that_changed_meanwhile_is_brought_anew(path: Path, postgres_url: str) -> None:
    many(path)
    cut_off(path, postgres_url, after=ROWS + 100)
    change(path, "UPDATE alarms SET since = 7 WHERE name = 'a00001'")
    with moving(path, postgres_url) as move:
        assert move.copy(quiet)
        move.finish(quiet)
    assert there(postgres_url, "SELECT since FROM alarms WHERE name = 'a00001'") == [(7.0,)]


def test_a_source_that_only_grew_is_gone_on_with(path: Path, postgres_url: str) -> None:
    many(path)
    cut_off(path, postgres_url, after=2 * ROWS)
    change(path, "INSERT INTO proofs VALUES ('a late one', 0)")
    assert {one.name: one.rows for one in moved(path, postgres_url)}["proofs"] == ROWS + 4


def test_what_is_not_what_it_was_is_not_called_moved(path: Path, postgres_url: str) -> None:
    with moving(path, postgres_url) as move:
        move.copy(quiet)
        there(postgres_url, "UPDATE preferences SET body = '[]' WHERE scope = 'scope 2'")
        with pytest.raises(OSError, match="preferences is not what it is in"):
            move.finish(quiet)
    assert "preferences is not what it is in" in refusal(path, postgres_url)


# --- refusals -----------------------------------------------------------------------------------


def test_a_source_in_use_is_refused(path: Path, postgres_url: str) -> None:
    with only_one(path):
        assert "another process of the bot uses this database" in refusal(path, postgres_url)


def test_a_target_in_use_is_refused(path: Path, postgres_url: str) -> None:
    with engine_of(postgres_url).only_one(asks=True):
        assert "a process of the bot uses this database" in refusal(path, postgres_url)


async def test_a_target_in_use_without_a_lock_is_refused_and_left_as_it_is(
    path: Path, postgres_url: str
) -> None:
    database = await engine_of(postgres_url).open()
    await database.read("SELECT 1")
    assert "a process of the bot uses this database" in await asyncio.to_thread(
        refusal, path, postgres_url
    )
    assert there(postgres_url, "SELECT to_regclass('_moving')") == [(None,)]
    await database.close()


def test_nobody_may_run_on_either_meanwhile(path: Path, postgres_url: str) -> None:
    with moving(path, postgres_url):
        for engine in (engine_of(postgres_url), engine_of(f"sqlite:///{path}")):
            with pytest.raises(OSError, match="another process"), engine.only_one(asks=True):
                pass


def test_a_target_with_rows_is_refused_and_left_as_it_is(path: Path, postgres_url: str) -> None:
    there(postgres_url, "INSERT INTO alarms VALUES ('theirs', 1)")
    assert "holds rows already, in alarms" in refusal(path, postgres_url)
    assert there(postgres_url, "SELECT name FROM alarms") == [("theirs",)]
    assert there(postgres_url, "SELECT to_regclass('_moving')") == [(None,)]


def test_what_has_been_moved_is_not_moved_again(path: Path, postgres_url: str) -> None:
    moved(path, postgres_url)
    full = f"holds rows already, in tasks, updates, chats and {len(tables()) - 3} more."
    assert full in refusal(path, postgres_url)


def test_rows_of_others_in_the_middle_of_a_move_are_refused(path: Path, postgres_url: str) -> None:
    many(path)
    cut_off(path, postgres_url, after=ROWS // 2)
    there(postgres_url, "INSERT INTO proofs VALUES ('theirs', 1)")
    assert "holds rows in proofs that the move has not brought" in refusal(path, postgres_url)


def test_two_sources_do_not_go_to_one_place(path: Path, tmp_path: Path, postgres_url: str) -> None:
    cut_off(path, postgres_url, after=3)
    (tmp_path / "elsewhere").mkdir()
    fill(tmp_path / "elsewhere" / "bot.db")
    line = refusal(tmp_path / "elsewhere" / "bot.db", postgres_url)
    assert "another database is being moved there" in line


def test_another_move_is_noticed_even_where_no_lock_has_kept_it_away(
    path: Path, postgres_url: str
) -> None:
    with moving(path, postgres_url) as move:

        def meanwhile(_done: int, _total: int) -> None:
            there(postgres_url, "UPDATE _moving SET rows = 1 WHERE name = 'proofs'")

        with pytest.raises(OSError, match="another move was here meanwhile"):
            move.copy(meanwhile)


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path, postgres_url: str) -> None:
    assert "there is no database yet" in refusal(tmp_path / "bot.db", postgres_url)
    assert list(tmp_path.iterdir()) == []


def test_a_source_of_an_older_version_is_brought_up_to_date_by_its_owner(
    path: Path, postgres_url: str
) -> None:
    change(path, "DELETE FROM _sqlite_migrations WHERE name = 'm016_proofs'")
    assert "older version; `python -m bot migrate` first" in refusal(path, postgres_url)


def test_a_target_of_a_newer_version_is_refused(path: Path, postgres_url: str) -> None:
    there(postgres_url, "INSERT INTO _migrations (name) VALUES ('m999_from_tomorrow')")
    assert "newer version of the bot (m999_from_tomorrow)" in refusal(path, postgres_url)


def test_a_damaged_source_is_refused(path: Path, postgres_url: str) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * 40_960 + content[49_152:])
    assert "is damaged" in refusal(path, postgres_url)
    assert there(postgres_url, "SELECT count(*) FROM tasks") == [(0,)]


def test_a_value_that_fits_nowhere_is_refused_in_one_line(path: Path, postgres_url: str) -> None:
    change(path, "UPDATE alarms SET since = 'never' WHERE name = 'name 1'")
    assert "invalid input syntax for type double precision" in refusal(path, postgres_url)


def test_a_server_that_is_not_there_is_one_line(
    path: Path, postgres_server: PostgresServer
) -> None:
    nowhere = postgres_server.url("postgres").replace(f":{postgres_server.port}/", ":1/")
    assert "refused" in refusal(path, nowhere)
    assert "does not exist" in refusal(path, postgres_server.url("nowhere"))
