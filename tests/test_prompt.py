"""From what was asked to an order one model can carry out."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import CATALOGUE, FORMATS, PROMPT_MAX, REFERENCES_MAX, SIZES, WIDE_RATIOS
from bot.prompt import COUNT_MAX, Asked, Mistake, Options, Order, Wrong, settle


def ask(prompt: str = "a red fox", references: int = 0, **options) -> Order:
    return settle(Asked(prompt, Options(**options)), references=references)


def mistake(prompt: str = "a red fox", references: int = 0, **options) -> Mistake:
    with pytest.raises(Mistake) as caught:
        ask(prompt, references, **options)
    return caught.value


def needed(key: str) -> int:
    return CATALOGUE[key].references_min


def test_nothing_but_words_makes_one_square_picture_of_the_quick_model():
    assert ask() == Order(
        prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png", count=1
    )


def test_nothing_but_words_and_a_picture_keeps_the_ratio_of_the_picture():
    order = ask(references=1)
    assert (order.model, order.ratio) == ("edit", "auto")


def test_no_words_is_a_mistake():
    assert mistake("").wrong is Wrong.EMPTY


@pytest.mark.parametrize(("key", "ratio"), list(product(CATALOGUE, WIDE_RATIOS)))
def test_a_named_model_takes_its_ratios_and_names_them_otherwise(key, ratio):
    model = CATALOGUE[key]
    if ratio in model.ratios:
        order = ask(references=needed(key), model=key, ratio=ratio)
        assert (order.model, order.ratio) == (key, ratio)
    else:
        found = mistake(references=needed(key), model=key, ratio=ratio)
        assert (found.wrong, found.flag, found.value) == (Wrong.BAD_VALUE, "--ar", ratio)
        assert (found.accepted, found.model) == (model.ratios, model.label)


@pytest.mark.parametrize(("key", "size"), list(product(CATALOGUE, SIZES)))
def test_a_named_model_takes_its_sizes_and_names_them_otherwise(key, size):
    model = CATALOGUE[key]
    if size in model.credits:
        assert ask(references=needed(key), model=key, size=size).size == size
    else:
        found = mistake(references=needed(key), model=key, size=size)
        assert (found.wrong, found.flag, found.value) == (Wrong.BAD_VALUE, "--size", size)
        assert (found.accepted, found.model) == (tuple(model.credits), model.label)


@pytest.mark.parametrize(
    ("key", "said", "ordered"),
    [
        *((key, said, said) for key in ("banana", "edit", "pro", "2", "2.1") for said in FORMATS),
        ("banana", None, "png"),
        ("edit", None, "png"),
        ("pro", None, "png"),
        ("2", None, "jpg"),
        ("2.1", None, "jpg"),
        ("lite", None, None),
        ("lite", "jpg", None),
    ],
)
def test_a_format_is_ordered_where_the_model_lets_us_choose(key, said, ordered):
    assert ask(references=needed(key), model=key, format=said).format == ordered


def test_a_model_that_only_makes_jpg_says_so():
    found = mistake(model="lite", format="png")
    assert (found.flag, found.value, found.accepted) == ("--format", "png", ("jpg",))
    assert found.model == "Nano Banana 2 Lite"


@pytest.mark.parametrize("key", [key for key in CATALOGUE if key != "banana"])
def test_a_named_model_takes_as_many_pictures_as_it_may(key):
    model = CATALOGUE[key]
    assert ask(references=model.references_max, model=key).model == key
    found = mistake(references=model.references_max + 1, model=key)
    assert (found.wrong, found.value) == (Wrong.TOO_MANY_PICTURES, str(model.references_max + 1))
    assert found.accepted == (str(model.references_max),)


def test_banana_with_a_picture_is_its_sibling():
    assert ask(references=10, model="banana").model == "edit"


def test_edit_without_a_picture_asks_for_one():
    found = mistake(model="edit")
    assert (found.wrong, found.model) == (Wrong.NEEDS_PICTURE, "Nano Banana Edit")


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_prompt_is_as_long_as_the_named_model_allows(key):
    most = CATALOGUE[key].prompt_max
    assert len(ask("x" * most, needed(key), model=key).prompt) == most
    found = mistake("x" * (most + 1), needed(key), model=key)
    assert (found.wrong, found.value) == (Wrong.TOO_LONG, str(most + 1))
    assert found.accepted == (str(most),)


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ({"ratio": "16:9"}, "banana"),
        ({"ratio": "8:1"}, "2.1"),
        ({"size": "4k"}, "2.1"),
        ({"size": "1k"}, "banana"),
        ({"format": "jpg"}, "banana"),
        ({"prompt": "x" * 5_000}, "banana"),
        ({"prompt": "x" * 5_001}, "2.1"),
        ({"references": 10}, "edit"),
        ({"references": 11}, "2"),
        ({"references": 1, "ratio": "1:8"}, "2.1"),
        ({"references": 14, "ratio": "1:8", "size": "4k"}, "2"),
    ],
)
def test_an_unnamed_model_falls_to_one_that_can(asked, model):
    assert ask(**asked).model == model


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"prompt": "x" * (PROMPT_MAX + 1)}, Wrong.TOO_LONG),
        ({"references": REFERENCES_MAX + 1}, Wrong.TOO_MANY_PICTURES),
    ],
)
def test_what_no_model_can_do_is_a_mistake_of_the_first(asked, wrong):
    found = mistake(**asked)
    assert found.wrong is wrong
    assert found.model in ("Nano Banana", "Nano Banana Edit")


def test_a_named_model_never_falls_to_another():
    assert mistake(model="pro", ratio="1:8").model == "Nano Banana Pro"


NAMED = st.sampled_from(list(CATALOGUE))


def options(model: st.SearchStrategy[str | None]) -> st.SearchStrategy[Options]:
    return st.builds(
        Options,
        model=model,
        ratio=st.none() | st.sampled_from(WIDE_RATIOS),
        size=st.none() | st.sampled_from(SIZES),
        format=st.none() | st.sampled_from(FORMATS),
        count=st.none() | st.integers(1, COUNT_MAX),
    )


def assert_is_accepted(order: Order, asked: Asked, references: int) -> None:
    """Every field is one the model takes, and one that was asked for if it was."""
    model, said = CATALOGUE[order.model], asked.options
    assert order.ratio in model.ratios
    assert order.size in model.credits
    assert order.format in (model.formats or [None])
    assert order.prompt == asked.prompt
    assert len(order.prompt) <= model.prompt_max
    assert model.references_min <= references <= model.references_max
    assert said.ratio in (None, order.ratio)
    assert said.size in (None, order.size)
    assert order.count == (said.count or 1)
    assert said.format in (None, order.format or "jpg")


@settings(deadline=None, max_examples=300)
@given(
    options=options(st.none()),
    length=st.sampled_from([1, 5_000, 5_001, 10_001, PROMPT_MAX]),
    references=st.integers(0, REFERENCES_MAX),
)
def test_some_model_can_do_whatever_names_none(options, length, references):
    asked = Asked("x" * length, options)
    assert_is_accepted(settle(asked, references=references), asked, references)


@settings(deadline=None, max_examples=300)
@given(
    options=options(NAMED),
    length=st.sampled_from([1, 5_000, 5_001, 10_000, 10_001, 20_001]),
    references=st.integers(0, REFERENCES_MAX + 1),
)
def test_every_order_is_one_its_named_model_accepts(options, length, references):
    asked = Asked("x" * length, options)
    try:
        order = settle(asked, references=references)
    except Mistake:
        return
    assert_is_accepted(order, asked, references)
    assert order.model == options.model or (options.model, order.model) == ("banana", "edit")
