"""`python -m bot tasks` beside a bot that runs: what it shows, and what it sets going."""

import csv
import io
import json
from pathlib import Path

import pytest

from bot.patience import LOOK_AGAIN
from bot.sandbox.bot_api import Fault as TelegramFault
from bot.storage.sqlite import migrate
from tests.conftest import Studio, eventually
from tests.console.commands import beside, refusal, run, said, values
from tests.pressing import jobs, refuse
from tests.test_closed_chats import asked_and_shut, known, rows, undeliverable


async def drawn(studio: Studio, text: str = "a red fox") -> str:
    """Ann asks for this and gets it; returns the id of the request."""
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, text)
    await studio.picture(chat, text.partition(" --")[0])
    await studio.quiet(chat)
    await ended(studio)
    return str(rows(studio, "SELECT id FROM tasks ORDER BY created_at DESC LIMIT 1")[0][0])


async def failed(studio: Studio, text: str = "a red fox", times: int = 1) -> str:
    """Ann asks for this and hears that it was refused."""
    refuse(studio, times)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, text)
    await studio.words(chat, "safety filter")
    await studio.quiet(chat)
    await ended(studio)
    return str(rows(studio, "SELECT id FROM tasks ORDER BY created_at DESC LIMIT 1")[0][0])


async def ended(studio: Studio) -> None:
    working = "SELECT id FROM tasks WHERE state IN ('created', 'working')"
    await eventually(lambda: not rows(studio, working))


async def test_list_shows_the_newest_first_and_each_option_chooses(studio: Studio) -> None:
    await studio.start()
    fox, bear = await drawn(studio), await failed(studio, "a brown bear")
    table = (await said(studio, "tasks", "list")).splitlines()
    assert table[0].split() == [
        *("id", "asked", "state", "reason", "pictures", "person", "chat", "model", "prompt")
    ]
    assert [line.split()[0] for line in table[1:]] == [bear, fox]
    assert "reported" in table[1]
    assert "filtered" in table[1] or "prompt_refused" in table[1]
    assert table[2].endswith("a red fox")

    async def found(*options: str) -> list[str]:
        return [one["id"] for one in await values(studio, "tasks", "list", *options)]

    ann = str(studio.ann.id)
    assert await found() == [bear, fox]
    assert await found("--state", "delivered") == [fox]
    assert await found("--failed") == [bear]
    assert await found("--person", ann, "--chat", ann, "--since", "1h") == [bear, fox]
    assert await found("--person", "1") == await found("--chat", "-5") == []
    assert await found("--since", "2100-01-01") == []
    assert await found("--limit", "1") == [bear]


async def test_show_tells_the_whole_life_by_the_id_of_the_request_or_of_a_picture(
    studio: Studio,
) -> None:
    await studio.start()
    task = await failed(studio, "a red fox --ar 16:9")
    (picture,) = (await values(studio, "tasks", "show", task))["pictures"]
    page = await said(studio, "tasks", "show", task)
    assert page == await said(studio, "tasks", "show", picture["id"])
    for told in (task, picture["id"], picture["job"], picture["reason"], picture["detail"]):
        assert str(told) in page
    assert "CONTENT_POLICY_BLOCKED" in page
    assert "16:9" in page
    assert "\x1b" not in page


async def test_what_people_write_cannot_play_with_the_terminal(studio: Studio) -> None:
    await studio.start()
    task = await drawn(studio, "a red fox --no [red]\u202e\x9b2J")
    for page in (await said(studio, "tasks", "list"), await said(studio, "tasks", "show", task)):
        assert "a red fox" in page
        assert "\x9b" not in page
        assert "\u202e" not in page
    assert "[red]" in page


def test_an_id_that_nobody_knows_is_one_line(tmp_path: Path) -> None:
    migrate(tmp_path / "bot.db")
    for command in ("show", "retry"):
        result = run(tmp_path, "tasks", command, "0123456789ab")
        assert refusal(result) == "0123456789ab: no request or picture has this id"


@pytest.mark.parametrize("command", [("tasks", "list"), ("users", "list"), ("backup", "copy.db")])
def test_before_the_first_start_there_is_nothing_and_nothing_is_made(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert "there is no database yet" in refusal(run(tmp_path, *command))
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_and_wrong_times_have_the_status_2(tmp_path: Path) -> None:
    line = refusal(run(tmp_path, "tasks", "list", PORT="many"), 2)
    assert line.startswith("PORT: ")
    result = run(tmp_path, "tasks", "list", "--since", "soon")
    assert result.exit_code == 2
    assert "'soon' is no time" in result.stderr


async def test_what_failed_is_drawn_anew_by_the_bot_that_runs(studio: Studio) -> None:
    await studio.start()
    task = await failed(studio, "a red fox --n 2 --ar 16:9", times=2)
    told = await said(studio, "tasks", "retry", task)
    assert f"2 pictures of {task} drawn anew as" in told
    assert f"within {LOOK_AGAIN:.0f} seconds" in told
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "a red fox", seconds=60 + LOOK_AGAIN)
    assert "a red fox" in picture["reply_to_message"]["text"]
    await studio.quiet(chat)
    assert [one.input["aspect_ratio"] for one in jobs(studio)] == ["16:9"] * 4


async def test_what_failed_is_drawn_anew_once(studio: Studio) -> None:
    await studio.start()
    task = await failed(studio)
    await studio.stop()
    anew = (await said(studio, "tasks", "retry", task)).splitlines()[0].split()[-1]
    line = refusal(await beside(studio, "tasks", "retry", task))
    assert line.startswith(f"{task}: was drawn anew before, as {anew} (created)")
    await studio.start()
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await studio.quiet(studio.chat(studio.ann))
    assert len(jobs(studio)) == 2


async def test_what_was_not_brought_is_brought_again(studio: Studio) -> None:
    forum = studio.telegram.world.add_group("Club", members=[studio.ann], forum=True)
    await studio.start()
    closed = {"status": 400, "description": "Bad Request: TOPIC_CLOSED", "times": 9}
    studio.telegram.faults.add(TelegramFault(method="sendPhoto", **closed))
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=forum)
    await undeliverable(studio)
    studio.telegram.faults.clear()
    ((task,),) = rows(studio, "SELECT id FROM tasks")
    assert f"1 picture of {task} brought again" in await said(studio, "tasks", "retry", task)
    await studio.picture(forum, "a red fox", seconds=60 + LOOK_AGAIN)
    await studio.quiet(forum)
    await ended(studio)
    assert "everything was delivered" in refusal(await beside(studio, "tasks", "retry", task))
    assert len(jobs(studio)) == 1


async def test_a_closed_chat_is_left_alone_and_the_reason_told(studio: Studio) -> None:
    await studio.start()
    await asked_and_shut(studio, studio.ann, "a red fox")
    await undeliverable(studio)
    await known(studio, "closed IS NOT NULL")
    ((task,),) = rows(studio, "SELECT id FROM tasks")
    line = refusal(await beside(studio, "tasks", "retry", task))
    assert f"chat {studio.ann.id} is closed to the bot" in line
    assert rows(studio, "SELECT state, reason FROM tasks") == [("reported", "undeliverable")]


async def test_what_is_under_way_or_cancelled_is_left_alone(studio: Studio) -> None:
    await studio.start()
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: jobs(studio))
    ((task,),) = rows(studio, "SELECT id FROM tasks")
    assert "is under way" in refusal(await beside(studio, "tasks", "retry", task))
    studio.telegram.say(studio.ann, "/cancel")
    await eventually(
        lambda: rows(studio, "SELECT id FROM tasks WHERE json_extract(body, '$.cancelled') > ''")
    )
    assert "was cancelled" in refusal(await beside(studio, "tasks", "retry", task))
    studio.generator.release()


async def test_an_export_holds_every_request_and_every_picture(studio: Studio) -> None:
    await studio.start()
    fox, bear = await drawn(studio, "=a red fox --n 2"), await failed(studio, "a bear, brown")
    told = await beside(studio, "tasks", "export", "-o", str(studio.folder / "all.jsonl"))
    assert (told.exit_code, told.stdout) == (0, "")
    lines = (studio.folder / "all.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [bear, fox]
    assert json.loads(lines[1]) == await values(studio, "tasks", "show", fox)

    sheet = await said(studio, "tasks", "export", "--format", "csv", "-o", "-")
    pictures = list(csv.DictReader(io.StringIO(sheet)))
    assert [one["task"] for one in pictures] == [bear, fox, fox]
    assert [one["prompt"] for one in pictures] == ["a bear, brown", *["'=a red fox"] * 2]
    only = await said(studio, "tasks", "export", "--failed", "-o", "-")
    assert [json.loads(one)["id"] for one in only.splitlines()] == [bear]


def test_an_export_does_not_write_over_a_file(tmp_path: Path) -> None:
    migrate(tmp_path / "bot.db")
    target = tmp_path / "all.jsonl"
    target.write_text("mine")
    line = refusal(run(tmp_path, "tasks", "export", "-o", str(target)))
    assert line == f"{target}: is there already; choose another name"
    assert target.read_text() == "mine"
