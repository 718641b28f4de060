"""Which prompts a text with braces stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.permutations import Many, read


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("{red,blue} fox", ["red fox", "blue fox"]),
        ("{red,blue} {fox,hen}", ["red fox", "red hen", "blue fox", "blue hen"]),
        ("{red, blue} fox", ["red fox", "blue fox"]),
        ("a {very ,}big fox", ["a very big fox", "a big fox"]),
        ("{,red} fox", ["fox", "red fox"]),
        ("{red,blue}{fox,}", ["redfox", "red", "bluefox", "blue"]),
        ("{a,{b,c} d}", ["a", "b d", "c d"]),
        ("{{a,b},{c,d}}", ["a", "b", "c", "d"]),
        ("{红，蓝}的｛狐狸，母鸡｝", ["红的狐狸", "红的母鸡", "蓝的狐狸", "蓝的母鸡"]),
        (r"{a\,b,c}", ["a,b", "c"]),
        (r"{a\},c}", ["a}", "c"]),
    ],
)
def test_a_group_stands_for_each_of_its_choices(text, prompts):
    assert read(text) == Many(len(prompts), tuple(prompts))


@pytest.mark.parametrize(
    "text",
    [
        *("", "a fox", "red, blue and {green}", "{x}", "{}", "a {b", "a } b", "}{", "{a,b", "a,b}"),
        *("{ {x} }", '{"colour": "red", "of": "fox"}', "{“colour”: 1, “of”: 2}", "a  b,  c", "\\"),
        *(r"C:\dir, and more", r"one\, two", "{a,{b", "{a},b"),
    ],
)
def test_what_is_no_group_stays_as_it_is_written(text):
    assert read(text) == Many(1, (text,))


@pytest.mark.parametrize(
    ("text", "prompt"), [(r"\{a,b\}", "{a,b}"), (r"\{a,b}", "{a,b}"), (r"{a\,b}", "{a,b}")]
)
def test_a_backslash_makes_a_sign_of_a_brace(text, prompt):
    assert read(text) == Many(1, (prompt,))


def test_an_unfinished_group_does_not_spoil_the_next():
    assert read("{a,{b,c}").texts == ("{a,b", "{a,c")
    assert read("{{a,b}}").texts == ("{a}", "{b}")


def test_more_than_anybody_wants_is_counted_and_not_written_out():
    many = read("{a,b}" * 200)
    assert many.count == 2**200
    assert len(many.texts) <= 64


def test_depth_does_not_matter():
    assert read("{" * 4000).count == 1
    assert read("{a," * 1000 + "b" + "}" * 1000).count == 1001


@given(st.text(alphabet='ab ,，{}｛｝\\"', max_size=60))
def test_any_text_stands_for_at_least_one_prompt(text):
    many = read(text)
    assert many.count >= 1
    assert len(many.texts) == min(many.count, 64)


@given(st.lists(st.lists(st.text(alphabet="abc", min_size=1), min_size=2, max_size=4), max_size=3))
def test_the_count_is_the_product_of_the_choices(groups):
    text = " ".join("{" + ",".join(choices) + "}" for choices in groups)
    wanted = 1
    for choices in groups:
        wanted *= len(choices)
    assert read(text).count == wanted


@given(st.text())
def test_a_text_without_braces_and_backslashes_is_one_prompt(text):
    plain = "".join(sign for sign in text if sign not in "{}｛｝\\")
    assert read(plain) == Many(1, (plain,))
