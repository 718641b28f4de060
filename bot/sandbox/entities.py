"""Text as Telegram understands it: HTML to text and entities, and entities found in plain text.

Offsets and lengths are UTF-16 units, as https://core.telegram.org/bots/api#messageentity wants.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.refusals import Json, bad_request

TAGS = {
    "b": "bold", "strong": "bold",
    "i": "italic", "em": "italic",
    "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip

_ATTRIBUTE = re.compile(r"""([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?\s*""")
_CHARACTER = re.compile(r"&(#x[0-9a-fA-F]+|#[0-9]+|lt|gt|amp|quot);")
_MENTIONED = re.compile(r"tg://user\?id=(\d+)")
_FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'])"
    r"|(?P<email>\b[\w.+-]+@[\w-]+\.[a-zA-Z]{2,}\b)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>]))"
    r"|(?P<mention>(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w))"
    r"|(?P<hashtag>(?<!\w)#(?=\w*[^\W\d])\w{1,256})"
)

UserById = Callable[[int], Json | None]


def utf16(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def piece(text: str, entity: Json) -> str:
    """The part of the text that the entity covers."""
    units = text.encode("utf-16-le")
    start = 2 * int(entity["offset"])
    return units[start : start + 2 * int(entity["length"])].decode("utf-16-le", "replace")


def found(text: str, taken: list[Json]) -> list[Json]:
    """What clients and servers mark by themselves: links, commands, mentions, hashtags."""
    entities = list(taken)
    for match in _FOUND.finditer(text):
        offset, length = utf16(text[: match.start()]), utf16(match[0])
        if not any(
            e["offset"] < offset + length and offset < e["offset"] + e["length"] for e in taken
        ):
            entities.append({"type": str(match.lastgroup), "offset": offset, "length": length})
    return sorted(entities, key=lambda e: (e["offset"], -e["length"]))


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """White space around the text is cut, and the entities move with it."""
    lead = utf16(text) - utf16(text.lstrip())
    text = text.strip()
    end = utf16(text)
    moved = []
    for entity in entities:
        start = max(int(entity["offset"]) - lead, 0)
        stop = min(int(entity["offset"]) - lead + int(entity["length"]), end)
        if stop > start:
            moved.append({**entity, "offset": start, "length": stop - start})
    return text, moved


def parse_html(source: str, user: UserById) -> tuple[str, list[Json]]:
    """Text and entities of HTML style markup; ApiError with Telegram's own words if it is wrong."""
    return _Html(source, user).parse()


@dataclass(slots=True)
class _Open:
    tag: str
    entity: Json
    text_from: int


@dataclass(slots=True)
class _Html:
    source: str
    user: UserById
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def parse(self) -> tuple[str, list[Json]]:
        at = 0
        while (start := self.source.find("<", at)) >= 0:
            self.text += _plain(self.source[at:start])
            closing = self.source.startswith("</", start)
            at = self._close(start) if closing else self._start(start)
        self.text += _plain(self.source[at:])
        if self.open:
            raise _wrong(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return self.text, sorted(self.entities, key=lambda e: (e["offset"], -e["length"]))

    def _start(self, start: int) -> int:
        name = re.compile(r"[^\s>]*").match(self.source, start + 1)
        tag = name[0].lower() if name else ""
        where = len(self.source[:start].encode())
        if tag not in TAGS:
            raise _wrong(f'Unsupported start tag "{tag}" at byte offset {where}')
        at = start + 1 + len(tag)
        attributes: dict[str, str] = {}
        while True:
            while self.source[at : at + 1].isspace():
                at += 1
            if at >= len(self.source):
                raise _wrong(f'Unclosed start tag "{tag}" at byte offset {where}')
            if self.source[at] == ">":
                break
            match = _ATTRIBUTE.match(self.source, at)
            if match is None:
                raise _wrong(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
            attributes[match[1].lower()] = _plain((match[2] or "").strip("\"'"))
            at = match.end()
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _wrong(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        entity = {"type": TAGS[tag], "offset": utf16(self.text), "length": 0}
        entity.update(_extras(tag, attributes))
        self.open.append(_Open(tag, entity, len(self.text)))
        return at + 1

    def _close(self, start: int) -> int:
        where = len(self.source[:start].encode())
        end = self.source.find(">", start)
        if end < 0:
            raise _wrong(f"Unclosed end tag at byte offset {where}")
        tag = self.source[start + 2 : end].strip().lower()
        if not self.open:
            raise _wrong(f"Unexpected end tag at byte offset {where}")
        opened = self.open.pop()
        if tag not in ("", opened.tag):
            raise _wrong(
                f"Unmatched end tag at byte offset {where}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        entity = self._finished(opened)
        if entity is not None:
            self.entities.append(entity)
        return end + 1

    def _finished(self, opened: _Open) -> Json | None:
        entity: dict[str, Any] = dict(opened.entity)
        inside = self.text[opened.text_from :]
        entity["length"] = utf16(inside)
        if not inside:
            return None
        if entity["type"] == "text_link":
            return self._link(entity, inside)
        last = self.entities[-1] if self.entities else None
        if entity["type"] == "pre" and last and last["type"] == "code" and _same(last, entity):
            entity |= {k: v for k, v in self.entities.pop().items() if k == "language"}
        elif entity["type"] == "code" and not any(o.tag == "pre" for o in self.open):
            entity.pop("language", None)
        return entity

    def _link(self, entity: Json, inside: str) -> Json | None:
        url = entity["url"] or inside
        mentioned = _MENTIONED.match(url)
        if mentioned:
            person = self.user(int(mentioned[1]))
            place = {"offset": entity["offset"], "length": entity["length"]}
            return {"type": "text_mention", **place, "user": person} if person else None
        return {**entity, "url": url} if re.match(r"https?://|tg://", url) else None


def _extras(tag: str, attributes: dict[str, str]) -> Json:
    if tag == "a":
        return {"url": attributes.get("href", "")}
    if tag == "tg-emoji":
        return {"custom_emoji_id": attributes.get("emoji-id", "")}
    if tag == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    language = attributes.get("class", "")
    if tag == "code" and language.startswith("language-"):
        return {"language": language.removeprefix("language-")}
    return {}


def _same(one: Json, other: Json) -> bool:
    return bool(one["offset"] == other["offset"] and one["length"] == other["length"])


def _plain(text: str) -> str:
    return _CHARACTER.sub(lambda match: html.unescape(match[0]), text)


def _wrong(text: str) -> Exception:
    return bad_request(f"can't parse entities: {text}")
