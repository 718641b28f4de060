"""What people read: complete in every language, and never longer than Telegram allows."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import flags, models, prompt
from bot.access import Barrier, Denied, Switches
from bot.credits import PriceList, Purse, Statement
from bot.errors import Reason
from bot.life import PictureState
from bot.origin import Origin
from bot.outlook import Outlook
from bot.presets import PRESETS
from bot.prompt import Mistake, Order, Wrong
from bot.shop import Package
from bot.task import Task, new_task
from bot.telegram import (
    words,
    words_access,
    words_cards,
    words_credits,
    words_help,
    words_shop,
    words_styles,
)
from bot.telegram.texts import language_of, languages, texts
from bot.telegram.words_help import HelpTopic
from tests.telegram.test_texts import foreign_signs

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MESSAGE_MAX = 4096
CAPTION_MAX = 1024
# The longest first name Telegram takes has 64 characters.
NAMES = st.text(max_size=64)
LANGUAGES = st.sampled_from(languages())
LABELS = st.sampled_from([model.label for model in models.CATALOGUE.values()])
ACCEPTED = st.sampled_from([flags.FLAGS, models.WIDE_RATIOS, models.SIZES, ("1-10",), ("--ar",)])
LETTERS = st.characters(categories=["L", "N"])
MISTAKES = st.builds(
    Mistake, st.sampled_from(Wrong), st.text(), st.text(), accepted=ACCEPTED, model=LABELS
)
each_language = pytest.mark.parametrize("language", languages())


def task_for(text: str, *, model: str = "2", count: int = 1, failed: int = 0) -> Task:
    """A task of which the last `failed` pictures were refused."""
    order = Order(prompt=text, model=model, ratio="16:9", size="2k", format=None, count=count)
    origin = Origin(chat=1, message=2, person=3)
    task = new_task(key="k", origin=origin, order=order, now=NOW)
    pictures = tuple(
        replace(one, state=PictureState.FAILED, reason=Reason.FILTERED)
        if one.number > count - failed
        else replace(one, state=PictureState.STORED)
        for one in task.pictures
    )
    return replace(task, pictures=pictures)


def is_in(language: str, text: str) -> bool:
    """Whether a text is in this language as far as its letters can tell."""
    return bool(re.search(r"[\u4e00-\u9fff]", text)) == language.startswith("zh")


@each_language
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason, language):
    said = words.refusal(texts(language), reason)
    assert said
    assert is_in(language, said)


@each_language
@pytest.mark.parametrize("wrong", Wrong)
def test_every_mistake_has_one_line_of_words(wrong, language):
    mistake = Mistake(wrong, "--flag", "value", ("this", "that"), "Model")
    said = words.mistake(texts(language), mistake)
    assert "\n" not in said
    assert is_in(language, said)


@pytest.mark.parametrize(
    ("asked", "references", "parts"),
    [
        ("", 0, ["/imagine a red fox"]),
        ("x" * 20_001, 0, ["20001", "Nano Banana", "5000"]),
        ("fox --colour red", 0, ["--colour", *flags.FLAGS]),
        ("fox --rato 1:1", 0, ["--rato", "Did you mean --ratio?"]),
        ("fox --ar", 0, ["--ar needs a value", "16:9"]),
        ("fox --n 11", 0, ["--n cannot be 11", "1-10"]),
        ("fox --ar 1:8 --model pro", 0, ["--ar 1:8", "Nano Banana Pro", "16:9"]),
        ("fox --model edit", 0, ["Nano Banana Edit works on a picture"]),
        ("fox --model pro", 9, ["9 pictures", "Nano Banana Pro", "8"]),
    ],
)
def test_a_mistake_names_what_is_wrong_and_what_would_do(asked, references, parts):
    with pytest.raises(Mistake) as mistake:
        prompt.settle(flags.read(asked), references=references)
    said = words.mistake(texts("en"), mistake.value)
    assert [part for part in parts if part not in said] == []


@given(language=LANGUAGES, mistake=MISTAKES)
def test_any_mistake_fits_into_a_message(language, mistake):
    assert 0 < len(words.mistake(texts(language), mistake)) <= MESSAGE_MAX


@given(language=LANGUAGES, text=st.text(max_size=3000), failed=st.integers(0, 4), name=NAMES)
def test_any_prompt_and_name_fit(language, text, failed, name):
    t, task = texts(language), task_for(text, count=4, failed=failed)
    assert 0 < len(words.caption(t, task)) <= CAPTION_MAX
    messages = [
        words_cards.card(t, task, Outlook()),
        words_cards.card(t, task, Outlook(slow=True)),
        words.failure(t, task),
        words_help.welcome(t, name).text,
    ]
    assert all(0 < len(message) <= MESSAGE_MAX for message in messages)


@given(text=st.lists(st.text(LETTERS, min_size=5, max_size=20), min_size=35, max_size=50))
def test_a_long_prompt_is_cut_at_a_word(text):
    line = " ".join(text)
    shown = words.caption(texts("en"), task_for(line)).partition("\n")[0]
    assert 100 < len(shown) <= 200
    assert shown.endswith("…")
    assert line.startswith(shown.removesuffix("…") + " ")


@given(text=st.text(LETTERS, max_size=200))
def test_a_short_prompt_is_shown_whole(text):
    assert words.caption(texts("en"), task_for(text)).partition("\n")[0] == text


@pytest.mark.parametrize("text", ["狐" * 500, "x" * 500, "a " + "x" * 500])
def test_a_prompt_without_spaces_is_cut_where_it_must_be(text):
    shown = words.caption(texts("en"), task_for(text)).partition("\n")[0]
    assert shown == text[:199] + "…"


@given(language=LANGUAGES, mistake=MISTAKES, text=st.text(max_size=300))
def test_braces_come_from_people_only(language, mistake, text):
    t = texts(language)
    flag, value, text = (re.sub("[{}]", "", one) for one in (mistake.flag, mistake.value, text))
    task = task_for(text, count=2, failed=1)
    said = [words.mistake(t, replace(mistake, flag=flag, value=value))]
    said += [
        words_cards.card(t, task, Outlook()),
        words_cards.card(t, task, Outlook(slow=True)),
        words.caption(t, task),
    ]
    said += [words.failure(t, task), words_help.welcome(t, text).text, words.may_not_send(t)]
    assert not re.search("[{}]", " ".join(said))


@each_language
def test_braces_of_people_stay_as_they_are(language):
    t, text = texts(language), "a {fox} {0} {"
    assert text in words_cards.card(t, task_for(text), Outlook())
    assert text in words.caption(t, task_for(text))
    assert text in words_help.welcome(t, text).text
    assert text in words.mistake(t, Mistake(Wrong.BAD_VALUE, "--ar", text, ("1:1",)))


def test_a_caption_tells_how_the_picture_was_made():
    t = texts("en")
    assert words.caption(t, task_for("a  red\nfox")) == "a red fox\nNano Banana 2 · 16:9 · 2K"
    # This one has a single size, which says nothing.
    assert words.caption(t, task_for("fox", model="lite")) == "fox\nNano Banana 2 Lite · 16:9"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "2 of 3 done, 1 failed and was not charged. 🚫"),
        ("zh", "共 3 张，完成了 2 张，1 张失败且未扣费。🚫"),
    ],
)
def test_a_caption_tells_what_is_missing_and_why(language, told):
    caption = words.caption(texts(language), task_for("fox", count=3, failed=1))
    assert told in caption
    assert words.refusal(texts(language), Reason.FILTERED) in caption


@pytest.mark.parametrize(
    ("language", "count", "card"),
    [
        ("en", 1, "🎨 Drawing: fox"),
        ("en", 3, "🎨 Drawing 3 pictures: fox"),
        ("zh", 1, "🎨 正在画 1 张：fox"),
        ("zh", 3, "🎨 正在画 3 张：fox"),
    ],
)
def test_the_card_counts_as_the_language_does(language, count, card):
    said = words_cards.card(texts(language), task_for("fox", count=count), Outlook())
    assert said.splitlines()[0] == card


def test_a_failure_names_the_reason_and_the_prompt():
    task = replace(task_for("a red fox"), reason=Reason.OVERLOADED)
    reason = words.refusal(texts("en"), Reason.OVERLOADED)
    assert words.failure(texts("en"), task) == f"{reason}\n\na red fox"


@each_language
def test_help_names_every_option_model_and_size(language):
    said = words_help.page(texts(language), HelpTopic.OPTIONS, "nano_banana_bot").text
    wanted = [*flags.FLAGS, *models.CATALOGUE, *models.SIZES, *models.FORMATS]
    assert [one for one in wanted if one not in said] == []


def put_together(t) -> list[str]:
    """Messages that are made of several texts."""
    failed = replace(task_for("a"), reason=Reason.PROMPT_REFUSED, price=4)
    dear = Denied(Barrier.CREDITS, needed=4, left=0, until=NOW + timedelta(hours=10))
    purse = Purse(account="day:5:2030-01-01", daily=100)
    statement = Statement(held=4, purses=((purse, 60),))
    origin = Origin(chat=5, message=1, person=5)
    costs = words_credits.balance(
        t, origin, statement, PriceList(), switches=Switches(), until_refill=timedelta(hours=10)
    )
    return [
        *(words.failure(t, failed), words_access.objection(t, dear, NOW), costs),
        words_cards.cancelled(t, failed),
        words_shop.description(t, Package(stars=250, credits=600, monthly=True), 150),
        words_styles.styles(t, PRESETS, language_of(t)),
        words.mistake(t, Mistake(Wrong.BAD_VALUE, "--ar", "7:8", accepted=("1:1", "3:2"))),
        *(words.what_to_do(t, count) for count in (1, 3)),
    ]


def test_what_is_put_together_has_the_signs_of_its_language():
    chinese, english = (put_together(texts(one)) for one in ("zh_CN", "en"))
    for text in chinese:
        assert not foreign_signs(text), text
    said = "\n".join(chinese)
    for part in ("说法。没有收费。", "还剩 0。10小时后", "；10小时后更新", "Banana：4", "1:1、3:2"):
        assert part in said, part
    assert "这张图" in chinese[-2]
    assert "3 张图" in chinese[-1]
    assert "say it differently. Nothing was charged." in english[0]
    assert "; new ones in 10 hours" in english[2]


def test_a_shape_that_nobody_chose_is_not_told_under_the_picture() -> None:
    task = task_for("a fox")
    free = replace(task, order=replace(task.order, model="edit", ratio="auto"))
    assert words.caption(texts("en"), free) == "a fox\nNano Banana Edit"
