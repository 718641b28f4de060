"""What may pass as a picture: whole, of a kind we serve, and not larger than we can bear."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.errors import Reason, Refused
from bot.storage import imaging
from bot.storage.imaging import Checked, prepare_reference
from tests.storage.samples import HTML, check, encoded, plain, png, refusal, with_secrets


@pytest.mark.parametrize(
    ("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_a_result_is_kept_untouched(kind: str, media_type: str) -> None:
    content = plain(kind)
    assert check(content) == Checked(media_type, len(content), 40, 30)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"RIFF\x00\x00\x00\x00WAVE",
        HTML + plain("PNG"),
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82",
        b"RIFF\x00\x00\x00\x00WEBP",
        plain("GIF"),
        plain("BMP"),
        plain("TIFF"),
    ],
)
def test_a_result_that_is_no_picture_we_serve_is_refused(content: bytes) -> None:
    assert refusal(check, content) is Reason.BAD_RESULT


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_result_that_is_cut_off_is_refused(kind: str, kept: float) -> None:
    content = encoded(Image.effect_noise((120, 90), 90), kind)
    assert check(content)
    assert refusal(check, content[: int(len(content) * kept)]) is Reason.BAD_RESULT


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_result_with_a_page_behind_it_is_refused(kind: str) -> None:
    assert refusal(check, plain(kind) + HTML * 20) is Reason.BAD_RESULT


def test_a_result_that_is_too_big_is_refused() -> None:
    heavy = plain("PNG") + bytes(imaging.RESULT_BYTES_MAX) + b"IEND\xaeB`\x82"
    assert refusal(check, heavy) is Reason.BAD_RESULT


# As in production, where a warning stops nobody.
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_001, 14_000, 20_000, 2**31 - 1])
def test_a_decompression_bomb_is_refused_by_its_header(side: int) -> None:
    assert refusal(check, png(side, side)) is Reason.BAD_RESULT
    assert refusal(prepare_reference, png(side, side)) is Reason.REFERENCE_TOO_BIG


def test_the_largest_allowed_picture_is_no_bomb() -> None:
    assert check(png(10_000, 10_000)).width == 10_000


# --- anything --------------------------------------------------------------------------------

SMALL = [with_secrets(kind, 6) for kind in ("JPEG", "PNG", "WEBP", "TIFF")]
SMALL += [plain(kind, "L", (6, 5)) for kind in ("GIF", "BMP", "TIFF", "JPEG", "PNG", "WEBP")]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A picture with some bytes changed, left out or put in."""
    content = bytearray(draw(st.sampled_from(SMALL)))
    for _ in range(draw(st.integers(0, 6))):
        position = draw(st.integers(0, len(content) - 1))
        content[position : position + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(content)


MAGIC = st.sampled_from(
    [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"BM",
        b"II*\0",
        b"MM\0*",
        b"RIFF0000WEBPVP8 ",
    ]
)


# Pillow grumbles about broken files, and reads on.
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(deadline=None)
@given(spoilt() | st.binary() | st.builds(lambda magic, rest: magic + rest, MAGIC, st.binary()))
def test_any_bytes_are_a_picture_or_refused(content: bytes) -> None:
    for checking in (check, prepare_reference):
        try:
            checked = checking(content)
        except Refused:
            continue
        assert checked.media_type in imaging.EXTENSIONS
        assert checked.width * checked.height <= imaging.PIXELS_MAX
