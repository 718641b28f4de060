"""Prompts out of lines, files and tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.batch import Line, Unreadable, decode, lines, rows

TEXT = "一只红狐狸\na fox"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_what_people_save_is_read(encoding):
    assert decode(TEXT.encode(encoding)) == TEXT


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xff\xff", b"a\0b"])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(Unreadable):
        decode(content)


def test_lines_keep_their_numbers():
    assert lines("a fox\n\n  a hen \r\n\t\na cow", first=2) == [
        Line(2, "a fox"),
        Line(4, "a hen"),
        Line(6, "a cow"),
    ]


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("a fox\na hen\n", [(1, "a fox"), (2, "a hen")]),
        ("a fox,1\na hen,2\n", [(1, "a fox"), (2, "a hen")]),
        ("id,prompt\n1,a fox\n2,\n3,a hen", [(2, "a fox"), (4, "a hen")]),
        ("id; PROMPT \n1;a fox, red\n", [(2, "a fox, red")]),
        ("id\tprompt\n1\ta fox\n", [(2, "a fox")]),
        ('prompt\n"a fox\nin the snow"\na hen', [(2, "a fox in the snow"), (4, "a hen")]),
        ('prompt\n"a ""red"" fox, two hens"', [(2, 'a "red" fox, two hens')]),
        ("id,prompt\n1\n2,a hen", [(3, "a hen")]),
        ("", []),
        ("prompt", []),
    ],
)
def test_a_table_gives_the_column_of_prompts_or_its_first(table, found):
    assert rows(table) == [Line(*one) for one in found]


def test_a_cell_longer_than_any_prompt_is_refused():
    with pytest.raises(Unreadable):
        rows('"' + "x" * 200_000)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    try:
        text = decode(content)
    except Unreadable:
        return
    assert all(line.text for line in lines(text))


@given(st.text(max_size=200))
def test_any_table_is_read_or_refused(table):
    try:
        found = rows(table)
    except Unreadable:
        return
    assert all(line.text and "\n" not in line.text for line in found)
