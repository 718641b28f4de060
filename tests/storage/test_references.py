"""A person's picture as the generator may see it: upright, and without what it tells about them."""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.errors import Reason
from bot.storage import imaging
from bot.storage.encoding import encode
from bot.storage.imaging import prepare_reference
from tests.storage.samples import (
    HTML,
    MAKE,
    ORIENTATION,
    encoded,
    opened,
    place,
    plain,
    png,
    refusal,
    with_secrets,
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_people_send_becomes_a_jpeg(kind: str) -> None:
    checked = prepare_reference(plain(kind))
    assert (checked.media_type, checked.width, checked.height) == ("image/jpeg", 40, 30)
    picture = opened(checked.content)
    assert (picture.format, picture.size) == ("JPEG", (40, 30))
    red, green, blue = picture.getpixel((20, 15))
    assert (abs(red - 46), abs(green - 139), abs(blue - 87)) < (12, 12, 12)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_transparency_is_kept(kind: str) -> None:
    checked = prepare_reference(encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 7)), kind))
    assert checked.media_type == "image/png"
    assert opened(checked.content).getpixel((0, 0))[3] == 7


def test_a_sticker_with_one_transparent_colour_keeps_it() -> None:
    sticker = Image.new("P", (40, 30), 1)
    sticker.putpalette([9, 9, 9, 255, 0, 0])
    checked = prepare_reference(encoded(sticker, "GIF", transparency=1))
    assert opened(checked.content).getpixel((0, 0))[3] == 0


def test_sixteen_bits_of_grey_stay_grey() -> None:
    for kind in ("PNG", "TIFF"):
        checked = prepare_reference(encoded(Image.new("I;16", (40, 30), 0x8000), kind))
        assert abs(opened(checked.content).getpixel((5, 5))[0] - 128) < 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_what_a_camera_tells_about_a_person_is_gone(kind: str) -> None:
    content = with_secrets(kind)
    assert b"Secret" in content
    # Pillow writes no place into a TIFF.
    assert place(content) or kind == "TIFF"
    checked = prepare_reference(content)
    assert b"Secret" not in checked.content
    assert b"Exif" not in checked.content
    assert dict(opened(checked.content).getexif()) == {}


def test_words_in_a_png_are_gone() -> None:
    words = Image.new("RGBA", (40, 30), (1, 2, 3, 4))
    text = PngInfo()
    text.add_text("parameters", "SecretPrompt")
    content = encoded(words, "PNG", pnginfo=text)
    assert b"SecretPrompt" in content
    assert b"Secret" not in prepare_reference(content).content


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (40, 20), (5, 10)),
        (2, (40, 20), (35, 10)),
        (3, (40, 20), (35, 10)),
        (6, (20, 40), (10, 5)),
        (8, (20, 40), (10, 35)),
    ],
)
def test_a_picture_leaves_upright(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int]
) -> None:
    checked = prepare_reference(with_secrets("JPEG", orientation))
    assert (checked.width, checked.height) == size
    red, green, _ = opened(checked.content).getpixel(red_at)
    assert (red > 200, green < 60) == (True, True)


def test_a_large_picture_is_made_smaller_in_proportion() -> None:
    checked = prepare_reference(encoded(Image.new("L", (8192, 512)), "PNG"))
    assert (checked.width, checked.height) == (4096, 256)


def test_a_picture_of_pure_noise_is_kept_under_what_every_model_takes() -> None:
    noise = random.Random(7).randbytes(1500 * 1550 * 4)
    heavy = encoded(Image.frombytes("RGBA", (1500, 1550), noise), "TIFF")
    checked = prepare_reference(heavy)
    assert len(checked.content) <= 9_000_000


@pytest.mark.parametrize(
    ("kind", "options", "size", "fits"),
    [
        ("JPEG", {}, (8192, 6144), True),
        ("JPEG", {}, (8192, 6400), False),
        ("JPEG", {"progressive": True}, (6000, 4200), True),
        ("JPEG", {"progressive": True}, (6000, 4400), False),
        ("PNG", {}, (8192, 6144), True),
        ("PNG", {}, (8192, 6400), False),
        ("WEBP", {}, (6000, 4200), True),
        ("WEBP", {}, (6000, 4400), False),
        ("TIFF", {"compression": "tiff_deflate"}, (6000, 4400), False),
    ],
)
def test_as_large_as_phones_make_them_is_the_largest(
    kind: str, options: dict[str, Any], size: tuple[int, int], fits: bool
) -> None:
    content = encoded(Image.new("L" if kind == "JPEG" else "RGB", size), kind, **options)
    if fits:
        checked = prepare_reference(content)
        assert max(checked.width, checked.height) == 4096
        assert checked.width * size[1] // checked.height == pytest.approx(size[0], rel=0.001)
    else:
        assert refusal(prepare_reference, content) is Reason.REFERENCE_TOO_BIG


# Prints how many kilobytes it took; what the tests beside it hold is none of it.
MEASURE = """
import resource, sys
from bot.storage.encoding import encode
from bot.storage.imaging import prepare_reference
content = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(prepare_reference(content).width)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "LA"])
def test_the_largest_picture_fits_into_memory_twice(mode: str) -> None:
    size = (8192, 6144)
    content = encoded(Image.new(mode, size), "PNG")
    root = Path(__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=root, input=content, capture_output=True, check=True
    )
    width, kilobytes = map(int, said.stdout.split())
    assert width == 4096
    # It was nearly four times.
    assert kilobytes * 1024 < 2.5 * 4 * size[0] * size[1]


def test_what_is_too_large_as_a_png_is_given_up_early() -> None:
    noise = random.Random(7).randbytes(2000 * 2000 * 4)
    heavy = Image.frombytes("RGBA", (2000, 2000), noise)
    began = time.process_time()
    assert encode(heavy, most=1_000_000) is None
    gave_up = time.process_time() - began
    assert encode(heavy, most=999_000_000)
    assert gave_up < (time.process_time() - began) / 2


def test_how_a_picture_lies_is_not_looked_for_in_megabytes() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "x" * 100_000
    for kind in ("PNG", "WEBP"):
        checked = prepare_reference(encoded(Image.new("RGB", (40, 20)), kind, exif=exif))
        assert (checked.width, checked.height) == (40, 20)


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    heavy = plain("PNG") + bytes(imaging.REFERENCE_BYTES_MAX)
    assert refusal(prepare_reference, heavy) is Reason.REFERENCE_TOO_BIG


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        b"%PDF-1.7",
        b"\xff\xd8\xff" + HTML,
        b"GIF89a" + HTML,
        b"BM" + HTML,
        b"\x00\x00\x00\x18ftypheic" + bytes(200),
        png(7_000, 7_000),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refusal(prepare_reference, content) is Reason.NOT_A_PICTURE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_that_is_cut_off_is_refused(kind: str) -> None:
    content = encoded(Image.effect_noise((120, 90), 90), kind)
    assert prepare_reference(content)
    assert refusal(prepare_reference, content[: len(content) // 3]) is Reason.NOT_A_PICTURE
