"""Pictures as results of inline mode, by the ids Telegram gave them."""

from collections.abc import Sequence

from telegram import (
    InlineQueryResult,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
)

from bot.gallery import Shot
from bot.telegram import words_gallery
from bot.telegram.packing import fits_photo

_TITLE_MAX = 60


def known_pictures(shots: Sequence[Shot]) -> list[InlineQueryResult]:
    """Those that Telegram knows already."""
    return [picture(one, one.file_id) for one in shots if one.file_id]


def picture(shot: Shot, file_id: str) -> InlineQueryResult:
    title = ("⭐ " if shot.starred else "") + " ".join(shot.order.prompt.split())[:_TITLE_MAX]
    caption = words_gallery.shot(shot)
    as_photo = fits_photo(shot.file) if shot.as_photo is None else shot.as_photo
    if as_photo:
        return InlineQueryResultCachedPhoto(shot.id, file_id, title=title, caption=caption)
    return InlineQueryResultCachedDocument(shot.id, title or shot.id, file_id, caption=caption)
