"""Which messages ask something of us, and what they ask."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Message, Update

from bot.errors import Reason
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.task import Origin, Task
from bot.telegram import words
from bot.telegram.asking import DOWNLOAD_MAX, Asking, Attached, Wish, origin_of, wish_of
from bot.telegram.texts import texts

NOW = datetime(2030, 1, 1, tzinfo=UTC)
BOT = {"id": 123456, "is_bot": True, "first_name": "Nano", "username": "nano_banana_bot"}
ANN = {"id": 5, "is_bot": False, "first_name": "Ann", "language_code": "en"}
BOB = {"id": 6, "is_bot": False, "first_name": "Bob"}
OTHER_BOT = {"id": 7, "is_bot": True, "first_name": "Other", "username": "other_bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
AS_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Ann"}
GROUP = {"id": -100, "type": "supergroup", "title": "Friends"}
CHANNEL = {"id": -200, "type": "channel", "title": "News"}


def size(name: str, pixels: int, size: int | None = None) -> dict:
    shown = {"file_id": name, "file_unique_id": f"u-{name}", "width": pixels, "height": pixels}
    return shown if size is None else shown | {"file_size": size}


def document(name: str, mime: str | None = "image/png", size: int = 900) -> dict:
    kind = {} if mime is None else {"mime_type": mime}
    return {"document": {"file_id": name, "file_unique_id": f"u-{name}", "file_size": size} | kind}


def sticker(*, animated: bool = False, video: bool = False) -> dict:
    looks = {"type": "regular", "is_animated": animated, "is_video": video}
    return {"sticker": size("sticker", 512, 30) | looks}


def raw(text: str = "", *, chat: dict = PRIVATE, sender: dict | None = ANN, **fields) -> dict:
    message = {"message_id": 10, "date": 1_800_000_000, "chat": chat, **fields}
    if sender:
        message["from"] = sender
    media = {"photo", "document", "sticker", "video"} & fields.keys()
    return message | ({"caption" if media else "text": text} if text else {})


def wish(message: dict) -> Wish | None:
    return wish_of(Message.de_json(message, None), bot_id=BOT["id"], username=BOT["username"])


PHOTO = {"photo": [size("small", 90), size("large", 1280, 700)]}
VIDEO = {"video": size("film", 640, 800) | {"duration": 3}}
LARGE, FILE = Attached("large", 700), Attached("file", 900)
MY_PICTURE = raw("a fox", chat=GROUP, sender=BOT, **PHOTO)
MY_FILE = raw("a fox", chat=GROUP, sender=BOT, **document("file"))
MY_TEXT = raw("🎨 Drawing: a fox", chat=GROUP, sender=BOT)
BOBS_PICTURE = raw("me", chat=GROUP, sender=BOB, **PHOTO)
TOPIC_OPENED = raw(chat=GROUP, forum_topic_created={"name": "Foxes", "icon_color": 7322096})
FROM_ELSEWHERE = {
    "origin": {"type": "hidden_user", "date": 1_800_000_000, "sender_user_name": "Eve"},
    **PHOTO,
}


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (raw("a red fox"), Wish("a red fox")),
        (raw("a  red\n fox --ar 1:1"), Wish("a  red\n fox --ar 1:1")),
        (raw("@nano_banana_bot a fox"), Wish("a fox")),
        (raw("write to me@nano_banana_bot"), Wish("write to me@nano_banana_bot")),
        (raw("/imagine a fox"), Wish("a fox", explicit=True)),
        (raw("/imagine\na fox"), Wish("a fox", explicit=True)),
        (raw("/IMG a fox"), Wish("a fox", explicit=True)),
        (raw("/Imagine@Nano_Banana_Bot a fox"), Wish("a fox", explicit=True)),
        (raw("/imagine"), Wish("", explicit=True)),
        (raw("/imagine@other_bot a fox"), None),
        (raw("/imagined a fox"), None),
        (raw("/weather"), None),
        (raw("/ a fox"), Wish("/ a fox")),
        (raw("a fox /imagine"), Wish("a fox /imagine")),
        (raw("make it red", **PHOTO), Wish("make it red", (LARGE,))),
        (raw(**PHOTO), Wish("", (LARGE,))),
        (raw("/imagine red", **PHOTO), Wish("red", (LARGE,), explicit=True)),
        (raw("red", **document("file")), Wish("red", (FILE,))),
        (raw("red", **document("file", "application/pdf")), Wish("red", (Attached("file", 900, is_picture=False),))),
        (raw("red", **document("file", None)), Wish("red", (Attached("file", 900, is_picture=False),))),
        (raw("red", **VIDEO), Wish("red", (Attached("film", 800, is_picture=False),))),
        (raw(**sticker()), Wish("", (Attached("sticker", 30),))),
        (raw(**sticker(animated=True)), None),
        (raw(**sticker(video=True)), None),
        (raw(location={"longitude": 1.0, "latitude": 2.0}), None),
        (raw(**PHOTO, media_group_id="8"), Wish("", (LARGE,))),
        (raw("both", **PHOTO, media_group_id="8"), Wish("both", (LARGE,))),
        (raw("bluer", reply_to_message=MY_PICTURE), Wish("bluer", (LARGE,))),
        (raw("bluer", reply_to_message=MY_TEXT), Wish("bluer")),
        (raw("bluer", external_reply=FROM_ELSEWHERE), Wish("bluer", (LARGE,))),
        (raw("as here", reply_to_message=MY_FILE, **PHOTO), Wish("as here", (LARGE, FILE))),
    ],
)  # fmt: skip
def test_what_is_asked_in_private(message, asked):
    assert wish(message) == asked


@pytest.mark.parametrize(
    ("said", "fields", "asked"),
    [
        ("a nice day", {}, None),
        ("/imagine a fox", {}, Wish("a fox", explicit=True)),
        ("/img@nano_banana_bot a fox", {}, Wish("a fox", explicit=True)),
        ("/imagine@other_bot a fox", {}, None),
        ("/imagine@other_bot like @nano_banana_bot", {}, None),
        ("/weather", {}, None),
        ("@nano_banana_bot a fox", {}, Wish("a fox", explicit=True)),
        ("a fox, @Nano_Banana_Bot!", {}, Wish("a fox, !", explicit=True)),
        ("@nano_banana_bot", {}, Wish("", explicit=True)),
        ("mail me@nano_banana_bot", {}, None),
        ("@nano_banana_bots are many", {}, None),
        ("@nano_banana", {}, None),
        ("me yesterday", PHOTO, None),
        ("", PHOTO, None),
        ("/imagine red", PHOTO, Wish("red", (LARGE,), explicit=True)),
        ("@nano_banana_bot red", document("file"), Wish("red", (FILE,), explicit=True)),
        ("", sticker(), None),
        ("bluer", {"reply_to_message": MY_PICTURE}, Wish("bluer", (LARGE,))),
        ("bluer", {"reply_to_message": MY_FILE}, Wish("bluer", (FILE,))),
        ("as here", {"reply_to_message": MY_PICTURE, **document("file")}, Wish("as here", (LARGE, FILE))),
        ("", {"reply_to_message": MY_PICTURE, **sticker()}, None),
        ("thanks", {"reply_to_message": MY_TEXT}, None),
        ("/imagine red", {"reply_to_message": MY_TEXT}, Wish("red", explicit=True)),
        ("lovely", {"reply_to_message": BOBS_PICTURE}, None),
        ("/imagine red", {"reply_to_message": BOBS_PICTURE}, Wish("red", (LARGE,), explicit=True)),
        ("/imagine", {"reply_to_message": BOBS_PICTURE}, Wish("", (LARGE,), explicit=True)),
        ("@nano_banana_bot red", {"reply_to_message": BOBS_PICTURE}, Wish("red", (LARGE,), explicit=True)),
        ("lovely", {"external_reply": FROM_ELSEWHERE}, None),
        ("/img red", {"external_reply": FROM_ELSEWHERE}, Wish("red", (LARGE,), explicit=True)),
        ("/img red", {"reply_to_message": TOPIC_OPENED, "is_topic_message": True, "message_thread_id": 3}, Wish("red", explicit=True)),
        ("/img red", {"reply_to_message": raw("x", chat=GROUP, **document("file", "text/plain"))}, Wish("red", explicit=True)),
    ],
)  # fmt: skip
def test_what_is_asked_in_a_group(said, fields, asked):
    assert wish(raw(said, chat=GROUP, **fields)) == asked


@given(st.text())
def test_any_private_text_that_is_no_command_is_a_wish(text):
    asked = wish(raw(f"x{text}"))
    assert asked is not None
    assert asked.text.startswith("x")


@given(st.text())
def test_no_text_without_a_mention_or_command_is_for_us_in_a_group(text):
    said = text.replace("@", " ").lstrip("/")
    assert wish(raw(f"x{said}", chat=GROUP)) is None


@pytest.mark.parametrize(
    ("fields", "person", "topic", "language"),
    [
        ({}, 5, None, "en"),
        ({"sender": BOB}, 6, None, None),
        ({"message_thread_id": 3, "is_topic_message": True}, 5, 3, "en"),
        # A chain of replies, which is no topic.
        ({"message_thread_id": 3}, 5, None, "en"),
        # General has no number.
        ({"is_topic_message": True}, 5, None, "en"),
        ({"sender": ANONYMOUS, "sender_chat": GROUP}, -100, None, None),
        ({"sender": AS_CHANNEL, "sender_chat": CHANNEL}, -200, None, None),
        ({"sender": TELEGRAM, "sender_chat": CHANNEL, "is_automatic_forward": True}, -200, None, None),
        ({"sender": None}, -100, None, None),
    ],
)  # fmt: skip
def test_who_asks_and_where(fields, person, topic, language):
    message = Message.de_json(raw("/imagine a fox", chat=GROUP, **fields), None)
    assert origin_of(message) == Origin(
        chat=-100, message=10, person=person, topic=topic, language=language, private=False
    )


def test_a_private_chat_is_known_as_such():
    assert origin_of(Message.de_json(raw("a fox"), None)).private


@dataclass
class Requests:
    """Where the pipeline would be."""

    tasks: list[Task] = field(default_factory=list)

    async def request(self, task: Task) -> Task:
        self.tasks.append(task)
        return task


@dataclass
class Desk:
    """What handles a message, what it asked of the pipeline and what it answered."""

    server: BotApiServer
    bot: Bot
    requests: Requests = field(default_factory=Requests)

    async def take(self, message: dict, kind: str = "message") -> None:
        asking = Asking(
            pipeline=self.requests, clock=lambda: NOW, slow_after=timedelta(seconds=180)
        )
        update = Update.de_json({"update_id": 1, kind: message}, self.bot)
        await asking.on_message(update, SimpleNamespace(bot=self.bot))

    @property
    def answers(self) -> list[str]:
        return [one["text"] for one in self.server.messages() if one["from"]["is_bot"]]


@pytest.fixture
def desk(server: BotApiServer, bot: Bot) -> Desk:
    return Desk(server, bot)


def written(person: Person, text: str = "", *, chat: Chat | None = None, **fields) -> dict:
    """A message in a chat of the sandbox, as it reaches the bot."""
    where = chat.json if chat else {"id": person.id, "type": "private"}
    return raw(text, chat=where, sender=person.user, **fields)


async def test_a_wish_becomes_one_task(desk, ann):
    await desk.take(written(ann, "make it red --n 2 --model pro", **PHOTO))
    (task,) = desk.requests.tasks
    assert (task.key, task.origin.person) == (f"message:{ann.id}:10", ann.id)
    assert (task.order.prompt, task.order.model, task.order.count) == ("make it red", "pro", 2)
    assert [one.source for one in task.references] == ["large"]
    assert (task.created_at, task.slow_at) == (NOW, NOW + timedelta(seconds=180))
    assert desk.answers == []


async def test_the_same_message_has_the_same_key_and_others_do_not(desk, ann, group):
    await desk.take(written(ann, "a fox"))
    await desk.take(written(ann, "a fox"))
    await desk.take(written(ann, "a fox") | {"message_id": 11})
    await desk.take(written(ann, "/imagine a fox", chat=group))
    first, again, next_one, elsewhere = [task.key for task in desk.requests.tasks]
    assert first == again
    assert len({first, next_one, elsewhere}) == 3


@pytest.mark.parametrize(
    ("fields", "say"),
    [
        (raw("red", **document("a", "application/pdf")), lambda t: words.refusal(t, Reason.NOT_A_PICTURE)),
        (raw("red", **VIDEO), lambda t: words.refusal(t, Reason.NOT_A_PICTURE)),
        (raw("red", **document("a", size=DOWNLOAD_MAX + 1)), lambda t: words.refusal(t, Reason.REFERENCE_TOO_BIG)),
        (raw(**PHOTO), words.no_caption),
        (raw(**sticker()), words.no_caption),
        (raw("/imagine"), lambda t: words.help_text(t, "nano_banana_bot")),
        (raw("/weather"), words.unknown_command),
        (raw(**sticker(animated=True)), words.not_for_me),
        (raw(location={"longitude": 1.0, "latitude": 2.0}), words.not_for_me),
    ],
)  # fmt: skip
async def test_who_asks_for_nothing_we_can_do_hears_why(desk, ann, mei, fields, say):
    for person in (ann, mei):
        await desk.take(fields | {"from": person.user, "chat": {"id": person.id, "type": "private"}})
    assert desk.answers == [say(texts("en")), say(texts("zh"))]
    assert desk.requests.tasks == []


async def test_a_mistake_gets_one_answer_and_no_task(desk, mei):
    await desk.take(written(mei, "a fox --n 0"))
    assert desk.answers == ["--n 不能是 0。可用的有：1-10"]
    assert desk.requests.tasks == []


async def test_twenty_megabytes_are_not_too_big(desk, ann):
    await desk.take(written(ann, "red", **document("a", size=DOWNLOAD_MAX)))
    assert len(desk.requests.tasks) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"via_bot": OTHER_BOT},
        {"sender": OTHER_BOT},
        {"sender": ANONYMOUS},
    ],
)
async def test_what_bots_say_starts_nothing(desk, group, fields):
    await desk.take(raw("/imagine a fox", chat=group.json, **fields))
    assert (desk.requests.tasks, desk.answers) == ([], [])


@pytest.mark.parametrize(
    ("sender", "sender_chat"), [(ANONYMOUS, GROUP), (AS_CHANNEL, CHANNEL), (TELEGRAM, CHANNEL)]
)
async def test_groups_and_channels_may_ask(desk, group, sender, sender_chat):
    said = raw("/imagine a fox", chat=group.json, sender=sender, sender_chat=sender_chat)
    await desk.take(said)
    assert [task.origin.person for task in desk.requests.tasks] == [sender_chat["id"]]


@pytest.mark.parametrize("kind", ["edited_message", "channel_post"])
async def test_only_new_messages_count(desk, ann, kind):
    await desk.take(written(ann, "a fox"), kind)
    assert (desk.requests.tasks, desk.answers) == ([], [])


@pytest.mark.parametrize("fields", [raw("/weather"), raw(**sticker(animated=True)), raw(**PHOTO)])
async def test_a_group_hears_nothing_that_is_not_for_it(desk, ann, group, fields):
    await desk.take(fields | {"from": ann.user, "chat": group.json})
    assert (desk.requests.tasks, desk.answers) == ([], [])


async def test_service_messages_are_left_alone(desk, ann):
    pinned = written(ann, "a fox") | {"message_id": 9}
    await desk.take(written(ann, pinned_message=pinned))
    assert (desk.requests.tasks, desk.answers) == ([], [])


async def test_who_has_blocked_us_gets_no_answer_and_breaks_nothing(desk, ann):
    desk.server.block(ann)
    await desk.take(written(ann, "/weather"))
    assert desk.answers == []


async def test_a_group_where_we_may_not_write_breaks_nothing(desk, ann, group):
    group.forbidden.add("text messages")
    await desk.take(written(ann, "/imagine", chat=group))
    assert desk.answers == []
    assert [call.status for call in desk.server.calls] == [400]
