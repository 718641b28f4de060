"""Texts with examples in them: what stands between backticks is copied at a tap.

The catalogues mark examples with backticks; people never see those. Telegram gets entities
beside the text, which nothing a person is called or writes can break.
"""

from dataclasses import dataclass
from itertools import accumulate

from telegram import MessageEntity


@dataclass(frozen=True, slots=True)
class Rich:
    """A text and its entities, whose lengths count as Telegram counts: in UTF-16."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


def rich(marked: str, **values: object) -> Rich:
    """A text of a catalogue with its places filled; backticks in the values stay as they are."""
    pieces = [piece.format(**values) for piece in marked.split("`")]
    starts = [0, *accumulate(_units(piece) for piece in pieces)]
    entities = tuple(
        MessageEntity(MessageEntity.CODE, offset=starts[number], length=_units(piece))
        for number, piece in enumerate(pieces)
        if number % 2 and piece
    )
    return Rich("".join(pieces), entities)


def _units(text: str) -> int:
    # A lone surrogate, which no text should hold, is one unit too.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
