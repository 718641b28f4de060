"""What buttons of a sheet carry, and what is made of anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.preferences import Preferences
from bot.preferences import read as read_body
from bot.telegram.settings_sheets import UNSET, Sheet, present, read

SHEETS = [
    Sheet(person=True),
    Sheet(),
    Sheet(topic=4_294_967_295),
    Sheet(topic=5, whole=True),
]


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_button_fits_and_is_understood(sheet):
    assert read(sheet.data()).sheet.scope(-100) == sheet.scope(-100)
    for field in sheet.fields:
        opened = read(sheet.data(field.name))
        assert (opened.field, opened.value) == (field, None)
        for word, value in field.choices.items():
            data = sheet.data(field.name, word)
            assert len(data.encode()) <= 64
            assert (read(data).field, read(data).chosen) == (field, value)
            chosen = read_body({field.name: value})
            assert present(chosen, field) == value
        assert read(sheet.data(field.name, UNSET)).chosen is None
        assert present(Preferences(), field) is None


@pytest.mark.parametrize(
    ("sheet", "scope"),
    list(
        zip(SHEETS, ["person:-100", "chat:-100", "topic:-100:4294967295", "chat:-100"], strict=True)
    ),
)
def test_a_sheet_knows_where_it_is_kept(sheet, scope):
    assert sheet.scope(-100) == scope


@pytest.mark.parametrize(
    "data",
    [
        *("", "set:", "set:x", "set:p1", "set:t", "set:t0", "set:c-5", "set:p:", "set:p:model:"),
        *("set:p:model:gpt", "set:p:model:edit", "set:p:spoiler", "set:c:format", "set:p:avoid:x"),
        *("set:p:count:11", "set:p:count:0", "set:p:language:fr", "set:p:model:pro:x"),
        *("set:p:model:pro\n", "set:t12345678901", "set:p::pro", "set:p:as_file:maybe"),
    ],
)
def test_what_no_sheet_offers_is_nothing(data):
    assert read(data) is None


@given(st.text(max_size=64) | st.from_regex(r"set:[pct][0-9]{0,3}(:[a-z_]{0,8}){0,2}"))
def test_any_data_is_read_or_refused(data):
    press = read(data)
    assert press is None or data.startswith("set:")
