"""What buttons of a group's sheet carry, and what is made of anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.group_rules import GroupRules
from bot.telegram.group_pages import Now, choice, whole
from bot.telegram.group_sheets import (
    ADD,
    EVERYWHERE,
    FIELDS,
    OPEN,
    TAKE_OUT,
    TOPICS,
    data,
    present,
    read,
)
from bot.telegram.settings_sheets import UNSET
from bot.telegram.texts import languages, texts
from bot.telegram.words_group import Pool

MANY = tuple(range(4_294_967_200, 4_294_967_240))
NOWS = [
    Now(chat=-100123, title="Friends", rules=GroupRules(), spoiler=None, pool=None),
    Now(
        chat=-100123,
        title="狐" * 128,
        rules=GroupRules(topics=MANY, names=dict.fromkeys(MANY, "🦊" * 128), cool_down=30, pool=10),
        spoiler=True,
        pool=Pool(given=500, allowed=10, left=3),
    ),
]


def buttons(page):
    return [one for row in page.buttons.inline_keyboard for one in row]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("topic", [None, 0, 4_294_967_295])
@pytest.mark.parametrize("now", NOWS, ids=["fresh", "full"])
def test_every_button_of_every_page_fits_and_is_understood(now, topic, language):
    t = texts(language)
    pages = [whole(t, topic, now), *(choice(t, topic, one, now) for one in FIELDS.values())]
    for page in pages:
        assert len(page.text.text) <= 4096
        assert len(buttons(page)) <= 100
        for button in buttons(page):
            assert 1 <= len(button.callback_data.encode()) <= 64
            assert read(button.callback_data).topic == topic


@pytest.mark.parametrize("name", [one for one in FIELDS if one != TOPICS])
def test_what_is_chosen_is_what_the_button_says(name):
    field = FIELDS[name]
    for word, value in field.choices.items():
        press = read(data(None, name, word))
        assert (press.field, press.chosen) == (field, value)
    unset = read(data(None, name, UNSET))
    assert (unset is not None) == (name in OPEN)
    assert unset is None or unset.chosen is None


@pytest.mark.parametrize("name", [one for one in FIELDS if one not in (TOPICS, "spoiler")])
def test_a_page_marks_what_is_chosen_and_nothing_else(name):
    t, field = texts("en"), FIELDS[name]
    for value in [*field.choices.values(), *([None] if name in OPEN else [])]:
        rules = GroupRules(**{name: value})
        pool = Pool(given=1_000_000, allowed=0, left=0)
        now = Now(chat=-1, title="", rules=rules, spoiler=None, pool=pool)
        marked = [one for one in buttons(choice(t, None, field, now)) if one.text.startswith("✓ ")]
        assert [read(one.callback_data).chosen for one in marked] == [value]
        assert present(rules, field, spoiler=None) == value


@pytest.mark.parametrize(
    ("value", "change"),
    [(EVERYWHERE, None), ("+5", (ADD, 5)), ("-5", (TAKE_OUT, 5)), ("-7", (TAKE_OUT, 7))],
)
def test_a_topic_is_allowed_from_inside_and_taken_out_from_anywhere(value, change):
    assert read(data(5, TOPICS, value)).change == change


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "group",
            "group:",
            "group:y",
            "group:-5",
            "group:05",
            "group:12345678901",
            "group:x:",
        ),
        *("group:x:on:maybe", "group:x:on:-", "group:x:on:yes:no", "group:x:on:", "group:x:colour"),
        *("group:x:cool_down:7", "group:x:cool_down:-10", "group:x:pool:7", "group:x:pool:1000001"),
        *("group:5:topics:+7", "group:x:topics:+5", "group:5:topics:5", "group:5:topics:+05"),
        *("group:5:topics:-", "group:5:topics:yes", "group:x\n", "group:٥", "set:c"),
    ],
)
def test_what_no_sheet_offers_is_nothing(text):
    assert read(text) is None


@given(st.text(max_size=64) | st.from_regex(r"group:[x0-9]{1,3}(:[a-z_]{0,8}){0,2}[+-]?[0-9]{0,3}"))
def test_any_data_is_read_or_refused(text):
    press = read(text)
    assert press is None or text.startswith("group:")
    # What is read says the same again.
    if press:
        name = press.field.name if press.field else ""
        assert data(press.topic, name, press.value or "") == text
