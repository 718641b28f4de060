"""Who pays, what is given back, and what people hear about it."""

import asyncio
import io
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.access import Standing
from bot.sandbox.chats import Chat, Person
from bot.storage.ledger import Ledger
from bot.storage.sqlite import SQLite
from bot.storage.standings import StandingStore, SwitchStore
from tests.conftest import Studio, eventually
from tests.grouping import shows
from tests.inlining import draw_here, elsewhere, is_at_rest, started, told
from tests.pressing import pressed, refuse
from tests.test_closed_chats import BRING, asked_and_shut, undeliverable

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def money(studio: Studio) -> dict[str, int]:
    """What was reserved and what was spent."""
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        rows = dict(database.execute("SELECT name, balance FROM accounts"))
    return {name: rows.get(name, 0) for name in ("held", "spent")}


async def left(studio: Studio, person: Person) -> str:
    """The first line of /balance."""
    studio.telegram.say(person, "/balance")
    chat = studio.chat(person)
    asked = studio.telegram.messages(chat)[-1]["message_id"]
    answer = await studio.telegram.wait_for(
        lambda one: one["from"]["is_bot"] and one["message_id"] > asked and "🪙" in one["text"],
        chat=chat,
    )
    return str(answer["text"].splitlines()[0])


async def decide(studio: Studio, **what: Any) -> None:
    """An operator has decided something about somebody, or for all."""
    database = await SQLite.open(studio.folder / "bot.db")
    if number := what.pop("number", None):
        await StandingStore(database).set(number, what["standing"], NOW)
    elif granted := what.pop("granted", None):
        await Ledger(database).grant(*granted, key="test", now=NOW)
    else:
        await SwitchStore(database).change(what, NOW)
    await database.close()


def pictures(studio: Studio, chat: Chat) -> list[dict[str, Any]]:
    return [one for one in studio.from_bot(chat) if "photo" in one]


# --- asking and paying ---------------------------------------------------------------------


async def test_a_picture_that_comes_is_paid_for_and_balance_tells(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    assert await left(studio, studio.ann) == "🪙 40 credits left"
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann))
    await is_at_rest(studio)
    assert await left(studio, studio.ann) == "🪙 36 credits left"
    page = studio.from_bot(studio.chat(studio.ann))[-1]["text"]
    assert "36 credits of your 40 for today; new ones in" in page
    assert "• Nano Banana: 4 credits" in page
    assert "• Nano Banana 2: 1K 8 · 2K 12 · 4K 18" in page
    assert "You pay only for pictures that arrive." in page


async def test_a_picture_that_fails_costs_nothing_and_it_is_said(studio: Studio) -> None:
    refuse(studio)
    await studio.start(free_credits_daily=40)
    studio.telegram.say(studio.ann, "a red fox")
    answer = await studio.words(studio.chat(studio.ann), "safety filter")
    assert "Nothing was charged." in answer["text"]
    await is_at_rest(studio)
    assert money(studio) == {"held": 0, "spent": 0}
    assert await left(studio, studio.ann) == "🪙 40 credits left"


async def test_of_three_only_the_two_that_came_are_paid(studio: Studio) -> None:
    refuse(studio)
    await studio.start(free_credits_daily=40)
    studio.telegram.say(studio.ann, "a red fox --n 3")
    await studio.picture(studio.chat(studio.ann), "1 failed and was not charged")
    await is_at_rest(studio)
    assert money(studio) == {"held": 0, "spent": 8}


async def test_who_has_too_few_hears_what_it_costs_and_when_there_are_more(studio: Studio) -> None:
    await studio.start(free_credits_daily=10)
    studio.telegram.say(studio.ann, "a red fox --n 3")
    answer = await studio.words(studio.chat(studio.ann), "🪙")
    assert "This costs 12 credits, and 10 are left. New ones come in" in answer["text"]
    assert not studio.generator.jobs
    assert money(studio) == {"held": 0, "spent": 0}
    studio.telegram.say(studio.mei, "一只狐狸 --n 3")
    assert "需要 12 积分，还剩 10" in (await studio.words(studio.chat(studio.mei), "🪙"))["text"]


async def test_two_who_press_at_once_do_not_spend_the_same_credits(studio: Studio) -> None:
    await studio.start(free_credits_daily=8)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    picture = await studio.picture(chat)
    await is_at_rest(studio)
    answers = await asyncio.gather(
        *(pressed(studio, studio.ann, picture, label) for label in ("🔁 Again", "⬆️ 4K"))
    )
    assert sorted(one[:12] for one in answers) == ["Drawing agai", "🪙 This costs"]
    await studio.telegram.wait_until(lambda: len(pictures(studio, chat)) == 2)


async def test_a_list_nobody_can_pay_stays_to_be_confirmed_later(studio: Studio) -> None:
    await studio.start(free_credits_daily=4)
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a {red,blue} fox")
    offer = await studio.words(chat, "Together 8 credits. Shall I draw them?")
    assert "🪙 This costs 8 credits" in await pressed(studio, studio.ann, offer, "✅ Draw 2")
    await decide(studio, granted=(studio.ann.id, 100))
    assert await pressed(studio, studio.ann, offer, "✅ Draw 2") == "I am on it."
    await studio.telegram.wait_until(lambda: len(pictures(studio, chat)) == 2)


# --- what is given back --------------------------------------------------------------------


async def test_what_is_cancelled_in_time_costs_nothing(studio: Studio) -> None:
    await studio.start(free_credits_daily=40, jobs_at_once=1)
    studio.generator.hold()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    studio.telegram.say(studio.ann, "a blue fox")
    await eventually(lambda: money(studio)["held"] == 8)
    studio.telegram.say(studio.ann, "/cancel")
    await studio.words(chat, "Cancelled")
    studio.generator.release()
    await is_at_rest(studio)
    # The first was being drawn already: it is in /history, and paid for when it is looked at.
    assert money(studio) == {"held": 4, "spent": 0}
    studio.telegram.say(studio.ann, "/history")
    await studio.picture(chat, "a red fox")
    await eventually(lambda: money(studio) == {"held": 0, "spent": 4})


async def test_who_cancels_too_late_takes_no_picture_along_for_nothing(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    studio.generator.hold()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox --n 3")
    await eventually(lambda: len(studio.generator.jobs) == 3)
    studio.telegram.say(studio.ann, "/cancel")
    await studio.words(chat, "and also if you delete it unseen")
    studio.generator.release()
    await is_at_rest(studio)
    studio.telegram.say(studio.ann, "/forget")
    asked = await studio.words(chat, "Shall I forget you?")
    studio.telegram.press(studio.ann, asked, "📦 Send me everything first")
    sent = await studio.telegram.wait_for(lambda one: "document" in one, chat=chat)
    assert "with 0 pictures" in sent["caption"]
    assert "3 pictures you have not looked at yet are not in it" in sent["caption"]
    file = studio.telegram.file_bytes(sent["document"]["file_id"])
    assert zipfile.ZipFile(io.BytesIO(file)).namelist() == ["data.json"]
    assert money(studio) == {"held": 12, "spent": 0}
    studio.telegram.press(studio.ann, asked, "🗑 Forget me")
    await shows(studio, asked, "🗑 Yes, delete everything")
    studio.telegram.press(studio.ann, asked, "🗑 Yes, delete everything")
    await eventually(lambda: money(studio) == {"held": 0, "spent": 12})
    assert await left(studio, studio.ann) == "🪙 28 credits left"


async def test_what_could_not_be_brought_is_paid_for_once_it_was(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    await asked_and_shut(studio, studio.ann, "a red fox")
    await undeliverable(studio)
    assert money(studio) == {"held": 4, "spent": 0}
    studio.telegram.unblock(studio.ann)
    studio.telegram.say(studio.ann, "/start")
    offer = await studio.words(studio.chat(studio.ann), "📬")
    await pressed(studio, studio.ann, offer, BRING)
    await studio.picture(studio.chat(studio.ann))
    await eventually(lambda: money(studio) == {"held": 0, "spent": 4})


async def test_after_a_restart_the_books_go_on(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox --n 2")
    await eventually(lambda: len(studio.generator.jobs) == 2)
    await studio.stop()
    assert money(studio) == {"held": 8, "spent": 0}
    studio.generator.release()
    await studio.start(free_credits_daily=40)
    await studio.telegram.wait_until(lambda: len(pictures(studio, studio.chat(studio.ann))) == 2)
    await eventually(lambda: money(studio) == {"held": 0, "spent": 8})


# --- groups --------------------------------------------------------------------------------


async def test_a_limit_is_said_once_per_person_in_a_group_and_a_press_is_answered_alone(
    studio: Studio,
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(free_credits_daily=4)
    studio.telegram.say(studio.ann, "/imagine a fox", chat=group)
    picture = await studio.picture(group)
    await studio.quiet(group)
    for _ in range(3):
        studio.telegram.say(studio.ann, "/imagine another fox", chat=group)
    await studio.words(group, "🪙")
    studio.telegram.say(studio.bob, "/imagine two foxes --n 2", chat=group)
    await studio.telegram.wait_until(
        lambda: sum("🪙" in one.get("text", "") for one in studio.from_bot(group)) == 2
    )
    assert "🪙" in await pressed(studio, studio.ann, picture, "🔁 Again")
    await studio.quiet(group)
    assert sum("🪙" in one.get("text", "") for one in studio.from_bot(group)) == 2
    # In private it is always said.
    for count in (1, 2):
        studio.telegram.say(studio.ann, "a fox")
        await studio.telegram.wait_until(
            lambda count=count: len(studio.from_bot(studio.chat(studio.ann))) == count
        )


async def test_in_a_group_its_pool_pays_when_ones_own_is_spent(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(free_credits_daily=4, group_credits_daily=4)
    for number in (1, 2):
        studio.telegram.say(studio.ann, f"/imagine fox {number}", chat=group)
        await studio.picture(group, f"fox {number}")
    studio.telegram.say(studio.ann, "/imagine fox 3", chat=group)
    await studio.words(group, "and 0 are left")
    studio.telegram.say(studio.bob, "/imagine fox 4", chat=group)
    await studio.picture(group, "fox 4")


async def test_behind_a_mask_one_draws_on_the_credits_of_the_group_alone(studio: Studio) -> None:
    world = studio.telegram.world
    channel = world.add_channel("News", owner=studio.ann)
    await studio.start(free_credits_daily=40, group_credits_daily=4)
    # Anybody can make any number of groups and channels.
    for number in range(2):
        group = world.add_group(f"Friends {number}", members=[studio.ann])
        studio.telegram.speak_as(group, studio.ann, group if number else channel)
        studio.telegram.say(studio.ann, f"/imagine fox {number}", chat=group)
        await studio.picture(group, f"fox {number}")
        studio.telegram.say(studio.ann, "/imagine another fox", chat=group)
        told = await studio.words(group, "🪙 This costs 4 credits, and 0 are left.")
        assert "write as yourself" in told["text"]
    assert len(studio.generator.jobs) == 2
    studio.telegram.speak_as(group, studio.ann, None)
    studio.telegram.say(studio.ann, "/imagine a fox of mine", chat=group)
    await studio.picture(group, "a fox of mine")
    await decide(studio, granted=(group.id, 4))
    studio.telegram.speak_as(group, studio.ann, group)
    studio.telegram.say(studio.ann, "/imagine a fox for us", chat=group)
    await studio.picture(group, "a fox for us")


async def test_what_one_has_is_told_in_private(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start(free_credits_daily=40)
    await started(studio, studio.ann)
    for person in (studio.ann, studio.bob):
        studio.telegram.say(person, "/balance", chat=group)
    await studio.words(studio.chat(studio.ann), "🪙 40 credits left")
    # Bob has no private chat with us yet: there is a way to one.
    invited = await studio.telegram.wait_for(
        lambda one: one["from"]["is_bot"] and "reply_markup" in one, chat=group
    )
    assert "start=balance" in str(invited["reply_markup"])
    assert not any("🪙" in one.get("text", "") for one in studio.from_bot(group))


async def test_drawing_in_other_peoples_chats_costs_the_same(studio: Studio) -> None:
    await studio.start(free_credits_daily=3)
    await started(studio, studio.ann)
    placeholder = await draw_here(studio, studio.ann, "a red fox", chat=elsewhere(studio))
    await told(studio, placeholder, "🪙 This costs 4 credits")
    assert not studio.generator.jobs


# --- who may ask ---------------------------------------------------------------------------


async def test_operators_and_an_open_purse_pay_nothing(studio: Studio) -> None:
    await studio.start(free_credits_daily=0, admin_ids={studio.ann.id})
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann))
    assert "no credits" in await left(studio, studio.ann)
    studio.telegram.say(studio.bob, "a red fox")
    await studio.words(studio.chat(studio.bob), "and 0 are left")
    await studio.stop()
    await studio.start(free_credits_daily=None)
    studio.telegram.say(studio.bob, "a blue fox")
    await studio.picture(studio.chat(studio.bob), "blue")
    assert money(studio) == {"held": 0, "spent": 0}


async def test_in_a_closed_house_only_those_who_were_let_in_may_ask(studio: Studio) -> None:
    world = studio.telegram.world
    club = world.add_group("Club", members=[studio.bob, studio.mei])
    await studio.start(access="closed", allowed_ids={studio.ann.id, club.id})
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann))
    studio.telegram.say(studio.bob, "a red fox")
    refused = await studio.words(studio.chat(studio.bob), "🔒")
    assert str(studio.bob.id) in refused["text"]
    studio.telegram.say(studio.bob, "/imagine a fox of the club", chat=club)
    await studio.picture(club)
    await decide(studio, number=studio.bob.id, standing=Standing.ALLOWED)
    studio.telegram.say(studio.bob, "a blue fox")
    await studio.picture(studio.chat(studio.bob), "blue")


async def test_who_is_banned_is_told_so_anywhere_and_draws_nothing(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.bob, "/imagine a red fox", chat=group)
    picture = await studio.picture(group)
    await decide(studio, number=studio.ann.id, standing=Standing.BANNED)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.words(studio.chat(studio.ann), "🚫 I do not draw for you any more")
    assert "🚫" in await pressed(studio, studio.ann, picture, "🔁 Again")
    assert len(studio.generator.jobs) == 1


@pytest.mark.parametrize(
    ("switched", "words"),
    [
        ({"maintenance": ""}, "🛠 I am being worked on."),
        ({"maintenance": "Back at noon."}, "Back at noon."),
        ({"paused": "low"}, "🪫 I draw nothing new at the moment"),
        ({"closed": True}, "🔒 This bot draws only for"),
        ({"models_off": ["banana"]}, "Nano Banana is switched off at the moment."),
    ],
)
async def test_what_operators_switch_counts_at_once(
    studio: Studio, switched: dict[str, Any], words: str
) -> None:
    await studio.start(admin_ids={studio.bob.id})
    await decide(studio, **switched)
    for person, hears in ((studio.ann, True), (studio.bob, False)):
        studio.telegram.say(person, "a red fox")
        if hears:
            await studio.words(studio.chat(person), words)
        else:
            await studio.picture(studio.chat(person))


async def test_a_price_can_be_changed_and_changes_nothing_that_was_asked_for(
    studio: Studio,
) -> None:
    await studio.start(free_credits_daily=40, prices={"banana": 10})
    studio.generator.hold()
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: money(studio)["held"] == 10)
    await decide(studio, prices={"banana": 7})
    studio.telegram.say(studio.ann, "a blue fox")
    await eventually(lambda: money(studio)["held"] == 17)
    studio.generator.release()
    await eventually(lambda: money(studio) == {"held": 0, "spent": 17})
