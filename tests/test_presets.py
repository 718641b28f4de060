"""Styles: what a file of them may say, and what is said about one that is wrong."""

from pathlib import Path

import pytest

from bot import presets
from bot.flags import FLAGS
from bot.prompt import Options

GOOD = '[oil]\nlabels = { en = "Oil", zh_CN = "油画" }\ntemplate = "Oil. {prompt}"\n'


def wrong(text: str, folder: Path | None = None) -> str:
    with pytest.raises(ValueError, match="presets: ") as error:
        presets.load(text, folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_ours_can_be_asked_for_by_flag_and_by_button():
    assert "--style" in FLAGS
    assert len(presets.PRESETS) >= 8
    assert presets.PRESETS["pixel"].reference
    for one in presets.PRESETS.values():
        assert len(f"style:{'0' * 16}:{one.key}".encode()) <= 64
        assert {"en", "zh_CN"} <= set(one.labels)
        assert one.label("de") == one.label("en") != one.label("zh_CN")


def test_the_longest_name_fits_a_button():
    assert len(f"style:{'0' * 16}:{'x' * presets.KEY_MAX}".encode()) <= 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oil", "presets: "),
        ("oil = 1", "presets: oil: must be a table"),
        ("[Öl]", "presets: "),
        (f"[{'x' * 25}]", "up to 24"),
        (GOOD + 'colour = "red"', "oil: unknown field colour"),
        ("[oil]\nlabels = { en = 'Oil' }", "oil: template: must hold {prompt}"),
        ("[oil]\ntemplate = '{prompt}'", "oil: labels: must hold en"),
        ("[oil]\ntemplate = '{prompt}'\nlabels = 'Oil'", "oil: labels: must hold en"),
        ("[oil]\ntemplate = '{prompt}'\nlabels = {en = 'Oil', de = 5}", "oil: labels: de"),
        (GOOD + "options = { colour = 'red' }", "oil: options: unknown option colour, there are model, ratio"),
        (GOOD + "options = { ratio = '7:8' }", "oil: options: ratio cannot be '7:8'"),
        (GOOD + "options = { ratio = ['1:1'] }", "oil: options: ratio cannot be"),
        (GOOD + "options = 'ratio'", "oil: options: must be a table"),
        (GOOD + "reference = 'oil.png'", "oil: reference"),
        (GOOD + "reference = 5", "oil: reference"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_that_names_style_and_field(text, said):
    assert said in wrong(text)


@pytest.mark.parametrize("name", ["gone.png", "../secret.png", "/etc/passwd", "", ".hidden"])
def test_a_picture_lies_beside_the_file(tmp_path, name):
    (tmp_path.parent / "secret.png").write_bytes(b"secret")
    assert "oil: reference" in wrong(GOOD + f"reference = '{name}'", tmp_path)


def test_more_than_there_is_room_for_are_refused():
    many = "\n".join(GOOD.replace("oil", f"oil{number}") for number in range(41))
    assert "41 are too many" in wrong(many)


def test_an_own_file_is_read_with_its_pictures(tmp_path):
    (tmp_path / "oil.png").write_bytes(b"a picture")
    file = tmp_path / "own.toml"
    file.write_text(
        "\ufeff" + GOOD + 'reference = "oil.png"\nneeds_picture = true\noptions = { size = "2k" }',
        encoding="utf-8",
    )
    loaded = presets.load_file(file)
    oil = loaded["oil"]
    assert (oil.needs_picture, oil.options) == (True, Options(size="2k"))
    assert oil.label("zh_CN") == "🎨 油画"
    assert presets.pictures(loaded) == {"style:oil": b"a picture"}
    assert [one.source for one in oil.references] == ["style:oil"]


def test_an_own_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "gbk.toml").write_bytes("# 油画".encode("gbk"))
    for name in ("gone.toml", "gbk.toml", "."):
        with pytest.raises(ValueError, match=str(tmp_path)):
            presets.load_file(tmp_path / name)
