"""What goes out: as a photo, else as a file, else in words; something always arrives."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from telegram import Bot

from bot.errors import Gone, Reason, Refused, Transient
from bot.neighbours import Sent
from bot.prompt import Order
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Chat
from bot.storage import imaging
from bot.task import Origin, Picture, PictureState, StoredFile, Task, new_task
from bot.telegram import words
from bot.telegram.delivery import Delivery, batches, fits_photo
from bot.telegram.texts import texts
from tests.conftest import photo

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAMAGED = words.refusal(texts("en"), Reason.BAD_RESULT)
NO_RIGHTS = words.may_not_send(texts("en"))
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


@dataclass
class Desk:
    """A delivery from a dict of stored pictures, to chats of the sandbox."""

    server: BotApiServer
    bot: Bot
    stored: dict[str, bytes] = field(default_factory=dict)
    delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.bot, self.read)

    async def read(self, name: str) -> bytes:
        try:
            return self.stored[name]
        except KeyError:
            raise Gone(Reason.INTERNAL, f"no file {name}") from None

    def task(self, chat: Chat, *contents: bytes, language: str = "en", reply_to: int = 1) -> Task:
        """A task whose pictures are all stored."""
        order = Order(
            prompt="a fox", model="2", ratio="1:1", size="1k", format=None, count=len(contents) or 1
        )
        origin = Origin(
            chat=chat.id, message=reply_to, person=5, language=language, private=chat.id > 0
        )
        task = new_task(key="k", origin=origin, order=order, sources=(), now=NOW)
        pictures = [
            self._kept(picture, content)
            for picture, content in zip(task.pictures, contents, strict=False)
        ]
        return replace(task, pictures=tuple(pictures or task.pictures))

    def _kept(self, picture: Picture, content: bytes) -> Picture:
        checked = imaging.check_result(content)
        name = f"images/{picture.id}.{imaging.EXTENSIONS[checked.media_type]}"
        self.stored[name] = content
        kept = StoredFile(
            name=name,
            media_type=checked.media_type,
            size=len(content),
            width=checked.width,
            height=checked.height,
        )
        return replace(picture, state=PictureState.STORED, file=kept)

    async def deliver(self, task: Task) -> list[list[Sent]]:
        return [sent async for sent in self.delivery.deliver(task)]

    def arrived(self, chat: Chat) -> list[str]:
        """What the bot sent, a word each: photo, document or the text."""
        ours = [one for one in self.server.messages(chat) if one["from"]["is_bot"]]
        return [
            next((kind for kind in ("photo", "document") if kind in one), one.get("text", ""))
            for one in ours
        ]

    def messages(self, chat: Chat) -> list[dict]:
        return [one for one in self.server.messages(chat) if one["from"]["is_bot"]]


@pytest.fixture
def desk(server: BotApiServer, bot: Bot) -> Desk:
    return Desk(server, bot)


@pytest.fixture
def chat(server: BotApiServer, ann) -> Chat:
    """Ann's private chat."""
    return server.world.private(ann)


async def test_a_picture_answers_its_request_as_a_photo(desk, server, chat, ann):
    asked = server.say(ann, "a fox")
    task = desk.task(chat, photo(), reply_to=asked["message_id"])
    ((sent,),) = await desk.deliver(task)
    (message,) = desk.messages(chat)
    assert message["caption"] == words.caption(texts("en"), task)
    assert message["reply_to_message"]["message_id"] == asked["message_id"]
    assert sent == Sent(
        picture=task.pictures[0].id,
        message=message["message_id"],
        file_id=message["photo"][-1]["file_id"],
    )


async def test_several_pictures_are_one_album_with_one_caption(desk, chat):
    task = desk.task(chat, photo(), photo(colour="red"), photo(colour="blue"))
    (sent,) = await desk.deliver(task)
    messages = desk.messages(chat)
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [("caption" in message) for message in messages] == [True, False, False]
    assert [one.picture for one in sent] == [one.id for one in task.pictures]
    assert [one.message for one in sent] == [message["message_id"] for message in messages]
    contents = [desk.server.file_bytes(one.file_id) for one in sent]
    assert contents == [desk.stored[picture.file.name] for picture in task.pictures]


async def test_ten_pictures_still_fit_into_one_album(desk, chat):
    (sent,) = await desk.deliver(desk.task(chat, *[photo(32, 32)] * 10))
    assert len(sent) == 10


@pytest.mark.parametrize("content", [photo(kind="WEBP"), WIDE], ids=["webp", "wide"])
async def test_what_is_no_photo_for_telegram_is_sent_as_a_file(desk, chat, content):
    task = desk.task(chat, content)
    ((sent,),) = await desk.deliver(task)
    (message,) = desk.messages(chat)
    extension = task.pictures[0].file.name.rpartition(".")[2]
    assert message["document"]["file_name"] == f"nano-banana-{task.id}-1.{extension}"
    assert message["caption"].startswith("a fox")
    assert sent.file_id == message["document"]["file_id"]
    assert desk.server.file_bytes(sent.file_id) == content
    assert [call.method for call in desk.server.calls if call.files] == ["sendDocument"]


async def test_photos_and_files_are_two_messages_each_with_a_caption(desk, chat):
    await desk.deliver(desk.task(chat, photo(), photo(kind="WEBP")))
    assert desk.arrived(chat) == ["photo", "document"]
    assert all(message["caption"] for message in desk.messages(chat))


async def test_several_files_are_an_album_of_files(desk, chat):
    (sent,) = await desk.deliver(desk.task(chat, WIDE, WIDE))
    assert desk.arrived(chat) == ["document", "document"]
    assert len({message["media_group_id"] for message in desk.messages(chat)}) == 1
    assert all(one.file_id for one in sent)


async def test_an_album_telegram_refuses_goes_one_by_one(desk, chat):
    desk.server.faults.add(
        Fault(method="sendMediaGroup", status=400, description=IMAGE_PROCESS_FAILED)
    )
    sent = await desk.deliver(desk.task(chat, photo(), photo()))
    assert [len(batch) for batch in sent] == [1, 1]
    assert desk.arrived(chat) == ["photo", "photo"]
    assert all(message["caption"] for message in desk.messages(chat))


async def test_a_flood_inside_an_album_is_waited_for_and_nothing_goes_twice(desk, chat):
    hidden = 'failed to send message #1 with the error message "Too Many Requests: retry after 8"'
    desk.server.faults.add(
        Fault(method="sendMediaGroup", status=400, description=f"Bad Request: {hidden}")
    )
    with pytest.raises(Transient) as failure:
        await desk.deliver(desk.task(chat, photo(), photo()))
    assert failure.value.retry_after == 8
    assert desk.arrived(chat) == []


async def test_a_photo_telegram_refuses_goes_as_a_file(desk, chat):
    desk.server.faults.add(Fault(method="sendPhoto", status=400, description=IMAGE_PROCESS_FAILED))
    content = photo()
    ((sent,),) = await desk.deliver(desk.task(chat, content))
    assert desk.arrived(chat) == ["document"]
    assert desk.server.file_bytes(sent.file_id) == content


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="sendDocument", status=413, body="<html>too much</html>"),
        Fault(method="sendDocument", status=400, description=IMAGE_PROCESS_FAILED),
    ],
)
async def test_a_file_telegram_refuses_is_told_in_words(desk, chat, fault):
    desk.server.faults.add(fault)
    ((sent,),) = await desk.deliver(desk.task(chat, photo(kind="WEBP")))
    assert desk.arrived(chat) == [DAMAGED]
    assert sent.file_id is None
    assert sent.message == desk.messages(chat)[0]["message_id"]


async def test_a_file_that_is_no_longer_stored_is_told_in_words(desk, chat):
    task = desk.task(chat, photo())
    desk.stored.clear()
    await desk.deliver(task)
    assert desk.arrived(chat) == [DAMAGED]


async def test_one_missing_file_does_not_hold_back_the_rest_of_an_album(desk, chat):
    task = desk.task(chat, photo(), photo(), photo())
    del desk.stored[task.pictures[1].file.name]
    sent = await desk.deliver(task)
    assert desk.arrived(chat) == ["photo", DAMAGED, "photo"]
    assert [one.picture for batch in sent for one in batch] == [one.id for one in task.pictures]


async def test_where_photos_are_forbidden_the_picture_comes_as_a_file(desk, group):
    group.forbidden.add("photos")
    await desk.deliver(desk.task(group, photo()))
    assert desk.arrived(group) == ["document"]


async def test_where_pictures_are_forbidden_it_is_said_why_none_comes(desk, group):
    group.forbidden |= {"photos", "documents"}
    await desk.deliver(desk.task(group, photo()))
    assert desk.arrived(group) == [NO_RIGHTS]


async def test_where_everything_is_forbidden_it_is_undeliverable(desk, group):
    group.forbidden |= {"photos", "documents", "text messages"}
    with pytest.raises(Refused) as refusal:
        await desk.deliver(desk.task(group, photo()))
    assert refusal.value.reason is Reason.UNDELIVERABLE


@pytest.mark.parametrize("count", [1, 2])
async def test_who_has_blocked_us_gets_one_call_and_no_more(desk, ann, chat, count):
    desk.server.block(ann)
    with pytest.raises(Refused):
        await desk.deliver(desk.task(chat, *[photo()] * count))
    assert len([call for call in desk.server.calls if call.method != "sendChatAction"]) == 1


@pytest.mark.parametrize("method", ["sendPhoto", "sendDocument", "sendMediaGroup"])
async def test_a_server_in_trouble_is_no_reason_to_send_less(desk, chat, method):
    contents = {"sendPhoto": [photo()], "sendDocument": [WIDE], "sendMediaGroup": [photo()] * 2}
    desk.server.faults.add(Fault(method=method, status=502, body="<html>Bad Gateway</html>"))
    with pytest.raises(Transient):
        await desk.deliver(desk.task(chat, *contents[method]))
    assert desk.arrived(chat) == []


async def test_only_what_is_stored_and_not_yet_sent_goes_out(desk, chat):
    task = desk.task(chat, photo(), photo(), photo())
    sent, failed, waiting = task.pictures
    failed = replace(failed, state=PictureState.FAILED, reason=Reason.FILTERED)
    task = replace(task, pictures=(replace(sent, message=7), failed, waiting))
    ((only,),) = await desk.deliver(task)
    assert only.picture == waiting.id
    assert "2 of 3 done" in desk.messages(chat)[0]["caption"]


async def test_while_a_picture_is_on_its_way_the_chat_shows_it(server, bot, chat):
    async def read(_name: str) -> bytes:
        await server.wait_until(lambda: server.actions)
        return photo()

    task = Desk(server, bot).task(chat, photo())
    assert [sent async for sent in Delivery(bot, read).deliver(task)]
    assert [one["action"] for one in server.actions] == ["upload_photo"]


async def test_a_chat_action_that_is_refused_stops_nothing(desk, chat):
    desk.server.faults.add(Fault(method="sendChatAction", status=400, description="Bad Request"))
    await desk.delivery.show_card(desk.task(chat))
    assert desk.arrived(chat) == ["🎨 Drawing: a fox"]


async def test_the_card_comes_changes_and_goes(desk, chat):
    task = desk.task(chat, language="zh-hans")
    task = replace(task, card=await desk.delivery.show_card(task))
    assert task.card == desk.messages(chat)[0]["message_id"]
    assert desk.arrived(chat) == [words.drawing(texts("zh"), task)]
    await desk.delivery.tell_slow(task)
    assert desk.arrived(chat) == [words.slow(texts("zh"), task)]
    await desk.delivery.remove_card(task)
    assert desk.arrived(chat) == []


async def test_a_card_that_is_already_gone_is_not_tried_again(desk, chat):
    task = desk.task(chat)
    task = replace(task, card=await desk.delivery.show_card(task))
    await desk.delivery.remove_card(task)
    with pytest.raises(Refused, match="Message to delete not found"):
        await desk.delivery.remove_card(task)
    await desk.delivery.tell_slow(task)
    assert desk.arrived(chat) == []


async def test_a_card_that_cannot_be_removed_now_is_removed_later(desk, chat):
    desk.server.faults.add(
        Fault(method="deleteMessage", status=429, description="Too Many Requests", retry_after=4)
    )
    task = desk.task(chat)
    task = replace(task, card=await desk.delivery.show_card(task))
    with pytest.raises(Transient) as failure:
        await desk.delivery.remove_card(task)
    assert failure.value.retry_after == 4


async def test_without_a_card_nothing_is_called(desk, chat):
    task = desk.task(chat)
    await desk.delivery.tell_slow(task)
    await desk.delivery.remove_card(task)
    assert desk.server.calls == []


async def test_a_card_for_a_closed_chat_is_refused(desk, ann, chat):
    desk.server.block(ann)
    with pytest.raises(Refused):
        await desk.delivery.show_card(desk.task(chat))


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_report_says_why_in_the_persons_language(desk, chat, language):
    task = replace(desk.task(chat, language=language), reason=Reason.OVERLOADED)
    await desk.delivery.report(task)
    assert desk.arrived(chat) == [words.failure(texts(language), task)]


async def test_what_a_person_sent_is_fetched_as_it_is(desk, server, ann):
    content = photo(kind="PNG")
    sent = server.send_document(ann, content, filename="a.png", mime_type="image/png")
    assert await desk.delivery.fetch(sent["document"]["file_id"]) == content


async def test_what_is_too_big_to_fetch_is_refused_as_that(desk, server, ann):
    huge = bytes((20 << 20) + 1)
    sent = server.send_document(ann, huge, filename="a.png", mime_type="image/png")
    with pytest.raises(Refused) as refusal:
        await desk.delivery.fetch(sent["document"]["file_id"])
    assert refusal.value.reason is Reason.REFERENCE_TOO_BIG


async def test_what_telegram_no_longer_has_is_to_be_sent_again(desk):
    with pytest.raises(Refused) as refusal:
        await desk.delivery.fetch("AgACunknown")
    assert refusal.value.reason is Reason.BAD_REFERENCE


@pytest.mark.parametrize("method", ["getFile", "file"])
async def test_a_fetch_that_fails_for_now_is_tried_again(
    desk, server, ann, method, make_photo: Callable[..., bytes]
):
    sent = server.send_photo(ann, make_photo())["photo"][-1]["file_id"]
    server.faults.add(Fault(method=method, status=502, body="<html>Bad Gateway</html>"))
    with pytest.raises(Transient):
        await desk.delivery.fetch(sent)
    assert await desk.delivery.fetch(sent)
