"""`python -m bot backup` while the bot runs, and `restore` while it does not."""

import sqlite3
import tarfile
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from bot.storage.sqlite import connect, migrate
from tests.conftest import Studio, eventually
from tests.console.commands import beside, refusal, run
from tests.test_closed_chats import rows


async def drawn(studio: Studio, text: str) -> None:
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, text)
    await studio.picture(chat, text)
    await studio.quiet(chat)
    working = "SELECT id FROM tasks WHERE state IN ('created', 'working')"
    await eventually(lambda: not rows(studio, working))


def prompts(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT json_extract(body, '$.order.prompt') FROM tasks")
        return {row[0] for row in found}


def filled(path: Path, rows: int = 1000) -> None:
    """A database of some pages."""
    migrate(path)
    with closing(connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO updates (update_id, queue, received_at, body) VALUES (?, 'a', 0, ?)",
            [(number, b"x" * 500) for number in range(rows)],
        )


async def test_what_was_drawn_before_the_backup_is_there_after_the_restore(
    studio: Studio,
) -> None:
    await studio.start()
    await drawn(studio, "a red fox")
    copy = studio.folder / "copy.db"
    told = await beside(studio, "backup", str(copy), "--pictures")
    assert told.exit_code == 0, told.output
    assert prompts(copy) == {"a red fox"}
    assert copy.stat().st_mode & 0o077 == 0
    await drawn(studio, "a brown bear")

    line = refusal(await beside(studio, "restore", str(copy)))
    assert line.startswith(f"{studio.folder}/bot.db: another process of the bot")
    await studio.stop()

    pictures = {one.name for one in (studio.folder / "pictures").rglob("*.*")}
    for one in (studio.folder / "pictures").rglob("*.*"):
        one.unlink()
    told = await beside(studio, "restore", str(copy), "--pictures")
    assert told.exit_code == 0, told.output
    assert "1 pictures put back" in told.stdout
    assert prompts(studio.folder / "bot.db") == {"a red fox"}
    (kept,) = studio.folder.glob("bot.db.replaced-*")
    assert str(kept) in told.stdout
    assert prompts(kept) == {"a red fox", "a brown bear"}
    put_back = {one.name for one in (studio.folder / "pictures").rglob("*.*")}
    assert len(put_back) == 1
    assert put_back < pictures

    await studio.start()
    studio.telegram.say(studio.ann, "/history")
    await studio.picture(studio.chat(studio.ann), "a red fox", after=4)


async def test_what_was_under_way_in_the_copy_goes_on_after_the_restore(studio: Studio) -> None:
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    # A card that the copy does not know of would stay in the chat.
    noted = "SELECT id FROM tasks WHERE json_extract(body, '$.card') IS NOT NULL"
    await eventually(lambda: studio.generator.jobs and rows(studio, noted))
    copy = studio.folder / "copy.db"
    assert (await beside(studio, "backup", str(copy))).exit_code == 0
    await studio.stop()
    told = await beside(studio, "restore", str(copy))
    assert "1 requests were under way in this copy" in told.stdout
    studio.generator.release()
    await studio.start()
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))


def test_a_backup_does_not_write_over_a_file(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    for name in ("copy.db", "copy.db.pictures.tar"):
        target = tmp_path / name
        target.write_text("mine")
        line = refusal(run(tmp_path, "backup", str(tmp_path / "copy.db"), "--pictures"))
        assert line == f"{target}: is there already; choose another name"
        assert target.read_text() == "mine"
        target.unlink()
        assert list(tmp_path.glob("copy*")) == []


def test_a_backup_into_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    line = refusal(run(tmp_path, "backup", str(tmp_path / "no" / "copy.db")))
    assert line == f"{tmp_path}/no: there is no such folder"


def test_a_damaged_database_is_not_taken_for_a_copy(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"\xff" * (len(content) // 2))
    assert "this file is damaged" in refusal(run(tmp_path, "backup", str(copy)))
    assert list(tmp_path.glob("copy*")) == []


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (name TEXT)")


def from_tomorrow(path: Path) -> None:
    migrate(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('bot', 'm999_from_tomorrow', 'now')"
        )


def broken(path: Path) -> None:
    filled(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * 40_960 + content[45_056:])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (Path.exists, "there is no such file"),
        (lambda path: path.write_bytes(b""), "is no database of this bot"),
        (lambda path: path.write_bytes(b"hello " * 1000), "this file is damaged"),
        (foreign, "is no database of this bot"),
        (from_tomorrow, "was written by a newer version"),
        (broken, "this file is damaged"),
    ],
)
def test_what_is_no_copy_is_refused_and_nothing_has_changed(tmp_path: Path, make, why: str) -> None:
    filled(tmp_path / "bot.db")
    before = (tmp_path / "bot.db").read_bytes()
    (tmp_path / "elsewhere").mkdir()
    make(tmp_path / "elsewhere" / "copy.db")
    line = refusal(run(tmp_path, "restore", str(tmp_path / "elsewhere" / "copy.db")))
    assert line.startswith(f"{tmp_path}/elsewhere/copy.db: ")
    assert why in line
    assert (tmp_path / "bot.db").read_bytes() == before
    assert [one.name for one in tmp_path.glob("bot.db.*") if one.suffix != ".lock"] == []


def test_without_its_pictures_nothing_is_put_back(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    copy = tmp_path / "copy.db"
    assert run(tmp_path, "backup", str(copy)).exit_code == 0
    line = refusal(run(tmp_path, "restore", str(copy), "--pictures"))
    assert line == f"{copy}.pictures.tar: there is no such file"
    assert list(tmp_path.glob("bot.db.replaced-*")) == []


def test_the_database_is_not_put_back_into_its_own_place(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    path = str(tmp_path / "bot.db")
    assert refusal(run(tmp_path, "restore", path)) == f"{path}: is the database itself"


def test_an_older_copy_gets_the_tables_of_today(tmp_path: Path) -> None:
    filled(tmp_path / "copy.db", 3)
    with closing(sqlite3.connect(tmp_path / "copy.db")) as database, database:
        database.execute("DELETE FROM _sqlite_migrations WHERE name = 'm008_greetings'")
        database.execute("ALTER TABLE chats DROP COLUMN greeted_at")
    told = run(tmp_path, "restore", str(tmp_path / "copy.db"))
    assert told.exit_code == 0, told.output
    assert "replaced" not in told.stdout
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        assert database.execute("SELECT count(greeted_at) FROM chats").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM updates").fetchone() == (3,)


def test_a_damaged_database_is_replaced_and_kept_with_what_belongs_to_it(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    filled(path, 3)
    assert run(tmp_path, "backup", str(copy)).exit_code == 0
    path.write_bytes(b"rubbish" * 999)
    path.with_name("bot.db-wal").write_bytes(b"more rubbish")
    told = run(tmp_path, "restore", str(copy))
    assert told.exit_code == 0, told.output
    kept = {one.name.rpartition("-")[2]: one for one in tmp_path.glob("bot.db.replaced-*")}
    assert kept.pop("wal").read_bytes() == b"more rubbish"
    (whole,) = kept.values()
    assert whole.read_bytes() == b"rubbish" * 999
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM updates").fetchone() == (3,)


def test_a_database_that_lies_elsewhere_stays_there(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    filled(disk / "real.db", 3)
    (tmp_path / "bot.db").symlink_to(disk / "real.db")
    assert run(tmp_path, "backup", str(tmp_path / "copy.db")).exit_code == 0
    assert run(tmp_path, "restore", str(tmp_path / "copy.db")).exit_code == 0
    assert (tmp_path / "bot.db").is_symlink()
    assert len(list(disk.glob("real.db.replaced-*"))) == 1
    assert list(disk.glob("real.db-*")) == []


def test_an_archive_of_strangers_writes_nowhere_else(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    copy = tmp_path / "copy.db"
    assert run(tmp_path, "backup", str(copy)).exit_code == 0
    good = f"images/{'0a' * 16}.png"
    with tarfile.open(f"{copy}.pictures.tar", "w") as tar:
        for name in ("../evil.png", "/tmp/evil.png", "images/evil.sh", f"x/{good}", good):
            member = tarfile.TarInfo(name)
            member.size = 4
            tar.addfile(member, BytesIO(b"evil"))
        link = tarfile.TarInfo(f"images/{'0b' * 16}.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    told = run(tmp_path, "restore", str(copy), "--pictures")
    assert "1 pictures put back" in told.stdout
    files = [one for one in tmp_path.rglob("*") if one.suffix in (".png", ".sh")]
    assert files == [tmp_path / "pictures" / good]


def test_a_folder_without_pictures_is_an_empty_archive(tmp_path: Path) -> None:
    filled(tmp_path / "bot.db")
    told = run(tmp_path, "backup", str(tmp_path / "copy.db"), "--pictures")
    assert told.exit_code == 0
    assert "0 pictures" in told.stdout


@pytest.mark.parametrize("word", ["backup", "restore"])
def test_the_pictures_of_a_bucket_are_copied_by_its_own_tools(tmp_path: Path, word: str) -> None:
    migrate(tmp_path / "bot.db")
    there = {"STORAGE_URL": "s3://bucket/ours"}
    line = refusal(run(tmp_path, word, str(tmp_path / "copy.db"), "--pictures", **there))
    assert "`aws s3 sync " in line
    assert not (tmp_path / "copy.db").exists()
    result = run(tmp_path, "backup", str(tmp_path / "copy.db"), **there)
    assert (result.exit_code, (tmp_path / "copy.db").exists()) == (0, True)
