"""What goes out to the chats: the pictures, or the reasons why there are none."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import BinaryIO, NoReturn

from telegram import (
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.errors import Gone, Reason, Refused, Transient
from bot.neighbours import Sent
from bot.task import Picture, Task
from bot.telegram import keyboards, place, words, words_gallery, words_results
from bot.telegram.actions import sending
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.packing import batches, caption_of, file_name, goes_as_photo, sent_as, to_send
from bot.telegram.place import Place
from bot.telegram.placeholders import Placeholders
from bot.telegram.texts import Texts, texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

# Their files are open; more at a time would only wait for the network.
_SENDING_AT_ONCE = 8


class Delivery:
    """Fits `neighbours.People`. `open_` opens the file of a stored picture."""

    def __init__(self, bot: ExtBot[Kind], open_: Callable[[str], Awaitable[BinaryIO]]) -> None:
        self._bot = bot
        self._open = open_
        self._placeholders = Placeholders(bot)
        self._sending = asyncio.Semaphore(_SENDING_AT_ONCE)

    # --- pictures that came along --------------------------------------------------------

    async def fetch(self, source: str) -> bytes:
        try:
            file = await self._bot.get_file(source)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            match trouble(error):
                case Trouble.PASSING:
                    raise passing(error) from error
                case Trouble.TOO_BIG:
                    raise Refused(Reason.REFERENCE_TOO_BIG, error.message) from error
                case _:
                    raise Refused(Reason.BAD_REFERENCE, error.message) from error

    # --- the end -------------------------------------------------------------------------

    async def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        album: list[Sent] = []
        async with sending(self._bot, _place(task)):
            waiting = [one for one in task.pictures if one.deliverable]
            for batch in batches(waiting, as_files=task.order.as_file):
                async for sent in self._send(task, batch):
                    yield sent
                    album += sent if len(sent) > 1 else []
            if album:
                await self._show_panel(task, album)

    async def report(self, task: Task) -> None:
        try:
            await self._tell(task)
        except Refused:
            if task.origin.inline is None:
                raise
            # It is said in the message that waits for the picture.

    async def fill(self, task: Task) -> None:
        await self._placeholders.fill(task)

    async def _send(self, task: Task, batch: Sequence[Picture]) -> AsyncIterator[list[Sent]]:
        """One message, or one album; what an album chokes on goes one by one."""
        if len(batch) > 1:
            try:
                sent = await self._send_album(task, batch)
            except (TelegramError, Gone) as error:
                log.warning("album refused", extra={"task": task.id, "detail": str(error)})
            else:
                yield sent
                return
        for picture in batch:
            yield [await self._send_one(task, picture)]

    async def _send_album(self, task: Task, batch: Sequence[Picture]) -> list[Sent]:
        async with self._opened(task, batch, attach=True) as files:
            media: list[InputMediaPhoto | InputMediaDocument] = []
            for picture, file in zip(batch, files, strict=True):
                # Where all have the same words they stand once, under the first.
                has_words = not media or picture.prompt is not None
                caption = caption_of(task, picture) if has_words else None
                if goes_as_photo(task, picture):
                    hidden = task.order.spoiler or None
                    media.append(InputMediaPhoto(file, caption, has_spoiler=hidden))
                else:
                    media.append(InputMediaDocument(file, caption=caption))
            messages = await place.send(
                _place(task),
                lambda where: self._bot.send_media_group(media=media, **where.parameters()),
            )
        return [sent_as(one, message) for one, message in zip(batch, messages, strict=True)]

    async def _show_panel(self, task: Task, album: Sequence[Sent]) -> None:
        """The buttons of an album, which can have none itself: a courtesy, `/show` brings them too."""
        t = _texts(task)
        shown = [task.picture(one.picture) for one in album]
        text, buttons = words_results.album(t, len(shown)), keyboards.album(t, task, shown)
        where = replace(_place(task), reply_to=album[0].message)
        send = partial(self._send_text, text, Kind.ANSWER, buttons=buttons)
        try:
            # An album fills the chat's room for some seconds.
            await place.send_patiently(where, send)
        except (TelegramError, Transient, Refused) as failure:
            log.info("no buttons", extra={"task": task.id, "detail": str(failure)})

    async def _send_one(self, task: Task, picture: Picture) -> Sent:
        """As a photo, else as a file, else in words: something always arrives.

        Raises Refused where no pictures are welcome: it waits, and words say where.
        """
        sends = [self._send_document]
        if goes_as_photo(task, picture):
            sends.insert(0, self._send_photo)
        welcome = True
        try:
            async with self._opened(task, [picture]) as (file,):
                for send in sends:
                    try:
                        call = partial(send, file, task, picture)
                        return sent_as(picture, await place.send(_place(task), call))
                    except TelegramError as error:
                        detail = {"task": task.id, "picture": picture.id, "detail": error.message}
                        log.warning("picture refused by Telegram", extra=detail)
                        welcome = welcome and trouble(error) is not Trouble.NO_RIGHTS
        except Gone as error:
            log.warning("picture gone", extra={"task": task.id, "detail": error.detail})
        if not welcome:
            await self._keep(task)
        message = await self._tell(replace(task, reason=Reason.BAD_RESULT))
        return Sent(picture=picture.id, message=message, lost=Reason.BAD_RESULT)

    async def _keep(self, task: Task) -> NoReturn:
        """Its person hears where it is, once, when nothing more is on its way. Raises Refused."""
        if task.settled:
            t = _texts(task)
            text, buttons = words_gallery.kept(t), keyboards.kept(t, task, self._bot.username)
            await self._say(task, partial(self._send_text, text, Kind.RESULT, buttons=buttons))
        raise Refused(Reason.UNDELIVERABLE, "no pictures are allowed there")

    async def _tell(self, task: Task) -> int:
        """Say why there is no picture."""
        t = _texts(task)
        text, buttons = words.failure(t, task), keyboards.failed(t, task)
        return await self._say(task, partial(self._send_text, text, Kind.RESULT, buttons=buttons))

    async def _send_photo(
        self, file: InputFile, task: Task, picture: Picture, where: Place
    ) -> Message:
        return await self._bot.send_photo(
            photo=file,
            caption=caption_of(task, picture),
            has_spoiler=task.order.spoiler or None,
            reply_markup=self._buttons(task, picture),
            **where.parameters(),
        )

    async def _send_document(
        self, file: InputFile, task: Task, picture: Picture, where: Place
    ) -> Message:
        return await self._bot.send_document(
            document=file,
            caption=caption_of(task, picture),
            disable_content_type_detection=True,
            reply_markup=self._buttons(task, picture),
            **where.parameters(),
        )

    def _buttons(self, task: Task, picture: Picture) -> InlineKeyboardMarkup:
        inline = self._bot.supports_inline_queries
        retry = keyboards.with_failures(task)
        return keyboards.under(_texts(task), picture.id, inline=inline, retry=retry)

    @asynccontextmanager
    async def _opened(
        self, task: Task, batch: Sequence[Picture], *, attach: bool = False
    ) -> AsyncIterator[list[InputFile]]:
        """Their files, under the names by which a person finds them again. `attach`: for an album."""
        async with self._sending:
            with ExitStack() as files:
                opened: list[InputFile] = []
                for picture in batch:
                    stored = picture.file.name if picture.file else ""
                    file = files.enter_context(await self._open(stored))
                    opened.append(to_send(file, file_name(task, picture), attach=attach))
                yield opened

    async def _say(self, task: Task, send: Callable[[Place], Awaitable[Message]]) -> int:
        try:
            return (await place.send(_place(task), send)).message_id
        except TelegramError as error:
            raise Refused(Reason.UNDELIVERABLE, error.message) from error

    async def _send_text(
        self, text: str, kind: Kind, where: Place, *, buttons: InlineKeyboardMarkup | None = None
    ) -> Message:
        return await self._bot.send_message(
            text=text, reply_markup=buttons, rate_limit_args=kind, **where.parameters()
        )


def _place(task: Task) -> Place:
    return Place(task.origin.chat, task.origin.topic, task.origin.message or None)


def _texts(task: Task) -> Texts:
    return texts(task.origin.language)
