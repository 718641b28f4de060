"""Pictures are as asked for, and made from what was sent."""

import colorsys
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from bot.sandbox.painter import UNREADABLE, paint, picture_size, prompt_sha, read_mark

RATIOS = [
    "1:1",
    "2:3",
    "3:2",
    "3:4",
    "4:3",
    "4:5",
    "5:4",
    "9:16",
    "16:9",
    "21:9",
    "1:4",
    "4:1",
    "1:8",
    "8:1",
]


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def plain(colour: str, size=(600, 400), kind="PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(("resolution", "side"), [("1K", 1024), ("2K", 2048), ("4K", 4096)])
def test_a_size_has_the_ratio_and_the_area_asked_for(ratio, resolution, side):
    wide, high = (int(part) for part in ratio.split(":"))
    width, height = picture_size(wide, high, resolution)
    assert width % 16 == height % 16 == 0
    assert width / height == pytest.approx(wide / high, rel=0.05)
    assert width * height == pytest.approx(side * side, rel=0.04)


@pytest.mark.parametrize(
    ("file_format", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG")]
)
def test_the_file_is_of_the_kind_asked_for(file_format, kind):
    content = paint("a red fox", ratio="16:9", file_format=file_format, job_id="a1")
    image = opened(content)
    assert (image.format, image.size) == (kind, picture_size(16, 9, "1K"))
    assert read_mark(content).prompt_sha == prompt_sha("a red fox")
    assert read_mark(content).job_id == "a1"


def test_the_same_job_paints_the_same_bytes_and_another_a_slightly_different_picture():
    first, again, other = (paint("two cats at night", job_id=job) for job in ("1", "1", "2"))
    assert first == again
    assert opened(first).tobytes() != opened(other).tobytes()
    assert read_mark(first).prompt_sha == read_mark(other).prompt_sha


@pytest.mark.parametrize(
    ("prompt", "hue"),
    [("a red fox", 0), ("GREEN hills", 130), ("蓝色的海", 215), ("a pink castle", 332)],
)
def test_the_colour_named_rules(prompt, hue):
    mean = ImageStat.Stat(opened(paint(prompt)).convert("RGB")).mean
    seen = colorsys.rgb_to_hsv(*(part / 255 for part in mean))[0] * 360
    assert abs((seen - hue + 180) % 360 - 180) < 25


def test_one_reference_is_the_ground_of_the_picture_and_gives_auto_its_ratio():
    image = opened(paint("a hat", ratio="auto", references=[plain("#00ff00")]))
    assert image.size == picture_size(600, 400, "1K")
    red, green, blue = image.getpixel((image.width // 3, image.height // 3))
    assert green > max(red, blue)


def test_several_references_are_all_to_be_seen():
    colours = ["#ff0000", "#00ff00", "#0000ff"]
    sources = [plain(colour, kind="WEBP") for colour in colours]
    image = opened(paint("together", references=sources)).convert("RGB").reduce(8)
    seen = {pixel for _, pixel in image.getcolors(1 << 16)}
    for wanted in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        assert any(all(abs(a - b) < 30 for a, b in zip(wanted, p, strict=True)) for p in seen)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", plain("red")[:90], b"<html>", b"\xff\xd8\xff\xe0"]
)
def test_a_reference_that_is_no_picture_is_said_to_be_unreadable(content):
    with pytest.raises(UNREADABLE):
        paint("x", references=[content])


def test_other_pictures_carry_no_mark():
    with pytest.raises(ValueError, match="no mark"):
        read_mark(plain("red"))


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=400))
def test_any_prompt_can_be_painted(prompt):
    content = paint(prompt, ratio="1:8", file_format="jpg", job_id="f0")
    assert read_mark(content).prompt_sha == prompt_sha(prompt)
