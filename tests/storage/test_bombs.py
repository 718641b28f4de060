"""Small files that would take a decoder hours are no pictures; large ones of cameras are."""

import random
import struct
import zlib

import pytest
from PIL import Image

from bot.errors import Reason
from bot.storage import bombs
from bot.storage.imaging import prepare_reference
from tests.storage.samples import encoded, plain, refusal

NOTHING = b"\xff\xe0\x00\x02"
JPEG = plain("JPEG")


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def many_scans(number: int, side: int = 64) -> bytes:
    """A progressive JPEG in grey; all but its first scans say that nothing changes."""
    blocks = (side // 8) ** 2
    frame = struct.pack(">BHHB", 8, side, side, 1) + b"\x01\x11\x00"
    # `0` is the first symbol of each table, and `10` the second: no more in this block.
    tables = segment(0xC4, b"\x00" + bytes([1] + [0] * 15) + b"\x00")
    tables += segment(0xC4, b"\x10" + bytes([1, 1] + [0] * 14) + b"\x10\x00")
    first = segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes(blocks // 8)
    same = b"\xaa" * (blocks // 4)
    low = segment(0xDA, b"\x01\x01\x00\x01\x3f\x01") + same
    again = segment(0xDA, b"\x01\x01\x00\x01\x3f\x10") + same
    head = b"\xff\xd8" + segment(0xDB, b"\x00" + b"\x01" * 64) + segment(0xC2, frame) + tables
    return head + first + low + again * (number - 2) + b"\xff\xd9"


def chunk(name: bytes) -> bytes:
    return bytes(4) + name + struct.pack(">I", zlib.crc32(name))


def strips(number: int) -> bytes:
    """A TIFF as narrow as a pixel, each line of which is a strip of its own."""
    offsets = 8 + 2 + 9 * 12 + 4
    size = [(256, 3, 1, 1), (257, 4, 1, number), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)]
    where = [(273, 4, number, offsets), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, 1, 1)]
    fields = b"".join(struct.pack("<HHII", *field) for field in size + where)
    head = b"II*\x00" + struct.pack("<IH", 8, 9) + fields + bytes(4)
    return head + struct.pack("<I", 8) * number


PNG, GIF = plain("PNG"), plain("GIF", "L")
GIF_HEAD = 13 + 3 * 2 ** (GIF[10] % 8 + 1)
BMP = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 1078)
BMP += struct.pack("<IiiHHIIiiII", 40, 1000, 1000, 1, 8, 1, 0, 0, 0, 256, 0) + bytes(1024)

BOMBS: dict[str, bytes] = {
    "a JPEG of empty scans": many_scans(8_000),
    "a JPEG of empty scans and stray bytes": many_scans(8_000).replace(b"\xaa\xff", b"\xaa\0\xff"),
    "a JPEG of empty segments": JPEG[:2] + NOTHING * 1_000_000 + JPEG[2:],
    "a JPEG of filling": JPEG[:2] + b"\xff" * 2_000_000 + JPEG[3:],
    "a PNG of empty chunks": PNG[:33] + chunk(b"abCd") * 500_000 + PNG[33:],
    "a GIF of empty comments": GIF[:GIF_HEAD] + b"!\xfe\x00" * 1_000_000 + GIF[GIF_HEAD:],
    "a BMP of single pixels": BMP + b"\x01\x01" * 1_000_000,
    "a TIFF of strips": strips(1_000_000),
}


@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_file_of_millions_of_pieces_is_refused(content: bytes) -> None:
    assert refusal(prepare_reference, content) is Reason.NOT_A_PICTURE


NOISE = Image.frombytes("RGB", (1200, 900), random.Random(7).randbytes(1200 * 900 * 3))
HONEST: dict[str, bytes] = {
    "as many scans as anybody writes": many_scans(bombs.SCANS_MAX),
    "a progressive JPEG": encoded(NOISE, "JPEG", progressive=True, quality=95),
    "a JPEG with much in front of it": JPEG[:2] + segment(0xE2, bytes(60_000)) * 200 + JPEG[2:],
    "a JPEG with pictures in its margins": JPEG[:2] + segment(0xE1, JPEG * 80) + JPEG[2:],
    "a JPEG with a film behind it": JPEG + b"\xff\xda\x00\x00" * 1_000,
    "a TIFF of a line a strip": encoded(NOISE, "TIFF", tiffinfo={278: 1}),
    "a TIFF the other way round": encoded(Image.new("I;16B", (40, 30)), "TIFF"),
    "a PNG": encoded(NOISE, "PNG"),
    "a BMP": encoded(NOISE, "BMP"),
}


@pytest.mark.parametrize("content", HONEST.values(), ids=HONEST)
def test_what_cameras_and_programs_write_is_read(content: bytes) -> None:
    assert prepare_reference(content).width


@pytest.mark.parametrize(
    ("options", "scans"),
    [
        ({}, [3]),
        ({"restart_marker_blocks": 1}, [3]),
        ({"progressive": True}, [3, 1, 1, 1, 1, 1, 3, 1, 1, 1]),
    ],
)
def test_scans_are_counted_as_the_decoder_meets_them(
    options: dict[str, int], scans: list[int]
) -> None:
    assert bombs.scans(encoded(NOISE, "JPEG", **options)) == scans
    assert bombs.scans(encoded(NOISE.convert("L"), "JPEG")) == [1]


def test_a_file_is_read_like_any_other_within_its_bounds() -> None:
    file = bombs.Sparing(b"abcdef")
    assert (file.read(2), file.read(), file.read(), file.seek(0)) == (b"ab", b"cdef", b"", 0)
    for _ in range(3):
        file.seek(0)
        file.read()
    file.seek(0)
    with pytest.raises(OSError, match="pieces"):
        file.read()
