"""An album can have no buttons, so a message under it has them for all of its pictures."""

import pytest

from bot.sandbox.bot_api import Fault as TelegramFault
from bot.sandbox.chats import Chat
from tests.conftest import Studio
from tests.pressing import Message, data, jobs, labels, now, press, pressed, refuse, settled, toast
from tests.test_buttons import ALL


async def album(
    studio: Studio, text: str = "a red fox --n 3"
) -> tuple[Chat, list[Message], Message]:
    await studio.start()
    studio.telegram.say(studio.ann, text)
    chat = studio.chat(studio.ann)
    panel = await studio.words(chat, "🖼")
    await studio.quiet(chat)
    return chat, [one for one in studio.from_bot(chat) if "media_group_id" in one], panel


async def test_the_message_under_an_album_counts_its_pictures_and_replies_to_it(
    studio: Studio,
) -> None:
    _chat, pictures, panel = await album(studio)
    assert panel["text"].startswith("🖼 3 pictures.")
    assert panel["reply_to_message"]["message_id"] == pictures[0]["message_id"]
    assert labels(panel) == ["1", "2", "3", "🔁 Again", "ℹ️ Details", "🗑 Delete"]
    assert [("caption" in one) for one in pictures] == [True, False, False]


async def test_a_number_shows_the_buttons_of_that_picture_and_back_all_again(
    studio: Studio,
) -> None:
    chat, pictures, panel = await album(studio)
    await pressed(studio, studio.ann, panel, "2")
    await studio.telegram.wait_until(lambda: "📐 Ratio" in labels(now(studio, panel)))
    assert tuple(labels(now(studio, panel))) == (*ALL, "‹ Back")
    assert now(studio, panel)["text"] == "🖼 Picture 2 of 3:"
    await pressed(studio, studio.ann, panel, "Again")
    *_, again = await settled(studio, chat, 4)
    assert "media_group_id" not in again
    assert again["reply_to_message"]["message_id"] == pictures[1]["message_id"]
    await pressed(studio, studio.ann, panel, "Back")
    await studio.telegram.wait_until(lambda: labels(now(studio, panel))[0] == "1")
    assert now(studio, panel)["text"] == panel["text"]


async def test_the_way_back_from_the_shapes_leads_to_the_picture_in_its_album(
    studio: Studio,
) -> None:
    _chat, _pictures, panel = await album(studio)
    await pressed(studio, studio.ann, panel, "1")
    for label, shown in (("Ratio", "9:16"), ("Back", "📐 Ratio"), ("Delete", "‹ Keep")):
        await studio.telegram.wait_until(
            lambda label=label: any(label in one for one in labels(now(studio, panel)))
        )
        await pressed(studio, studio.ann, panel, label)
        await studio.telegram.wait_until(lambda shown=shown: shown in labels(now(studio, panel)))
    await pressed(studio, studio.ann, panel, "Keep")
    await studio.telegram.wait_until(lambda: tuple(labels(now(studio, panel))) == (*ALL, "‹ Back"))


async def test_again_for_the_whole_album_draws_all_of_it(studio: Studio) -> None:
    chat, _pictures, panel = await album(studio)
    await pressed(studio, studio.ann, panel, "Again")
    assert len(await settled(studio, chat, 6)) == 6
    assert len(jobs(studio)) == 6


async def test_details_of_the_whole_album_sum_its_cost(studio: Studio) -> None:
    chat, _pictures, panel = await album(studio)
    await pressed(studio, studio.ann, panel, "Details")
    details = await studio.words(chat, "Model: ")
    assert "Cost: 12 credits" in details["text"]


async def test_words_in_reply_to_the_panel_are_sent_on_to_the_picture(studio: Studio) -> None:
    chat, _pictures, panel = await album(studio)
    asked = studio.telegram.say(studio.ann, "make it blue", reply_to=panel)
    told = await studio.words(chat, "reply to the picture itself")
    assert told["reply_to_message"]["message_id"] == asked["message_id"]
    assert len(jobs(studio)) == 3


async def test_a_reply_to_a_picture_of_an_album_and_a_command_anywhere_are_wishes(
    studio: Studio,
) -> None:
    chat, pictures, panel = await album(studio, "a red fox --n 2")
    studio.telegram.say(studio.ann, "make it blue", reply_to=pictures[1])
    studio.telegram.say(studio.ann, "/imagine a whale", reply_to=panel)
    await studio.picture(chat, "make it blue")
    await studio.picture(chat, "a whale")
    drawn_from = {one.input["prompt"]: len(one.references) for one in jobs(studio)}
    assert drawn_from == {"a red fox": 0, "make it blue": 1, "a whale": 0}


async def test_in_a_group_too_the_panel_is_no_picture(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    await studio.start()
    studio.telegram.say(studio.ann, "/imagine a red fox --n 2", chat=group)
    panel = await studio.words(group, "🖼 2 pictures")
    studio.telegram.say(studio.bob, "make it blue", chat=group, reply_to=panel)
    await studio.words(group, "reply to the picture itself")
    assert len(jobs(studio)) == 2


async def test_an_album_arrives_although_its_buttons_do_not(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --n 2")
    chat = studio.chat(studio.ann)
    await studio.words(chat, "🎨")
    studio.telegram.faults.add(
        TelegramFault(method="sendMessage", status=502, body="<html>Bad Gateway</html>")
    )
    pictures = await settled(studio, chat, 2)
    assert len(pictures) == 2
    assert len([one for one in studio.telegram.calls if one.method == "sendMediaGroup"]) == 1


async def test_what_failed_of_an_album_is_told_and_can_be_drawn_alone(studio: Studio) -> None:
    refuse(studio)
    chat, pictures, panel = await album(studio)
    assert "2 of 3 done, 1 failed and was not charged." in pictures[0]["caption"]
    assert labels(panel)[-1] == "🔁 Retry failed"
    assert await pressed(studio, studio.ann, panel, "Retry") == "Drawing again…"
    *_, third = await settled(studio, chat, 3)
    assert third["caption"].startswith("a red fox\n")
    assert "of 3" not in third["caption"]
    assert len(jobs(studio)) == 4


async def test_a_picture_that_is_alone_because_others_failed_can_retry_them(
    studio: Studio,
) -> None:
    refuse(studio)
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --n 2")
    chat = studio.chat(studio.ann)
    picture = await studio.picture(chat, "1 of 2 done")
    assert labels(picture)[-1] == "🔁 Retry failed"
    await pressed(studio, studio.ann, picture, "Retry")
    await settled(studio, chat, 2)
    assert len(jobs(studio)) == 3


@pytest.mark.parametrize("which", ["all", "one"])
async def test_deleting_asks_first_and_then_takes_one_or_all(studio: Studio, which: str) -> None:
    chat, pictures, panel = await album(studio)
    if which == "one":
        await pressed(studio, studio.ann, panel, "2")
        await studio.telegram.wait_until(lambda: "📐 Ratio" in labels(now(studio, panel)))
    await pressed(studio, studio.ann, panel, "Delete")
    await studio.telegram.wait_until(lambda: "‹ Keep" in labels(now(studio, panel)))
    assert len(studio.from_bot(chat)) == 4
    answer = await toast(studio, press(studio, studio.ann, panel, "Really"))
    assert answer["text"] == "🗑 Deleted."
    left = [one["message_id"] for one in studio.from_bot(chat)]
    kept = list((studio.folder / "pictures" / "images").iterdir())
    if which == "all":
        assert (left, kept) == ([], [])
    else:
        first, _second, third = (one["message_id"] for one in pictures)
        assert left == [first, third, panel["message_id"]]
        assert len(kept) == 2
        assert now(studio, panel)["text"].startswith("🖼 2 pictures")
        assert labels(now(studio, panel))[:2] == ["1", "2"]
        assert data(now(studio, panel), "2") == data(panel, "3")
