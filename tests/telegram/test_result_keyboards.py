"""Buttons and their data: short enough, read strictly, and nothing but ours."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup, Message

from bot.life import PictureState
from bot.telegram import keyboards
from bot.telegram.keyboards import Action, Button
from bot.telegram.texts import languages, texts
from tests.telegram.messages import BOT, raw
from tests.telegram.test_words import task_for

EN = texts("en")
PICTURE, TASK = "0123456789abcdef", "0123456789ab"
each_language = pytest.mark.parametrize("language", languages())


def data(keyboard: InlineKeyboardMarkup) -> list[str]:
    rows = keyboard.inline_keyboard
    return [str(one.callback_data) for row in rows for one in row if one.callback_data]


def album(count: int = 10, failed: int = 2):
    task = task_for("a fox", count=count, failed=failed)
    pictures = [
        replace(one, file_id="x") if one.state is PictureState.STORED else one
        for one in task.pictures
    ]
    return replace(task, pictures=tuple(pictures))


@each_language
def test_every_button_is_within_telegrams_limits_and_read_again(language):
    t, task = texts(language), album()
    picture = task.pictures[0].id
    for keyboard in (
        keyboards.under(t, picture, inline=True, retry=task.id),
        keyboards.of_album(t, task, picture, inline=False),
        keyboards.album(t, task, keyboards.shown(task)),
        keyboards.shapes(t, task, picture),
        keyboards.sure(t, picture),
        keyboards.sure(t, task.id),
        keyboards.failed(t, task),
    ):
        assert all(1 <= len(row) <= 8 for row in keyboard.inline_keyboard)
        for one in data(keyboard):
            button = keyboards.read(one)
            assert len(one.encode()) <= 64
            assert button is not None
            assert {button.picture, button.task} & {picture, task.id} or button.picture


@pytest.mark.parametrize(
    ("said", "button"),
    [
        (f"again:{PICTURE}", Button(action=Action.AGAIN, picture=PICTURE)),
        (f"again:{TASK}", Button(action=Action.AGAIN, task=TASK)),
        (f"shape:{PICTURE}:16:9", Button(action=Action.SHAPE, picture=PICTURE, shape="16:9")),
        (f"retry:{TASK}", Button(action=Action.RETRY, task=TASK)),
        (f"shape:{PICTURE}", None),
        (f"again:{PICTURE}:16:9", None),
        (f"vary:{TASK}", None),
        (f"star:{TASK}", None),
        (f"retry:{PICTURE}", None),
        (f"reword:{PICTURE}", None),
        (f"again:{PICTURE}\n", None),
        (f" again:{PICTURE}", None),
        (f"again:{PICTURE.upper()}", None),
        (f"again:{PICTURE}0", None),
        (f"again:{PICTURE[:15]}", None),
        (f"again:{PICTURE[:15]}٣", None),
        (f"steal:{PICTURE}", None),
        (f"shape:{PICTURE}:160:9", None),
        ("bring:5", None),
        ("", None),
        (None, None),
    ],
)
def test_data_is_read_strictly(said, button):
    assert keyboards.read(said) == button


@given(st.text(max_size=64))
def test_whatever_comes_is_ours_or_nothing(said):
    button = keyboards.read(said)
    assert button is None or said.startswith(f"{button.action}:")


def test_an_album_numbers_what_people_still_have():
    task = album(count=4, failed=1)
    first, second, *rest = task.pictures
    task = replace(task, pictures=(first, replace(second, deleted=True), *rest))
    keyboard = keyboards.album(EN, task, keyboards.shown(task))
    numbers = [one for one in data(keyboard) if one.startswith("panel:")]
    assert numbers == [f"panel:{first.id}", f"panel:{rest[0].id}"]
    assert data(keyboard)[-1] == f"retry:{task.id}"


@pytest.mark.parametrize(("length", "copies"), [(0, False), (1, True), (256, True), (257, False)])
def test_a_prompt_is_copied_where_a_button_holds_it(length, copies):
    assert bool(keyboards.copying(EN, "x" * length)) is copies


def test_only_the_message_under_an_album_is_its_panel():
    task = album()
    shown = keyboards.shown(task)
    panel = keyboards.album(EN, task, shown).to_dict()
    one = keyboards.of_album(EN, task, shown[0].id, inline=True).to_dict()
    failed = keyboards.failed(EN, task).to_dict()
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]

    def is_panel(**fields) -> bool:
        return keyboards.is_panel(Message.de_json(raw(sender=BOT, **fields), None))

    assert is_panel(text="🖼", reply_markup=panel)
    assert is_panel(text="🖼", reply_markup=one)
    assert not is_panel(text="🖼")
    assert not is_panel(text="why not", reply_markup=failed)
    assert not is_panel(photo=photo, reply_markup=keyboards.shapes(EN, task, PICTURE).to_dict())
