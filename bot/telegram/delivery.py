"""What goes out to the chats: the pictures, or the reasons why there are none."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from telegram import InputFile, InputMediaDocument, InputMediaPhoto, Message
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.errors import Gone, Reason, Refused
from bot.neighbours import Sent
from bot.task import Picture, StoredFile, Task
from bot.telegram import place, words
from bot.telegram.actions import show_action
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.place import Place
from bot.telegram.placeholders import Placeholders
from bot.telegram.texts import Texts, texts
from bot.telegram.traffic import Kind

log = logging.getLogger(__name__)

# https://core.telegram.org/bots/api#sendphoto, #sendmediagroup
PHOTO_BYTES_MAX = 10_000_000
PHOTO_SIDES_MAX = 10_000
PHOTO_RATIO_MAX = 20
# Pictures being sent lie in memory; more at a time would only wait for the network.
_SENDING_AT_ONCE = 8


class Delivery:
    """Fits `neighbours.People`. `read` gives the bytes of a stored picture."""

    def __init__(self, bot: ExtBot[Kind], read: Callable[[str], Awaitable[bytes]]) -> None:
        self._bot = bot
        self._read = read
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
        caption = words.caption(_texts(task), task)
        action = asyncio.create_task(show_action(self._bot, _place(task)))
        try:
            for batch in batches([one for one in task.pictures if one.deliverable]):
                async for sent in self._send(task, batch, caption):
                    yield sent
        finally:
            action.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await action

    async def report(self, task: Task) -> None:
        try:
            await self._say(task, partial(self._send_text, words.failure(_texts(task), task)))
        except Refused:
            if task.origin.inline is None:
                raise
            # It is said in the message that waits for the picture.

    async def fill(self, task: Task) -> None:
        await self._placeholders.fill(task)

    async def _send(
        self, task: Task, batch: Sequence[Picture], caption: str
    ) -> AsyncIterator[list[Sent]]:
        """One message, or one album; what an album chokes on goes one by one."""
        if len(batch) > 1:
            try:
                sent = await self._send_album(task, batch, caption)
            except (TelegramError, Gone) as error:
                log.warning("album refused", extra={"task": task.id, "detail": str(error)})
            else:
                yield sent
                return
        for picture in batch:
            yield [await self._send_one(task, picture, caption)]

    async def _send_album(self, task: Task, batch: Sequence[Picture], caption: str) -> list[Sent]:
        async with self._sending:
            media: list[InputMediaPhoto | InputMediaDocument] = []
            for picture in batch:
                content, name = await self._content(task, picture)
                kind = InputMediaPhoto if fits_photo(picture.file) else InputMediaDocument
                media.append(kind(content, caption=None if media else caption, filename=name))
            messages = await place.send(
                _place(task),
                lambda where: self._bot.send_media_group(media=media, **where.parameters()),
            )
        return [_sent(one, message) for one, message in zip(batch, messages, strict=True)]

    async def _send_one(self, task: Task, picture: Picture, caption: str) -> Sent:
        """As a photo, else as a file, else in words: something always arrives."""
        sends = [self._send_document]
        if fits_photo(picture.file):
            sends.insert(0, self._send_photo)
        instead = words.refusal(_texts(task), Reason.BAD_RESULT)
        try:
            async with self._sending:
                content, name = await self._content(task, picture)
                for send in sends:
                    try:
                        call = partial(send, InputFile(content, filename=name), caption)
                        return _sent(picture, await place.send(_place(task), call))
                    except TelegramError as error:
                        detail = {"task": task.id, "picture": picture.id, "detail": error.message}
                        log.warning("picture refused by Telegram", extra=detail)
                        if trouble(error) is Trouble.NO_RIGHTS:
                            instead = words.may_not_send(_texts(task))
        except Gone as error:
            log.warning("picture gone", extra={"task": task.id, "detail": error.detail})
        message = await self._say(task, partial(self._send_text, instead))
        return Sent(picture=picture.id, message=message)

    async def _send_photo(self, file: InputFile, caption: str, where: Place) -> Message:
        return await self._bot.send_photo(photo=file, caption=caption, **where.parameters())

    async def _send_document(self, file: InputFile, caption: str, where: Place) -> Message:
        return await self._bot.send_document(
            document=file,
            caption=caption,
            disable_content_type_detection=True,
            **where.parameters(),
        )

    async def _content(self, task: Task, picture: Picture) -> tuple[bytes, str]:
        """The bytes, and the name under which a person finds them again."""
        stored = picture.file.name if picture.file else ""
        name = f"nano-banana-{task.id}-{picture.number}.{stored.rpartition('.')[2]}"
        return await self._read(stored), name

    async def _say(self, task: Task, send: Callable[[Place], Awaitable[Message]]) -> int:
        try:
            return (await place.send(_place(task), send)).message_id
        except TelegramError as error:
            raise Refused(Reason.UNDELIVERABLE, error.message) from error

    async def _send_text(self, text: str, where: Place) -> Message:
        return await self._bot.send_message(
            text=text, rate_limit_args=Kind.RESULT, **where.parameters()
        )


def fits_photo(file: StoredFile | None) -> bool:
    """Whether Telegram takes this as a photo. https://core.telegram.org/bots/api#sendphoto"""
    if file is None or file.media_type not in ("image/jpeg", "image/png"):
        return False
    long, short = max(file.width, file.height), min(file.width, file.height)
    return (
        file.size <= PHOTO_BYTES_MAX
        and long + short <= PHOTO_SIDES_MAX
        and long <= PHOTO_RATIO_MAX * max(short, 1)
    )


def batches(pictures: Sequence[Picture]) -> list[list[Picture]]:
    """What goes out together: photos in one album, files in another; ten at the most."""
    photos = [one for one in pictures if fits_photo(one.file)]
    files = [one for one in pictures if not fits_photo(one.file)]
    return [group for group in (photos, files) if group]


def _sent(picture: Picture, message: Message) -> Sent:
    file_id, as_photo = None, None
    if message.photo:
        file_id, as_photo = message.photo[-1].file_id, True
    elif message.document:
        file_id, as_photo = message.document.file_id, False
    return Sent(picture=picture.id, message=message.message_id, file_id=file_id, as_photo=as_photo)


def _place(task: Task) -> Place:
    return Place(task.origin.chat, task.origin.topic, task.origin.message or None)


def _texts(task: Task) -> Texts:
    return texts(task.origin.language)
