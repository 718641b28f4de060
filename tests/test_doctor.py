"""The doctor: everything in order, and each thing that can be wrong with what to do about it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.doctor import Finding, Verdict, as_json, examine, table
from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.jobs import Fault as GeneratorFault
from tests.conftest import Studio, eventually, photo


async def findings(studio: Studio, *, webhook: bool = True, **changes: Any) -> dict[str, Finding]:
    found = await examine(studio.settings(webhook=webhook, **changes))
    assert len({one.check for one in found}) == len(found)
    return {one.check: one for one in found}


def wrong(found: dict[str, Finding]) -> dict[str, str]:
    """What is not good, with its detail; each of them says what to do."""
    assert all(one.advice for one in found.values() if one.verdict is not Verdict.GOOD)
    return {one.check: one.detail for one in found.values() if one.verdict is not Verdict.GOOD}


async def test_a_bot_in_order_has_nothing_to_complain_of(studio: Studio) -> None:
    # They are called back before anybody looks them up.
    await studio.start(task_poll_seconds=30)
    for _ in range(2):
        studio.telegram.send_photo(studio.ann, photo(), caption="a red fox")
    chat = studio.chat(studio.ann)
    await studio.telegram.wait_until(
        lambda: ["photo" in one for one in studio.from_bot(chat)] == [True, True]
    )
    await studio.quiet(chat)
    found = await findings(studio)
    assert wrong(found) == {}
    assert found["telegram"].detail == "@nano_banana_bot"
    assert found["webhook"].detail.startswith("registered")
    assert found["callbacks"].detail == "for 2 of the last 2 pictures"
    assert found["requests"].detail == "0 under way"


async def test_before_the_first_start_all_is_well_without_webhooks(studio: Studio) -> None:
    found = await findings(studio, webhook=False)
    assert wrong(found) == {}
    assert "made at the first start" in found["database"].detail
    assert not (studio.folder / "bot.db").exists()


async def test_while_the_bot_is_down_its_address_is_the_trouble(studio: Studio) -> None:
    await studio.start()
    await studio.stop()
    assert wrong(await findings(studio)) == {
        "public address": "cannot be reached (ClientConnectorError)"
    }


async def test_a_wrong_token_and_a_wrong_key_are_named(studio: Studio) -> None:
    found = await findings(
        studio,
        webhook=False,
        telegram_bot_token=SecretStr("1:S3CRET"),
        nano_banana_api_key=SecretStr("s3cret-key"),
    )
    assert set(wrong(found)) == {"telegram", "kie.ai account", "kie.ai upload"}
    assert "TELEGRAM_BOT_TOKEN" in found["telegram"].advice
    assert "NANO_BANANA_API_KEY" in found["kie.ai account"].advice
    assert "s3cret" not in table(list(found.values())).casefold()
    assert [one for one in studio.generator.problems if "Authorization" not in one] == []
    studio.generator.problems.clear()


async def test_what_cannot_be_reached_is_named(studio: Studio) -> None:
    nowhere = "http://127.0.0.1:9"
    found = await findings(
        studio,
        webhook=False,
        telegram_api_url=nowhere,
        nano_banana_api_url=nowhere,
        nano_banana_upload_url=nowhere,
    )
    unreached = wrong(found)
    assert "Telegram's" in unreached.pop("clock")
    assert unreached == {
        "telegram": "cannot be reached (ClientConnectorError)",
        "kie.ai account": "cannot be reached (ConnectError)",
        "kie.ai upload": "cannot be reached (ConnectError)",
    }


async def test_an_answer_that_says_too_busy_is_told_as_such(studio: Studio) -> None:
    studio.telegram.faults.add(TelegramFault(method="getMe", status=502, body="<html>Bad</html>"))
    studio.generator.faults.add(GeneratorFault(where="upload", kind="status", code=503))
    found = wrong(await findings(studio, webhook=False))
    assert set(found) == {"telegram", "kie.ai upload"}
    assert "cannot be reached" not in " ".join(found.values())


async def test_a_webhook_that_fails_is_told_with_telegrams_words(studio: Studio) -> None:
    await studio.start()
    await studio.stop()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.telegram.updates.last_error)
    found = await findings(studio)
    assert found["webhook"].verdict is Verdict.BAD
    assert "1 updates wait" in found["webhook"].detail


async def test_a_webhook_of_somebody_else_is_noticed(studio: Studio) -> None:
    await studio.start()
    await studio.stop()
    found = await findings(studio, webhook=False)
    assert wrong(found) == {"webhook": "Telegram calls an address, and this bot would poll"}


@pytest.mark.parametrize("studio", [{"balance": 12.5}], indirect=True)
async def test_few_credits_are_a_warning(studio: Studio) -> None:
    assert wrong(await findings(studio, webhook=False)) == {"kie.ai account": "12.50 credits"}


async def test_callbacks_that_never_come_are_noticed(studio: Studio) -> None:
    await studio.start(webhook=False)
    studio.telegram.say(studio.ann, "a red fox --n 5")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    found = await findings(studio)
    assert found["callbacks"].detail == "none for the last 5 pictures"


async def test_requests_that_are_stuck_and_updates_that_were_parked_are_counted(
    studio: Studio,
) -> None:
    studio.generator.hold()
    await studio.start(webhook=False)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.words(studio.chat(studio.ann), "🎨")
    await studio.stop()
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database, database:
        database.execute("UPDATE tasks SET created_at = 1")
        database.execute("UPDATE updates SET state = 'parked'")
        database.execute(
            "UPDATE pictures SET state = 'generated', body = json_set(body, '$.tries', 2)"
        )
    found = wrong(await findings(studio, webhook=False))
    assert found == {
        "downloads": "1 pictures are drawn and cannot be fetched",
        "requests": "1 of 1 are older than they should be",
        "updates": "1 could not be handled",
    }


async def test_a_damaged_database_and_a_folder_that_cannot_be_written_are_named(
    studio: Studio,
) -> None:
    damaged = studio.folder / "damaged.db"
    damaged.write_bytes(b"no database" * 100)
    (studio.folder / "file").write_text("")
    there = (studio.folder / "file" / "pictures").as_uri()
    changes = {"database_url": f"sqlite:///{damaged}", "storage_url": there}
    found = wrong(await findings(studio, webhook=False, **changes))
    assert set(found) == {"database", "pictures"}
    assert "not a database" in found["database"]


async def test_a_server_that_hangs_does_not_hide_the_other_findings(studio: Studio) -> None:
    studio.telegram.faults.add(TelegramFault(method="getMe", status=502, body="<html>Bad</html>"))
    found = await findings(studio, webhook=False)
    assert set(wrong(found)) == {"telegram"}


def test_the_table_has_a_mark_and_what_to_do() -> None:
    shown = table(
        [
            Finding("telegram", Verdict.GOOD, "@bot"),
            Finding("disk", Verdict.BAD, "0.1 GB free", "Make room."),
        ]
    )
    assert shown.splitlines() == [
        "✓ telegram  @bot",
        "✗ disk      0.1 GB free",
        "            → Make room.",
    ]
    (one,) = json.loads(as_json([Finding("disk", Verdict.WARNING, "few", "Make room.")]))
    assert one == {"check": "disk", "verdict": "warning", "detail": "few", "advice": "Make room."}


def test_the_command_ends_with_what_it_found(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "doctor", "--json"]
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "TELEGRAM_BOT_TOKEN": "1:A",
        "NANO_BANANA_API_KEY": "key",
        "TELEGRAM_API_URL": "http://127.0.0.1:9",
        "NANO_BANANA_API_URL": "http://127.0.0.1:9",
        "NANO_BANANA_UPLOAD_URL": "http://127.0.0.1:9",
        "DATABASE_URL": f"sqlite:///{tmp_path}/bot.db",
    }
    run = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1, run.stderr
    assert {one["check"] for one in json.loads(run.stdout)} >= {"telegram", "disk", "database"}
    del environment["NANO_BANANA_API_KEY"]
    run = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (2, "NANO_BANANA_API_KEY: is missing\n")
