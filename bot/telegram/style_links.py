"""`?start=style_<key>`: how to ask for the style somebody was shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, Message

from bot.presets import Preset
from bot.telegram import words_help as words
from bot.telegram.help import help_button, hint
from bot.telegram.pages import Page, show
from bot.telegram.speech import Speech
from bot.telegram.texts import language_of


@dataclass(frozen=True, slots=True)
class StyleLinks:
    speech: Speech
    presets: Mapping[str, Preset]

    async def on_link(self, message: Message, rest: str) -> None:
        t = await self.speech.to_sender(message)
        preset = self.presets.get(rest)
        if preset is None:
            await show(message, hint(t))
            return
        label = preset.label(language_of(t))
        text = words.style(t, label, preset.key, needs_picture=preset.needs_picture)
        await show(message, Page(text, InlineKeyboardMarkup([[help_button(t)]])))
