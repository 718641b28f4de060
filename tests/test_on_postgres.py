"""The whole bot on PostgreSQL: what people do, and a server that goes away in the middle."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.storage.postgres_lock import Alone
from tests.conftest import API_KEY, TOKEN, Studio, eventually, photo
from tests.keeping import Keeping
from tests.postgres import PASSWORD, PostgresServer, cut
from tests.test_kill import Killed

pytestmark = pytest.mark.parametrize("keeping", ["postgresql"], indirect=True)

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_text_becomes_a_picture(studio: Studio, webhook: bool) -> None:
    await studio.start(webhook=webhook)
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    assert [one["message_id"] for one in studio.from_bot(chat)] == [picture["message_id"]]
    assert len(studio.generator.jobs) == 1


async def test_an_album_is_edited_and_comes_as_one(studio: Studio) -> None:
    await studio.start()
    studio.telegram.send_photo(studio.ann, photo(), caption="make it a watercolor --n 3")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "make it a watercolor")
    await studio.quiet(chat)
    assert sum("photo" in one for one in studio.from_bot(chat)) == 3


async def test_many_at_once_are_all_served_and_the_books_balance(studio: Studio) -> None:
    await studio.start(free_credits_daily=12)
    for number in range(4):
        for person in (studio.ann, studio.bob, studio.mei):
            studio.telegram.say(person, f"fox {number}")
    # Twelve credits are three pictures each; the fourth is refused in words.
    await eventually(lambda: len(studio.generator.jobs) == 9)
    for person in (studio.ann, studio.bob, studio.mei):
        chat = studio.chat(person)
        await eventually(
            lambda chat=chat: sum("photo" in one for one in studio.from_bot(chat)) == 3
        )
        await studio.quiet(chat)


async def test_buttons_history_settings_and_forgetting(studio: Studio) -> None:
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    picture = await studio.picture(chat, "a red fox")
    await studio.noted(picture)
    ((id_,),) = studio.keeping.rows("SELECT id FROM pictures")
    await studio.press(studio.ann, picture, f"star:{id_}")
    studio.telegram.say(studio.ann, "/history fox")
    await studio.picture(chat, "a red fox", after=picture["message_id"])
    for command, answer in (("/settings", ""), ("/balance", "credits"), ("/privacy", "")):
        studio.telegram.say(studio.ann, command)
        await studio.words(chat, answer)
    await studio.stop()
    assert studio.keeping.rows("SELECT count(*) FROM favourites") == [(1,)]


async def test_the_pace_is_kept_where_other_processes_see_it(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    kept = {key for (key,) in studio.keeping.rows("SELECT key FROM pace")}
    assert kept == {"createTask", "telegram", f"chat:{studio.ann.id}"}


async def test_a_second_process_that_asks_for_updates_is_refused_and_harms_nobody(
    studio: Studio,
) -> None:
    await studio.start(webhook=False)
    other = Studio(studio.telegram, studio.generator, studio.folder, studio.keeping)
    with pytest.raises(OSError, match="another process asks Telegram for updates"):
        await other.start(webhook=False)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")


async def test_a_server_that_restarts_in_the_middle_loses_and_doubles_nothing(
    studio: Studio, postgres_server: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    studio.generator.hold()
    await studio.start()
    for person in (studio.ann, studio.bob):
        studio.telegram.say(person, "a red fox")
    await eventually(lambda: len(studio.generator.jobs) == 2)
    postgres_server.stop(signal.SIGQUIT)
    # It is drawn, called back and asked for while nothing can be written.
    studio.telegram.say(studio.mei, "a blue whale")
    studio.generator.release()
    await asyncio.sleep(0)
    await eventually(lambda: "callback not written" in caplog.messages)
    postgres_server.start()
    for person, prompt in ((studio.ann, "red"), (studio.bob, "red"), (studio.mei, "blue")):
        chat = studio.chat(person)
        await studio.picture(chat, prompt, seconds=60)
        await studio.quiet(chat)
        assert len(studio.from_bot(chat)) == 1
    assert len(studio.generator.jobs) == 3
    assert "database not reached" in caplog.messages
    assert PASSWORD not in caplog.text


async def test_a_process_whose_place_was_taken_while_the_server_was_away_stops(
    studio: Studio, postgres_server: PostgresServer
) -> None:
    await studio.start(webhook=False)
    cut(postgres_server, studio.keeping.url)
    other = Alone(studio.keeping.url)
    other.take()
    with pytest.raises(OSError, match="another process asks Telegram for updates"):
        await asyncio.wait_for(studio._running, 30)
    studio._running = None
    other.end()


@pytest.fixture
async def killed(tmp_path: Path, keeping: Keeping) -> AsyncIterator[Killed]:
    telegram = BotApiServer(token=TOKEN, username="nano_banana_bot", retry_seconds=0.05)
    generator = GeneratorServer(
        api_key=API_KEY, seconds_per_job=0.02, rate=None, callback_retry_seconds=(0.2,) * 100
    )
    await telegram.start()
    await generator.start()
    studio = Killed(telegram, generator, tmp_path, keeping)
    try:
        yield studio
    finally:
        await studio.bot.kill()
        await generator.close()
        await telegram.close()
    assert telegram.problems == []
    assert generator.problems == []


async def test_a_killed_process_goes_on_where_it_was_and_the_next_one_starts_at_once(
    killed: Killed,
) -> None:
    killed.generator.hold()
    await killed.bot.start()
    killed.telegram.say(killed.ann, "a red fox")
    await killed.bot.logged("submitted")
    await killed.bot.logged("card shown")
    await killed.bot.kill()
    killed.generator.release()
    await killed.bot.start()
    chat = killed.chat(killed.ann)
    await killed.picture(chat, "a red fox")
    await killed.quiet(chat)
    assert len(killed.from_bot(chat)) == 1
    assert len(killed.generator.jobs) == 1
    assert await killed.bot.terminate() == 0
    assert not any(PASSWORD in str(line) for line in killed.bot.lines)


async def command(studio: Killed, *words: str, **changes: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=studio.folder,
        env={**studio.variables(), "PYTHONPATH": str(ROOT), "LOG_LEVEL": "INFO", **changes},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_worker_whose_port_is_taken_says_so_in_one_line(killed: Killed) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        status, _, said = await command(killed, "worker", "--port", where.partition(":")[2])
    assert (status, len(said.splitlines())) == (2, 1), said
    assert said.startswith(f"--port: cannot listen on {where}: ")


async def test_run_waits_for_nobody_who_has_not_migrated(
    killed: Killed, empty_postgres_url: str
) -> None:
    there = {"DATABASE_URL": empty_postgres_url}
    status, _, said = await command(killed, "run", **there)
    assert (status, len(said.splitlines())) == (1, 1), said
    assert "older version; `python -m bot migrate` first" in said
    status, said, _ = await command(killed, "migrate", **there)
    assert status == 0
    assert said.splitlines()[0] == "applied m001_tasks_and_pictures"
    assert said.splitlines()[-1].endswith("is up to date")
    assert PASSWORD not in said
    assert len((await command(killed, "migrate", **there))[1].splitlines()) == 1


async def test_the_operators_commands_work_beside_a_bot_that_runs(killed: Killed) -> None:
    await killed.bot.start()
    killed.telegram.say(killed.ann, "a red fox")
    await killed.picture(killed.chat(killed.ann), "a red fox")
    await killed.quiet(killed.chat(killed.ann))
    ann = str(killed.ann.id)
    for words, found in (
        (("tasks", "list", "--failed", "--json"), "[]"),
        (("users", "show", ann), "delivered"),
        (("credits", "show", ann), "reserve"),
        (("users", "forget", ann, "--yes"), ""),
    ):
        status, out, err = await command(killed, *words)
        assert (status, err) == (0, ""), words
        assert found in out, (words, out)
    assert killed.keeping.rows("SELECT count(*) FROM tasks") == [(0,)]


@pytest.mark.parametrize(("word", "instead"), [("backup", "pg_dump"), ("restore", "pg_restore")])
async def test_copies_are_made_by_the_servers_own_commands(
    killed: Killed, word: str, instead: str
) -> None:
    status, _, said = await command(killed, word, "copy.db")
    assert (status, said.count("\n")) == (1, 1)
    assert instead in said
    assert PASSWORD not in said


async def test_the_doctor_looks_at_the_server(
    killed: Killed, postgres_server: PostgresServer
) -> None:
    _, said, _ = await command(killed, "doctor")
    assert "✓ database" in said
    _, said, _ = await command(killed, "doctor", DATABASE_URL=postgres_server.url("nowhere"))
    assert "✗ database" in said
    assert "does not exist" in said
    assert PASSWORD not in said
