"""/settings, over HTTP: one message that edits itself, for people, groups and topics."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.sandbox.bot_api import Fault
from bot.sandbox.chats import Chat, Person
from tests.conftest import Studio, eventually

Json = dict[str, Any]


def buttons(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [one["text"] for row in rows for one in row]


def now(studio: Studio, message: Json) -> Json:
    """The message as it is by now."""
    chat = studio.telegram.world.chats[message["chat"]["id"]]
    return chat.messages[message["message_id"]]


async def shows(studio: Studio, message: Json, *lines: str) -> Json:
    """Wait until the message has these buttons."""
    await studio.telegram.wait_until(
        lambda: all(line in buttons(now(studio, message)) for line in lines)
    )
    return now(studio, message)


async def choose(
    studio: Studio, person: Person, sheet: Json, setting: str, value: str, shown: str
) -> Json:
    """Open one setting by the beginning of its button, and choose a value."""
    button = next(one for one in buttons(now(studio, sheet)) if one.startswith(setting))
    studio.telegram.press(person, sheet, button)
    await studio.telegram.wait_until(lambda: "‹" in " ".join(buttons(now(studio, sheet))))
    studio.telegram.press(person, sheet, value)
    return await shows(studio, sheet, shown)


async def settings_of(studio: Studio, person: Person) -> Json:
    studio.telegram.say(person, "/settings")
    return await studio.words(studio.chat(person), "⚙️")


async def answered(studio: Studio, query_id: str) -> Json:
    """What the person who pressed was shown."""
    answers = studio.telegram.callback_answers
    await studio.telegram.wait_until(
        lambda: any(one["callback_query_id"] == query_id for one in answers)
    )
    return next(one for one in answers if one["callback_query_id"] == query_id)


async def drawn(studio: Studio, person: Person, text: str, chat: Chat | None = None) -> Json:
    """The generator's input for a wish of this person."""
    before = set(studio.generator.jobs)
    studio.telegram.say(person, text, chat=chat)
    await studio.telegram.wait_until(lambda: set(studio.generator.jobs) - before)
    (job,) = set(studio.generator.jobs) - before
    found = studio.generator.jobs[job]
    await studio.quiet(chat or studio.chat(person))
    return {"model": found.model, **found.input}


async def test_what_a_person_chooses_counts_from_then_on(studio: Studio) -> None:
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "🤖", "Nano Banana Pro", "🤖 Model: Nano Banana Pro")
    await choose(studio, studio.ann, sheet, "📐", "21:9", "📐 Shape: 21:9")
    await choose(studio, studio.ann, sheet, "🔎", "2K", "🔎 Size: 2K")
    job = await drawn(studio, studio.ann, "a red fox")
    assert (job["model"], job["aspect_ratio"], job["resolution"]) == (
        "nano-banana-pro",
        "21:9",
        "2K",
    )
    said = await drawn(studio, studio.ann, "a blue fox --ar 1:1 --model banana")
    assert (said["model"], said["aspect_ratio"]) == ("google/nano-banana", "1:1")
    assert (await drawn(studio, studio.bob, "a green fox"))["model"] == "google/nano-banana"


async def test_the_present_choice_is_marked_and_can_be_taken_back(studio: Studio) -> None:
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "🔢", "4", "🔢 How many: 4")
    studio.telegram.press(studio.ann, sheet, "🔢 How many: 4")
    shown = await shows(studio, sheet, "✓ 4")
    assert [one for one in buttons(shown) if one.startswith("✓")] == ["✓ 4"]
    studio.telegram.press(studio.ann, sheet, "as usual")
    await shows(studio, sheet, "🔢 How many: as usual")
    studio.telegram.press(studio.ann, sheet, "🔢 How many: as usual")
    await shows(studio, sheet, "✓ as usual")
    studio.telegram.press(studio.ann, sheet, "‹ Back")
    await shows(studio, sheet, "🔢 How many: as usual")
    assert len(studio.from_bot(studio.chat(studio.ann))) == 1


async def test_buttons_work_after_a_restart(studio: Studio) -> None:
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    studio.telegram.press(studio.ann, sheet, "🗂 File format: as usual")
    await shows(studio, sheet, "JPG")
    await studio.stop()
    await studio.start()
    studio.telegram.press(studio.ann, sheet, "JPG")
    await shows(studio, sheet, "🗂 File format: JPG")
    assert (await drawn(studio, studio.ann, "a red fox"))["output_format"] == "jpeg"


async def test_a_chosen_language_is_spoken_at_once_and_everywhere(studio: Studio) -> None:
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    await choose(studio, studio.ann, sheet, "🌐", "简体中文", "🌐 语言：简体中文")
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "/help")
    await studio.words(chat, "怎么画")
    studio.telegram.say(studio.ann, "a fox --ar 16:99")
    await studio.words(chat, "--ar 不能是 16:99")
    await choose(studio, studio.ann, sheet, "🌐", "English", "🌐 Language: English")


async def test_the_same_choice_again_is_no_trouble(studio: Studio) -> None:
    await studio.start()
    sheet = await settings_of(studio, studio.ann)
    studio.telegram.press(studio.ann, sheet, "📎 Sent as: as usual")
    await shows(studio, sheet, "file")
    first, second = (studio.telegram.press(studio.ann, sheet, "file") for _ in range(2))
    await answered(studio, first)
    await answered(studio, second)
    await shows(studio, sheet, "📎 Sent as: file")

    def edits() -> list[int]:
        calls = studio.telegram.calls
        return [call.status for call in calls if call.method == "editMessageText"]

    # The last one is "message is not modified", and the update is done with it.
    await eventually(lambda: len(edits()) == 3)
    studio.telegram.press(studio.ann, sheet, "📐 Shape: as usual")
    await shows(studio, sheet, "16:9")
    assert edits() == [200, 200, 400, 200]


async def test_an_admin_sets_what_is_usual_for_the_group(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    await choose(studio, studio.ann, sheet, "📐", "16:9", "📐 Shape: 16:9")
    await choose(studio, studio.ann, sheet, "🌐", "简体中文", "🌐 语言：简体中文")
    assert (await drawn(studio, studio.bob, "/imagine a fox", group))["aspect_ratio"] == "16:9"
    assert (await drawn(studio, studio.bob, "a fox"))["aspect_ratio"] == "1:1"
    own = await settings_of(studio, studio.bob)
    await choose(studio, studio.bob, own, "📐", "4:3", "📐 Shape: 4:3")
    assert (await drawn(studio, studio.bob, "/imagine a fox", group))["aspect_ratio"] == "4:3"
    studio.telegram.say(studio.bob, "/imagine a fox --ar 7:7:7", chat=group)
    await studio.words(group, "--ar 不能是")


async def test_a_topic_has_settings_of_its_own(studio: Studio) -> None:
    forum = studio.telegram.world.add_group("Club", members=[studio.ann, studio.bob], forum=True)
    topic = studio.telegram.world.add_topic(forum, "Foxes")
    await studio.start()
    studio.telegram.say(studio.ann, "/settings", chat=forum, topic=topic)
    sheet = await studio.words(forum, "Settings of this topic")
    assert sheet["message_thread_id"] == topic.id
    await choose(studio, studio.ann, sheet, "📐", "9:16", "📐 Shape: 9:16")
    studio.telegram.press(studio.ann, sheet, "👥 The whole group")
    shown = await shows(studio, sheet, "💬 This topic", "📐 Shape: as usual")
    assert "Settings of Club" in shown["text"]
    await choose(studio, studio.ann, sheet, "📐", "16:9", "📐 Shape: 16:9")
    studio.telegram.press(studio.ann, sheet, "💬 This topic")
    await shows(studio, sheet, "👥 The whole group", "📐 Shape: 9:16")
    studio.telegram.say(studio.bob, "/imagine one", chat=forum, topic=topic)
    studio.telegram.say(studio.bob, "/imagine two", chat=forum)
    await studio.telegram.wait_until(lambda: len(studio.generator.jobs) == 2)
    shapes = {
        job.input["prompt"]: job.input["aspect_ratio"] for job in studio.generator.jobs.values()
    }
    assert shapes == {"one": "9:16", "two": "16:9"}


async def test_who_is_no_admin_gets_their_own_in_private(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.mei])
    await studio.start()
    studio.telegram.say(studio.mei, "/start")
    await studio.words(studio.chat(studio.mei), "你好")
    studio.telegram.say(studio.mei, "/settings", chat=group)
    sheet = await studio.words(studio.chat(studio.mei), "你的设置")
    await choose(studio, studio.mei, sheet, "📐", "4:3", "📐 比例：4:3")
    assert studio.from_bot(group) == []


async def test_whose_private_chat_is_closed_is_shown_the_way_there(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.bob, "/settings", chat=group)
    told = await studio.words(group, "between you and me")
    ((button,),) = told["reply_markup"]["inline_keyboard"]
    assert button["url"] == "https://t.me/nano_banana_bot?start=settings"
    studio.telegram.say(studio.bob, "/start settings")
    await studio.words(studio.chat(studio.bob), "Your settings")


async def test_who_is_no_admin_cannot_press_and_who_is_none_any_more_neither(
    studio: Studio,
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob, studio.mei])
    studio.telegram.promote(group, studio.mei)
    await studio.start()
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    told = await answered(studio, studio.telegram.press(studio.bob, sheet, "📐 Shape: as usual"))
    assert (told["text"], told["show_alert"]) == (
        "Only admins of this group can change this.",
        True,
    )
    studio.telegram.press(studio.mei, sheet, "📐 Shape: as usual")
    await studio.telegram.wait_until(lambda: "16:9" in buttons(now(studio, sheet)))
    group.members[studio.mei.id] = "member"
    told = await answered(studio, studio.telegram.press(studio.mei, sheet, "16:9"))
    assert told["show_alert"]
    studio.telegram.say(studio.ann, "/settings", chat=group)
    again = await studio.telegram.wait_for(
        lambda one: one["message_id"] > sheet["message_id"] and "Settings of" in one.get("text", "")
    )
    assert "📐 Shape: as usual" in buttons(again)


async def test_an_anonymous_admin_is_an_admin_and_a_channel_is_not(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    channel = studio.telegram.world.add_channel("News", owner=studio.bob)
    studio.telegram.speak_as(group, studio.ann, group)
    studio.telegram.speak_as(group, studio.bob, channel)
    await studio.start()
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    await choose(studio, studio.ann, sheet, "🔢", "2", "🔢 How many: 2")
    studio.telegram.say(studio.bob, "/settings", chat=group)
    await studio.words(group, "between you and me")


async def test_where_members_are_hidden_the_list_of_admins_is_asked(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    for _ in range(2):
        studio.telegram.faults.add(
            Fault(
                method="getChatMember",
                status=400,
                description="Bad Request: member list is inaccessible",
            )
        )
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    told = await answered(studio, studio.telegram.press(studio.bob, sheet, "📐 Shape: as usual"))
    assert told["show_alert"]


async def test_a_groups_spoiler_counts_for_whoever_has_not_chosen(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    own = await settings_of(studio, studio.bob)
    await choose(studio, studio.bob, own, "🔢", "2", "🔢 How many: 2")
    assert not [one for one in buttons(now(studio, own)) if one.startswith("🙈")]
    studio.telegram.say(studio.ann, "/settings", chat=group)
    sheet = await studio.words(group, "Settings of Friends")
    await choose(studio, studio.ann, sheet, "🙈", "hidden", "🙈 Spoiler: hidden")
    studio.telegram.say(studio.bob, "/imagine a fox", chat=group)
    await studio.picture(group, "a fox")
    await studio.stop()
    (order,) = await orders(studio)
    assert (order["count"], order["spoiler"]) == (2, True)


async def orders(studio: Studio) -> list[Json]:
    with closing(sqlite3.connect(studio.folder / "bot.db")) as database:
        return [json.loads(row[0])["order"] for row in database.execute("SELECT body FROM tasks")]


async def test_two_people_pressing_do_no_harm(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    studio.telegram.promote(group, studio.bob)
    await studio.start()
    sheets = []
    for person in (studio.ann, studio.bob):
        studio.telegram.say(person, "/settings", chat=group)
        seen = {one["message_id"] for one in sheets}
        sheets.append(
            await studio.telegram.wait_for(
                lambda one, seen=seen: (
                    "Settings of" in one.get("text", "") and one["message_id"] not in seen
                )
            )
        )
    mine, theirs = sheets
    studio.telegram.press(studio.ann, mine, "📐 Shape: as usual")
    studio.telegram.press(studio.bob, theirs, "🔢 How many: as usual")
    await shows(studio, mine, "16:9")
    await shows(studio, theirs, "10")
    studio.telegram.press(studio.ann, mine, "16:9")
    studio.telegram.press(studio.bob, theirs, "3")
    await shows(studio, mine, "📐 Shape: 16:9")
    await shows(studio, theirs, "🔢 How many: 3")
    studio.telegram.say(studio.ann, "/imagine a fox", chat=group)
    await studio.telegram.wait_until(lambda: len(studio.generator.jobs) == 3)
    assert {job.input["aspect_ratio"] for job in studio.generator.jobs.values()} == {"16:9"}


@pytest.mark.parametrize("said", ["/settings", "/settings@nano_banana_bot", "/start settings"])
async def test_every_way_leads_to_the_settings(studio: Studio, said: str) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, said)
    await studio.words(studio.chat(studio.ann), "Your settings")
