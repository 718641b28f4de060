"""/show and its buttons and links: a task's pictures once more, for whoever asked for them."""

import re
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace

from telegram import Bot, MaybeInaccessibleMessage, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot.errors import Refused
from bot.gallery import shot_of
from bot.life import PictureState
from bot.neighbours import Store
from bot.task import Picture, Task
from bot.telegram import keyboards, place, words, words_gallery
from bot.telegram.place import Place
from bot.telegram.presses import acknowledge
from bot.telegram.reprints import Reprints, say
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import COMMAND, origin_of
from bot.waiting import Desk, Waiting

_ID = re.compile(r"#?([0-9a-f]{12})")
_DATA = re.compile(r"show:([0-9a-f]{12})")
_REMEMBERED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who wants to see a task's pictures, where, and in answer to what (which happens once)."""

    key: str
    person: int
    desk: Desk
    where: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """`sent` remembers what an errand has brought already, should the rest be tried again."""

    tasks: Store
    waiting: Waiting
    reprints: Reprints
    speech: Speech
    sent: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        new = filters.UpdateType.MESSAGE
        return [
            CommandHandler("show", self.on_command, filters=new),
            CallbackQueryHandler(self.on_press, pattern=r"^show:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        text = message.text or ""
        command = COMMAND.match(text)
        rest = text[command.end() :].strip() if command else ""
        if rest:
            await self.from_link(message, rest)
        else:
            t = await self.speech.to_sender(message)
            await _say(message.get_bot(), place.of(message), words_gallery.which_task(t))

    async def from_link(self, message: Message, rest: str) -> None:
        """Show the task with the id `rest`, as `?start=show_<id>` and /show ask for it."""
        t = await self.speech.to_sender(message)
        named = _ID.fullmatch(rest.casefold())
        if named is None:
            await _say(message.get_bot(), place.of(message), words_gallery.unknown_task(t))
            return
        origin = origin_of(message)
        errand = Errand(
            key=f"{message.chat.id}:{message.message_id}",
            person=origin.person,
            desk=_desk(message, origin.person),
            where=place.of(message),
        )
        await self._run(t, message.get_bot(), named[1], errand)

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        message, named = query.message, _DATA.fullmatch(query.data or "")
        if named is None or message is None:
            await acknowledge(query)
            return
        t, person = await self.speech.to_presser(query), query.from_user.id
        task = await self.tasks.get(named[1])
        if task is None or task.origin.person != person:
            await acknowledge(query, words_gallery.unknown_task(t))
            return
        await acknowledge(query)
        where = place.of(message) if isinstance(message, Message) else Place(message.chat.id)
        errand = Errand(
            key=query.id,
            person=person,
            desk=_desk(message, person),
            where=replace(where, reply_to=None),
        )
        await self._run(t, message.get_bot(), task.id, errand)

    async def _run(self, t: Texts, bot: Bot, task_id: str, errand: Errand) -> None:
        if text := await self._show(t, bot, task_id, errand):
            await _say(bot, errand.where, text)

    async def _show(self, t: Texts, bot: Bot, task_id: str, errand: Errand) -> str | None:
        """Bring the pictures; returns words where there is something to say instead.

        Raises Transient.
        """
        task = await self.tasks.get(task_id)
        if task is None or task.origin.person != errand.person:
            return words_gallery.unknown_task(t)
        if task.unheard:
            # It was never brought: that is done now, by those whose job it is.
            await self.waiting.bring_one(task.id, errand.desk)
            return words.on_their_way(t)
        if not to_show(task):
            return words_gallery.nothing_to_show(t, task)
        with suppress(Refused):
            # Nothing may be said here, so nobody waits for it either.
            await self.once_more(t, bot, task, errand)
        return None

    async def once_more(self, t: Texts, bot: Bot, task: Task, errand: Errand) -> int:
        """Bring the pictures of a task that are not there yet; returns how many there are now.

        Raises Transient, and Refused where nothing may be said.
        """
        pictures, done = to_show(task), self._done(errand.key)
        for picture in pictures:
            if picture.id not in done:
                await self._bring(t, bot, errand.where, task, picture.id)
                done.add(picture.id)
        return len(pictures)

    async def _bring(self, t: Texts, bot: Bot, where: Place, task: Task, picture_id: str) -> None:
        picture = task.picture(picture_id)
        shot, caption = shot_of(task, picture), words.caption(t, task, picture.prompt)
        retry, inline = keyboards.with_failures(task), bot.supports_inline_queries
        buttons = keyboards.under(t, picture_id, inline=inline, retry=retry)
        await self.reprints.send_patiently(bot, where, shot, t, caption, buttons)

    def _done(self, key: str) -> set[str]:
        done = self.sent.setdefault(key, set())
        if len(self.sent) > _REMEMBERED:
            self.sent.popitem(last=False)
        return done


def to_show(task: Task) -> list[Picture]:
    """The pictures of a task that can be shown: brought once, or waiting for that."""
    return [
        one
        for one in task.pictures
        if not one.deleted and (one.file_id or (task.ended and one.state is PictureState.STORED))
    ]


async def _say(bot: Bot, where: Place, text: str) -> None:
    with suppress(Refused):
        await say(bot, where, text, None)


def _desk(message: MaybeInaccessibleMessage, person: int) -> Desk:
    private = message.chat.type == "private"
    return Desk(
        chat=message.chat.id, message=message.message_id, person=person if private else None
    )
