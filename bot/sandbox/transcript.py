"""A conversation as lines of text while it happens, and its pictures as files.

Buttons are named when they stand under a message for the first time.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.sandbox.bot_api import BotApiServer, Change


class Transcript:
    """Prints each new message and keeps the bot's pictures in `folder`."""

    def __init__(self, telegram: BotApiServer, folder: Path, say: Callable[[str], None]) -> None:
        self.pictures: list[Path] = []
        self._telegram = telegram
        self._folder = folder
        self._say = say
        self._began = time.monotonic()
        self._named: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        telegram.on_change(self._on_change)

    def note(self, text: str) -> None:
        """Something that is done without a message, like pressing a button."""
        self._line("", text)

    def _on_change(self, change: Change) -> None:
        if change.kind == "new":
            self._write(change.data)
        elif change.kind == "deleted" and self._is_bots(change.data):
            is_card = change.data.get("text", "").startswith("🎨")
            self._line("", f"(the bot takes its {'card' if is_card else 'question'} away)")

    def _write(self, message: dict[str, Any]) -> None:
        chat = message["chat"]
        where = f" in {chat['title']}" if "title" in chat else ""
        who = f"{message['from']['first_name']}{where}"
        text = message.get("text") or message.get("caption") or _about_stars(message)
        if topic := message.get("forum_topic_created"):
            self._line("", f"({who} opens the topic {topic['name']})")
            return
        file = message["photo"][-1] if "photo" in message else message.get("document")
        if file and self._is_bots(message):
            path = self._keep(file["file_id"])
            size = f" {file['width']}×{file['height']}" if "width" in file else ""
            text = f"[picture{size}, kept as {path.name}]\n{text}"
        elif file:
            text = f"[photo]\n{text}"
        self._line(who, text + self._buttons(message))

    def _buttons(self, message: dict[str, Any]) -> str:
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        words = " ".join(f"[{button['text']}]" for row in rows for button in row)
        if not words or words in self._named:
            return ""
        self._named.add(words)
        return f"\n{words}"

    def _is_bots(self, message: dict[str, Any]) -> bool:
        """Anonymous administrators are bots too, but not this one."""
        return bool(message["from"]["id"] == self._telegram.world.bot["id"])

    def _keep(self, file_id: str) -> Path:
        content = self._telegram.file_bytes(file_id)
        ending = "png" if content.startswith(b"\x89PNG") else "jpg"
        path = self._folder / f"{len(self.pictures) + 1:02}.{ending}"
        path.write_bytes(content)
        self.pictures.append(path)
        return path

    def _line(self, who: str, text: str) -> None:
        """The first line carries the time and the name, the others stand under it."""
        elapsed = time.monotonic() - self._began
        head = f"{elapsed:6.1f} s  {who + ': ' if who else ''}"
        first, *rest = text.splitlines() or [""]
        self._say(head + first)
        for line in rest:
            self._say(" " * 12 + line)


def _about_stars(message: dict[str, Any]) -> str:
    """An invoice or a payment in words; empty for everything else."""
    if invoice := message.get("invoice"):
        return f"{invoice['title']} for {invoice['total_amount']} Stars: {invoice['description']}"
    for name, verb in (("successful_payment", "pays"), ("refunded_payment", "gives back")):
        if name in message:
            return f"({verb} {message[name]['total_amount']} Stars)"
    return ""
