"""A database that cannot be used is refused in one line; an older one is brought up to date."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.errors import Transient
from bot.storage.examination import records
from bot.storage.migrations import migrations
from bot.storage.pictures import open_store
from bot.storage.sqlite import SQLite, connect, migrate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def refusal(path: Path) -> str:
    """The one line for which this file is refused."""
    with pytest.raises(OSError, match=r"bot\.db: ") as refused:
        migrate(path)
    text = str(refused.value)
    assert "\n" not in text
    assert text.startswith(f"{path}: ")
    return text


def with_rows(path: Path) -> bytes:
    """A database of some pages."""
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, 'a', 0, ?)",
            [(number, b"x" * 500) for number in range(200)],
        )
    return path.read_bytes()


def large(path: Path) -> None:
    """So much that not all of it is read at each start; closed in order."""
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, 'a', 0, ?)",
            [(number, b"x" * 1_000_000) for number in range(36)],
        )
        connection.executemany(
            "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, 'a', 0, 'x')",
            [(number,) for number in range(100, 1000)],
        )


def damage(path: Path, *, begin: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:begin] + b"\xff" * (len(content) - begin))


def damage_the_last_page(path: Path) -> None:
    damage(path, begin=path.stat().st_size - 4096)


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@pytest.mark.parametrize("content", [b"hello " * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    path: Path, content: bytes
) -> None:
    path.write_bytes(content)
    assert "is damaged, or no database" in refusal(path)
    assert path.read_bytes() == content


def test_a_damaged_page_is_found_before_anything_is_written(path: Path) -> None:
    damage(path, begin=len(with_rows(path)) // 2)
    assert "Put back a copy" in refusal(path)


def test_a_database_that_is_cut_off_is_refused(path: Path) -> None:
    content = with_rows(path)
    path.write_bytes(content[: len(content) // 2])
    assert "is damaged" in refusal(path)


def test_a_large_file_that_was_closed_in_order_is_not_read_whole_at_each_start(
    path: Path,
) -> None:
    large(path)
    damage_the_last_page(path)
    assert migrate(path) == []
    with pytest.raises(OSError, match="damaged"):
        records(path, datetime.now(UTC), patience=timedelta(0))


def test_a_large_file_is_read_whole_when_its_log_was_left_over(path: Path, tmp_path: Path) -> None:
    large(path)
    with closing(connect(path)) as connection:
        connection.execute("UPDATE updates SET tries = 1 WHERE update_id = 0")
        connection.commit()
        # As it lies there after a kill.
        (tmp_path / "killed").mkdir()
        killed = tmp_path / "killed" / "bot.db"
        killed.write_bytes(path.read_bytes())
        log_of(killed).write_bytes(log_of(path).read_bytes())
    link = tmp_path / "bot.db.link"
    link.symlink_to(killed)
    assert migrate(link) == []
    log_of(killed).write_bytes(b"cut off while it began")
    damage_the_last_page(killed)
    with pytest.raises(OSError, match="damaged, or no database"):
        migrate(link)


def test_a_large_file_that_is_cut_off_is_refused(path: Path) -> None:
    large(path)
    path.write_bytes(path.read_bytes()[:-4096])
    assert "is damaged" in refusal(path)


async def test_whoever_ends_in_order_leaves_no_log_over(path: Path) -> None:
    database = await SQLite.open(path)
    await database.try_writing()
    await database.read("SELECT 1 FROM updates")
    assert log_of(path).stat().st_size > 0
    await database.close()
    assert not log_of(path).exists()


def test_a_database_from_a_newer_version_is_refused(path: Path) -> None:
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('bot', 'm999_from_tomorrow', 'now')"
        )
    before = path.read_bytes()
    assert "newer version of the bot (m999_from_tomorrow)" in refusal(path)
    assert path.read_bytes() == before


def test_what_others_have_migrated_in_the_same_file_is_theirs(path: Path) -> None:
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('somebody else', 'm001_theirs', 'now')"
        )
    migrate(path)


def schema(path: Path) -> set[str]:
    with closing(connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT sql FROM sqlite_master")}


def test_a_database_of_every_older_version_is_brought_up_to_date(
    path: Path, tmp_path: Path
) -> None:
    newest = tmp_path / "newest.db"
    migrate(newest)
    with closing(sqlite3.connect(":memory:")) as empty:
        names = [one.name for one in migrations.pending(Database(empty))]
    assert len(names) > 2
    for name in names[1:]:
        path.unlink(missing_ok=True)
        with closing(connect(path)) as connection:
            migrations.apply(Database(connection), stop_before=name)
        assert schema(path) != schema(newest)
        migrate(path)
        assert schema(path) == schema(newest)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refusal(tmp_path / "file" / "deeper" / "bot.db")
    assert "File exists" in refusal(tmp_path / "file" / "bot.db")
    with pytest.raises(OSError, match="cannot hold pictures") as refused:
        open_store((tmp_path / "file" / "pictures").as_uri())
    assert str(refused.value).startswith(f"{tmp_path}/file/pictures: ")


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    # A folder where the file should be: that holds for root, too.
    (tmp_path / "bot.db").mkdir()
    assert "unable to open database file" in refusal(tmp_path / "bot.db")


async def test_damage_that_comes_while_we_run_is_waited_for_like_a_full_disk(path: Path) -> None:
    with_rows(path)
    database = await SQLite.open(path)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path, begin=4096)
    with pytest.raises(Transient, match="malformed"):
        await database.read("SELECT * FROM updates")
    with pytest.raises(Transient, match="malformed"):
        await database.write(lambda connection: connection.execute("DELETE FROM updates"))
    await database.close()
