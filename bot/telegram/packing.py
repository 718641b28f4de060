"""How pictures go out: as a photo or a file, which of them together, and under what name."""

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from telegram import InputFile, Message

from bot.neighbours import Sent
from bot.task import Picture, StoredFile, Task
from bot.telegram import words
from bot.telegram.texts import texts

# https://core.telegram.org/bots/api#sendphoto, #sendmediagroup
PHOTO_BYTES_MAX = 10_000_000
PHOTO_SIDES_MAX = 10_000
PHOTO_RATIO_MAX = 20
ALBUM_MAX = 10


def to_send(file: BinaryIO, name: str, *, attach: bool = False) -> InputFile:
    """A file that is read while it is sent; what lies in memory goes in one piece."""
    content = file.getvalue() if isinstance(file, BytesIO) else file
    return InputFile(content, filename=name, attach=attach, read_file_handle=False)


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


def batches(pictures: Sequence[Picture], *, as_files: bool = False) -> list[list[Picture]]:
    """What goes out together: photos in one album, files in another; ten at the most."""
    photos = [one for one in pictures if fits_photo(one.file) and not as_files]
    files = [one for one in pictures if one not in photos]
    return [
        group[start : start + ALBUM_MAX]
        for group in (photos, files)
        for start in range(0, len(group), ALBUM_MAX)
    ]


def goes_as_photo(task: Task, picture: Picture) -> bool:
    return fits_photo(picture.file) and not task.order.as_file


def caption_of(task: Task, picture: Picture) -> str:
    return words.caption(texts(task.origin.language), task, picture.prompt)


def sent_as(picture: Picture, message: Message) -> Sent:
    file_id, as_photo = None, None
    if message.photo:
        file_id, as_photo = message.photo[-1].file_id, True
    elif message.document:
        file_id, as_photo = message.document.file_id, False
    return Sent(
        picture=picture.id,
        message=message.message_id,
        chat=message.chat.id,
        file_id=file_id,
        as_photo=as_photo,
    )


def file_name(task: Task, picture: Picture) -> str:
    """The name under which a person finds a picture again."""
    stored = picture.file.name if picture.file else ""
    return f"nano-banana-{task.id}-{picture.number}.{stored.rpartition('.')[2]}"
