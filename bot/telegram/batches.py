"""/batch: many prompts at once, as lines of the message or as a file; one task, after its price."""

import re
from dataclasses import dataclass, replace

from telegram import Bot, Document, Message, Update
from telegram.ext import BaseHandler, ContextTypes, MessageHandler, filters

from bot import batch, flags
from bot.batch import BYTES_MAX, Line, Unreadable
from bot.errors import Refused
from bot.neighbours import People
from bot.ordering import Ordering, Request
from bot.prompt import AT_ONCE_MAX, Mistake, Objection, Options, Wrong
from bot.telegram import words_many
from bot.telegram.answers import answer
from bot.telegram.asking import Asking
from bot.telegram.confirming import Confirming
from bot.telegram.speech import Speech
from bot.telegram.texts import Texts
from bot.telegram.wishes import (
    COMMAND,
    Wish,
    attached,
    is_from_a_bot,
    origin_of,
    quoted,
    references_of,
)

_COMMAND = re.compile(r"^/batch(?:@\w+)?(?=\s|$)", re.IGNORECASE)
_TEXTS = ("text/", "application/csv", "application/vnd.ms-excel", "application/octet-stream")
_NAMES = (".txt", ".csv", ".tsv", ".md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    people: People
    ordering: Ordering
    confirming: Confirming
    asking: Asking
    speech: Speech

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        said = filters.Regex(_COMMAND) | filters.CaptionRegex(_COMMAND)
        return [MessageHandler(filters.UpdateType.MESSAGE & said, self.on_message)]

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message, bot = update.message, context.bot
        text = (message and (message.text or message.caption)) or ""
        command = COMMAND.match(text)
        if message is None or command is None or is_from_a_bot(message):
            return
        if (command["bot"] or bot.username).casefold() != bot.username.casefold():
            return
        t, buttons = await self.speech.to_sender(message), None
        try:
            refused = await self._order(bot, t, message, text[command.end() :])
        except Objection as why:
            objections, origin = self.asking.objections, origin_of(message)
            refused = await objections.words(t, origin, why)
            buttons = objections.buttons(t, origin, why)
        except _NoList as why:
            refused = str(why)
        if refused:
            await answer(message, refused, buttons)

    async def _order(self, bot: Bot, t: Texts, message: Message, said: str) -> str | None:
        """Begin, or say why not. Raises Objection, _NoList, Transient."""
        head, _newline, rest = said.partition("\n")
        asked = flags.read(head, styles=self.ordering.presets)
        lines = [Line(1, asked.prompt)] if asked.prompt else []
        lines += batch.lines(rest, first=2)
        if document := _list_in(message):
            lines += await self._lines_of(t, document)
        if not lines:
            return words_many.how_to_batch(t)
        if len(lines) > AT_ONCE_MAX:
            most = (str(AT_ONCE_MAX),)
            raise Mistake(Wrong.TOO_MANY_AT_ONCE, value=str(len(lines)), accepted=most)
        pictures = tuple(one for one in attached(message) + quoted(message) if one.is_picture)
        request = Request(
            key=f"message:{message.chat.id}:{message.message_id}",
            origin=origin_of(message),
            text="",
            references=references_of(Wish("", pictures)),
        )
        request = await self.asking.continued(message, request)
        request = replace(request, options=asked.options.over(request.options))
        if mistakes := await self._mistakes(request, lines):
            return words_many.batch_refused(t, mistakes)
        prompts = tuple(line.text for line in lines)
        await self.confirming.order(bot, t, replace(request, text=prompts[0], prompts=prompts))
        return None

    async def _lines_of(self, t: Texts, document: Document) -> list[Line]:
        if (document.file_size or 0) > BYTES_MAX:
            raise _NoList(words_many.file_too_long(t))
        try:
            content = await self.people.fetch(document.file_id)
        except Refused as refused:
            raise _NoList(words_many.file_unreadable(t)) from refused
        if len(content) > BYTES_MAX:
            raise _NoList(words_many.file_too_long(t))
        try:
            text = batch.decode(content)
            name = (document.file_name or "").casefold()
            is_table = name.endswith((".csv", ".tsv")) or "csv" in (document.mime_type or "")
            return batch.rows(text) if is_table else batch.lines(text)
        except Unreadable as why:
            raise _NoList(words_many.file_unreadable(t)) from why

    async def _mistakes(
        self, request: Request, lines: list[Line]
    ) -> list[tuple[int, Mistake | None]]:
        """The lines that cannot be drawn, and why; None where a flag stands in one."""
        found: list[tuple[int, Mistake | None]] = []
        for line in lines:
            try:
                if flags.read(line.text, styles=self.ordering.presets).options != Options():
                    found.append((line.number, None))
                    continue
                await self.ordering.prepare(self.ordering.spread(replace(request, text=line.text)))
            except Mistake as mistake:
                found.append((line.number, mistake))
        return found


class _NoList(Exception):
    """There is no list of prompts in this file; the text says so in the person's words."""


def _list_in(message: Message) -> Document | None:
    """The file with prompts: in the message, or in the one it replies to."""
    original = message.reply_to_message
    for document in (message.document, original and original.document):
        if document and _is_text(document):
            return document
    return None


def _is_text(document: Document) -> bool:
    name, kind = (document.file_name or "").casefold(), document.mime_type or ""
    return name.endswith(_NAMES) or (kind.startswith(_TEXTS) and "." not in name)
