"""What we say about many pictures and about styles: complete, and never too long for Telegram."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import presets
from bot.errors import Reason
from bot.prompt import Mistake, Wrong
from bot.telegram import words_many, words_styles
from bot.telegram.choosing import style_buttons
from bot.telegram.texts import languages, texts

MESSAGE_MAX = 4096
LANGUAGES = st.sampled_from(languages())
PROMPTS = st.lists(st.text(min_size=1, max_size=5000), min_size=1, max_size=40)
REASONS = st.sampled_from([Reason.REFERENCE_TOO_BIG, Reason.NOT_A_PICTURE])


def many_styles() -> dict[str, presets.Preset]:
    """As many as there may be, each with the longest names."""
    text = "\n".join(
        f'[{f"{number:0>{presets.KEY_MAX}}"}]\ntemplate = "{{prompt}}"\nemoji = "{"👩‍🚀" * 5}"\n'
        f'labels = {{ en = "{"x" * presets.LABEL_MAX}" }}'
        for number in range(presets.PRESETS_MAX)
    )
    return presets.load(text)


@given(LANGUAGES, PROMPTS)
def test_the_list_of_what_would_be_drawn_fits_a_message(language, prompts):
    text = words_many.shall_i_draw(texts(language), prompts, credits_=960)
    assert 0 < len(text) <= MESSAGE_MAX
    assert "960" in text


@pytest.mark.parametrize(("count", "more"), [(5, None), (6, "… and 1 more"), (17, "… and 12 more")])
def test_the_first_few_are_shown_and_the_others_counted(count, more):
    text = words_many.shall_i_draw(texts("en"), ["a fox"] * count, credits_=1)
    assert text.count("a fox") == 5
    assert ("more" in text) == bool(more)
    assert (more or "") in text


@given(LANGUAGES, st.lists(st.tuples(st.text(), REASONS), max_size=10))
def test_what_cannot_be_used_is_a_line_each(language, parts):
    text = words_many.album_refused(texts(language), parts)
    assert len(text) <= MESSAGE_MAX
    assert len(text.split("\n")) == len(parts) + 2


@given(LANGUAGES, st.lists(st.tuples(st.integers(1, 99), st.text()), min_size=1, max_size=40))
def test_what_is_wrong_in_a_list_fits_a_message(language, wrong):
    mistakes = [(number, Mistake(Wrong.BAD_VALUE, "--ar", value)) for number, value in wrong]
    assert len(words_many.batch_refused(texts(language), mistakes)) <= MESSAGE_MAX


@pytest.mark.parametrize("language", languages())
def test_the_longest_list_of_styles_fits_a_message_and_its_buttons(language):
    styles = many_styles()
    assert len(words_styles.styles(texts(language), styles, language)) <= MESSAGE_MAX
    for action in ("draw-in", f"style:{'0' * 16}"):
        buttons = style_buttons(styles, language, action).inline_keyboard
        data = [one.callback_data for row in buttons for one in row]
        assert len(data) == presets.PRESETS_MAX
        assert max(len(one.encode()) for one in data) <= 64


def test_where_there_are_no_styles_that_is_said():
    assert words_styles.styles(texts("en"), {}, "en") == "There are no styles here."
