"""Flags in any text whatsoever: nothing is misread, nothing breaks, nothing takes long."""

import contextlib
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flags import read
from bot.models import CATALOGUE, FORMATS, SIZES, WIDE_RATIOS
from bot.prompt import COUNT_MAX, Asked, Mistake, Options

# --- any text -----------------------------------------------------------------------------

DASHES = "-—–―−"
PLAIN = st.text().filter(
    lambda text: (
        not any(char in DASHES or unicodedata.category(char) in ("Cc", "Cs") for char in text)
    )
)
RAGS = ("--", "—", "-", "ar", "n", "n4", "model", "比例", "=", '"', "“", "”", "16:9", " ", "\n")
RAGGED = st.lists(st.sampled_from(RAGS) | st.characters(), max_size=30).map("".join)


@settings(deadline=None)
@given(text=PLAIN)
def test_a_text_without_dashes_comes_back_stripped(text):
    assert read(text) == Asked(text.strip(), Options())


@settings(deadline=None, max_examples=300)
@given(text=st.text() | RAGGED)
def test_any_text_is_read_or_is_a_mistake_with_a_way_out(text):
    try:
        asked = read(text)
    except Mistake as found:
        named, way_out = found.flag.startswith("--"), bool(found.accepted)
    else:
        named, way_out = asked.prompt == asked.prompt.strip(), len(asked.prompt) <= len(text)
    assert named
    assert way_out


OPTIONS = st.builds(
    Options,
    model=st.none() | st.sampled_from(list(CATALOGUE)),
    ratio=st.none() | st.sampled_from(WIDE_RATIOS),
    size=st.none() | st.sampled_from(SIZES),
    format=st.none() | st.sampled_from(FORMATS),
    count=st.none() | st.integers(1, COUNT_MAX),
)
NAMES = {
    "model": ["model", "m", "模型"],
    "ratio": ["ar", "ratio", "aspect-ratio", "比例"],
    "size": ["size", "resolution", "尺寸"],
    "format": ["format", "fmt", "格式"],
    "count": ["n", "count", "数量"],
}
WORD = st.text(st.characters(categories=["L", "N", "So"]), min_size=1, max_size=8)
QUOTED = WORD.map(lambda word: f'"{word} --x"')


@st.composite
def written(draw) -> tuple[str, Asked]:
    """Some words with some flags between them, and what was meant."""
    options = draw(OPTIONS)
    words = draw(st.lists(WORD | QUOTED, min_size=1, max_size=6))
    gaps = draw(st.lists(st.sampled_from([" ", "\n"]), min_size=len(words), max_size=len(words)))
    said = {name: getattr(options, name) for name in NAMES if getattr(options, name) is not None}
    places: list[list[str]] = [[] for _ in range(len(words) + 1)]
    for name in draw(st.permutations(list(said))):
        dash = draw(st.sampled_from(["--", "—", "–", "——", "—-"]))
        flag = draw(st.sampled_from(NAMES[name]))
        flag = draw(st.sampled_from([flag, flag.upper()]))
        equals = draw(st.sampled_from([" ", "=", " = ", "  "]))
        value = str(said[name])
        value = draw(st.sampled_from([value, value.upper(), f'"{value}"', f"“{value}”"]))
        place = draw(st.integers(0, len(words)))
        places[place].append(f"{dash}{flag}{equals}{value}")
    text = " ".join([*places[0], words[0]])
    for gap, word, flags in zip(gaps, words[1:], places[1:], strict=False):
        text += "".join(f" {flag}" for flag in flags) + gap + word
    text += "".join(f" {flag}" for flag in places[-1])
    prompt = words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=False))
    return text, Asked(prompt, options)


@settings(deadline=None)
@given(case=written())
def test_whatever_is_written_anywhere_is_read_back(case):
    text, asked = case
    assert read(text) == asked


# --- time ---------------------------------------------------------------------------------


def seconds(text: str) -> float:
    def once() -> float:
        start = time.process_time()
        with contextlib.suppress(Mistake):
            read(text)
        return time.process_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "piece",
    [
        "-",
        "- ",
        "—",
        "—a ",
        "—a",
        "—a “",
        "“",
        '"',
        '"a" —x ',
        "“a” —x ",
        "a--a",
        "--n 1 ",
        "--n1 ",
    ],
)
def test_time_grows_with_the_length_and_no_faster(piece):
    assert grows_evenly(lambda length: piece * (length // len(piece)))


@pytest.mark.parametrize("filling", [" ", "-", "a", "\n", "——"])
def test_a_flag_and_a_long_filling_take_no_longer(filling):
    assert grows_evenly(lambda length: "—a" + filling * length + "—")


def grows_evenly(text: Callable[[int], str]) -> bool:
    """Four times the text takes four times as long; sixteen times, each time, would be quadratic."""
    return any(seconds(text(40_000)) < 10 * seconds(text(10_000)) + 0.01 for _ in range(5))
