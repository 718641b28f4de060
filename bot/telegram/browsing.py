"""/history: one message that pages through a person's pictures, in their private chat."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, ContextTypes, filters

from bot.errors import Refused
from bot.gallery import GalleryStore, Spot, View
from bot.telegram import place, words_gallery
from bot.telegram.answers import answer, answer_besides
from bot.telegram.place import Place
from bot.telegram.presses import acknowledge
from bot.telegram.reprints import Reprints, say
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import COMMAND

# The picture to show, all or those with a star, the name of the words that are searched for.
_DATA = re.compile(r"history:([0-9a-f]{16}):([as]):([0-9a-f]{10}|-)")


@dataclass(frozen=True, slots=True)
class Page:
    """What a button of the history leads to: everything is in its data, for ever."""

    picture: str
    view: View
    search: str | None

    def data(self) -> str:
        kind = "s" if self.view.starred else "a"
        return f"history:{self.picture}:{kind}:{self.search or '-'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    gallery: GalleryStore
    reprints: Reprints
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("history", self.on_command, filters=filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^history:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None or message.from_user is None:
            return
        t = await self.speech.to_sender(message)
        if message.chat.type == "private":
            with suppress(Refused):
                await self._open(t, message, place.of(message))
        elif await self._opened_in_private(t, message):
            await answer_besides(message, words_gallery.sent_in_private(t))
        else:
            address = f"https://t.me/{message.get_bot().username}?start=history"
            button = InlineKeyboardButton(words_gallery.open_chat(t), url=address)
            text = words_gallery.only_in_private(t)
            await answer(message, text, InlineKeyboardMarkup([[button]]))

    async def _opened_in_private(self, t: Texts, message: Message) -> bool:
        if message.sender_chat or message.from_user is None:
            # Anonymous admins and channels have no private chat with us.
            return False
        try:
            await self._open(t, message, Place(message.from_user.id))
        except Refused:
            return False
        return True

    async def _open(self, t: Texts, message: Message, where: Place) -> None:
        """The newest page. Raises Refused where nothing may be said, and Transient."""
        person = message.from_user.id if message.from_user else 0
        view = View(person=person, words=_asked_for(message))
        bot = message.get_bot()
        spot = await self.gallery.at(view, None)
        if spot is None:
            await say(bot, where, words_gallery.nothing_there(t, view), None)
            return
        search = None
        if view.words:
            search = await self.gallery.remember(person, view.words, self.clock())
        caption = words_gallery.entry(spot, view)
        buttons = _buttons(t, spot, Page(spot.shot.id, view, search))
        await self.reprints.send(bot, where, spot.shot, t, caption, buttons)

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        message, named = query.message, _DATA.fullmatch(query.data or "")
        # The page stands in its person's private chat: nobody else has that button.
        if named is None or message is None or message.chat.id != query.from_user.id:
            await acknowledge(query)
            return
        t = await self.speech.to_presser(query)
        page = await self._page(query.from_user.id, named)
        if page is None:
            await acknowledge(query, words_gallery.old_page(t))
            return
        spot = await self.gallery.at(page.view, page.picture)
        if spot is None:
            await acknowledge(query, words_gallery.nothing_there(t, page.view))
            return
        await acknowledge(query)
        caption = words_gallery.entry(spot, page.view)
        buttons = _buttons(t, spot, page)
        if await self.reprints.put(message, spot.shot, t, caption, buttons):
            return
        with suppress(Refused):
            where = Place(message.chat.id)
            await self.reprints.send(message.get_bot(), where, spot.shot, t, caption, buttons)

    async def _page(self, person: int, named: re.Match[str]) -> Page | None:
        """What the data of a button means; None when its words are forgotten."""
        search = None if named[3] == "-" else named[3]
        said = await self.gallery.recall(person, search) if search else ""
        if said is None:
            return None
        starred = True if named[2] == "s" else None
        return Page(named[1], View(person=person, words=said, starred=starred), search)


def _buttons(t: Texts, spot: Spot, page: Page) -> InlineKeyboardMarkup:
    """‹ 3/57 ›, the filter, and the way to this picture's own buttons."""
    view = page.view

    def to(text: str, picture: str, view: View = view) -> InlineKeyboardButton:
        data = Page(picture, view, page.search).data()
        return InlineKeyboardButton(text, callback_data=data)

    here = spot.shot.id
    paging = [to(f"{spot.position}/{spot.total}", here)]
    if spot.newer:
        paging.insert(0, to("‹", spot.newer))
    if spot.older:
        paging.append(to("›", spot.older))
    if view.starred:
        other = to(words_gallery.all_pictures(t), here, replace(view, starred=None))
    else:
        other = to(words_gallery.favourites(t), here, replace(view, starred=True))
    rows = [paging, [other]]
    if spot.shot.person == view.person:
        rows.append(
            [
                InlineKeyboardButton(
                    words_gallery.with_buttons(t), callback_data=f"show:{spot.shot.task}"
                )
            ]
        )
    return InlineKeyboardMarkup(rows)


def _asked_for(message: Message) -> str:
    """The words behind the command."""
    text = message.text or ""
    command = COMMAND.match(text)
    return " ".join(text[command.end() :].split()) if command else ""
