"""What holds for PostgreSQL alone: many write at once, and the server may go away at any moment."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from bot.errors import Transient
from bot.storage.database import Connection
from bot.storage.postgres import Postgres
from bot.storage.postgres_server import CROWDED, OURS
from tests.postgres import PASSWORD, PostgresServer


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Postgres]:
    database = await Postgres.attach(postgres_url)
    await database.write(lambda one: one.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)"))
    yield database
    await database.close()


@pytest.fixture
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which runs again afterwards whatever was done to it."""
    yield postgres_server
    postgres_server.stop()
    postgres_server.start()


def count_up(connection: Connection) -> int:
    """Read, decide, write: two who do so at once must not come to the same number."""
    (most,) = connection.execute("SELECT coalesce(max(id), 0) FROM notes").fetchone()
    connection.execute("INSERT INTO notes (id) VALUES (?)", [most + 1])
    return int(most + 1)


async def setting(database: Postgres, name: str) -> str:
    def shown(connection: Connection) -> str:
        return str(connection.execute(f"SHOW {name}").fetchone()[0])

    return await database.write(shown)


@pytest.mark.parametrize(
    ("name", "value"),
    [("transaction_isolation", "serializable"), ("synchronous_commit", "on"), ("TimeZone", "UTC")],
)
async def test_what_is_written_is_on_disk_and_as_if_nobody_else_wrote(
    database: Postgres, name: str, value: str
) -> None:
    assert await setting(database, name) == value


async def test_a_server_that_promises_less_by_itself_is_asked_for_more(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres_server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = await Postgres.attach(postgres_url)
    assert await setting(database, "synchronous_commit") == "on"
    await database.close()


async def test_many_who_read_and_write_at_once_come_one_after_the_other(database: Postgres) -> None:
    answers = await asyncio.gather(*(database.write(count_up) for _ in range(100)))
    assert sorted(answers) == list(range(1, 101))


async def test_two_processes_come_one_after_the_other_too(
    database: Postgres, postgres_url: str
) -> None:
    other = await Postgres.attach(postgres_url)
    writes = [one.write(count_up) for _ in range(30) for one in (database, other)]
    assert sorted(await asyncio.gather(*writes)) == list(range(1, 61))
    await other.close()


async def test_what_is_in_the_way_of_each_other_for_ever_is_given_up(database: Postgres) -> None:
    def stuck(_connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise psycopg.errors.SerializationFailure

    attempts = 0
    with pytest.raises(Transient):
        await database.write(stuck)
    assert 10 < attempts < 100


async def test_a_process_that_stands_still_at_the_head_of_the_line_stops_nobody(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres_server.execute(f"ALTER DATABASE {name} SET lock_timeout = '20ms'")
    attempts = 0

    def work(_connection: Connection) -> int:
        nonlocal attempts
        attempts += 1
        if attempts < 6:
            raise psycopg.errors.SerializationFailure
        return attempts

    database = await Postgres.attach(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as still:
        still.execute("SELECT pg_advisory_lock(%s, %s)", [OURS, CROWDED])
        assert await database.write(work) == 6
    await database.close()


async def test_a_key_that_is_there_is_no_trouble_that_passes(database: Postgres) -> None:
    def twice(connection: Connection) -> None:
        connection.execute("INSERT INTO notes (id) VALUES (7)")

    await database.write(twice)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await database.write(twice)


async def test_one_that_fails_leaves_nothing_behind(database: Postgres) -> None:
    def half(connection: Connection) -> None:
        connection.execute("INSERT INTO notes (id) VALUES (1)")
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        await database.write(half)
    assert await database.read("SELECT id FROM notes") == []


async def test_rows_are_read_by_name_and_by_place(database: Postgres) -> None:
    (row,) = await database.read("SELECT 1 AS one, 'two' AS other, sum(3) AS three")
    assert (row["one"], row[1], row["three"]) == (1, "two", 3)
    assert dict(row) == {"one": 1, "other": "two", "three": 3}
    assert [type(value) for value in row] == [int, str, int]


@pytest.mark.parametrize(
    ("said", "kept"),
    [("a\0b", "a\ufffdb"), (r"{\u0000}", "{\ufffd}"), (r"\\u0000", r"\\u0000"), ("100%", "100%")],
)
async def test_nul_is_kept_as_a_sign_that_something_was_there(
    database: Postgres, said: str, kept: str
) -> None:
    ((text,),) = await database.read("SELECT ? || ''", [said])
    assert text == kept


async def test_yes_and_no_are_numbers_as_on_sqlite(database: Postgres) -> None:
    ((yes, no),) = await database.read("SELECT ?, ?", [True, False])
    assert (yes, no) == (1, 0)


async def test_who_reads_cannot_write(database: Postgres) -> None:
    with pytest.raises(Transient, match="read-only"):
        await database.read("INSERT INTO notes (id) VALUES (1)")
    with pytest.raises(Transient, match="read-only"):
        await database.look(count_up)


async def test_a_look_sees_one_moment(database: Postgres) -> None:
    loop = asyncio.get_running_loop()

    def look(connection: Connection) -> list[int]:
        def count() -> int:
            return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])

        first = count()
        asyncio.run_coroutine_threadsafe(database.write(count_up), loop).result(10)
        return [first, count()]

    assert await database.look(look) == [0, 0]
    assert len(await database.read("SELECT id FROM notes")) == 1


async def test_a_wrong_question_is_our_mistake(database: Postgres) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await database.read("SELECT * FROM nowhere")


async def test_whoever_comes_after_the_close_is_told_so(database: Postgres) -> None:
    await database.close()
    for ask in (database.write(count_up), database.read("SELECT 1"), database.look(count_up)):
        with pytest.raises(Transient, match="closed"):
            await ask


async def test_close_waits_for_what_is_still_being_written(database: Postgres) -> None:
    writes = [asyncio.create_task(database.write(count_up)) for _ in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert sorted(await asyncio.gather(*writes)) == list(range(1, 21))


async def test_its_size_is_known_and_trying_to_write_leaves_it_as_it_is(database: Postgres) -> None:
    before = await database.size()
    await database.try_writing()
    assert before > 1_000_000
    assert await database.size() == before


# --- the server goes away -----------------------------------------------------------------------


async def test_connections_that_were_cut_are_replaced_without_a_word(
    database: Postgres, postgres_server: PostgresServer
) -> None:
    await asyncio.gather(*(database.write(count_up) for _ in range(8)))
    postgres_server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{database.where.rpartition('/')[2]}'"
    )
    assert await database.write(count_up) == 9


async def test_what_is_cut_off_in_the_middle_is_begun_again(
    database: Postgres, postgres_server: PostgresServer
) -> None:
    def work(connection: Connection) -> int:
        number = count_up(connection)
        if not cut.is_set():
            cut.set()
            (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
            postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            connection.execute("SELECT 1")
        return number

    cut = threading.Event()
    assert await database.write(work) == 1
    assert len(await database.read("SELECT id FROM notes")) == 1


async def test_a_server_that_is_not_there_is_transient_and_passes(
    postgres_url: str, own_server: PostgresServer
) -> None:
    database = await Postgres.attach(postgres_url)
    await database.write(lambda one: one.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY)"))
    assert await database.write(count_up) == 1
    impatient = await Postgres.attach(postgres_url, within=0.5)
    await asyncio.to_thread(own_server.stop, signal.SIGQUIT)
    failed = await asyncio.gather(
        impatient.write(count_up), impatient.read("SELECT 1"), return_exceptions=True
    )
    await impatient.close()
    assert [type(one) for one in failed] == [Transient, Transient]
    assert not any(PASSWORD in str(one) for one in failed)
    assert not any("\n" in str(one) for one in failed)
    own_server.start()
    async with asyncio.timeout(60):
        while True:
            try:
                assert await database.write(count_up) == 2
            except Transient:
                continue
            break
    await database.close()


async def test_a_server_that_lets_nobody_more_in_is_transient(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    postgres_server.execute("CREATE ROLE poor LOGIN PASSWORD 'poor' CONNECTION LIMIT 0")
    name = postgres_url.rpartition("/")[2]
    database = await Postgres.attach(
        postgres_server.url(name, user="poor", password="poor"), within=0.3
    )
    with pytest.raises(Transient):
        await database.read("SELECT 1")
    await database.close()
    postgres_server.execute("DROP ROLE poor")
