"""A copy is one moment of the database, and is there as a whole or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.checking import must_exist
from bot.storage.copies import take
from bot.storage.sqlite import connect, migrate

ROWS = 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, 'a', 0, ?)",
            [(number, b"x" * 500) for number in range(ROWS)],
        )
    return path


def test_a_bot_that_writes_all_the_time_does_not_keep_it_from_ending(path: Path) -> None:
    copy, steps = path.with_name("copy.db"), []
    with closing(connect(path)) as bot:

        def write(done: int, total: int) -> None:
            steps.append((done, total))
            assert len(steps) < 60
            with bot:
                bot.execute("UPDATE updates SET queue = 'b' WHERE update_id = ?", [len(steps)])

        take(path, copy, write)
    assert len(steps) > 3
    assert steps == sorted(set(steps))
    assert steps[-1][0] == steps[-1][1]
    with closing(sqlite3.connect(copy)) as database:
        found = database.execute("SELECT queue, count(*) FROM updates GROUP BY queue").fetchall()
    assert found == [("a", ROWS)]


def test_a_copy_is_one_file_for_its_owner_alone(path: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(connect(path)) as bot:
        with bot:
            bot.execute("INSERT INTO chats (id, changed_at) VALUES (7, 0)")
        assert take(path, copy, lambda _done, _total: None) == copy.stat().st_size
    assert [one.name for one in path.parent.glob("copy*")] == ["copy.db"]
    assert copy.stat().st_mode & 0o077 == 0
    copy.chmod(0o400)
    with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as database:
        assert database.execute("SELECT id FROM chats").fetchall() == [(7,)]
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_what_is_cut_off_leaves_nothing(path: Path) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(path, path.with_name("copy.db"), stop)
    assert list(path.parent.glob("copy*")) == []


def test_without_a_database_there_is_nothing_to_copy(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="there is no database yet"):
        must_exist(tmp_path / "bot.db")
