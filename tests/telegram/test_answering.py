"""Buttons under questions, handled once more after a crash, by others, or too late."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
from telegram import Bot, Update

from bot.ordering import Request
from bot.origin import Origin
from bot.questions import Question, Topic
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.task import Task
from bot.telegram.asking import Asking
from bot.telegram.styles import Styles
from bot.telegram.texts import texts
from tests.telegram.conftest import NOW
from tests.telegram.rooms import asking_room


@dataclass
class Keeping:
    """A pipeline that writes tasks down, and moves none of them."""

    tasks: TaskStore

    async def request(self, task: Task, _payment: object = None) -> Task:
        return await self.tasks.add(task)


@dataclass
class Desk:
    server: BotApiServer
    bot: Bot
    database: SQLite
    asking: Asking = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = TaskStore(self.database)
        self.asking = asking_room(self.database, Keeping(self.tasks), lambda: NOW)
        self.styles = Styles(
            ordering=self.asking.confirming.ordering,
            inquiries=self.asking.inquiries,
            objections=self.asking.objections,
            speech=self.asking.speech,
        )

    async def handle(self, times: int = 1) -> None:
        """What waits, each so many times: the process died before it was noted as handled."""
        for one in self.server.updates.waiting():
            self.server.updates.confirm(one.id)
            update = Update.de_json(one.json, self.bot)
            for _ in range(times):
                await self._handle(update)

    async def _handle(self, update: Update) -> None:
        context = SimpleNamespace(bot=self.bot)
        query = update.callback_query
        if query is None and (update.message.text or "").startswith("/styles"):
            await self.styles.on_command(update, context)
        elif query is None:
            await self.asking.on_message(update, context)
        else:
            rooms = {"style": self.asking.choosing, "draw-in": self.styles}
            room = rooms.get((query.data or "").partition(":")[0], self.asking.confirming)
            await room.on_press(update, context)

    async def all_tasks(self) -> list[Task]:
        rows = await self.database.read("SELECT id FROM tasks")
        return [await self.tasks.get(row["id"]) for row in rows]

    def messages(self, text: str = "") -> list[dict]:
        ours = [one for one in self.server.messages() if one["from"]["is_bot"]]
        return [one for one in ours if text in one["text"]]

    @property
    def toasts(self) -> list[str]:
        return [one.get("text", "") for one in self.server.callback_answers]

    async def offer(self, person, text: str = "a {red,blue} fox", **where) -> dict:
        self.server.say(person, text, **where)
        await self.handle(times=2)
        (offer,) = self.messages("Shall I draw them?")
        return offer


@pytest.fixture
def desk(server: BotApiServer, bot: Bot, database: SQLite) -> Desk:
    return Desk(server, bot, database)


async def test_a_confirmed_list_is_one_task_however_often_the_press_is_handled(desk, ann, chat):
    offer = await desk.offer(ann)
    desk.server.press(ann, offer, "✅ Draw 2")
    await desk.handle(times=3)
    (task,) = await desk.all_tasks()
    assert [one.prompt for one in task.pictures] == ["a red fox", "a blue fox"]
    assert task.key.startswith("press:")
    assert task.slot == offer["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert desk.messages() == []


async def test_what_is_asked_for_once_needs_no_confirmation_unless_it_is_much(desk, ann):
    for text in (r"a \{fox\} --n 10", "a fox --n 10"):
        desk.server.say(ann, text)
    await desk.handle()
    assert [len(task.pictures) for task in await desk.all_tasks()] == [10, 10]
    request = Request(
        key="k", origin=Origin(chat=ann.id, message=1, person=ann.id), text="a", prompts=("a",) * 11
    )
    assert await desk.asking.confirming.order(desk.bot, texts("en"), request) is None
    assert desk.messages("These are 11 pictures")


async def test_what_is_too_old_to_be_deleted_loses_its_buttons(desk, ann):
    offer = await desk.offer(ann)
    refused = "Bad Request: message can't be deleted for everyone"
    desk.server.faults.add(Fault(method="deleteMessage", status=400, description=refused))
    desk.server.press(ann, offer, "✖ Never mind")
    await desk.handle()
    (left,) = desk.messages()
    assert "reply_markup" not in left
    assert await desk.all_tasks() == []


async def test_a_style_that_is_gone_when_the_list_is_confirmed_is_said(desk, ann):
    offer = await desk.offer(ann, "a {red,blue} fox --style watercolor")
    ordering = desk.asking.confirming.ordering
    slim = {key: one for key, one in ordering.presets.items() if key != "watercolor"}
    object.__setattr__(ordering, "presets", slim)
    desk.server.press(ann, offer, "✅ Draw 2")
    await desk.handle()
    assert await desk.all_tasks() == []
    assert "--style cannot be watercolor" in desk.toasts[-1]


async def test_an_answer_in_plain_words_is_one_task_however_often_it_is_handled(
    desk, ann, chat, make_photo
):
    desk.server.send_photo(ann, make_photo())
    await desk.handle(times=2)
    assert len(desk.messages("What shall I do")) == 1
    desk.server.say(ann, "make it green")
    await desk.handle(times=3)
    (task,) = await desk.all_tasks()
    assert len(task.references) == 1
    assert desk.messages() == []


@pytest.mark.parametrize(("seconds", "count"), [(600, 1), (601, 0)])
async def test_plain_words_are_an_answer_for_ten_minutes(desk, ann, make_photo, seconds, count):
    desk.server.send_photo(ann, make_photo())
    await desk.handle()
    said = desk.messages("What shall I do")[0]["date"]
    desk.server.say(ann, "make it green")
    (one,) = desk.server.updates.waiting()
    one.json["message"]["date"] = said + seconds
    await desk.handle()
    (task,) = await desk.all_tasks()
    assert len(task.references) == count


async def test_two_people_who_press_at_once_make_one_task(desk, ann, mei, group, make_photo):
    desk.server.send_photo(ann, make_photo(), caption="/imagine", chat=group)
    await desk.handle()
    (styles,) = desk.messages("pick a style")
    desk.server.press(mei, styles, "🌸 Anime")
    await desk.handle(times=2)
    desk.server.world.chats[group.id].messages[styles["message_id"]] = styles
    desk.server.press(ann, styles, "🌸 Anime")
    await desk.handle()
    (task,) = await desk.all_tasks()
    assert (task.origin.person, task.order.style) == (mei.id, "anime")
    assert desk.toasts[-1] == "This has been answered already."


async def test_a_style_that_is_gone_is_said(desk, ann, make_photo):
    desk.server.send_photo(ann, make_photo())
    await desk.handle()
    (styles,) = desk.messages("pick a style")
    object.__setattr__(desk.asking.choosing.ordering, "presets", {})
    desk.server.press(ann, styles, "🌸 Anime")
    await desk.handle()
    assert desk.toasts == ["This style is gone. /styles shows those there are."]


async def test_a_style_that_wants_more_than_there_is_leaves_the_question_open(
    desk, ann, make_photo
):
    desk.server.send_photo(ann, make_photo())
    await desk.handle()
    (row,) = await desk.database.read("SELECT id FROM questions WHERE message IS NOT NULL")
    inquiries = desk.asking.inquiries
    question = await inquiries.questions.get(row["id"])
    await inquiries.questions.put(replace(question, references=()), NOW)
    (styles,) = desk.messages("pick a style")
    desk.server.press(ann, styles, "🪄 Restore")
    await desk.handle()
    assert "--style restore works on a picture" in desk.toasts[-1]
    assert desk.messages("pick a style")


async def test_the_question_of_a_style_is_asked_once(desk, ann, group):
    desk.server.say(ann, "/styles@nano_banana_bot", chat=group)
    await desk.handle()
    (listed,) = desk.messages("--style watercolor")
    desk.server.press(ann, listed, "🌸 Anime")
    await desk.handle(times=3)
    (question,) = desk.messages("🌸 Anime: what would you like")
    # It answers her own words, so it is her keyboard that opens.
    assert question["reply_to_message"]["message_id"] == listed["reply_to_message"]["message_id"]


async def test_somebody_else_is_asked_in_reply_to_the_list(desk, ann, mei, group):
    desk.server.say(ann, "/styles@nano_banana_bot", chat=group)
    await desk.handle()
    (listed,) = desk.messages("--style watercolor")
    desk.server.press(mei, listed, "🌸 Anime")
    await desk.handle()
    (question,) = desk.messages("🌸 动漫")
    assert question["reply_to_message"]["message_id"] == listed["message_id"]


async def test_a_question_of_a_group_that_moves_is_known_in_the_new_one(desk, ann, group):
    moved = desk.server.migrate(group)
    question = Question(topic=Topic.CHANGE, chat=group.id, person=ann.id, asker=57)
    inquiries = desk.asking.inquiries
    asked = await inquiries.ask(desk.bot, question, "what?")
    assert await inquiries.questions.at(moved.id, asked.message) == asked
    # There 57 is another message.
    assert (asked.chat, asked.asker) == (moved.id, asked.message)
    await inquiries.questions.drop(asked.id)
    await inquiries.close(desk.bot, asked, "press:1")
    assert await inquiries.questions.get(asked.id) is None
