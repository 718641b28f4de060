"""/task: all that is known about one task, to deliver it again or to give its credits back."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import Bot, CallbackQuery, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.bookkeeping import Bookkeeping
from bot.errors import Refused
from bot.neighbours import Chats, Store
from bot.task import Task
from bot.telegram import words_desk
from bot.telegram import words_desk_tasks as words
from bot.telegram.answers import answer, say
from bot.telegram.desk import keyboard
from bot.telegram.operators import Operators, rest_of
from bot.telegram.pages import Page, show, turn
from bot.telegram.place import Place
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.rich import Rich
from bot.telegram.showing import Errand, Showing
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.waiting import Desk

log = logging.getLogger(__name__)

_ID = re.compile(r"#?([0-9a-f]{12}|[0-9a-f]{16})")
_BUTTON = re.compile(r"desk:task:(?P<task>[0-9a-f]{12}):(?P<what>look|again|refund)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTasks:
    operators: Operators
    tasks: Store
    chats: Chats
    books: Bookkeeping
    showing: Showing
    taps: Taps
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("task", self.on_command, filters=self.operators.said),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t, named = await self.speech.to_sender(message), _ID.fullmatch(rest_of(message).casefold())
        if named is None:
            await answer(message, words.usage(t))
            return
        get = self.tasks.get if len(named[1]) == 12 else self.tasks.find
        task = await get(named[1])
        if task is None:
            await answer(message, words.unknown(t))
        else:
            await show(message, await self._page(t, task))

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, button = pressed
        t, task = await self.speech.to_presser(query), await self.tasks.get(button["task"])
        if task is None:
            await acknowledge(query, words.unknown(t))
            return
        match button["what"]:
            case "again":
                # Several pictures take their time, and nobody is to wait for the answer.
                await acknowledge(query)
                if await self.taps.is_first(query):
                    done = await self._again(t, context.bot, query, task)
                    await say(context.bot, Place(query.from_user.id), done)
            case "refund":
                await acknowledge(query, await self._refund(t, query, task))
            case _:
                await acknowledge(query)
        fresh = await self.tasks.get(task.id)
        await turn(context.bot, query, await self._page(t, fresh or task))

    async def _again(self, t: Texts, bot: Bot, query: CallbackQuery, task: Task) -> str:
        origin = task.origin
        log.info("delivered again", extra={"task": task.id, "operator": query.from_user.id})
        if (await self.chats.get(origin.chat)).closed is not None:
            return words.closed(t)
        if task.unheard:
            person = origin.person if origin.private else None
            desk = Desk(chat=origin.chat, message=origin.message, person=person)
            await self.showing.waiting.bring_one(task.id, desk)
            return words.on_its_way(t)
        errand = Errand(
            key=query.id,
            person=origin.person,
            desk=Desk(chat=origin.chat, message=origin.message),
            where=Place(origin.chat, origin.topic, origin.message or None),
        )
        theirs = await self.speech.to_origin(origin)
        try:
            count = await self.showing.once_more(theirs, bot, task, errand)
        except Refused:
            return words.closed(t)
        return words.sent_again(t, count) if count else words.nothing_to_send(t)

    async def _refund(self, t: Texts, query: CallbackQuery, task: Task) -> str:
        amount = await self.books.refund(task, self.clock())
        about = {"task": task.id, "credits": amount, "operator": query.from_user.id}
        log.info("refunded", extra=about)
        return words.refunded(t, amount) if amount else words.not_refunded(t)

    async def _page(self, t: Texts, task: Task) -> Page:
        money, about = await self.books.of_task(task.id), f"desk:task:{task.id}"
        rows = [[(words_desk.refresh_button(t), f"{about}:look")]]
        if task.ended:
            rows.append([(words.again_button(t), f"{about}:again")])
        if money.refundable:
            rows.append([(words.refund_button(t, money), f"{about}:refund")])
        return Page(Rich(words.task(t, task, money)), keyboard(rows))
