"""From a message to a task, or to an answer in words."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from telegram import Bot, Update
from telegram.error import BadRequest

from bot.errors import Reason
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Chat, Person
from bot.storage.sqlite import SQLite
from bot.task import Task
from bot.telegram import words, words_help, words_styles
from bot.telegram.texts import texts
from bot.telegram.wishes import DOWNLOAD_MAX
from tests.telegram.messages import (
    ANONYMOUS,
    AS_CHANNEL,
    CHANNEL,
    GROUP,
    OTHER_BOT,
    PHOTO,
    TELEGRAM,
    VIDEO,
    document,
    raw,
    sticker,
)
from tests.telegram.rooms import asking_room

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Requests:
    """Where the pipeline would be."""

    tasks: list[Task] = field(default_factory=list)

    async def request(self, task: Task, _payment: object = None) -> Task:
        self.tasks.append(task)
        return task


@dataclass
class Desk:
    """What handles a message, what it asked of the pipeline and what it answered."""

    server: BotApiServer
    bot: Bot
    database: SQLite
    requests: Requests = field(default_factory=Requests)

    async def take(self, message: dict, kind: str = "message") -> None:
        asking = asking_room(self.database, self.requests, lambda: NOW)
        update = Update.de_json({"update_id": 1, kind: message}, self.bot)
        await asking.on_message(update, SimpleNamespace(bot=self.bot))

    @property
    def answers(self) -> list[str]:
        return [one["text"] for one in self.server.messages() if one["from"]["is_bot"]]


@pytest.fixture
def desk(server: BotApiServer, bot: Bot, database: SQLite) -> Desk:
    return Desk(server, bot, database)


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
    assert task.created_at == NOW
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
        (raw("/imagine"), lambda t: words_help.hint(t).text),
        (raw("/weather"), words.unknown_command),
        (raw(**sticker(animated=True)), words.not_for_me),
        (raw(location={"longitude": 1.0, "latitude": 2.0}), words.not_for_me),
    ],
)  # fmt: skip
async def test_who_asks_for_nothing_we_can_do_hears_why(desk, ann, mei, fields, say):
    for person in (ann, mei):
        await desk.take(
            fields | {"from": person.user, "chat": {"id": person.id, "type": "private"}}
        )
    assert desk.answers == [say(texts("en")), say(texts("zh"))]
    assert desk.requests.tasks == []


@pytest.mark.parametrize("fields", [raw(**PHOTO), raw(**sticker())])
async def test_a_picture_without_a_word_is_asked_about_once(desk, ann, mei, fields):
    for person in (ann, mei, ann):
        await desk.take(
            fields | {"from": person.user, "chat": {"id": person.id, "type": "private"}}
        )
    asked = [(words.what_to_do(t, 1), words_styles.or_a_style(t)) for t in map(texts, ("en", "zh"))]
    assert desk.answers == [*asked[0], *asked[1]]
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


async def test_an_answer_that_is_our_fault_is_not_hidden(desk, ann):
    desk.server.faults.add(
        Fault(method="sendMessage", status=400, description="Bad Request: message is too long")
    )
    with pytest.raises(BadRequest):
        await desk.take(written(ann, "/weather"))
