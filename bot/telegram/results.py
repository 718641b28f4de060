"""A press on a button under a result: what it is about, and whether whoever pressed may.

Everything is looked up by its id, so a button works as long as its picture is known.
"""

import logging
from dataclasses import dataclass
from typing import Any, cast

from telegram import CallbackQuery, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.access import Access
from bot.neighbours import Chats, Store
from bot.origin import Origin
from bot.task import Picture, Task
from bot.telegram import keyboards, place, words_group
from bot.telegram import words_results as words
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.keyboards import Action, Button
from bot.telegram.place import Place
from bot.telegram.presses import acknowledge
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

_DRAWING = frozenset(
    {Action.AGAIN, Action.VARY, Action.EDIT, Action.LARGER, Action.RATIO, Action.SHAPE}
    | {Action.RETRY, Action.REWORD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press that may be acted on. `picture` is None where the button is for a whole task.

    `home` is the chat where the task's messages stand today: groups move.
    """

    query: CallbackQuery
    message: MaybeInaccessibleMessage
    t: Texts
    button: Button
    task: Task
    picture: Picture | None
    home: int

    @property
    def person(self) -> int:
        return self.query.from_user.id

    @property
    def private(self) -> bool:
        return self.message.chat.type == "private"

    @property
    def in_place(self) -> bool:
        """Whether the message is one of this task's, which may be changed or deleted.

        The data of a press comes from outside; the buttons that stand under the message do not.
        """
        if self.at_home and self.picture and self.picture.message == self.message.message_id:
            return True
        if not isinstance(self.message, Message):
            return False
        ids = {self.task.id, *(one.id for one in self.task.pictures)}
        return bool(ids & keyboards.names(self.message.reply_markup))

    @property
    def in_panel(self) -> bool:
        """Whether it was pressed in the message under an album, not under the picture itself."""
        is_panel = isinstance(self.message, Message) and keyboards.is_panel(self.message)
        return is_panel and self.in_place

    @property
    def words(self) -> str | None:
        """What the message says now, as far as Telegram shows it to us."""
        return self.message.text if isinstance(self.message, Message) else None

    @property
    def at_home(self) -> bool:
        """Whether the numbers of the task's messages mean something in this chat."""
        return self.message.chat.id == self.task.origin.chat

    @property
    def place(self) -> Place:
        """Where an answer goes: to the picture, in its topic."""
        reply_to = self.message.message_id
        if self.in_panel and self.picture and self.picture.message and self.at_home:
            reply_to = self.picture.message
        return Place(self.message.chat.id, self._topic, reply_to)

    @property
    def origin(self) -> Origin:
        """Where a task comes from that is made by this press: it is theirs who pressed."""
        where = self.place
        return Origin(
            chat=where.chat,
            message=where.reply_to or self.message.message_id,
            person=self.person,
            topic=where.topic,
            language=self.query.from_user.language_code,
            private=self.private,
        )

    def keyboard(self) -> InlineKeyboardMarkup:
        """What belongs under the message when nothing is asked back."""
        inline = self.query.get_bot().supports_inline_queries
        if self.picture is None:
            return keyboards.album(self.t, self.task, keyboards.shown(self.task))
        if self.in_panel:
            return keyboards.of_album(self.t, self.task, self.picture.id, inline=inline)
        retry = keyboards.with_failures(self.task)
        return keyboards.under(self.t, self.picture.id, inline=inline, retry=retry)

    @property
    def _topic(self) -> int | None:
        if isinstance(self.message, Message):
            return place.of(self.message).topic
        # Telegram no longer shows it to us.
        return self.task.origin.topic if self.at_home else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    store: Store
    chats: Chats
    speech: Speech
    access: Access

    async def pressed(self, query: CallbackQuery | None) -> Pressed | None:
        """What was pressed; None when nothing is to be done, which whoever pressed has heard.

        Raises Transient.
        """
        if query is None:
            return None
        t, button = await self.speech.to_presser(query), keyboards.read(query.data)
        if button is None:
            await acknowledge(query)
            return None
        if query.message is None:
            await acknowledge(query, words.not_here(t), alert=True)
            return None
        task = await self._find(button)
        if task is None:
            await acknowledge(query, words.forgotten(t), alert=True)
            return None
        home = (await self.chats.get(task.origin.chat)).moved_to or task.origin.chat
        person, chat = query.from_user.id, query.message.chat.id
        if not may_use(task, person=person, chat=chat, home=home):
            await acknowledge(query, words.not_yours(t), alert=True)
            return None
        if button.action in _DRAWING and not await self._may_draw(task, person, chat):
            await acknowledge(query, words_group.only_the_asker(t), alert=True)
            return None
        picture = task.picture(button.picture) if button.picture else None
        if picture and picture.deleted and button.action is not Action.GONE:
            await acknowledge(query, words.is_deleted(t), alert=True)
            return None
        return Pressed(
            query=query,
            message=query.message,
            t=t,
            button=button,
            task=task,
            picture=picture,
            home=home,
        )

    async def _may_draw(self, task: Task, person: int, chat: int) -> bool:
        """Whether the rules of the group let this person go on from somebody's picture."""
        if person == task.origin.person or self.access.is_operator(person):
            return True
        rules = await self.access.groups.get(chat)
        return not rules.for_asker or await self.access.members.decides(chat, person)

    async def _find(self, button: Button) -> Task | None:
        if button.picture:
            return await self.store.find(button.picture)
        return await self.store.get(button.task or "")


def may_use(task: Task, *, person: int, chat: int, home: int) -> bool:
    """Whether somebody may go on from a task's pictures where they pressed.

    What was drawn in a group was shown there, and is for everybody there; what was drawn in
    private is for its person alone, wherever they show it.
    """
    if person == task.origin.person:
        return True
    return not task.origin.private and chat == home


async def show(pressed: Pressed, keyboard: InlineKeyboardMarkup | None) -> None:
    """Put other buttons under the message that was pressed, or none. Raises Transient.

    The message under an album says which of its pictures they are for.
    """
    # The application's bot is one that keeps Telegram's limits.
    message, bot = pressed.message, cast("ExtBot[Any]", pressed.query.get_bot())
    if not pressed.in_place:
        return
    try:
        if pressed.in_panel and keyboard and _about(pressed) != pressed.words:
            await bot.edit_message_text(
                _about(pressed),
                message.chat.id,
                message.message_id,
                reply_markup=keyboard,
                # Somebody waits for it, so it may not be dropped like a courtesy.
                rate_limit_args=Kind.ANSWER,
            )
        else:
            await bot.edit_message_reply_markup(
                message.chat.id, message.message_id, reply_markup=keyboard
            )
    except TelegramError as error:
        if trouble(error) is Trouble.PASSING:
            raise passing(error) from error
        # They stand there already, or the message is gone.
        log.info("buttons stay", extra={"task": pressed.task.id, "detail": error.message})


def _about(pressed: Pressed) -> str:
    """What stands above the buttons under an album."""
    left = keyboards.shown(pressed.task)
    if pressed.picture is None or pressed.picture not in left:
        return words.album(pressed.t, len(left))
    number = left.index(pressed.picture) + 1
    return words.one_of_album(pressed.t, number, len(left), pressed.picture.prompt)
