"""What the parts of an album ask for together, in whatever order they come."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.albums import Album, Part, troubled, wish
from bot.errors import Reason
from bot.origin import Origin, Reference
from bot.prompt import Options

QUOTED = (Reference(source="quoted", picture="p"),)


def part(number: int, text: str | None = None, **more) -> Part:
    origin = Origin(chat=-1, message=number, person=number * 10)
    return Part(origin=origin, text=text, references=(Reference(source=f"{number}"),), **more)


def album(*parts: Part) -> Album:
    return Album(chat=-1, id="8", parts=parts)


def sources(*parts: Part) -> list[str]:
    return [one.source for one in wish(album(*parts)).references]


@given(st.permutations(range(1, 11)), st.integers(1, 10))
def test_the_pictures_stand_as_they_were_sent_whatever_comes_first(order, captioned):
    parts = [part(number, "a stamp" if number == captioned else "") for number in order]
    asked = wish(album(*parts))
    assert [one.source for one in asked.references] == [str(number) for number in range(1, 11)]
    assert (asked.text, asked.key) == ("a stamp", "album:-1:8")
    assert (asked.origin.message, asked.origin.person) == (captioned, captioned * 10)


def test_without_a_caption_the_first_one_asks():
    assert wish(album(part(3, ""), part(2, ""))).origin.message == 2
    assert wish(album(part(3, ""), part(2, ""))).text == ""


def test_the_first_of_several_captions_counts():
    assert wish(album(part(3, "late"), part(2, "early"), part(1, ""))).text == "early"


def test_nobody_asked_us_anything():
    assert wish(album(part(1), part(2))) is None


def test_what_the_caption_replies_to_comes_along():
    assert sources(part(1), part(2, "x", quoted=QUOTED)) == ["1", "2", "quoted"]
    # Whoever goes on from a picture of ours means that one first.
    ours = part(2, "x", quoted=QUOTED, parent="p", options=Options(model="pro"))
    assert sources(part(1, quoted=QUOTED), ours) == ["quoted", "1", "2"]
    asked = wish(album(part(1), ours))
    assert (asked.parent, asked.options) == ("p", Options(model="pro"))


@pytest.mark.parametrize("name", ["", "notes.pdf"])
def test_what_cannot_be_used_is_named_or_numbered(name):
    bad = replace(part(2), name=name, trouble=Reason.NOT_A_PICTURE)
    assert troubled(album(part(3), bad, part(1))) == [(name or "№ 2", Reason.NOT_A_PICTURE)]
