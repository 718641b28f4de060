"""README in Chinese says what README says, and CONTRIBUTING's way to a new language leads there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.telegram.texts import texts
from bot.telegram.words_menu import Menu, menu

ROOT = Path(__file__).parent.parent
ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh-CN.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()

SECTIONS = {
    "What people can ask": "能怎么画",
    "In the chat": "聊天里的命令",
    "For operators": "给运营者",
    "Settings": "设置",
    "Commands": "命令行",
    "HTTP": "HTTP",
}


def section(document: str, title: str) -> str:
    return re.split(
        r"\n#+ ", re.split(rf"^#+ {title}\n", document, maxsplit=1, flags=re.MULTILINE)[1]
    )[0]


def rows(document: str, title: str) -> list[list[str]]:
    """The names in the first cell of each row of its tables."""
    found = re.findall(r"^\| (`.*?) \|", section(document, title), re.MULTILINE)
    return [re.findall(r"`([^`]+)`", first) for first in found]


@pytest.mark.parametrize("title", SECTIONS)
def test_both_readmes_name_the_same_things(title: str) -> None:
    named = rows(ENGLISH, title)
    assert named
    assert rows(CHINESE, SECTIONS[title]) == named


def test_both_readmes_know_the_same_defaults() -> None:
    def defaults(document: str, title: str) -> dict[str, str]:
        found = re.findall(
            r"^\| `([A-Z_]+)` \| `([^`]+)` \|", section(document, title), re.MULTILINE
        )
        return {name: value for name, value in found if name != "STORAGE_URL"}

    assert defaults(ENGLISH, "Settings")
    assert defaults(CHINESE, "设置") == defaults(ENGLISH, "Settings")


def test_the_readmes_lead_to_each_other() -> None:
    assert "](README.zh-CN.md)" in ENGLISH
    assert "](README.md)" in CHINESE


@pytest.mark.parametrize("document", [CHINESE, CONTRIBUTING], ids=["Chinese", "contributing"])
def test_every_file_a_document_points_to_is_there(document: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", document):
        assert not target or (ROOT / target).exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", ENGLISH, re.MULTILINE)
            assert anchor in [title.lower().replace(" ", "-") for title in titles]


@pytest.mark.parametrize("document", [ENGLISH, CHINESE], ids=["English", "Chinese"])
def test_who_reads_of_the_matrix_is_led_to_it(document: str) -> None:
    anchors = re.findall(r"\[[^]]*(?:matrix|矩阵)[^]]*\]\((?:README\.md)?#([^)]+)\)", document)
    assert anchors
    for anchor in anchors:
        title = next(
            one
            for one in re.findall(r"^#+ (.+)$", ENGLISH, re.MULTILINE)
            if one.lower().replace(" ", "-") == anchor
        )
        assert "tests/faults/test_matrix.py" in section(ENGLISH, title)


def test_every_command_of_the_menus_is_in_readme() -> None:
    titles = ("In the chat", "For operators")
    documented = {name for title in titles for row in rows(ENGLISH, title) for name in row}
    shown = {f"/{name}" for where in Menu for name in menu(texts("en"), where, studio=True)}
    assert shown <= documented


def test_one_file_is_enough_for_a_language(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    for command in re.findall(r"^\.venv/bin/(pybabel .*)$", CONTRIBUTING, re.MULTILINE):
        made = subprocess.run(
            [Path(sys.executable).parent / "pybabel", *command.split()[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
    file = tmp_path / "bot" / "telegram" / "locales" / "de.po"
    with file.open("rb") as written:
        german = {message.id for message in read_po(written) if message.id}
    with (ROOT / "bot" / "telegram" / "locales" / "zh_CN.po").open("rb") as written:
        assert german == {message.id for message in read_po(written) if message.id}

    text = file.read_text()
    assert 'msgid "❓ Help topics"\nmsgstr ""' in text
    file.write_text(
        text.replace('"❓ Help topics"\nmsgstr ""', '"❓ Help topics"\nmsgstr "❓ Hilfe"')
    )
    asked = (
        "from bot.telegram import figures, words_help\n"
        "from bot.telegram.settings_sheets import FIELDS\n"
        "from bot.telegram.texts import texts\n"
        "offered = [figures.language_name(str(one)) for one in FIELDS['language'].choices.values()]\n"
        "print(words_help.topics_button(texts('de-AT')), *offered)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "❓ Hilfe English Deutsch 简体中文\n"


def test_every_promise_of_the_conversation_has_its_test() -> None:
    promises = (ROOT / "docs" / "conversation.md").read_text()
    lines = [one for one in promises.splitlines() if one.startswith("| ") and "| test |" not in one]
    assert len(lines) > 70
    for line in lines:
        named = re.fullmatch(r"\| .+ \| `(\S+\.py)::(\w+)` \|", line)
        assert named, line
        assert f"def {named[2]}(" in (ROOT / "tests" / named[1]).read_text(), line
