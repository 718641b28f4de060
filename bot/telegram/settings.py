"""/settings: one message that edits itself, for a person, a group or a topic.

Everything a press needs is in its button and on disk, so buttons work after a restart and for
several people at once; who may press is asked anew each time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MaybeInaccessibleMessage,
    Message,
    Update,
)
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot import preferences
from bot.preferences import Preferences, PreferenceStore
from bot.telegram import words_settings as words
from bot.telegram.admins import is_admin, sent_by_admin
from bot.telegram.pages import Page, show, show_in_private, turn
from bot.telegram.presses import acknowledge
from bot.telegram.settings_sheets import UNSET, Field, Press, Sheet, present, read
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts

LINK = "settings"
_MINE = Sheet(person=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRoom:
    store: PreferenceStore
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("settings", self.on_command, filters=filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^set:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t = await self.speech.to_sender(message)
        if message.chat.type == "private":
            await show(message, await self._page(t, Press(sheet=_MINE), message))
        elif await sent_by_admin(message):
            topic = message.message_thread_id if message.is_topic_message else None
            await show(message, await self._page(t, Press(sheet=Sheet(topic=topic)), message))
        else:
            await self._show_in_private(t, message)

    async def on_link(self, message: Message, _rest: str) -> None:
        """`?start=settings`"""
        t = await self.speech.to_sender(message)
        await show(message, await self._page(t, Press(sheet=_MINE), message))

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        press, message = read(query.data or ""), query.message
        if press is None or message is None:
            await acknowledge(query)
            return
        t = await self.speech.to_presser(query)
        if refusal := await self._refusal(t, query, press.sheet, message):
            await acknowledge(query, refusal, alert=True)
            return
        if press.field and press.value:
            await self.store.change(
                press.sheet.scope(message.chat.id), {press.field.name: press.chosen}, self.clock()
            )
            # It may have been the language.
            t = await self.speech.to_presser(query)
            await acknowledge(query, words.line(t, press.field, press.chosen))
            press = Press(sheet=press.sheet)
        else:
            await acknowledge(query)
        await turn(context.bot, query, await self._page(t, press, message))

    async def _refusal(
        self, t: Texts, query: CallbackQuery, sheet: Sheet, message: MaybeInaccessibleMessage
    ) -> str | None:
        """Why this press is not for whoever pressed."""
        who, chat = query.from_user.id, message.chat
        if sheet.person:
            return None if (chat.type, chat.id) == ("private", who) else words.not_yours(t)
        allowed = chat.type != "private" and await is_admin(query.get_bot(), chat.id, who)
        return None if allowed else words.only_admins(t)

    async def _show_in_private(self, t: Texts, message: Message) -> None:
        """Whoever may not decide for the group gets their own."""
        user = message.from_user
        chosen, own = Preferences(), await self.speech.to(user)
        if user:
            chosen = await self.store.get((preferences.person(user.id),))
        await show_in_private(message, t, _whole(own, _MINE, "", chosen), LINK)

    async def _page(self, t: Texts, press: Press, message: MaybeInaccessibleMessage) -> Page:
        sheet = press.sheet
        chosen = await self.store.get((sheet.scope(message.chat.id),))
        if press.field:
            return _choice(t, sheet, press.field, chosen)
        return _whole(t, sheet, message.chat.title or "", chosen)


def _whole(t: Texts, sheet: Sheet, title: str, chosen: Preferences) -> Page:
    rows = [
        [_button(words.line(t, field, present(chosen, field)), sheet.data(field.name))]
        for field in sheet.fields
    ]
    if sheet.topic is not None:
        other = words.this_topic(t) if sheet.whole else words.whole_group(t)
        rows.append([_button(other, sheet.other().data())])
    return Page(words.sheet(t, sheet, title), InlineKeyboardMarkup(rows))


def _choice(t: Texts, sheet: Sheet, field: Field, chosen: Preferences) -> Page:
    now = present(chosen, field)
    buttons = [
        _button(
            _marked(words.value_of(t, field, value), is_chosen=value == now),
            sheet.data(field.name, word),
        )
        for word, value in field.choices.items()
    ]
    unset = _marked(words.value_of(t, field, None), is_chosen=now is None)
    rows = [
        *_rows(buttons, field.row),
        [_button(unset, sheet.data(field.name, UNSET))],
        [_button(words.back(t), sheet.data())],
    ]
    return Page(words.choice(t, field), InlineKeyboardMarkup(rows))


def _marked(text: str, *, is_chosen: bool) -> str:
    return f"✓ {text}" if is_chosen else text


def _button(text: str, data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=data)


def _rows(
    buttons: Sequence[InlineKeyboardButton], width: int
) -> Iterator[Sequence[InlineKeyboardButton]]:
    for start in range(0, len(buttons), width):
        yield buttons[start : start + width]
