"""Pictures a Mini App may share: Telegram keeps a prepared message for a while, and its person
chooses the chat it goes to.

https://core.telegram.org/bots/api#savepreparedinlinemessage
"""

from dataclasses import dataclass
from datetime import datetime

from telegram import Bot
from telegram.error import TelegramError

from bot.errors import Reason, Refused
from bot.gallery import GalleryStore, Shot
from bot.neighbours import Store
from bot.origin import Origin
from bot.telegram import keyboards, words
from bot.telegram.failures import Trouble, passing, trouble
from bot.telegram.inline_pictures import picture
from bot.telegram.place import Place
from bot.telegram.reprints import Reprints
from bot.telegram.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`id` is for the Mini App's `shareMessage`."""

    id: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    bot: Bot
    tasks: Store
    gallery: GalleryStore
    reprints: Reprints
    speech: Speech

    async def prepare(self, origin: Origin, shot: Shot) -> Prepared:
        """A message with this picture, for the person of `origin` to send.

        What Telegram has not seen yet is brought to their private chat first, because only what
        it keeps can be sent so. Raises Refused when it will not have it, and Transient.
        """
        file_id = shot.file_id
        if file_id is None:
            shot = await self._brought(origin, shot)
            file_id = shot.file_id
        if file_id is None:
            raise Refused(Reason.UNDELIVERABLE, "the picture could not be sent")
        try:
            prepared = await self.bot.save_prepared_inline_message(
                origin.person,
                picture(shot, file_id),
                allow_user_chats=True,
                allow_bot_chats=True,
                allow_group_chats=True,
                allow_channel_chats=True,
            )
        except TelegramError as error:
            if trouble(error) is Trouble.PASSING:
                raise passing(error) from error
            raise Refused(Reason.UNDELIVERABLE, error.message) from error
        return Prepared(id=prepared.id, until=prepared.expiration_date)

    async def _brought(self, origin: Origin, shot: Shot) -> Shot:
        task = await self.tasks.get(shot.task)
        if task is None:
            return shot
        t = await self.speech.to_origin(origin)
        caption = words.caption(t, task, task.picture(shot.id).prompt)
        buttons = keyboards.under(t, shot.id, inline=self.bot.supports_inline_queries)
        await self.reprints.send_patiently(
            self.bot, Place(origin.person), shot, t, caption, buttons
        )
        return await self.gallery.get(shot.id) or shot
