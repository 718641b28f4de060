"""The card in the chat: one message per task, edited in place and taken away at the end."""

import logging
from collections import OrderedDict

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.errors import Reason, Refused
from bot.outlook import Outlook
from bot.task import Task
from bot.telegram import place, words_cards
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.place import Place
from bot.telegram.placeholders import Placeholders
from bot.telegram.texts import Texts, texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

_SHOWN_MAX = 10_000
# Until then a message in somebody else's chat says all there is to say.
_FIRST_NEWS = 5.0


class CardBoard:
    """Fits `cards.CardBoard`."""

    def __init__(self, bot: ExtBot[Kind]) -> None:
        self._bot = bot
        self._placeholders = Placeholders(bot)
        # What stands on the latest cards: Telegram counts an edit that changes nothing.
        self._shown: OrderedDict[str, str] = OrderedDict()

    async def show(self, task: Task, outlook: Outlook) -> int | None:
        if task.origin.inline:
            await self._show_in_placeholder(task, outlook)
            return None
        where = Place(task.origin.chat, task.origin.topic, task.origin.message)
        t = texts(task.origin.language)
        text = words_cards.card(t, task, outlook)

        async def send(here: Place) -> int:
            if here.chat != task.origin.chat:
                # From there it could not be taken away again: the task knows the old chat only.
                raise Refused(Reason.UNDELIVERABLE, "the chat has moved")
            sent = await self._bot.send_message(
                text=text,
                reply_markup=_button(t, task),
                rate_limit_args=Kind.COURTESY,
                **here.parameters(),
            )
            return sent.message_id

        try:
            card = await place.send(where, send)
        except TelegramError as error:
            raise Refused(Reason.UNDELIVERABLE, error.message) from error
        self._remember(task, text)
        return card

    async def _show_in_placeholder(self, task: Task, outlook: Outlook) -> None:
        """The message that waits for the picture is the card, from its first word on."""
        text = words_cards.card(texts(task.origin.language), task, outlook)
        news = outlook.slow or outlook.elapsed >= _FIRST_NEWS
        if news and self._shown.get(task.id) != text:
            await self._placeholders.tell(task, text)
            self._remember(task, text)

    async def update(self, task: Task, outlook: Outlook) -> None:
        t = texts(task.origin.language)
        text = words_cards.card(t, task, outlook)
        if self._shown.get(task.id) != text:
            await self._edit(task, text, _button(t, task), Kind.COURTESY)
            self._remember(task, text)

    async def close(self, task: Task) -> None:
        text = words_cards.cancelled(texts(task.origin.language), task)
        await self._edit(task, text, None, Kind.ANSWER)
        self._shown.pop(task.id, None)

    async def remove(self, task: Task) -> None:
        self._shown.pop(task.id, None)
        if task.card is None:
            return
        try:
            await self._bot.delete_message(task.origin.chat, task.card)
        except TelegramError as error:
            raise _in_our_words(error) from error

    async def _edit(
        self, task: Task, text: str, button: InlineKeyboardMarkup | None, kind: Kind
    ) -> None:
        if task.card is None:
            return
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=task.origin.chat,
                message_id=task.card,
                reply_markup=button,
                rate_limit_args=kind,
            )
        except TelegramError as error:
            if trouble(error) is not Trouble.UNCHANGED:
                raise _in_our_words(error) from error

    def _remember(self, task: Task, text: str) -> None:
        self._shown[task.id] = text
        self._shown.move_to_end(task.id)
        while len(self._shown) > _SHOWN_MAX:
            self._shown.popitem(last=False)


def _in_our_words(error: TelegramError) -> Exception:
    if trouble(error) is Trouble.PASSING:
        return passing(error)
    return Refused(Reason.UNDELIVERABLE, error.message)


def _button(t: Texts, task: Task) -> InlineKeyboardMarkup:
    button = InlineKeyboardButton(words_cards.cancel(t), callback_data=f"cancel:{task.id}")
    return InlineKeyboardMarkup([[button]])
