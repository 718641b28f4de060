"""/start, /help and the command menus."""

from datetime import UTC, datetime

import pytest
from telegram import Update

from bot.journal import Journal
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.sandbox.chats import Person
from bot.storage.chats import ChatStore
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.task import Task
from bot.telegram import words_help
from bot.telegram.application import AnyApplication, add_handlers
from bot.telegram.commands import Commands, publish_menus
from bot.telegram.help import HelpRoom
from bot.telegram.membership import Membership
from bot.telegram.offers import Offers
from bot.telegram.presses import StrangePresses
from bot.telegram.texts import languages, texts
from bot.telegram.words_help import HelpTopic
from bot.telegram.words_menu import Menu, menu
from bot.waiting import Waiting
from tests.telegram.rooms import asking_room

NOW = datetime(2030, 1, 1, tzinfo=UTC)

SCOPES = {
    Menu.PRIVATE: "all_private_chats",
    Menu.GROUP: "all_group_chats",
    Menu.ADMINS: "all_chat_administrators",
}
MENUS = {
    (SCOPES[where], code)
    for where in SCOPES
    for code in ("", *(language.partition("_")[0] for language in languages()[1:]))
}


class Requests:
    """Where the pipeline would be."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    async def request(self, task: Task, _payment: object = None) -> Task:
        self.tasks.append(task)
        return task


class Desk:
    """All handlers, and what they answered and asked for."""

    def __init__(self, server: BotApiServer, app: AnyApplication, database: SQLite) -> None:
        self.server = server
        self.app = app
        self.requests = Requests()
        self.errors: list[Exception | None] = []
        tasks, chats = TaskStore(database), ChatStore(database)
        waiting = Waiting(
            journal=Journal(tasks), history=tasks, clock=lambda: NOW, wake=lambda _task: None
        )
        asking = asking_room(database, self.requests, lambda: NOW)
        membership = Membership(chats=chats, clock=lambda: NOW)
        offers = Offers(waiting=waiting, chats=chats, speech=asking.speech)
        add_handlers(
            app,
            [
                membership,
                Commands(asking.speech),
                HelpRoom(asking.speech),
                offers,
                asking,
                StrangePresses(),
            ],
            first=[membership],
            last=[offers],
        )

        async def note(_update, context) -> None:
            self.errors.append(context.error)

        app.add_error_handler(note)

    async def handle(self) -> list[str]:
        """Handle what waits at Telegram; returns what was answered to that."""
        before = len(self.answers)
        for update in self.server.updates.waiting():
            await self.app.process_update(Update.de_json(update.json, self.app.bot))
            self.server.updates.confirm(update.id)
        assert self.errors == []
        return self.answers[before:]

    @property
    def answers(self) -> list[str]:
        return [one["text"] for one in self.server.messages() if one["from"]["is_bot"]]

    def called(self, method: str) -> list[tuple[str, str]]:
        return [
            (call.params["scope"], call.params.get("language_code", ""))
            for call in self.server.calls
            if call.method == method
        ]


@pytest.fixture
def desk(server: BotApiServer, app: AnyApplication, database: SQLite) -> Desk:
    return Desk(server, app, database)


@pytest.fixture(params=["en", "zh"])
def person(request, ann: Person, mei: Person) -> Person:
    return {"en": ann, "zh": mei}[request.param]


@pytest.mark.parametrize("said", ["/start", "/START", "/start@nano_banana_bot", "/start link"])
async def test_start_welcomes_by_name(desk, server, person, said):
    server.say(person, said)
    welcome = words_help.welcome(texts(person.language_code), person.first_name)
    assert await desk.handle() == [welcome.text]


@pytest.mark.parametrize("said", ["/help", "/Help", "/help@Nano_Banana_Bot", "/help me"])
async def test_help_shows_how_to_ask(desk, server, person, said):
    server.say(person, said)
    told = words_help.page(texts(person.language_code), HelpTopic.ASKING, "nano_banana_bot")
    assert await desk.handle() == [told.text]


async def test_the_two_languages_differ(desk, server, ann, mei):
    server.say(ann, "/start")
    server.say(mei, "/start")
    english, chinese = await desk.handle()
    assert english.startswith("Hello Ann!")
    assert chinese.startswith("你好，Mei！")


async def test_a_language_we_do_not_speak_gets_english(desk, server):
    eve = server.world.add_person("Eve", language_code="fr")
    server.say(eve, "/start")
    assert await desk.handle() == [words_help.welcome(texts("en"), "Eve").text]


async def test_help_answers_in_its_group_and_topic(desk, server, ann, forum):
    topic = server.world.add_topic(forum, "Foxes")
    asked = server.say(ann, "/help", chat=forum, topic=topic)
    assert len(await desk.handle()) == 1
    told = server.messages(forum)[-1]
    assert told["message_thread_id"] == topic.id
    assert told["reply_to_message"]["message_id"] == asked["message_id"]


async def test_commands_of_other_bots_are_theirs(desk, server, ann, group):
    server.privacy_mode = False
    for said in ("/start@other_bot", "/help@other_bot"):
        server.say(ann, said, chat=group)
    assert await desk.handle() == []


@pytest.mark.parametrize("said", ["a fox", "/start", "/help", "/imagine a fox"])
async def test_edited_messages_start_nothing(desk, server, ann, said):
    server.updates.allowed = frozenset()
    first = server.say(ann, "hello")
    server.updates.drop()
    server.edit(first, said)
    assert [update.kind for update in server.updates.waiting()] == ["edited_message"]
    assert (await desk.handle(), desk.requests.tasks) == ([], [])


async def test_everything_else_is_a_wish(desk, server, ann):
    server.say(ann, "/imagine a fox")
    server.say(ann, "a wolf")
    assert await desk.handle() == []
    assert [task.order.prompt for task in desk.requests.tasks] == ["a fox", "a wolf"]


async def test_who_blocks_us_after_start_breaks_nothing(desk, server, ann):
    server.say(ann, "/start")
    server.block(ann)
    assert await desk.handle() == []


async def test_menus_are_published_per_scope_and_language(desk, server):
    await publish_menus(desk.app.bot)
    assert server.world.commands.keys() == MENUS
    for (scope, code), commands in server.world.commands.items():
        shown = {command["command"]: command["description"] for command in commands}
        where = next(one for one in Menu if SCOPES[one] == scope)
        assert shown == menu(texts(code or "en"), where)


async def test_menus_that_have_not_changed_are_not_published_again(desk):
    await publish_menus(desk.app.bot)
    desk.server.calls.clear()
    await publish_menus(desk.app.bot)
    assert len(desk.called("getMyCommands")) == len(MENUS)
    assert desk.called("setMyCommands") == []


async def test_only_the_menu_that_has_changed_is_published_again(desk, server):
    await publish_menus(desk.app.bot)
    server.calls.clear()
    server.world.commands["all_group_chats", "zh"] = [{"command": "imagine", "description": "old"}]
    await publish_menus(desk.app.bot)
    assert desk.called("setMyCommands") == [('{"type": "all_group_chats"}', "zh")]
    assert server.world.commands["all_group_chats", "zh"][0]["description"] == "画一张图"


@pytest.mark.parametrize("method", ["getMyCommands", "setMyCommands"])
async def test_menus_can_wait_for_the_next_start(desk, server, method):
    server.faults.add(Fault(method=method, status=502, body="<html>Bad Gateway</html>"))
    await publish_menus(desk.app.bot)
    assert server.world.commands == {}
    await publish_menus(desk.app.bot)
    assert server.world.commands.keys() == MENUS
