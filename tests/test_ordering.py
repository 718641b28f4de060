"""From words to a task: styles and their pictures, and one wish for many prompts."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import presets
from bot.ordering import Ordering, Request
from bot.origin import Origin, Reference
from bot.preferences import Preferences
from bot.prompt import Mistake, Options, Wrong

NOW = datetime(2030, 1, 1, tzinfo=UTC)
STYLES = {
    "oil": presets.Preset(key="oil", emoji="", labels={"en": "Oil"}, template="Oil. {prompt}"),
    "mend": presets.Preset(
        key="mend", emoji="", labels={"en": "Mend"}, template="Mend. {prompt}", needs_picture=True
    ),
    "tile": presets.Preset(
        key="tile",
        emoji="",
        labels={"en": "Tile"},
        template="Tile. {prompt}",
        options=Options(ratio="1:1"),
        reference=b"tile",
    ),
}


class Liked:
    async def get(self, _scopes):
        return Preferences()


class Open:
    async def check(self, _origin, _order):
        pass


@pytest.fixture
def ordering() -> Ordering:
    return Ordering(
        pipeline=None,
        preferences=Liked(),
        presets=STYLES,
        access=Open(),
        history=None,
        clock=lambda: NOW,
    )


def asked(text: str, *sources: str, **more) -> Request:
    references = tuple(Reference(source=one) for one in sources)
    origin = Origin(chat=1, message=2, person=3)
    return Request(key="k", origin=origin, text=text, references=references, **more)


async def test_the_picture_of_a_style_goes_last_and_the_shape_is_kept(ordering):
    task = await ordering.prepare(asked("a fox --style tile"))
    assert (task.sources, task.order.model, task.order.ratio) == (("style:tile",), "edit", "1:1")
    task = await ordering.prepare(asked("a fox --style tile", "a", "b"))
    # A picture that is edited keeps its own shape.
    assert (task.sources, task.order.ratio) == (("a", "b", "style:tile"), "auto")


async def test_the_picture_of_a_style_counts_for_what_a_model_takes(ordering):
    task = await ordering.prepare(asked("a fox --style tile", *"abcdefghij"))
    assert task.order.model == "2"
    with pytest.raises(Mistake) as mistake:
        await ordering.prepare(asked("a fox --style tile", *"abcdefghijklmn"))
    assert mistake.value.wrong is Wrong.TOO_MANY_PICTURES


async def test_asking_again_does_not_bring_the_picture_of_the_style_twice(ordering):
    task = await ordering.prepare(asked("a fox --style tile", "a", "style:tile"))
    assert task.sources == ("a", "style:tile")
    task = await ordering.prepare(asked("a fox --style oil", "a", "style:tile"))
    assert task.sources == ("a",)


async def test_a_style_that_changes_pictures_needs_one(ordering):
    for sources in ((), ("style:tile",)):
        with pytest.raises(Mistake) as mistake:
            await ordering.prepare(asked("--style mend", *sources))
        assert mistake.value.wrong is Wrong.NEEDS_PICTURE
    task = await ordering.prepare(asked("--style mend", "a"))
    assert task.order.words() == "Mend."


def test_each_choice_is_a_prompt_and_each_is_drawn_as_often_as_n_says(ordering):
    spread = ordering.spread(asked("a {red,blue} fox --n 2"))
    assert spread.prompts == ("a red fox", "a red fox", "a blue fox", "a blue fox")
    plain = asked("a fox --n 2")
    assert ordering.spread(plain) == plain


def test_lines_are_prompts_and_their_choices_too(ordering):
    spread = ordering.spread(asked("a", prompts=("a fox", "a {red,blue} hen")))
    assert spread.prompts == ("a fox", "a red hen", "a blue hen")
    assert ordering.spread(asked("a", prompts=("a fox",))).prompts == ("a fox",)


@pytest.mark.parametrize(
    ("text", "count"),
    [("{a,b,c,d,e} {1,2,3,4,5,6,7,8}", 40), ("{a,b,c,d} --n 10", 40), ("{a,b} " * 5, 32)],
)
def test_forty_at_once_are_not_too_many(ordering, text, count):
    assert len(ordering.spread(asked(text)).prompts) == count


@pytest.mark.parametrize("text", ["{a,b} " * 6, "{a,b,c,d,e} --n 9", "{a,b}" * 100])
def test_more_are_a_mistake_that_says_how_many(ordering, text):
    with pytest.raises(Mistake) as mistake:
        ordering.spread(asked(text))
    assert (mistake.value.wrong, mistake.value.accepted) == (Wrong.TOO_MANY_AT_ONCE, ("40",))
    assert int(mistake.value.value) > 40


def test_choices_of_nothing_are_no_wish(ordering):
    with pytest.raises(Mistake) as mistake:
        ordering.spread(asked("{,}"))
    assert mistake.value.wrong is Wrong.EMPTY


async def test_the_longest_prompt_decides_who_draws_them_all(ordering):
    long = "x" * 6000
    task = await ordering.prepare(asked("a fox", prompts=("a fox", long)))
    assert (task.order.model, task.order.prompt) == ("2.1", "a fox")
    assert [one.prompt for one in task.pictures] == ["a fox", long]
    with pytest.raises(Mistake) as mistake:
        await ordering.prepare(replace(asked("a fox --model banana"), prompts=("a", long)))
    assert mistake.value.wrong is Wrong.TOO_LONG


@pytest.mark.parametrize("text", ["{a,b}" * 20_000, "{" * 100_000, "{" * 50_000 + "}" * 50_000])
def test_what_no_model_would_read_is_not_even_taken_apart(ordering, text):
    """It would take seconds, and everybody would wait."""
    began = time.process_time()
    spread = ordering.spread(asked("a", prompts=("a fox", text)))
    assert spread.prompts == ("a fox", text)
    assert time.process_time() - began < 0.5
