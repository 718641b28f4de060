"""Pictures shown once more: by the id Telegram gave them, else from our own disk."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    MaybeInaccessibleMessage,
    Message,
)
from telegram.error import TelegramError

from bot.errors import Gone, Reason, Refused
from bot.gallery import Shot
from bot.journal import Journal
from bot.life import OddMove
from bot.task import Task
from bot.telegram import place, words, words_gallery
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.packing import fits_photo
from bot.telegram.place import Place
from bot.telegram.texts import Texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Media:
    """A picture as it can be sent: Telegram's id, or the bytes and a name for them."""

    source: str | bytes
    as_photo: bool
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprints:
    """`read` gives the bytes of a stored picture."""

    read: Callable[[str], Awaitable[bytes]]
    journal: Journal

    async def send(
        self,
        bot: Bot,
        where: Place,
        shot: Shot,
        t: Texts,
        caption: str,
        buttons: InlineKeyboardMarkup | None,
    ) -> None:
        """The picture, or words that say why it is not to be had: something always arrives.

        Raises Refused where nothing may be said, and Transient.
        """
        instead = words_gallery.lost(t)
        async for media in self._media(shot):
            call = partial(_send, bot, media, caption, buttons, shot.order.spoiler)
            try:
                await self._note(shot, media, await place.send(where, call))
            except TelegramError as error:
                _log(shot, error)
                if trouble(error) is Trouble.NO_RIGHTS:
                    instead = words.may_not_send(t)
            else:
                return
        await say(bot, where, instead, buttons)

    async def send_patiently(
        self,
        bot: Bot,
        where: Place,
        shot: Shot,
        t: Texts,
        caption: str,
        buttons: InlineKeyboardMarkup | None,
    ) -> None:
        """The same, but a short wait is slept through: one of several pictures."""
        await place.patiently(partial(self.send, bot, where, shot, t, caption, buttons))

    async def put(
        self,
        message: MaybeInaccessibleMessage,
        shot: Shot,
        t: Texts,
        caption: str,
        buttons: InlineKeyboardMarkup | None,
    ) -> bool:
        """Put the picture into a message of ours; False when there is no such message any more.

        Where the picture is not to be had, words go there. Raises Transient.
        """
        bot, at = message.get_bot(), (message.chat.id, message.message_id)
        async for media in self._media(shot):
            content = _input(media, caption, shot.order.spoiler)
            call = bot.edit_message_media(content, *at, reply_markup=buttons)
            done, changed = await _edited(call)
            if isinstance(changed, Message):
                await self._note(shot, media, changed)
            if done is not None:
                return done
        text = f"{words_gallery.lost(t)}\n\n{caption}"
        done, _ = await _edited(bot.edit_message_caption(*at, None, text, buttons))
        if done is None:
            # There is no picture in it now to have a caption.
            done, _ = await _edited(bot.edit_message_text(text, *at, reply_markup=buttons))
        return bool(done)

    async def _media(self, shot: Shot) -> AsyncIterator[Media]:
        """One after the other, until one is welcome."""
        if shot.file_id:
            known = shot.as_photo
            yield Media(shot.file_id, fits_photo(shot.file) if known is None else known)
        if shot.file is None:
            return
        try:
            content = await self.read(shot.file.name)
        except Gone as failure:
            log.info("picture gone", extra={"picture": shot.id, "detail": failure.detail})
            return
        name = f"nano-banana-{shot.id}.{shot.file.name.rpartition('.')[2]}"
        wanted = shot.as_photo is not False and not shot.order.as_file
        if wanted and fits_photo(shot.file):
            yield Media(content, as_photo=True, name=name)
        yield Media(content, as_photo=False, name=name)

    async def _note(self, shot: Shot, media: Media, message: Message) -> None:
        """What was uploaded just now need not be uploaded again."""
        if isinstance(media.source, str):
            return
        as_photo = bool(message.photo)
        file = message.photo[-1] if message.photo else message.document
        if file is None:
            return

        def alter(task: Task) -> Task:
            picture = replace(task.picture(shot.id), file_id=file.file_id, as_photo=as_photo)
            return replace(
                task,
                pictures=tuple(picture if one.id == shot.id else one for one in task.pictures),
            )

        with suppress(OddMove):
            await self.journal.record(shot.task, alter)


async def say(bot: Bot, where: Place, text: str, buttons: InlineKeyboardMarkup | None) -> None:
    """Raises Refused where nothing may be said, and Transient."""
    try:
        await place.send(
            where,
            lambda there: bot.send_message(text=text, reply_markup=buttons, **there.parameters()),
        )
    except TelegramError as error:
        raise Refused(Reason.UNDELIVERABLE, error.message) from error


async def _edited(call: Awaitable[Message | bool]) -> tuple[bool | None, Message | bool]:
    """Whether the message is as it should be; None when something else may do.

    Also what Telegram answers. Raises Transient.
    """
    try:
        return True, await call
    except TelegramError as error:
        match trouble(error):
            case Trouble.UNCHANGED:
                return True, True
            case Trouble.PASSING:
                raise passing(error) from error
            case Trouble.MESSAGE_GONE | Trouble.CLOSED:
                return False, False
            case _:
                log.info("message not changed", extra={"detail": error.message})
                return None, False


async def _send(
    bot: Bot,
    media: Media,
    caption: str,
    buttons: InlineKeyboardMarkup | None,
    spoiler: bool,  # noqa: FBT001 - given by partial, as it stands in the order
    where: Place,
) -> Message:
    source = media.source
    file = source if isinstance(source, str) else InputFile(source, filename=media.name)
    common = {"caption": caption, "reply_markup": buttons, **where.parameters()}
    if media.as_photo:
        return await bot.send_photo(photo=file, has_spoiler=spoiler, **common)
    return await bot.send_document(document=file, disable_content_type_detection=True, **common)


def _input(media: Media, caption: str, spoiler: bool) -> InputMediaPhoto | InputMediaDocument:  # noqa: FBT001
    source, name = media.source, media.name
    if media.as_photo:
        return InputMediaPhoto(source, caption=caption, filename=name, has_spoiler=spoiler)
    return InputMediaDocument(source, caption=caption, filename=name)


def _log(shot: Shot, error: TelegramError) -> None:
    log.warning("picture refused by Telegram", extra={"picture": shot.id, "detail": error.message})
