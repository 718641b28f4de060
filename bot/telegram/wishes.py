"""What a message asks of us, if anything: decided from the message alone, without I/O."""

import re
from dataclasses import dataclass

from telegram import ExternalReplyInfo, Message

from bot.origin import Origin, Reference

COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?(?=\s|$)")
_IMAGINE = ("imagine", "img")
# https://core.telegram.org/bots/api#getfile
DOWNLOAD_MAX = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """A file in a message; `size` in bytes, None where Telegram does not say."""

    file_id: str
    size: int | None
    is_picture: bool = True


@dataclass(frozen=True, slots=True)
class Wish:
    """What a message asks for: words, and pictures that go with them."""

    text: str
    attached: tuple[Attached, ...] = ()


def wish_of(message: Message, *, bot_id: int, username: str) -> Wish | None:
    """The wish in a message, or None when it is not for us.

    In private every text and captioned picture is one; in groups only what is addressed to us.
    """
    text = message.text or message.caption or ""
    own, theirs = attached(message), quoted(message)
    command = COMMAND.match(text)
    if command:
        if command["name"].casefold() not in _IMAGINE or not _is_me(command["bot"], username):
            return None
        return Wish(text[command.end() :].strip(), own + theirs)
    mention = re.compile(rf"(?<!\w)@{re.escape(username)}(?!\w)", re.IGNORECASE)
    if message.chat.type == "private":
        return Wish(mention.sub("", text).strip(), own + theirs) if text or own else None
    if mention.search(text):
        return Wish(mention.sub("", text).strip(), own + theirs)
    original = message.reply_to_message
    to_my_picture = original and original.from_user and original.from_user.id == bot_id and theirs
    return Wish(text.strip(), theirs + own) if to_my_picture and text else None


def answer_of(message: Message) -> Wish | None:
    """What a message asks for that answers a question of ours; commands answer nothing."""
    text, own = message.text or message.caption or "", attached(message)
    return None if COMMAND.match(text) or not (text or own) else Wish(text.strip(), own)


def key_of(message: Message) -> str:
    """Under which key a message is a wish, however often it is handled."""
    return f"message:{message.chat.id}:{message.message_id}"


def origin_of(message: Message) -> Origin:
    """Where a message stands. Anonymous admins and channels are people of their own."""
    user, chat = message.from_user, message.sender_chat
    return Origin(
        chat=message.chat.id,
        message=message.message_id,
        person=chat.id if chat else user.id if user else message.chat.id,
        # Elsewhere than in forums this id marks a chain of replies, which is no topic.
        topic=message.message_thread_id if message.is_topic_message else None,
        language=user.language_code if user else None,
        private=message.chat.type == "private",
    )


def references_of(wish: Wish) -> tuple[Reference, ...]:
    return tuple(Reference(source=one.file_id) for one in wish.attached)


def _is_me(addressed: str | None, username: str) -> bool:
    return addressed is None or addressed.casefold() == username.casefold()


def attached(message: Message | ExternalReplyInfo) -> tuple[Attached, ...]:
    """The picture or file of one message; Telegram puts the largest size last."""
    if message.photo:
        largest = message.photo[-1]
        return (Attached(largest.file_id, largest.file_size),)
    if document := message.document:
        is_picture = (document.mime_type or "").startswith("image/")
        return (Attached(document.file_id, document.file_size, is_picture),)
    if video := message.video:
        return (Attached(video.file_id, video.file_size, is_picture=False),)
    sticker = message.sticker
    if sticker and not sticker.is_animated and not sticker.is_video:
        return (Attached(sticker.file_id, sticker.file_size),)
    return ()


def quoted(message: Message) -> tuple[Attached, ...]:
    """The picture in the message this one replies to, also when that stands in another chat."""
    original = message.reply_to_message or message.external_reply
    return tuple(one for one in attached(original) if one.is_picture) if original else ()


def is_from_a_bot(message: Message) -> bool:
    """Other bots, and results people sent with one; not those who speak as a group or channel."""
    user = message.from_user
    return message.via_bot is not None or bool(user and user.is_bot and message.sender_chat is None)
