"""Starting where something is in the way: one clear line and status 1; and a disk that is full."""

import asyncio
import resource
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.process import BotProcess
from bot.storage.sqlite import migrate
from tests.conftest import API_KEY, TOKEN, Studio
from tests.large import let_draw, noise
from tests.ports import free_port

ROOT = Path(__file__).parent.parent


class Machine(Studio):
    """A studio whose bot is a process of its own."""

    def __init__(self, telegram: BotApiServer, generator: GeneratorServer, folder: Path) -> None:
        super().__init__(telegram, generator, folder)
        self.bot = BotProcess(self.variables(), folder)

    def variables(self, **changes: str) -> dict[str, str]:
        return {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "NANO_BANANA_API_KEY": API_KEY,
            "WEBHOOK_BASE_URL": self.address,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "TELEGRAM_API_URL": self.telegram.url,
            "NANO_BANANA_API_URL": self.generator.url,
            "NANO_BANANA_UPLOAD_URL": self.generator.url,
            "DATABASE_URL": f"sqlite:///{self.folder}/bot.db",
            "TASK_POLL_SECONDS": "0.1",
            "TASK_RESUBMIT_SECONDS": "4",
            "PYTHONPATH": str(ROOT),
            **changes,
        }

    async def refused(self, *command: str, status: int = 1, **changes: str) -> str:
        """Start another process that is to give up; returns the one line it leaves."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *(command or ("run",))),
            cwd=self.folder,
            env=self.variables(PORT=str(free_port()), **changes),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            out, err = await process.communicate()
        assert (process.returncode, out) == (status, b""), err.decode()
        (line,) = err.decode().splitlines()
        return line

    def disk(self, room: int) -> None:
        """No file of the bot may be written beyond so many bytes: a full disk for everybody."""
        limits = resource.prlimit(self.bot.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.bot.pid, resource.RLIMIT_FSIZE, (room, limits[1]))


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", retry_seconds=0.05)
    generator = GeneratorServer(
        api_key=API_KEY, seconds_per_job=0.02, rate=None, callback_retry_seconds=(0.1,) * 100
    )
    await telegram.start()
    await generator.start()
    machine = Machine(telegram, generator, tmp_path)
    try:
        yield machine
    finally:
        await machine.bot.kill()
        await generator.close()
        await telegram.close()
    assert telegram.problems == []
    assert generator.problems == []


async def test_a_second_process_on_the_same_database_is_refused_and_harms_nobody(
    machine: Machine,
) -> None:
    await machine.bot.start()
    line = await machine.refused()
    assert line.startswith(f"{machine.folder}/bot.db: another process of the bot")
    assert f"process {machine.bot.pid}" in line
    machine.telegram.say(machine.ann, "a red fox")
    await machine.picture(machine.chat(machine.ann), "a red fox")


async def test_after_a_kill_the_next_one_starts_at_once(machine: Machine) -> None:
    await machine.bot.start()
    await machine.bot.kill()
    await machine.bot.start()


async def test_a_bot_that_never_reached_telegram_stops_without_a_complaint(
    machine: Machine,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=machine.folder,
        env=machine.variables(TELEGRAM_API_URL=f"http://127.0.0.1:{free_port()}"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    async with asyncio.timeout(120):
        while b"Telegram not reached" not in await process.stderr.readline():
            pass
        process.terminate()
        _, last = await process.communicate()
    assert process.returncode == 0
    assert "stopped" in last.decode().splitlines()[-1]
    assert b"error" not in last


@pytest.mark.parametrize("command", ["run", "migrate"])
async def test_a_database_from_tomorrow_is_refused(machine: Machine, command: str) -> None:
    path = machine.folder / "bot.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('bot', 'm999_from_tomorrow', 'now')"
        )
    assert "newer version of the bot (m999_from_tomorrow)" in await machine.refused(command)


@pytest.mark.parametrize("command", ["run", "migrate"])
async def test_a_file_that_is_no_database_is_refused(machine: Machine, command: str) -> None:
    (machine.folder / "bot.db").write_bytes(b"hello " * 1000)
    line = await machine.refused(command)
    assert line.startswith(f"{machine.folder}/bot.db: this file is damaged")


@pytest.mark.parametrize("command", ["run", "migrate"])
async def test_a_folder_that_cannot_be_written_is_refused(machine: Machine, command: str) -> None:
    # Root may write into any folder, but nobody into a file as if it were one.
    (machine.folder / "file").write_text("")
    address = f"sqlite:///{machine.folder}/file/bot.db"
    line = await machine.refused(command, DATABASE_URL=address)
    assert line.startswith(f"{machine.folder}/file/bot.db: cannot be opened: ")


async def test_a_folder_that_cannot_hold_pictures_is_refused(machine: Machine) -> None:
    (machine.folder / "file").write_text("")
    address = (machine.folder / "file" / "pictures").as_uri()
    line = await machine.refused(STORAGE_URL=address)
    assert line.startswith(f"{machine.folder}/file/pictures: cannot hold pictures: ")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux only: limits of a process")
async def test_a_full_disk_holds_everything_up_and_loses_nothing(machine: Machine) -> None:
    machine.generator.hold()
    await machine.bot.start()
    machine.telegram.say(machine.ann, "a red fox")
    await machine.bot.logged("submitted")
    machine.disk(0)
    machine.telegram.say(machine.bob, "a blue whale")
    await machine.bot.logged("update not written")
    machine.generator.release()
    await machine.bot.logged("callback not written")
    machine.disk(resource.RLIM_INFINITY)
    for person, prompt in ((machine.ann, "a red fox"), (machine.bob, "a blue whale")):
        chat = machine.chat(person)
        await machine.picture(chat, prompt, seconds=30)
        await machine.quiet(chat)
        assert len(machine.from_bot(chat)) == 1
    assert len(machine.generator.jobs) == 2


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux only: limits of a process")
async def test_a_picture_the_disk_has_no_room_for_is_fetched_again_and_never_half_kept(
    machine: Machine,
) -> None:
    def kept() -> list[Path]:
        return [path for path in (machine.folder / "pictures").rglob("*") if path.is_file()]

    content = noise(640)
    await let_draw(machine.generator, content)
    machine.generator.hold()
    await machine.bot.start()
    machine.telegram.say(machine.ann, "a red fox")
    await machine.bot.logged("submitted")
    # Room for what is still to be written about the picture, but not for the picture.
    written = max(path.stat().st_size for path in machine.folder.glob("bot.db*"))
    room = written + 100_000
    assert room < len(content)
    machine.disk(room=room)
    machine.generator.release()
    await machine.bot.logged("put off")
    assert kept() == []
    machine.disk(resource.RLIM_INFINITY)
    await machine.picture(machine.chat(machine.ann), "a red fox", seconds=30)
    assert len(kept()) == 1
    assert len(machine.generator.jobs) == 1


@pytest.mark.parametrize("command", [("worker",), ("run", "--no-worker")])
async def test_who_would_have_to_share_sqlite_is_refused_before_anything_is_made(
    machine: Machine, command: tuple[str, ...]
) -> None:
    line = await machine.refused(*command, status=2)
    assert line.startswith("DATABASE_URL: only one process can use SQLite")
    assert not (machine.folder / "bot.db").exists()
