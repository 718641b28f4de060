"""What goes out: as a photo, else as a file, else in words; something always arrives."""

import asyncio
from dataclasses import replace
from io import BytesIO

import pytest

from bot.errors import Reason, Refused, Transient
from bot.life import PictureState
from bot.neighbours import Sent
from bot.sandbox.bot_api import Fault
from bot.task import Picture, StoredFile
from bot.telegram import words, words_gallery, words_results
from bot.telegram.actions import sending
from bot.telegram.delivery import Delivery
from bot.telegram.packing import batches, fits_photo
from bot.telegram.place import Place
from bot.telegram.texts import texts
from tests.conftest import photo

DAMAGED = words.refusal(texts("en"), Reason.BAD_RESULT) + "\n\na fox"
NO_RIGHTS = words_gallery.kept(texts("en"))
WIDE = photo(2100, 100, kind="PNG")
IMAGE_PROCESS_FAILED = "Bad Request: IMAGE_PROCESS_FAILED"


def file(width: int = 640, height: int = 480, size: int = 900, kind: str = "jpeg") -> StoredFile:
    return StoredFile(
        name=f"images/a.{kind}", media_type=f"image/{kind}", size=size, width=width, height=height
    )


@pytest.mark.parametrize(
    ("stored", "fits"),
    [
        (file(), True),
        (file(kind="png"), True),
        # Telegram's own list of photo formats has no WebP.
        (file(kind="webp"), False),
        (file(size=10_000_000), True),
        (file(size=10_000_001), False),
        (file(5_000, 5_000), True),
        (file(5_000, 5_001), False),
        (file(9_000, 1_001), False),
        (file(2_000, 100), True),
        (file(2_001, 100), False),
        (file(100, 2_000), True),
        (file(100, 2_001), False),
        (file(21, 1), False),
        (file(20, 1), True),
        (None, False),
    ],
)
def test_what_telegram_takes_as_a_photo(stored, fits):
    assert fits_photo(stored) is fits


def test_photos_and_files_go_out_apart_and_in_order():
    kinds = ["jpeg", "webp", "png", "webp", "jpeg"]
    pictures = [
        Picture(id=str(number), number=number, file=file(kind=kind))
        for number, kind in enumerate(kinds, 1)
    ]
    groups = [[one.number for one in group] for group in batches(pictures)]
    assert groups == [[1, 3, 5], [2, 4]]
    assert batches([]) == []


async def test_a_picture_answers_its_request_as_a_photo(post, server, chat, ann):
    asked = server.say(ann, "a fox")
    task = post.task(chat, photo(), reply_to=asked["message_id"])
    ((sent,),) = await post.deliver(task)
    (message,) = post.messages(chat)
    assert message["caption"] == words.caption(texts("en"), task)
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    assert sent == Sent(
        picture=task.pictures[0].id,
        message=message["message_id"],
        chat=chat.id,
        file_id=message["photo"][-1]["file_id"],
        as_photo=True,
    )


async def test_several_pictures_are_one_album_with_one_caption(post, chat):
    task = post.task(chat, photo(), photo(colour="red"), photo(colour="blue"))
    (sent,) = await post.deliver(task)
    *messages, panel = post.messages(chat)
    assert panel["text"] == words_results.album(texts("en"), 3)
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [("caption" in message) for message in messages] == [True, False, False]
    assert [one.picture for one in sent] == [one.id for one in task.pictures]
    assert [one.message for one in sent] == [message["message_id"] for message in messages]
    contents = [post.server.file_bytes(one.file_id) for one in sent]
    assert contents == [post.stored[picture.file.name] for picture in task.pictures]


async def test_ten_pictures_still_fit_into_one_album(post, chat):
    (sent,) = await post.deliver(post.task(chat, *[photo(32, 32)] * 10))
    assert len(sent) == 10


@pytest.mark.parametrize("content", [photo(kind="WEBP"), WIDE], ids=["webp", "wide"])
async def test_what_is_no_photo_for_telegram_is_sent_as_a_file(post, chat, content):
    task = post.task(chat, content)
    ((sent,),) = await post.deliver(task)
    (message,) = post.messages(chat)
    extension = task.pictures[0].file.name.rpartition(".")[2]
    assert message["document"]["file_name"] == f"nano-banana-{task.id}-1.{extension}"
    assert message["caption"].startswith("a fox")
    assert sent.file_id == message["document"]["file_id"]
    assert post.server.file_bytes(sent.file_id) == content
    assert [call.method for call in post.server.calls if call.files] == ["sendDocument"]


async def test_photos_and_files_are_two_messages_each_with_a_caption(post, chat):
    await post.deliver(post.task(chat, photo(), photo(kind="WEBP")))
    assert post.arrived(chat) == ["photo", "document"]
    assert all(message["caption"] for message in post.messages(chat))


async def test_several_files_are_an_album_of_files(post, chat):
    (sent,) = await post.deliver(post.task(chat, WIDE, WIDE))
    assert post.arrived(chat)[:2] == ["document", "document"]
    assert len({message["media_group_id"] for message in post.messages(chat)[:2]}) == 1
    assert all(one.file_id for one in sent)


async def test_an_album_telegram_refuses_goes_one_by_one(post, chat):
    post.server.faults.add(
        Fault(method="sendMediaGroup", status=400, description=IMAGE_PROCESS_FAILED)
    )
    sent = await post.deliver(post.task(chat, photo(), photo()))
    assert [len(batch) for batch in sent] == [1, 1]
    assert post.arrived(chat) == ["photo", "photo"]
    assert all(message["caption"] for message in post.messages(chat))


async def test_a_flood_inside_an_album_is_waited_for_and_nothing_goes_twice(post, chat):
    hidden = 'failed to send message #1 with the error message "Too Many Requests: retry after 8"'
    post.server.faults.add(
        Fault(method="sendMediaGroup", status=400, description=f"Bad Request: {hidden}")
    )
    with pytest.raises(Transient) as failure:
        await post.deliver(post.task(chat, photo(), photo()))
    assert failure.value.retry_after == 8
    assert post.arrived(chat) == []


async def test_a_photo_telegram_refuses_goes_as_a_file(post, chat):
    post.server.faults.add(Fault(method="sendPhoto", status=400, description=IMAGE_PROCESS_FAILED))
    content = photo()
    ((sent,),) = await post.deliver(post.task(chat, content))
    assert post.arrived(chat) == ["document"]
    assert post.server.file_bytes(sent.file_id) == content


async def test_every_attempt_sends_the_whole_file(post, group):
    new = post.server.migrate(group)
    post.server.faults.add(Fault(method="sendPhoto", status=400, description=IMAGE_PROCESS_FAILED))
    content = photo()
    ((sent,),) = await post.deliver(post.task(group, content))
    assert post.arrived(new) == ["document"]
    assert post.server.file_bytes(sent.file_id) == content
    (file,) = post.opened
    assert file.closed


async def test_an_album_is_sent_anew_with_whole_files(post, group):
    new = post.server.migrate(group)
    contents = [photo(colour="red"), photo(colour="blue")]
    (sent,) = await post.deliver(post.task(group, *contents))
    assert post.arrived(new)[:2] == ["photo", "photo"]
    assert [post.server.file_bytes(one.file_id) for one in sent] == contents


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="sendDocument", status=413, body="<html>too much</html>"),
        Fault(method="sendDocument", status=400, description=IMAGE_PROCESS_FAILED),
    ],
)
async def test_a_file_telegram_refuses_is_told_in_words(post, chat, fault):
    post.server.faults.add(fault)
    ((sent,),) = await post.deliver(post.task(chat, photo(kind="WEBP")))
    assert post.arrived(chat) == [DAMAGED]
    assert (sent.file_id, sent.lost) == (None, Reason.BAD_RESULT)
    assert sent.message == post.messages(chat)[0]["message_id"]


async def test_a_file_that_is_no_longer_stored_is_told_in_words(post, chat):
    task = post.task(chat, photo())
    post.stored.clear()
    await post.deliver(task)
    assert post.arrived(chat) == [DAMAGED]


async def test_one_missing_file_does_not_hold_back_the_rest_of_an_album(post, chat):
    task = post.task(chat, photo(), photo(), photo())
    del post.stored[task.pictures[1].file.name]
    sent = await post.deliver(task)
    assert post.arrived(chat) == ["photo", DAMAGED, "photo"]
    assert [one.picture for batch in sent for one in batch] == [one.id for one in task.pictures]


async def test_where_photos_are_forbidden_the_picture_comes_as_a_file(post, group):
    group.forbidden.add("photos")
    await post.deliver(post.task(group, photo()))
    assert post.arrived(group) == ["document"]


async def test_where_pictures_are_forbidden_it_is_said_why_none_comes(post, group):
    group.forbidden |= {"photos", "documents"}
    with pytest.raises(Refused) as refusal:
        await post.deliver(post.task(group, photo(), photo()))
    assert refusal.value.reason is Reason.UNDELIVERABLE
    assert post.arrived(group) == [NO_RIGHTS]


async def test_it_is_said_once_when_the_last_picture_is_there(post, group):
    group.forbidden |= {"photos", "documents"}
    task = post.task(group, photo(), photo())
    early = replace(task.pictures[1], state=PictureState.SUBMITTED)
    with pytest.raises(Refused):
        await post.deliver(replace(task, pictures=(task.pictures[0], early)))
    assert post.arrived(group) == []


async def test_where_everything_is_forbidden_it_is_undeliverable(post, group):
    group.forbidden |= {"photos", "documents", "text messages"}
    with pytest.raises(Refused) as refusal:
        await post.deliver(post.task(group, photo()))
    assert refusal.value.reason is Reason.UNDELIVERABLE


@pytest.mark.parametrize("count", [1, 2])
async def test_who_has_blocked_us_gets_one_call_and_no_more(post, ann, chat, count):
    post.server.block(ann)
    with pytest.raises(Refused):
        await post.deliver(post.task(chat, *[photo()] * count))
    assert len([call for call in post.server.calls if call.method != "sendChatAction"]) == 1


@pytest.mark.parametrize("method", ["sendPhoto", "sendDocument", "sendMediaGroup"])
async def test_a_server_in_trouble_is_no_reason_to_send_less(post, chat, method):
    contents = {"sendPhoto": [photo()], "sendDocument": [WIDE], "sendMediaGroup": [photo()] * 2}
    post.server.faults.add(Fault(method=method, status=502, body="<html>Bad Gateway</html>"))
    with pytest.raises(Transient):
        await post.deliver(post.task(chat, *contents[method]))
    assert post.arrived(chat) == []


async def test_only_what_is_stored_and_not_yet_sent_goes_out(post, chat):
    task = post.task(chat, photo(), photo(), photo())
    sent, failed, waiting = task.pictures
    failed = replace(failed, state=PictureState.FAILED, reason=Reason.FILTERED)
    task = replace(task, pictures=(replace(sent, message=7), failed, waiting))
    ((only,),) = await post.deliver(task)
    assert only.picture == waiting.id
    assert "2 of 3 done" in post.messages(chat)[0]["caption"]


async def test_what_is_there_at_once_needs_no_other_sign(server, bot, chat):
    async with sending(bot, Place(chat.id)):
        await asyncio.sleep(0)
    assert server.actions == []


async def test_a_chat_action_that_is_refused_stops_nothing(post, server, bot, chat):
    server.faults.add(Fault(method="sendChatAction", status=400, description="Bad Request"))
    assert [sent async for sent in slow(post, server, bot, chat)]
    assert post.arrived(chat) == ["photo"]


async def test_no_chat_action_outlives_its_picture(post, server, bot, chat):
    server.faults.add(Fault(method="sendChatAction", delay=60))
    assert [sent async for sent in slow(post, server, bot, chat)]
    assert not [one for one in asyncio.all_tasks() if one.get_coro().__name__ == "_show"]


async def test_while_a_picture_is_on_its_way_the_chat_shows_it(post, server, bot, chat):
    assert [sent async for sent in slow(post, server, bot, chat)]
    assert [one["action"] for one in server.actions] == ["upload_photo"]


def slow(post, server, bot, chat):
    """A delivery that takes until Telegram is told about it, or the trouble with that is over."""
    over, trouble = asyncio.Event(), bool(server.faults.pending)
    server.faults.listeners.append(over.set)

    async def open_(_name: str) -> BytesIO:
        await (over.wait() if trouble else server.wait_until(lambda: server.actions))
        return BytesIO(photo())

    return Delivery(bot, open_).deliver(post.task(chat, photo()))
