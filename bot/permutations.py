"""One text for many prompts: `{red,blue} {fox,hen}` stands for four. Pure.

Groups may stand in each other. What is no group stays as it is written: `{x}` without a comma,
a brace without its partner, JSON. `\\{` and `\\}`, and `\\,` in a group, are plain signs.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce

# More texts than this are counted, but not written out.
_KEPT = 64
# What phones with a Chinese keyboard write counts as well.
_OPEN, _CLOSE, _COMMA = "{｛", "}｝", ",，"
_JSON = re.compile(r"\s*[\"“]")


@dataclass(frozen=True, slots=True)
class Many:
    """How many prompts a text stands for, and the first of them."""

    count: int
    texts: tuple[str, ...]

    def __add__(self, others: "Many") -> "Many":
        return Many(self.count + others.count, (self.texts + others.texts)[:_KEPT])

    def __mul__(self, others: "Many") -> "Many":
        texts = tuple(one + other for one in self.texts for other in others.texts[:_KEPT])
        return Many(self.count * others.count, texts[:_KEPT])


@dataclass(slots=True)
class _Group:
    """What stands behind an open brace so far: `choices` before the last comma, `now` after it."""

    start: int
    brace: str
    choices: list[tuple[Many, str]] = field(default_factory=list)
    now: Many = Many(1, ("",))

    def as_choice(self) -> Many:
        return reduce(Many.__add__, (one for one, _comma in self.choices), Many(0, ())) + self.now

    def as_text(self, closed: str = "") -> Many:
        """It was no group after all: its braces and commas are signs like others."""
        before = (one * _one(comma) for one, comma in self.choices)
        return _product([_one(self.brace), *before, self.now, _one(closed)])


def read(text: str) -> Many:
    """All the prompts `text` stands for, in the order they are written."""
    groups = [_Group(0, "")]
    for position, sign, is_plain in _signs(text):
        last = groups[-1]
        if is_plain:
            last.now *= _one(sign)
        elif sign in _OPEN:
            groups.append(_Group(position, sign))
        elif sign in _COMMA and len(groups) > 1:
            last.choices.append((last.now, sign))
            last.now = Many(1, ("",))
        elif sign in _CLOSE and len(groups) > 1:
            groups.pop()
            groups[-1].now *= _closed(last, sign, text[last.start + 1 : position])
        else:
            last.now *= _one(sign)
    whole = _product(group.as_text() for group in groups)
    if len(whole.texts) == 1:
        return whole
    return Many(whole.count, tuple(re.sub(r" {2,}", " ", one).strip() for one in whole.texts))


def _closed(group: _Group, sign: str, inside: str) -> Many:
    if _JSON.match(inside):
        return _one(group.brace + inside + sign)
    return group.as_choice() if group.choices else group.as_text(sign)


def _signs(text: str) -> Iterator[tuple[int, str, bool]]:
    """Pieces of the text: where they stand, and whether they are plain or may make a group."""
    depth = 0
    for match in re.finditer(r"\\[{}｛｝,，]|[{}｛｝,，]|[^\\{}｛｝,，]+|\\", text):
        piece = match[0]
        depth += (piece in _OPEN) - (piece in _CLOSE and depth > 0)
        if len(piece) == 2 and piece[0] == "\\":
            # A comma needs no backslash where it parts nothing.
            yield match.start(), piece if piece[1] in _COMMA and not depth else piece[1], True
        else:
            yield match.start(), piece, piece not in (*_OPEN, *_CLOSE, *_COMMA)


def _one(text: str) -> Many:
    return Many(1, (text,))


def _product(factors: Iterable[Many]) -> Many:
    return reduce(Many.__mul__, factors, _one(""))
