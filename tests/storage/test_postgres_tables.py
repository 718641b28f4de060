"""`python -m bot migrate` on PostgreSQL: once, whoever asks and how often; all others only look."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bot.storage.engines import engine_of
from bot.storage.postgres_server import connected, where
from bot.storage.postgres_tables import migrate, must_be_up_to_date, steps
from tests.postgres import PASSWORD, PostgresServer


def tables(url: str) -> set[str]:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(sql)}


def refusal(url: str) -> str:
    with pytest.raises(OSError, match=r"^postgresql://") as refused:
        must_be_up_to_date(url)
    text = str(refused.value)
    assert text.startswith(f"{where(url)}: ")
    assert "\n" not in text
    assert PASSWORD not in text
    return text


def test_it_says_what_it_did_and_then_that_there_is_nothing_to_do(empty_postgres_url: str) -> None:
    assert migrate(empty_postgres_url) == list(steps())
    assert {"tasks", "pictures", "accounts", "procrastinate_jobs", "_migrations"} < tables(
        empty_postgres_url
    )
    assert migrate(empty_postgres_url) == []
    must_be_up_to_date(empty_postgres_url)


def test_machines_that_do_so_at_once_do_it_once(empty_postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as machines:
        done = list(machines.map(migrate, [empty_postgres_url] * 4))
    assert sorted(map(len, done)) == [0, 0, 0, len(steps())]


def test_a_step_that_fails_leaves_nothing_and_the_ones_before_stay(empty_postgres_url: str) -> None:
    def broken(db) -> None:
        db.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")
        db.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")

    first = dict(list(steps().items())[:2])
    with pytest.raises(OSError, match="already exists"):
        migrate(empty_postgres_url, steps_=lambda: {**first, "m999_broken": broken})
    assert "tasks" in tables(empty_postgres_url)
    assert "half" not in tables(empty_postgres_url)
    assert migrate(empty_postgres_url) == list(steps())[2:]


async def test_older_tables_are_refused_until_they_are_brought_up_to_date(
    empty_postgres_url: str,
) -> None:
    assert "has the tables of an older version; `python -m bot migrate`" in refusal(
        empty_postgres_url
    )
    with pytest.raises(OSError, match="older version"):
        await engine_of(empty_postgres_url).open()
    assert tables(empty_postgres_url) == set()


async def test_newer_tables_are_refused_by_everybody(postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        connection.execute("INSERT INTO _migrations (name) VALUES ('m999_from_tomorrow')")
    assert "written by a newer version of the bot (m999_from_tomorrow)" in refusal(postgres_url)
    with pytest.raises(OSError, match="m999_from_tomorrow"):
        migrate(postgres_url)


async def test_old_processes_go_on_while_a_step_adds_something(postgres_url: str) -> None:
    def adds(db) -> None:
        db.execute("ALTER TABLE chats ADD COLUMN colour TEXT")

    database = await engine_of(postgres_url).open()
    writing = [
        database.write(
            lambda one, number=number: one.execute(
                "INSERT INTO chats (id, changed_at) VALUES (?, 0)", [number]
            )
        )
        for number in range(50)
    ]
    adding = asyncio.to_thread(migrate, postgres_url, steps_=lambda: {**steps(), "m999_more": adds})
    *_, added = await asyncio.gather(*writing, adding)
    assert added == ["m999_more"]
    assert len(await database.read("SELECT colour FROM chats")) == 50
    await database.close()


async def test_a_table_in_use_is_not_waited_for_for_ever(postgres_url: str) -> None:
    def adds(db) -> None:
        db.execute("SET LOCAL lock_timeout = '50ms'")
        db.execute("ALTER TABLE chats ADD COLUMN colour TEXT")

    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT * FROM chats")
        with pytest.raises(OSError, match="lock timeout"):
            await asyncio.to_thread(
                migrate, postgres_url, steps_=lambda: {**steps(), "m999_more": adds}
            )


def test_texts_that_are_not_utf8_are_refused(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "keeps text as LATIN1" in refusal(postgres_server.url("latin"))
    postgres_server.execute("DROP DATABASE latin WITH (FORCE)")


def test_whatever_is_wrong_is_one_line_without_the_password(
    postgres_server: PostgresServer,
) -> None:
    assert "does not exist" in refusal(postgres_server.url("nowhere"))
    nobody = postgres_server.url("postgres", password="wrong%20one")
    assert "password authentication failed" in refusal(nobody)
    nobody_there = postgres_server.url("postgres").replace(f":{postgres_server.port}/", ":1/")
    assert "refused" in refusal(nobody_there)
    assert "nonsense" in refusal(postgres_server.url("postgres") + "?nonsense=1")


def test_all_text_is_compared_by_its_letters_numbers_as_on_sqlite(postgres_url: str) -> None:
    sql = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name NOT LIKE 'procrastinate%' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute(sql).fetchall() == []


def test_every_index_of_sqlite_is_there(postgres_url: str) -> None:
    import inspect  # noqa: PLC0415

    from bot.storage import migrations  # noqa: PLC0415

    steps = inspect.getsource(migrations)
    made = set(re.findall(r"CREATE INDEX ([a-z_]+) ON", steps))
    made -= set(re.findall(r"DROP INDEX ([a-z_]+)", steps))
    with psycopg.connect(postgres_url) as connection:
        there = {name for (name,) in connection.execute("SELECT indexname FROM pg_indexes")}
    assert made <= there
