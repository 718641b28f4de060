"""The catalogues: every sentence in every language, and nothing else."""

import re
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from bot.telegram.texts import choose, languages, texts

ROOM = files("bot.telegram")
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "N_": None}
TRANSLATED = languages()[1:]
each_language = pytest.mark.parametrize("language", TRANSLATED)


def said() -> set[str | tuple[str, ...]]:
    """Every text that stands in the code."""
    found = extract_from_dir(str(ROOM), method_map=[("**.py", "python")], keywords=KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def catalogue(language: str) -> Catalog:
    with (ROOM / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def sentences(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def placeholders(text: str) -> set[str | None]:
    return {name for _before, name, _spec, _conversion in Formatter().parse(text)} - {None}


def foreign_signs(chinese: str) -> list[str]:
    """Signs of English between Chinese words, and spaces after Chinese signs; but for what is typed."""
    said = re.sub(r"`[^`]*`", "", chinese)
    return re.findall(r"[\u4e00-\u9fff] ?[,;:!?.](?![\w/])|[，。；：！？、] ", said)


def both(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def test_chinese_is_spoken_besides_english():
    assert languages()[0] == "en"
    assert "zh_CN" in TRANSLATED


@each_language
def test_nothing_is_missing_and_nothing_is_left_over(language):
    assert {message.id for message in sentences(language)} == said()


@each_language
def test_nothing_is_untranslated_fuzzy_or_obsolete(language):
    unfinished = [one.id for one in sentences(language) if one.fuzzy or not all(both(one.string))]
    assert (unfinished, list(catalogue(language).obsolete)) == ([], [])


@each_language
def test_no_translation_is_the_english_text(language):
    assert [one.id for one in sentences(language) if one.string == one.id] == []


@each_language
def test_translations_keep_the_placeholders(language):
    for message in sentences(language):
        # The singular may leave the number out; the form for many has everything.
        wanted = placeholders(both(message.id)[-1])
        assert [placeholders(form) for form in both(message.string)] == [wanted] * len(
            both(message.string)
        ), message.id


@each_language
def test_translations_keep_commands_and_options_as_they_are_typed(language):
    typed = re.compile(r"/[a-z]+|--[a-z]+")
    for message in sentences(language):
        wanted = typed.findall(both(message.id)[-1])
        assert [typed.findall(form) for form in both(message.string)][-1] == wanted, message.id


def test_chinese_has_signs_of_its_own():
    for message in sentences("zh_CN"):
        assert [foreign_signs(form) for form in both(message.string)] == [[]], message.id


@each_language
def test_plural_forms_are_those_of_the_language(language):
    found = catalogue(language)
    rule = get_plural(language)
    assert (found.num_plurals, found.plural_expr) == (rule.num_plurals, rule.plural_expr)
    counted = [one for one in sentences(language) if one.pluralizable]
    assert counted
    assert all(len(one.string) == rule.num_plurals for one in counted)


@each_language
def test_the_header_names_the_language_of_the_file(language):
    assert dict(catalogue(language).mime_headers)["Language"] == language


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("zh", "zh_CN"),
        ("zh-hans", "zh_CN"),
        ("zh-Hant-TW", "zh_CN"),
        ("ZH_cn", "zh_CN"),
        ("de", "en"),
        ("z", "en"),
        ("zho", "en"),
        ("-", "en"),
    ],
)
def test_a_client_gets_the_nearest_language_we_speak(code, language):
    assert choose(code) == language


def test_a_catalogue_speaks():
    assert texts("zh-hans").gettext("✖ Cancelled.") == "✖ 已取消。"
    assert texts("en").gettext("✖ Cancelled.") == "✖ Cancelled."
