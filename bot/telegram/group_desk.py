"""/group: the rules of a group, for its admins in one message that edits itself.

Everything a press needs is in its button and on disk, and who is an admin is asked anew each
time. Everybody else reads what counts there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telegram import CallbackQuery, MaybeInaccessibleMessage, Message, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    filters,
)

from bot import preferences
from bot.access import Access
from bot.credits import Books, Purse, pool
from bot.group_rules import GENERAL, GroupRules
from bot.preferences import PreferenceStore
from bot.telegram import words_group as words
from bot.telegram import words_settings
from bot.telegram.admins import is_admin, sent_by_admin
from bot.telegram.answers import answer
from bot.telegram.group_pages import Now, choice, whole
from bot.telegram.group_sheets import ADD, SPOILER, TOPICS, Press, present, read
from bot.telegram.pages import Page, show, turn
from bot.telegram.presses import acknowledge
from bot.telegram.settings_sheets import Field
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDesk:
    access: Access
    preferences: PreferenceStore
    books: Books
    speech: Speech
    clock: Callable[[], datetime]

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [
            CommandHandler("group", self.on_command, filters=filters.UpdateType.MESSAGE),
            CallbackQueryHandler(self.on_press, pattern=r"^group:"),
        ]

    async def on_command(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        if message is None:
            return
        t = await self.speech.to_sender(message)
        if message.chat.type == "private":
            await answer(message, words.in_groups(t))
        elif await sent_by_admin(message):
            topic = await self._topic(message)
            await show(message, whole(t, topic, await self._now(message)))
        else:
            await self._tell(t, message)

    async def _tell(self, t: Texts, message: Message) -> None:
        """What counts there, for whoever may not change it; nothing where we are to be silent."""
        now = await self._now(message)
        if now.rules.on:
            text = words.rules(t, now.title, now.chat, now.rules, now.pool)
            await show(message, Page(text))

    async def on_press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        if query is None:
            return
        press, message = read(query.data or ""), query.message
        if press is None or message is None or message.chat.type == "private":
            await acknowledge(query)
            return
        t = await self.speech.to_presser(query)
        if not await is_admin(query.get_bot(), message.chat.id, query.from_user.id):
            await acknowledge(query, words_settings.only_admins(t), alert=True)
            return
        if press.field and press.value:
            await self._choose(t, query, message, press, press.field)
            if press.field.name != TOPICS:
                press = Press(topic=press.topic)
        else:
            await acknowledge(query)
        now = await self._now(message)
        page = choice(t, press.topic, press.field, now) if press.field else None
        await turn(context.bot, query, page or whole(t, press.topic, now))

    async def _choose(
        self,
        t: Texts,
        query: CallbackQuery,
        message: MaybeInaccessibleMessage,
        press: Press,
        field: Field,
    ) -> None:
        chat, at, groups = message.chat.id, self.clock(), self.access.groups
        if field.name == SPOILER:
            chosen = {SPOILER: press.chosen}
            await self.preferences.change(preferences.chat(chat), chosen, at)
        elif field.name != TOPICS:
            await groups.change(chat, {field.name: press.chosen}, at)
        elif press.change is None:
            await groups.change(chat, {TOPICS: ()}, at)
        else:
            sign, topic = press.change
            if sign != ADD:
                await groups.disallow(chat, topic, at)
            elif not await groups.allow(chat, topic, at):
                await acknowledge(query, words.too_many_topics(t), alert=True)
                return
        now = await self._now(message)
        value = present(now.rules, field, spoiler=now.spoiler)
        await acknowledge(query, words.line(t, field, value, now.pool.given if now.pool else 0))

    async def _topic(self, message: Message) -> int | None:
        """Where the sheet is opened, of which we learn the name if Telegram tells it."""
        if not message.chat.is_forum:
            return None
        topic = message.message_thread_id if message.is_topic_message else None
        # https://core.telegram.org/bots/api#forumtopiccreated
        opened = message.reply_to_message and message.reply_to_message.forum_topic_created
        if topic and opened:
            await self.access.groups.name(message.chat.id, topic, opened.name, self.clock())
        return topic or GENERAL

    async def _now(self, message: MaybeInaccessibleMessage) -> Now:
        """All that the pages show."""
        chat = message.chat
        rules = await self.access.groups.get(chat.id)
        chosen = await self.preferences.get((preferences.chat(chat.id),))
        return Now(
            chat=chat.id,
            title=chat.title or "",
            rules=rules,
            spoiler=chosen.options.spoiler,
            pool=await self._pool(chat.id, rules),
        )

    async def _pool(self, chat: int, rules: GroupRules) -> words.Pool | None:
        """None where nobody has to pay, or the operator gives groups nothing."""
        allowances = self.access.terms.allowances
        if allowances.person is None or not allowances.group:
            return None
        allowed = rules.pool_of(allowances.group)
        purse = Purse(account=pool(chat, self.clock()), daily=allowed)
        statement = await self.books.statement((purse,), chat)
        return words.Pool(given=allowances.group, allowed=allowed, left=statement.left)
