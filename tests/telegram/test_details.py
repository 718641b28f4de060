"""Long prompts in as many messages as they need, folded, counted as Telegram counts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram import words_results as words
from bot.telegram.details import MESSAGE_MAX, messages
from bot.telegram.lengths import cut, utf16_length
from bot.telegram.texts import languages, texts
from tests.telegram.test_words import task_for

WORDS = st.text(st.sampled_from(["a", "狐", "🦊", " ", "\n"]), max_size=400)


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(text=WORDS, room=st.integers(2, 50))
def test_a_cut_loses_nothing_but_the_space_it_is_made_at(text, room):
    text = text.strip()
    first, rest = cut(text, room)
    assert utf16_length(first) <= room
    assert squeezed(first + rest) == squeezed(text)
    assert not text or first


def test_a_cut_is_made_at_a_space_and_never_inside_a_letter():
    assert cut("a red fox", 7) == ("a red", "fox")
    assert cut("🦊🦊🦊", 5) == ("🦊🦊", "🦊")
    assert cut("a fox", 5) == ("a fox", "")


@pytest.mark.parametrize("letter", ["x", "狐", "🦊", "fox "])
def test_the_longest_prompt_is_told_whole_within_telegrams_limits(letter):
    prompt = (letter * 20_000)[:20_000].strip()
    notes = messages("head", prompt)
    assert squeezed("".join(note.text for note in notes)) == "head" + squeezed(prompt)
    for note in notes:
        (folded,) = note.entities
        assert utf16_length(note.text) <= MESSAGE_MAX
        assert folded.offset + folded.length == utf16_length(note.text)
        assert folded.type == "expandable_blockquote"


def test_without_words_there_is_nothing_to_fold():
    (note,) = messages("head", "")
    assert (note.text, note.entities) == ("head", ())


def test_the_facts_are_those_of_the_picture_or_of_all_that_came():
    t, task = texts("en"), task_for("a fox", count=3, failed=1)
    order = replace(task.order, style="comic", avoid="text")
    pictures = tuple(
        replace(one, seconds=float(one.number), file_id="f" if one.reason is None else None)
        for one in task.pictures
    )
    task = replace(task, order=order, pictures=pictures, price=12)
    facts = words.facts(t, task, task.pictures[0]).splitlines()
    assert facts == [
        "ℹ️ Model: Nano Banana 2",
        "Ratio: 16:9",
        "Size: 2K",
        "Style: comic",
        "Left out: text",
        "Cost: 12 credits",
        "Drawn in: 1 s",
        "Asked for: 2030-01-01 00:00 UTC",
        f"Task: {task.id}",
    ]
    assert "Cost: 24 credits\nDrawn in: 2 s" in words.facts(t, task, None)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(
    "say",
    [
        *(words.too_old_to_delete, words.not_yours_to_delete, words.forgotten, words.is_deleted),
        *(words.not_yours, words.not_here, words.sent_in_private),
        lambda t: words.original_gone(t, 1000),
    ],
)
def test_what_a_press_is_answered_with_fits_into_an_alert(language, say):
    assert 0 < len(say(texts(language))) <= 200
