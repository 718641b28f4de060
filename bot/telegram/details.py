"""ℹ️: how a picture came about, with the whole of its prompt, for whoever asks."""

from dataclasses import dataclass

from telegram import MessageEntity, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, ContextTypes

from bot.telegram import keyboards, notices
from bot.telegram import words_results as words
from bot.telegram.keyboards import Action
from bot.telegram.lengths import cut, utf16_length
from bot.telegram.notices import Note
from bot.telegram.presses import Taps, acknowledge
from bot.telegram.results import Pressed, Results

# https://core.telegram.org/bots/api#sendmessage; whoever counts in UTF-16 counts more.
MESSAGE_MAX = 4096


@dataclass(frozen=True, slots=True)
class Details:
    results: Results
    taps: Taps

    def handlers(self) -> list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]]:
        return [CallbackQueryHandler(self.on_press, pattern=keyboards.pattern(Action.DETAILS))]

    async def on_press(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        pressed = await self.results.pressed(update.callback_query)
        if pressed is None:
            return
        if not await self.taps.is_first(pressed.query):
            await acknowledge(pressed.query)
            return
        facts = words.facts(pressed.t, pressed.task, pressed.picture)
        notes = messages(facts, prompt_of(pressed))
        await notices.tell(pressed.query, pressed.t, notes, facts)


def prompt_of(pressed: Pressed) -> str:
    """The words of the picture, or of each picture of a task where they differ."""
    order, pictures = pressed.task.order, pressed.task.pictures
    if pressed.picture:
        pictures = (pressed.picture,)
    said = [order.prompt if one.prompt is None else one.prompt for one in pictures]
    return "\n\n".join(dict.fromkeys(said)).strip()


def messages(head: str, prompt: str) -> list[Note]:
    """The facts and then the prompt, folded; in as many messages as that takes."""
    if not prompt:
        return [Note(head)]
    before = f"{head}\n\n"
    first, rest = cut(prompt, MESSAGE_MAX - utf16_length(before))
    notes = [Note(before + first, (_folded(utf16_length(before), first),))]
    while rest:
        part, rest = cut(rest, MESSAGE_MAX)
        notes.append(Note(part, (_folded(0, part),)))
    return notes


def _folded(offset: int, text: str) -> MessageEntity:
    return MessageEntity(MessageEntity.EXPANDABLE_BLOCKQUOTE, offset, utf16_length(text))
