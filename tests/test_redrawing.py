"""What is made of a picture: which model, which words, which pictures to start from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import models, redrawing
from bot.errors import Reason
from bot.life import PictureState
from bot.origin import Reference
from bot.prompt import Mistake
from bot.task import Picture, Task, new_task
from tests.stage import ORIGIN, START, an_order

SENT = Reference(source="photo", picture="p0", name="references/a.jpg", address="https://a.test")


def drawn(count: int = 1, *, failed: int = 0, prompts: tuple[str, ...] = (), **order) -> Task:
    """A task with references and a parent, whose last pictures have failed."""
    task = new_task(
        key="k",
        origin=ORIGIN,
        order=an_order(count, **order),
        references=(SENT,),
        prompts=prompts,
        now=START,
    )
    done = len(task.pictures) - failed
    pictures = tuple(
        replace(one, state=PictureState.STORED, file_id=f"file{one.number}")
        if one.number <= done
        else replace(one, state=PictureState.FAILED, reason=Reason.FILTERED)
        for one in task.pictures
    )
    return replace(task, pictures=pictures, parent="p0")


def first(task: Task) -> Picture:
    return task.pictures[0]


def test_again_is_the_same_order_from_what_was_sent_and_not_from_our_copies():
    task = drawn(3, style="comic", template="As a comic: {prompt}", avoid="text", spoiler=True)
    wish = redrawing.again(task)
    assert wish.order == task.order
    assert wish.references == (Reference(source="photo", picture="p0"),)
    assert (wish.prompts, wish.parent) == ((), "p0")


def test_again_for_one_picture_draws_one_in_its_own_words():
    task = drawn(prompts=("red fox", "blue fox"))
    wish = redrawing.again(task, task.pictures[1])
    assert wish.order == replace(task.order, prompt="blue fox", count=1)
    assert wish.prompts == ()


def test_again_for_all_keeps_the_words_of_each():
    wish = redrawing.again(drawn(prompts=("red fox", "blue fox")))
    assert (wish.prompts, wish.order.count) == (("red fox", "blue fox"), 2)


def test_only_what_failed_is_retried():
    task = drawn(prompts=("red", "blue", "green"), failed=2)
    wish = redrawing.failed(task)
    assert wish is not None
    assert (wish.prompts, wish.order.count, wish.parent) == (("blue", "green"), 2, "p0")
    assert wish.references == (Reference(source="photo", picture="p0"),)
    assert redrawing.failed(drawn(3)) is None


@pytest.mark.parametrize(
    ("model", "by"),
    [("banana", "edit"), ("edit", "edit"), ("pro", "pro"), ("2", "2"), ("lite", "lite")],
)
def test_variations_start_from_this_picture_by_the_model_that_drew_it(model, by):
    task = drawn(model=model, ratio="16:9", avoid="text")
    wish = redrawing.variations(task, first(task))
    assert (wish.order.model, wish.order.count, wish.order.ratio) == (by, 4, "16:9")
    assert wish.references == (Reference(source="file1", picture=first(task).id),)
    assert wish.parent == first(task).id
    assert wish.order.prompt == "a red fox"
    assert "variation" in wish.order.words()
    assert "a red fox" in wish.order.words()
    assert wish.order.words().endswith("Do not show: text.")


def test_variations_of_a_style_stay_in_it():
    task = drawn(model="2", style="comic", template="As a comic: {prompt}")
    words = redrawing.variations(task, first(task)).order.words()
    assert "As a comic: a red fox" in words
    assert "{prompt}" not in words


def test_words_too_long_for_a_model_go_to_one_that_takes_them():
    task = drawn(prompt="x" * 4_990)
    assert redrawing.variations(task, first(task)).order.model == "2.1"
    with pytest.raises(Mistake):
        redrawing.variations(drawn(model="2", prompt="x" * 19_990), first(task))


@given(model=st.sampled_from(list(models.CATALOGUE)), ratio=st.sampled_from(models.WIDE_RATIOS))
def test_larger_is_a_file_at_4k_in_the_same_shape(model, ratio):
    task = drawn(model=model, ratio=ratio, prompt="y" * 5_000)
    wish = redrawing.larger(task, first(task))
    order, able = wish.order, [one for one in models.CATALOGUE.values() if "4k" in one.credits]
    assert (order.size, order.as_file, order.ratio) == ("4k", True, ratio)
    assert models.CATALOGUE[order.model].credits["4k"] == min(one.credits["4k"] for one in able)
    assert wish.references == (Reference(source="file1", picture=first(task).id),)


@given(model=st.sampled_from(list(models.CATALOGUE)), ratio=st.sampled_from(models.RATIOS))
def test_every_shape_that_is_offered_can_be_drawn(model, ratio):
    task = drawn(model=model, ratio=ratio)
    offered = redrawing.shapes(task)
    assert ratio not in offered
    assert "auto" not in offered
    for shape in offered:
        order = redrawing.reshaped(task, first(task), shape).order
        assert order.ratio == shape
        assert shape in models.CATALOGUE[order.model].ratios


def test_a_shape_nobody_draws_is_a_mistake():
    task = drawn()
    with pytest.raises(Mistake):
        redrawing.reshaped(task, first(task), "7:5")


def test_a_picture_that_is_a_file_or_hidden_stays_that():
    task = drawn(model="2", as_file=True, spoiler=True)
    for wish in (
        redrawing.variations(task, first(task)),
        redrawing.reshaped(task, first(task), "9:16"),
    ):
        assert (wish.order.as_file, wish.order.spoiler) == (True, True)
