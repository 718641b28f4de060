"""One wish for many pictures: permutations and lists, shown with their price first. End to end."""

from typing import Any

import pytest

from bot.sandbox.chats import Chat
from tests.conftest import Studio, eventually, photo


def prompts(studio: Studio) -> list[str]:
    return sorted(job.input["prompt"] for job in studio.generator.jobs.values())


def answers(studio: Studio) -> list[str]:
    return [one.get("text", "") for one in studio.telegram.callback_answers]


async def offered(studio: Studio, chat: Chat) -> dict[str, Any]:
    return await studio.words(chat, "Shall I draw them?")


async def drawn(studio: Studio, chat: Chat, count: int) -> None:
    """All of them have arrived, and nothing else is left but the buttons of the album."""
    await studio.telegram.wait_until(
        lambda: sum("photo" in one for one in studio.from_bot(chat)) == count, seconds=60
    )
    await studio.quiet(chat)
    words = [one["text"] for one in studio.from_bot(chat) if "text" in one]
    assert all(one.startswith("🖼") for one in words)
    assert len(studio.generator.jobs) == count


async def test_permutations_are_shown_with_count_and_price_first(studio: Studio) -> None:
    await studio.start()
    asked = studio.telegram.say(studio.ann, "a {red,blue} {fox,hen} --ar 4:3 --model 2 --size 4k")
    chat = studio.chat(studio.ann)
    offer = await offered(studio, chat)
    assert offer["text"].splitlines()[:3] == [
        "These are 4 pictures:",
        "1. a red fox",
        "2. a red hen",
    ]
    assert "Together 72 credits" in offer["text"]
    assert not studio.generator.jobs
    studio.telegram.press(studio.ann, offer, "✅ Draw 4")
    await drawn(studio, chat, 4)
    picture = await studio.picture(chat)
    assert prompts(studio) == ["a blue fox", "a blue hen", "a red fox", "a red hen"]
    assert {job.input["aspect_ratio"] for job in studio.generator.jobs.values()} == {"4:3"}
    assert picture["reply_to_message"]["message_id"] == asked["message_id"]


async def test_never_mind_draws_nothing(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a {red,blue} fox")
    chat = studio.chat(studio.ann)
    offer = await offered(studio, chat)
    studio.telegram.press(studio.ann, offer, "✖ Never mind")
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await eventually(lambda: len(answers(studio)) == 2)
    assert answers(studio) == [
        "Nothing is drawn, nothing is charged.",
        "This has been answered already.",
    ]
    await studio.quiet(chat)
    assert (studio.from_bot(chat), dict(studio.generator.jobs)) == ([], {})


async def test_a_double_tap_draws_once_also_after_a_restart(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a {red,blue} fox")
    chat = studio.chat(studio.ann)
    offer = await offered(studio, chat)
    await studio.stop()
    await studio.start()
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await eventually(lambda: len(answers(studio)) == 2)
    await drawn(studio, chat, 2)
    assert prompts(studio) == ["a blue fox", "a red fox"]


async def test_only_who_asked_may_answer(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a {red,blue} fox", chat=group)
    offer = await offered(studio, group)
    for button in ("✖ Never mind", "✅ Draw 2"):
        studio.telegram.press(studio.bob, offer, button)
    await eventually(lambda: len(answers(studio)) == 2)
    assert set(answers(studio)) == {"Only the person who asked can answer this."}
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await drawn(studio, group, 2)


async def test_an_anonymous_admin_answers_under_their_own_name(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    group.members[studio.ann.id] = "administrator"
    group.masks[studio.ann.id] = group
    await studio.start(group_credits_daily=40)
    studio.telegram.say(studio.ann, "/imagine a {red,blue} fox", chat=group)
    offer = await offered(studio, group)
    studio.telegram.press(studio.bob, offer, "✅ Draw 2")
    await eventually(lambda: answers(studio))
    assert answers(studio) == ["Only the person who asked can answer this."]
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await eventually(lambda: len(prompts(studio)) == 2)
    await studio.quiet(group)


async def test_too_many_are_refused_in_one_line(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "{a,b,c,d,e} {f,g,h} --n 3")
    message = await studio.words(studio.chat(studio.ann), "45 pictures")
    assert "up to 40" in message["text"]
    assert not studio.generator.jobs


async def test_escaped_braces_are_drawn_as_they_are(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, r"the formula \{a,b\}")
    await studio.picture(studio.chat(studio.ann))
    assert prompts(studio) == ["the formula {a,b}"]


async def test_a_batch_of_lines_is_one_task(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/batch --ar 16:9\n\na red fox\na blue whale\n  a green frog ")
    chat = studio.chat(studio.ann)
    offer = await offered(studio, chat)
    assert "3. a green frog" in offer["text"]
    studio.telegram.press(studio.ann, offer, "✅ Draw 3")
    await drawn(studio, chat, 3)
    assert prompts(studio) == ["a blue whale", "a green frog", "a red fox"]
    assert {job.input["aspect_ratio"] for job in studio.generator.jobs.values()} == {"16:9"}


@pytest.mark.parametrize("replied", [False, True])
async def test_a_batch_in_a_file_with_the_command_or_in_reply_to_it(
    studio: Studio, replied: bool
) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    content = 'id,Prompt\n1,一只红狐狸\n2,"a hen, two cocks"\n'.encode("gbk")
    file = studio.telegram.send_document(
        studio.bob,
        content,
        filename="list.csv",
        mime_type="text/csv",
        chat=group,
        caption="" if replied else "/batch",
    )
    if replied:
        studio.telegram.say(studio.bob, "/batch", chat=group, reply_to=file)
    offer = await offered(studio, group)
    assert "1. 一只红狐狸\n2. a hen, two cocks" in offer["text"]
    studio.telegram.press(studio.bob, offer, "✅ Draw 2")
    await eventually(lambda: len(studio.generator.jobs) == 2)
    await studio.quiet(group)


async def test_a_batch_on_a_picture_draws_every_line_from_it(studio: Studio) -> None:
    await studio.start()
    studio.telegram.send_photo(studio.ann, photo(), caption="/batch\nin winter\nin summer")
    chat = studio.chat(studio.ann)
    offer = await offered(studio, chat)
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await drawn(studio, chat, 2)
    assert [len(job.references) for job in studio.generator.jobs.values()] == [1, 1]


async def test_mistakes_are_named_by_their_line_and_nothing_is_begun(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/batch\na fox\na hen --ar 1:1\na cow --rato 1:1")
    message = await studio.words(studio.chat(studio.ann), "some lines need a change")
    assert "Line 3: options go behind /batch" in message["text"]
    assert "Line 4: I do not know --rato" in message["text"]
    assert "Line 2" not in message["text"]
    assert not studio.generator.jobs


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x" * 100_001, "up to 100 kB"),
        (b"\0\1\2", "I cannot read this file"),
        (b"", "one prompt per line"),
        (b"\n".join([b"fox"] * 41), "up to 40 at once"),
    ],
)
async def test_a_file_that_is_no_list_is_answered(
    studio: Studio, content: bytes, told: str
) -> None:
    await studio.start()
    studio.telegram.send_document(
        studio.ann, content or b"\n", filename="a.txt", mime_type="text/plain", caption="/batch"
    )
    await studio.words(studio.chat(studio.ann), told)
    assert not studio.generator.jobs


async def test_a_batch_for_another_bot_is_left_alone(studio: Studio) -> None:
    studio.telegram.privacy_mode = False
    group = studio.telegram.world.add_group("Friends", members=[studio.ann])
    await studio.start()
    studio.telegram.say(studio.ann, "/batch@other_bot\na fox\na hen", chat=group)
    studio.telegram.say(studio.ann, "/batch", chat=group)
    await studio.words(group, "one prompt per line")
    assert len(studio.from_bot(group)) == 1


async def test_a_line_of_countless_pictures_is_refused_like_any_that_is_too_long(
    studio: Studio,
) -> None:
    await studio.start()
    studio.telegram.send_document(
        studio.ann,
        b"a fox\n" + b"{a,b}" * 19_000,
        filename="a.txt",
        mime_type="text/plain",
        caption="/batch",
    )
    told = await studio.words(studio.chat(studio.ann), "some lines need a change")
    assert "Line 2: This prompt has 95000 characters" in told["text"]


async def test_what_is_said_to_the_offer_in_a_group_is_no_prompt(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a {red,blue} fox", chat=group)
    offer = await offered(studio, group)
    studio.telegram.say(studio.bob, "no, that is too much", chat=group, reply_to=offer)
    studio.telegram.press(studio.ann, offer, "✅ Draw 2")
    await drawn(studio, group, 2)
    assert prompts(studio) == ["a blue fox", "a red fox"]
