"""/user, /ban, /unban, /allow and /grant: what operators decide about people and groups."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telegram import Bot, Message, MessageOriginUser, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes
from telegram.ext._utils.types import HandlerCallback

from bot.access import Access, Standing
from bot.credits import Books, Statement
from bot.dossiers import Dossiers
from bot.errors import Transient
from bot.neighbours import Chats, Store
from bot.origin import Origin
from bot.telegram import words_desk
from bot.telegram import words_desk_people as words
from bot.telegram.answers import answer, say
from bot.telegram.desk import keyboard
from bot.telegram.operators import Operators, rest_of
from bot.telegram.pages import Page, show, turn
from bot.telegram.place import Place
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.rich import Rich
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.words_desk_people import Profile

log = logging.getLogger(__name__)

_NUMBER = r"-?[0-9]{1,18}"
_NAMED = re.compile(rf"(?P<number>{_NUMBER})(?:\s+(?P<rest>.*))?", re.DOTALL)
_AMOUNT = re.compile(r"[+]?(?P<amount>-?[0-9]{1,7})")
_BUTTON = re.compile(rf"desk:user:(?P<number>{_NUMBER}):(?P<what>look|ban|unban|allow|grant)")
_GIFT = 40
_GRANT_MAX = 1_000_000
_LATELY = timedelta(days=30)
_REASON_MAX = 500

_STANDINGS = {"ban": Standing.BANNED, "unban": None, "allow": Standing.ALLOWED}
_ANSWERS = {"ban": words.banned, "unban": words.unbanned, "allow": words.allowed}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPeople:
    operators: Operators
    access: Access
    books: Books
    dossiers: Dossiers
    tasks: Store
    chats: Chats
    taps: Taps
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        said = self.operators.said
        return [
            CommandHandler("user", self.on_user, filters=said),
            CommandHandler("grant", self.on_grant, filters=said),
            *(CommandHandler(name, self._decision(name), filters=said) for name in _STANDINGS),
            CallbackQueryHandler(self.on_press, pattern=_BUTTON),
        ]

    async def on_user(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t, (number, _) = await self.speech.to_sender(message), about(message)
        if number is None:
            await answer(message, words.who(t))
        else:
            await show(message, await self._page(t, number))

    async def on_grant(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t, (number, rest) = await self.speech.to_sender(message), about(message)
        amount = _AMOUNT.fullmatch(rest)
        if number is None or amount is None or not 0 < abs(int(amount["amount"])) <= _GRANT_MAX:
            await answer(message, words.grant_usage(t))
            return
        given, key = int(amount["amount"]), f"grant:{message.chat.id}:{message.message_id}"
        left = await self._grant(number, given, key)
        await answer(message, words.granted(t, number, left))
        await self._tell(message.get_bot(), number, given)

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.operators.pressed(update, _BUTTON)
        if pressed is None:
            return
        query, button = pressed
        t, number, what = await self.speech.to_presser(query), int(button["number"]), button["what"]
        await acknowledge(query)
        if what in _STANDINGS:
            await self._decide(what, number, query.from_user.id, "")
        is_gift = what == "grant" and await self.taps.is_first(query)
        if is_gift:
            await self._grant(number, _GIFT, f"grant:press:{query.id}")
        await turn(context.bot, query, await self._page(t, number))
        if is_gift:
            # Last of all: nothing that comes later makes us say it again.
            await self._tell(context.bot, number, _GIFT)

    def _decision(self, what: str) -> HandlerCallback[Update, ContextTypes.DEFAULT_TYPE, None]:
        async def on_command(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
            message = update.message
            if message is None:
                return
            t, (number, rest) = await self.speech.to_sender(message), about(message)
            if number is None:
                await answer(message, words.who(t))
                return
            await self._decide(what, number, message.chat.id, rest)
            await answer(message, _ANSWERS[what](t, number))

        return on_command

    async def _decide(self, what: str, number: int, operator: int, reason: str) -> None:
        reason = " ".join(reason.split())[:_REASON_MAX]
        await self.access.standings.set(number, _STANDINGS[what], self.clock(), reason)
        log.info("decided", extra={"what": what, "person": number, "operator": operator})

    async def _grant(self, number: int, amount: int, key: str) -> int:
        left = await self.books.grant(number, amount, key=key, now=self.clock())
        log.info("granted", extra={"person": number, "credits": amount, "key": key})
        return left

    async def _tell(self, bot: Bot, person: int, amount: int) -> None:
        """It is a kindness: where it cannot be said, they find it in /balance."""
        if amount < 0 or person < 0:
            return
        try:
            t = await self._speech_to(person)
            await say(bot, Place(person), words.gift(t, amount))
        except Transient as failure:
            log.info("not told", extra={"person": person, "detail": str(failure)})

    async def _speech_to(self, person: int) -> Texts:
        """As they have chosen, else as their Telegram spoke when they last asked."""
        newest = (await self.dossiers.of(person, self.clock() - _LATELY)).newest
        task = await self.tasks.get(newest[0].task) if newest else None
        language = task.origin.language if task else None
        origin = Origin(chat=person, message=0, person=person, language=language)
        return await self.speech.to_origin(origin)

    async def _page(self, t: Texts, number: int) -> Page:
        profile = await self._profile(number)
        name = f"desk:user:{number}"
        banned = profile.standing is Standing.BANNED
        rows = [
            [(words_desk.refresh_button(t), f"{name}:look")],
            [
                (words.unban_button(t), f"{name}:unban")
                if banned
                else (words.ban_button(t), f"{name}:ban"),
                (words.allow_button(t), f"{name}:allow"),
            ],
            [(words.grant_button(t, _GIFT), f"{name}:grant")],
        ]
        return Page(Rich(words.profile(t, profile)), keyboard(rows))

    async def _profile(self, number: int) -> Profile:
        standings = await self.access.standings.of(number)
        return Profile(
            number=number,
            standing=standings.get(number),
            reason=await self.access.standings.reason(number),
            operator=self.access.is_operator(number),
            statement=await self._statement(number),
            dossier=await self.dossiers.of(number, self.clock() - _LATELY),
            closed=(await self.chats.get(number)).closed,
            days=_LATELY.days,
        )

    async def _statement(self, number: int) -> Statement | None:
        if self.access.terms.allowances.person is None or self.access.is_operator(number):
            return None
        private = number > 0
        # Of a group: what it has for all its people.
        origin = Origin(chat=number, message=0, person=number, private=private)
        purses = await self.access.purses(origin)
        mine = purses if private else purses[1:]
        return await self.books.statement(mine, number)


def about(message: Message) -> tuple[int | None, str]:
    """Whom a command is about, and what else it says.

    The number stands behind the command, or the command answers a message that was forwarded.
    """
    rest = rest_of(message)
    original = message.reply_to_message
    if original and isinstance(original.forward_origin, MessageOriginUser):
        return original.forward_origin.sender_user.id, rest
    if named := _NAMED.fullmatch(rest):
        return int(named["number"]), (named["rest"] or "").strip()
    return None, rest
