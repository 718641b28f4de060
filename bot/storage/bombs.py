"""Small files that would take a decoder hours: recognised before it has begun, as no thread that
decodes can be stopped.

Those who decode in C go on until they are through; those in Python ask for every piece.
"""

import re
import struct
from io import BytesIO

# Pillow writes ten scans, the most thorough encoders about twenty. Each takes a decoder through
# the whole picture, though it may be empty: of 25 megapixels that is a fiftieth of a second.
SCANS_MAX = 50
# Thumbnails, profiles and the like are in pieces of 64 kB.
_SEGMENTS_MAX = 10_000
# Every line of a picture by itself, which is the most anybody writes.
STRIPS_MAX = 20_000
# Twenty megabytes of any picture people have are read in a few thousand pieces, once.
_READS_MAX = 500_000
_READ_OVER_MAX = 4

# A marker that has a length: not a stuffed byte, a restart or a start.
# https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1
_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")
_SCAN, _END = 0xDA, 0xD9
# https://www.adobe.io/open/standards/TIFF.html: StripOffsets and TileOffsets
_OFFSETS = (273, 324)


class Sparing(BytesIO):
    """Content that is read in so many pieces at the most, and so often. Raises OSError."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._reads = _READS_MAX
        self._bytes = _READ_OVER_MAX * len(content)

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._reads -= 1
        self._bytes -= len(piece)
        if self._reads < 0 or self._bytes < 0:
            raise OSError("is in too many pieces")
        return piece


def scans(jpeg: bytes) -> list[int]:
    """The scans of a JPEG, each as the number of colours in it, and none beyond one too many.

    Reads it as libjpeg does, up to its end. Raises ValueError.
    """
    found: list[int] = []
    at = 0
    for _ in range(_SEGMENTS_MAX):
        marker = _SEGMENT.search(jpeg, at)
        if marker is None or marker[0][1] == _END or len(found) > SCANS_MAX:
            return found
        at = marker.end()
        if marker[0][1] == _SCAN:
            found += jpeg[at + 2 : at + 3]
        at += int.from_bytes(jpeg[at : at + 2])
    raise ValueError("has too many segments")


def strips(tiff: bytes) -> int:
    """In how many strips or tiles a TIFF is. Raises struct.error where it has no directory."""
    order = "<" if tiff.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    (entries,) = struct.unpack_from(f"{order}H", tiff, start)
    directory = tiff[start + 2 : start + 2 + 12 * entries]
    fields = struct.iter_unpack(f"{order}HHII", directory[: len(directory) // 12 * 12])
    return max((count for tag, _, count, _ in fields if tag in _OFFSETS), default=0)
