"""What /start and /help say: short, whole in every language, with examples that work."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import flags, prompt
from bot.presets import PRESETS
from bot.telegram import words_help
from bot.telegram.rich import Rich, rich
from bot.telegram.texts import languages, texts
from bot.telegram.words_help import HelpTopic
from bot.telegram.words_menu import Menu, menu
from tests.telegram.test_words import is_in

BOT = "nano_banana_bot"
# Longer than this nobody reads on a phone: about one screen.
SHORT = 700
each_language = pytest.mark.parametrize("language", languages())


def examples(said: Rich) -> list[str]:
    """What is copied at a tap, cut out as Telegram does it."""
    units = said.text.encode("utf-16-le", "surrogatepass")
    return [
        units[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le", "surrogatepass")
        for one in said.entities
    ]


def everything(language: str) -> list[Rich]:
    t = texts(language)
    pages = [words_help.page(t, topic, BOT) for topic in HelpTopic]
    styles = [
        words_help.style(t, preset.label(language), key, needs_picture=preset.needs_picture)
        for key, preset in PRESETS.items()
    ]
    return [*pages, *styles, words_help.welcome(t, "Ann"), words_help.hello(t), words_help.hint(t)]


@each_language
def test_every_example_is_one_the_bot_understands(language):
    for said in everything(language):
        for example in examples(said):
            wish = re.sub(rf"^/imagine(@{BOT})?|@{BOT}", "", example)
            # The template: an option or a name may stand alone, to go with words or a picture.
            asked = flags.read(wish, styles=PRESETS)
            order = prompt.settle(asked, references=0, template="{prompt}")
            assert "--" not in order.prompt


@each_language
def test_no_backtick_and_no_brace_is_left_over(language):
    text = "".join(said.text for said in everything(language))
    assert "`" not in text
    assert re.findall(r"\{.*?\}", text) in (["{red,blue}"], ["{红色,蓝色}"])


@each_language
@pytest.mark.parametrize("topic", HelpTopic)
def test_a_page_is_short_and_in_its_language(language, topic):
    said = words_help.page(texts(language), topic, BOT)
    assert len(said.text) <= SHORT
    assert is_in(language, said.text)
    assert said.text.startswith(words_help.title(texts(language), topic))


@each_language
def test_a_group_learns_how_to_name_the_bot(language):
    said = words_help.page(texts(language), HelpTopic.GROUPS, BOT)
    assert f"/imagine@{BOT}" in said.text


@each_language
def test_start_says_it_in_three_lines_and_two_examples(language):
    said = words_help.welcome(texts(language), "Ann")
    assert [len(part.splitlines()) for part in said.text.split("\n\n")] == [1, 3, 3]
    assert len(examples(said)) == 2


@given(st.text(max_size=64))
def test_examples_keep_their_place_whatever_a_person_is_called(name):
    said = rich("{name} `{name}` 🦊 `a fox`", name=name)
    assert said.text == f"{name} {name} 🦊 a fox"
    assert examples(said) == ([name] if name else []) + ["a fox"]


@each_language
@pytest.mark.parametrize("where", Menu)
def test_the_menus_fit_telegrams_limits(language, where):
    shown = menu(texts(language), where)
    assert all(re.fullmatch(r"[a-z0-9_]{1,32}", command) for command in shown)
    assert all(1 <= len(what) <= 256 and is_in(language, what) for what in shown.values())


def test_each_scope_shows_what_is_of_use_there():
    shown = {where: list(menu(texts("en"), where)) for where in Menu}
    private = [
        *("imagine", "batch", "presets", "history", "settings", "balance"),
        *("cancel", "help", "privacy"),
    ]
    group = ["imagine", "batch", "cancel", "settings", "help"]
    admins = [*group[:-1], "group", "help"]
    desk = [
        "admin",
        "charts",
        "task",
        "user",
        "ban",
        "unban",
        "allow",
        "grant",
        "price",
        "broadcast",
    ]
    assert shown == {
        Menu.PRIVATE: private,
        Menu.GROUP: group,
        Menu.ADMINS: admins,
        Menu.OPERATORS: private + desk,
    }
    said = {where: menu(texts("en"), where)["settings"] for where in Menu}
    assert said[Menu.ADMINS] != said[Menu.GROUP] == said[Menu.PRIVATE]
