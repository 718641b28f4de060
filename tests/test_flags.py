"""How people, and their phones, write what they want."""

import pytest

from bot.flags import FLAGS, read
from bot.models import CATALOGUE, FORMATS, SIZES, WIDE_RATIOS
from bot.prompt import Asked, Mistake, Options, Wrong


def mistake(text: str) -> Mistake:
    with pytest.raises(Mistake) as caught:
        read(text)
    return caught.value


def fox(**options) -> Asked:
    return Asked("a red fox", Options(**options))


# --- what the flags say -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("a red fox", fox()),
        ("a red fox --ar 16:9", fox(ratio="16:9")),
        ("a red fox --AR 16:9", fox(ratio="16:9")),
        ("a red fox --ar=16:9", fox(ratio="16:9")),
        ("a red fox --ar = 16:9", fox(ratio="16:9")),
        ("a red fox --ar\n16:9", fox(ratio="16:9")),
        ("a red fox --aspect-ratio 3:2", fox(ratio="3:2")),
        ("a red fox --ratio 3:2", fox(ratio="3:2")),
        ("a red fox --比例 3:2", fox(ratio="3:2")),
        ("a red fox --n 4", fox(count=4)),
        ("a red fox --n4", fox(count=4)),
        ("a red --n4 fox", fox(count=4)),
        ("a red fox --数量 4", fox(count=4)),
        ("a red fox --model Pro", fox(model="pro")),
        ("a red fox --model nano-banana-2-1", fox(model="2.1")),
        ("a red fox --model google/nano-banana-edit", fox(model="edit")),
        ("a red fox --model nano-banana", fox(model="banana")),
        ("a red fox --model v2", fox(model="2")),
        ('a red fox --model "pro"', fox(model="pro")),
        ("a red fox --model “pro”", fox(model="pro")),
        ("a red fox --size 4K", fox(size="4k")),
        ("a red fox --resolution 2k", fox(size="2k")),
        ("a red fox --format JPEG", fox(format="jpg")),
        ("a red fox --fmt png", fox(format="png")),
        ("a red fox --n 2 --ar 1:1 --size 2k", fox(count=2, ratio="1:1", size="2k")),
    ],
)
def test_each_flag_can_be_written_in_several_ways(text, asked):
    assert read(text) == asked


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        *((ratio, ratio) for ratio in WIDE_RATIOS),
        ("16：9", "16:9"),
        ("16∶9", "16:9"),
        ("16x9", "16:9"),
        ("16×9", "16:9"),
        ("16/9", "16:9"),
        ("１６：９", "16:9"),
        ("1920x1080", "16:9"),
        ("6:4", "3:2"),
        ("16:9,", "16:9"),
        ("16:9。", "16:9"),
        ("landscape", "16:9"),
        ("Portrait", "9:16"),
        ("square", "1:1"),
        ("横", "16:9"),
        ("竖", "9:16"),
        ("方", "1:1"),
        ("自动", "auto"),
    ],
)
def test_a_ratio_can_be_numbers_or_a_word(written, ratio):
    assert read(f"a red fox --ar {written}") == fox(ratio=ratio)


@pytest.mark.parametrize("dash", ["--", "—", "–", "―", "−", "——", "—-", "–-", "––"])
@pytest.mark.parametrize("place", ["a red fox {}ar 16:9", "{}ar 16:9 a red fox", "a red {}n4 fox"])
def test_the_dashes_phones_make_are_understood(dash, place):
    asked = read(place.format(dash))
    assert asked.prompt == "a red fox"
    assert asked.options in (Options(ratio="16:9"), Options(count=4))


@pytest.mark.parametrize("dash", ["--", "—", "——"])
def test_a_flag_needs_no_space_before_it(dash):
    assert read(f"一只红狐狸{dash}ar 16:9") == Asked("一只红狐狸", Options(ratio="16:9"))
    assert read(f"一只猫{dash}比例 竖 坐着") == Asked("一只猫 坐着", Options(ratio="9:16"))


@pytest.mark.parametrize(
    "text",
    ["--ar 16:9 a red fox", "a --ar 16:9 red fox", "a red --ar 16:9 fox", "a red fox --ar 16:9"],
)
def test_a_flag_may_stand_anywhere(text):
    assert read(text) == fox(ratio="16:9")


def test_what_is_written_last_counts():
    assert read("a red fox --ar 1:1 --ratio 16:9") == fox(ratio="16:9")


def test_flags_alone_leave_no_prompt():
    assert read("--ar 16:9 --n 2") == Asked("", Options(ratio="16:9", count=2))


# --- what stays in the prompt -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("a fox\n\nin the snow --n 2", "a fox\n\nin the snow"),
        ("a fox --n 2\nin the snow", "a fox\nin the snow"),
        ("a fox\n--n 2 in the snow", "a fox\nin the snow"),
        ("a fox, --n 2 red", "a fox, red"),
        ("a  fox   in\tsnow --n 2", "a  fox   in\tsnow"),
        ('a sign saying "hello" --n 2', 'a sign saying "hello"'),
        ('a sign saying "use --ar 1:1 here" --n 2', 'a sign saying "use --ar 1:1 here"'),
        ("a sign saying “use --rato 1:1” --n 2", "a sign saying “use --rato 1:1”"),
        ('"one --x" and --n 2 "two --y"', '"one --x" and "two --y"'),
        ("a fox — red, quick — in snow --n 2", "a fox — red, quick — in snow"),
        ("a well-known fox, 1990–2000 --n 2", "a well-known fox, 1990–2000"),
        ("snow—covered fox --n 2", "snow—covered fox"),
        ("a fox -n 3 --n 2", "a fox -n 3"),
        ("rows A1–N4 of a sheet --n 2", "rows A1–N4 of a sheet"),
        ("if (i-- > 0) --n 2", "if (i-- > 0)"),
        ("a --- b --n 2", "a --- b"),
        ("a well--known fox --n 2", "a well--known fox"),
    ],
)
def test_the_rest_of_the_text_is_kept(text, prompt):
    assert read(text) == Asked(prompt, Options(count=2))


def test_control_characters_are_dropped():
    assert read("a\x00 red\x1b fo\x7fx\x85 \ud800--n 2") == Asked("a red fox", Options(count=2))


def test_joiners_and_directions_that_writing_needs_are_kept():
    family = "👨\u200d👩\u200d👧 \u200fשועל"
    assert read(family).prompt == family


def test_a_very_long_text_is_read():
    words = "a red fox in deep snow, " * 500
    assert read(f"{words} --ar 16:9 {words}") == Asked(
        f"{words.strip()} {words.strip()}", Options(ratio="16:9")
    )


# --- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "flag", "accepted"),
    [
        ("a fox --rato 16:9", "--rato", ("--ratio",)),
        ("a fox --modle pro", "--modle", ("--model",)),
        ("a fox --formt", "--formt", ("--format",)),
        ("a fox --Siez 4k", "--Siez", ("--size",)),
        ("a fox --xyzzy 4", "--xyzzy", FLAGS),
        ("--zzz", "--zzz", FLAGS),
    ],
)
def test_an_unknown_flag_names_the_one_that_was_meant_or_all(text, flag, accepted):
    found = mistake(text)
    assert (found.wrong, found.flag, found.accepted) == (Wrong.UNKNOWN_FLAG, flag, accepted)


@pytest.mark.parametrize(
    ("flag", "value", "accepted"),
    [
        *(
            ("--ar", value, WIDE_RATIOS)
            for value in ("16:99", "2:1", "0:1", "1:0", "wide-ish", "16", ":", "999999:1")
        ),
        *(("--n", value, ("1-10",)) for value in ("0", "11", "-1", "four", "²", "1000000", "2.5")),
        ("--model", "mango", tuple(CATALOGUE)),
        ("--size", "8k", SIZES),
        ("--format", "webp", FORMATS),
        ("--size", '""', SIZES),
    ],
)
def test_a_wrong_value_names_the_accepted_ones(flag, value, accepted):
    found = mistake(f"a fox {flag} {value} in snow")
    assert (found.wrong, found.flag) == (Wrong.BAD_VALUE, flag)
    assert found.value == value.strip('"')
    assert found.accepted == accepted


@pytest.mark.parametrize("text", ["a fox --n11", "a fox —n0"])
def test_a_wrong_count_without_a_space_is_a_wrong_value(text):
    assert mistake(text).wrong is Wrong.BAD_VALUE


@pytest.mark.parametrize(
    ("flag", "accepted"),
    [
        ("--ar", WIDE_RATIOS),
        ("--n", ("1-10",)),
        ("--model", tuple(CATALOGUE)),
        ("--size", SIZES),
        ("--format", FORMATS),
    ],
)
@pytest.mark.parametrize("after", ["", "  \n ", " --n 2", " —ar 1:1"])
def test_a_flag_without_its_value_names_the_accepted_ones(flag, accepted, after):
    found = mistake(f"a fox {flag}{after}")
    assert (found.wrong, found.flag, found.accepted) == (Wrong.MISSING_VALUE, flag, accepted)


def test_a_mistake_names_the_flag_as_it_was_written():
    assert mistake("a fox —Ratio 2:1").flag == "--Ratio"


@pytest.mark.parametrize(
    ("text", "prompt", "ratio"),
    [
        ("fox—model train", "fox—model train", None),
        ("well--ar 1:1", "well--ar 1:1", None),
        ("a fox --ar 16:9，在雪里", "a fox 在雪里", "16:9"),
        ("狐狸—ar 16:9", "狐狸", "16:9"),
        ("狐狸－－ar 竖 跑", "狐狸 跑", "9:16"),
    ],
)
def test_a_dash_between_words_is_a_dash_and_chinese_needs_no_spaces(text, prompt, ratio):
    asked = read(text)
    assert (asked.prompt, asked.options.ratio) == (prompt, ratio)
