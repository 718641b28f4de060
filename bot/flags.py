"""How people write what they want: flags, anywhere in the text.

`read` takes the flags out of a text and says what they ask for. Pure, and open to whatever
people and their phones make of it.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from fractions import Fraction
from typing import Any

from bot import models
from bot.prompt import COUNT_MAX, Asked, Mistake, Options, Wrong

_NAMES: Mapping[str, str] = {
    "ar": "ratio", "aspect": "ratio", "ratio": "ratio", "aspect-ratio": "ratio", "比例": "ratio",
    "n": "count", "count": "count", "num": "count", "数量": "count",
    "model": "model", "m": "model", "模型": "model",
    "size": "size", "resolution": "size", "尺寸": "size",
    "format": "format", "fmt": "format", "格式": "format",
    "style": "style", "preset": "style", "风格": "style",
    "no": "avoid", "without": "avoid", "不要": "avoid",
    "file": "as_file", "文件": "as_file", "spoiler": "spoiler", "剧透": "spoiler",
}  # fmt: skip
FLAGS = (
    *("--ar", "--n", "--model", "--size", "--format", "--style"),
    *("--no", "--file", "--spoiler"),
)
_AVOID_MAX = 200
# These say all they have to say with their name.
_SWITCHES = ("as_file", "spoiler")

_RATIO_WORDS: Mapping[str, str] = {
    "landscape": "16:9", "wide": "16:9", "横": "16:9", "横向": "16:9", "横屏": "16:9",
    "portrait": "9:16", "tall": "9:16", "竖": "9:16", "竖向": "9:16", "竖屏": "9:16",
    "square": "1:1", "方": "1:1", "方形": "1:1", "正方形": "1:1",
    "ultrawide": "21:9", "超宽": "21:9", "auto": "auto", "自动": "auto",
}  # fmt: skip

_MODEL_WORDS: Mapping[str, str] = {
    **{model.key: model.key for model in models.CATALOGUE.values()},
    **{model.id: model.key for model in models.CATALOGUE.values()},
    "nano-banana": "banana", "1": "banana", "nano-banana-edit": "edit", "nano-banana-2.1": "2.1",
    "nano-banana-lite": "lite", "2-lite": "lite", "v2": "2", "nb2": "2", "v2.1": "2.1",
}  # fmt: skip

# Phones turn two hyphens into one long dash, and Chinese keyboards write two of them, so long
# dashes before a name we know are a flag.
# Two plain hyphens at the start of a word are always meant as a flag, known or not. A dash
# between two words of an alphabet is a dash; Chinese writes a flag right behind a word.
_FLAG = re.compile(
    r"(?P<dash>--|[—–―−－]{1,2}-?)(?P<name>[^\W\d_][\w-]*)"
    r"(?:(?:[ \t]*=[ \t]*|\s+)(?P<value>\"[^\"\n]*\"|“[^“”\n]*”|[^\s，。；、！？]+)[，。；、！？]*)?"
)
_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^“”\n]*”")
# What is not to be seen may be several things: `--no text, people`.
_MORE = re.compile(r"\s*[,，、]\s*(?P<value>[^\s,，。；、！？—–-][^\s,，。；、！？]*)")
_FUSED_COUNT = re.compile(r"n(\d+)", re.IGNORECASE)


def read(text: str, *, styles: Collection[str] = ()) -> Asked:
    """Take the flags out of `text`. `styles` are the names `--style` accepts.

    A flag inside double quotes belongs to the prompt; a flag given twice counts as written
    last. Raises Mistake for a flag we do not know or a value no model accepts.
    """
    text = clean(text)
    kept: list[str] = []
    said: dict[str, Any] = {}
    position = 0
    for match, name, value, end in _flags(text):
        if name == "style" and value.casefold() not in styles:
            raise Mistake(Wrong.BAD_VALUE, _written(match), value, tuple(styles))
        said[name] = _VALUES[name](_written(match), value)
        kept.append(text[position : match.start()])
        position = end
    kept.append(text[position:])
    return Asked(_join(kept), Options(**said))


def clean(text: str) -> str:
    """Drop control characters, which no prompt needs and some generators choke on."""
    return "".join(
        char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )


def value(option: str, written: str, text: str) -> Any:
    """What an option is set to where it stands alone, in a form say, under the name `written`.

    `option` is a field of Options. Raises Mistake.
    """
    return _VALUES[option](written, text)


def _flags(text: str) -> Iterator[tuple[re.Match[str], str, str, int]]:
    """Each flag with its option, its raw value and where it ends."""
    quotes = [match.span() for match in _QUOTED.finditer(text)][::-1]
    position = 0
    while match := _FLAG.search(text, position):
        while quotes and quotes[-1][1] <= match.start():
            quotes.pop()
        inside = quotes[-1][1] if quotes and quotes[-1][0] <= match.start() else None
        found = None if inside else _flag(text, match)
        if found is None:
            position = inside or match.end("name")
            continue
        name, value, position = found
        yield match, name, value, position


def _flag(text: str, match: re.Match[str]) -> tuple[str, str, int] | None:
    """The option, its raw value and its end, or None where the dash is just a dash."""
    written, value = match["name"].casefold(), match["value"]
    name = _NAMES.get(written)
    plain = match["dash"] == "--"
    before = text[match.start() - 1 : match.start()]
    if before.isascii() and before.isalnum():
        return None
    opens_a_word = not before or before.isspace()
    fused = _FUSED_COUNT.fullmatch(written)
    if fused and (plain or opens_a_word):
        return "count", fused[1], match.end("name")
    if name is None and plain and opens_a_word:
        close = difflib.get_close_matches(written, _NAMES, n=1)
        raise Mistake(
            Wrong.UNKNOWN_FLAG,
            _written(match),
            accepted=(f"--{close[0]}",) if close else FLAGS,
        )
    if name is None:
        return None
    if name in _SWITCHES:
        return name, "", match.end("name")
    if value is None or _FLAG.match(value):
        raise Mistake(Wrong.MISSING_VALUE, _written(match), accepted=_ACCEPTED[name])
    end = match.end()
    if name == "avoid" and not value.startswith(('"', "“")):
        value, end = _list(text, match)
    return name, value.strip('"“”').rstrip(",.;!?，。；！？").strip(), end


def _list(text: str, match: re.Match[str]) -> tuple[str, int]:
    """A value that goes on behind its commas, and where it ends."""
    things, end = [match["value"].rstrip(",")], match.end("value") - match["value"].endswith(",")
    while more := _MORE.match(text, end):
        things.append(more["value"])
        end = more.end()
    return ", ".join(things), end


def _written(match: re.Match[str]) -> str:
    return f"--{match['name']}"


def _join(pieces: list[str]) -> str:
    """Put the prompt together again, without the gaps its flags leave."""
    prompt = ""
    for piece in pieces:
        joint = " " if prompt and not prompt.endswith("\n") and not piece.startswith("\n") else ""
        prompt = prompt.rstrip(" \t") + joint + piece.lstrip(" \t") if prompt else piece
    return prompt.strip()


def _ratio(flag: str, value: str) -> str:
    word = value.casefold()
    if word in _RATIO_WORDS:
        return _RATIO_WORDS[word]
    sides = re.fullmatch(r"(\d{1,5})[:：∶x×*/](\d{1,5})", word)
    if sides and int(sides[1]) and int(sides[2]):
        asked = Fraction(int(sides[1]), int(sides[2]))
        for ratio in models.WIDE_RATIOS[:-1]:
            width, height = ratio.split(":")
            if asked == Fraction(int(width), int(height)):
                return ratio
    raise Mistake(Wrong.BAD_VALUE, flag, value, models.WIDE_RATIOS)


def _count(flag: str, value: str) -> int:
    if value.isdecimal() and len(value) <= 3 and 1 <= int(value) <= COUNT_MAX:
        return int(value)
    raise Mistake(Wrong.BAD_VALUE, flag, value, (f"1-{COUNT_MAX}",))


def _one_of(words: Mapping[str, str], accepted: tuple[str, ...]) -> Callable[[str, str], str]:
    def choose(flag: str, value: str) -> str:
        try:
            return words[value.casefold()]
        except KeyError:
            raise Mistake(Wrong.BAD_VALUE, flag, value, accepted) from None

    return choose


_ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "ratio": models.WIDE_RATIOS,
    "count": (f"1-{COUNT_MAX}",),
    "model": tuple(models.CATALOGUE),
    "size": models.SIZES,
    "format": models.FORMATS,
    "style": ("--style watercolor",),
    "avoid": ("--no text",),
}
_VALUES: Mapping[str, Callable[[str, str], str | int | bool]] = {
    "ratio": _ratio,
    "count": _count,
    "model": _one_of(_MODEL_WORDS, _ACCEPTED["model"]),
    "size": _one_of({size: size for size in models.SIZES}, models.SIZES),
    "format": _one_of({"png": "png", "jpg": "jpg", "jpeg": "jpg"}, models.FORMATS),
    "style": lambda _flag, value: value.casefold(),
    "avoid": lambda _flag, value: value[:_AVOID_MAX],
    "as_file": lambda _flag, _value: True,
    "spoiler": lambda _flag, _value: True,
}
