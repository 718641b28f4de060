"""What bytes may pass as a picture: type by magic bytes, then size and pixels, then a decoder.

Nothing here trusts a name or a header. All functions are pure and slow enough for a thread.
"""

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from bot.errors import Reason, Refused
from bot.models import MEGABYTE
from bot.storage import bombs, encoding

RESULT_BYTES_MAX = 50 * MEGABYTE
REFERENCE_BYTES_MAX = 20 * MEGABYTE
PIXELS_MAX = 100_000_000
# What the cameras of phones make: 50 megapixels, of 8192 by 6144.
REFERENCE_PIXELS_MAX = 51_000_000
# Of what a decoder holds three or four times over: WebP, TIFF, JPEG in more than one scan.
HELD_PIXELS_MAX = 25_600_000

# A reference larger than the largest picture any model draws is of no use to it, and every
# model takes at least 10 MB.
_REFERENCE_SIDE_MAX = 4096
_REFERENCE_KEPT_MAX = 9 * MEGABYTE
# Two in a row on a phone of three dots a pixel.
_PREVIEW_SIDE = 640
# Half of a side that is longer is still as good as all of it.
_DRAFT_MIN = 4000
# As much as a JPEG can hold; Pillow reads every part of it as often as it is pointed to.
_EXIF = ("exif", "Raw profile type exif")
_EXIF_MAX = 65_536
# What a mode with transparency is scaled in.
_MULTIPLIED = {"RGBA": "RGBa", "LA": "La"}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_DECODERS: Mapping[str, str] = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
}
_RESULTS = ("image/jpeg", "image/png", "image/webp")
# What is looked at of a result's first and last bytes.
_START, _TAIL = 12, 1024

# Pillow's own limit is the same as ours, so that it neither warns below nor decodes above it.
Image.MAX_IMAGE_PIXELS = PIXELS_MAX
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# What decoders raise on bytes that are made to break them, or of a kind nobody taught them.
_UNREADABLE = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, struct.error, *_BOMB),
)

EXTENSIONS: Mapping[str, str] = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is a picture of this type, these bytes and these pixels."""

    media_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Prepared(Checked):
    """The same with what is in it."""

    content: bytes


def media_type(content: bytes) -> str | None:
    """The type the first bytes speak of, or None."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "image/heic"
    return next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)


def check_result(file: BinaryIO) -> Checked:
    """A picture as the generator made it, untouched; of a JPEG or PNG only both ends are read.

    Raises Refused(BAD_RESULT).
    """
    size = file.seek(0, SEEK_END)
    if size > RESULT_BYTES_MAX:
        raise Refused(Reason.BAD_RESULT, f"{size} bytes")
    start, tail = _read(file, 0, _START), _read(file, max(size - _TAIL, 0), _TAIL)
    kind = media_type(start)
    if kind not in _RESULTS:
        raise Refused(Reason.BAD_RESULT, f"not a picture: starts with {start[:8]!r}")
    if not _is_whole(start, tail, size, kind):
        raise Refused(Reason.BAD_RESULT, f"{kind} of {size} bytes is cut off")
    try:
        with _open(file, kind, too_big=Reason.BAD_RESULT) as image:
            return Checked(kind, size, image.width, image.height)
    except _UNREADABLE as error:
        raise Refused(Reason.BAD_RESULT, f"unreadable {kind}") from error


def prepare_reference(content: bytes) -> Prepared:
    """A person's picture as the generator may see it: upright, and without EXIF and the like.

    JPEG, PNG and WebP, and whatever else this Pillow reads, become JPEG, or PNG where there
    is transparency. Raises Refused(NOT_A_PICTURE, REFERENCE_TOO_BIG).
    """
    if len(content) > REFERENCE_BYTES_MAX:
        raise Refused(Reason.REFERENCE_TOO_BIG, f"{len(content)} bytes")
    kind = media_type(content)
    if kind is None:
        raise Refused(Reason.NOT_A_PICTURE, f"starts with {content[:8]!r}")
    try:
        _check_effort(content, kind)
        # Nobody but whoever works on it holds it: a large one ends as soon as there is a small one.
        return _prepared(_upright(_scaled(_open_reference(content, kind))))
    except _UNREADABLE as error:
        raise Refused(Reason.NOT_A_PICTURE, f"unreadable {kind}") from error


def preview(content: bytes) -> bytes:
    """A small WebP of a stored picture, for pages that show many.

    Raises Refused(NOT_A_PICTURE, REFERENCE_TOO_BIG) for what is too much to decode, and what
    cannot be.
    """
    kind = media_type(content) or ""
    try:
        _check_effort(content, kind)
        image = _open_reference(content, kind)
        if image.mode != "RGB" and image.width * image.height > HELD_PIXELS_MAX:
            raise Refused(Reason.REFERENCE_TOO_BIG, f"{image.mode}: it would be held twice")
        # A JPEG can be read at half its size, or less, if that is enough.
        image.draft(None, (2 * _PREVIEW_SIDE, 2 * _PREVIEW_SIDE))
        image.load()
        _leave_long_exif_out(image)
        image = encoding.in_colours(image)
        image.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
        out, colours = BytesIO(), image.info.get("icc_profile")
        _upright(image).save(out, "WEBP", quality=80, method=0, icc_profile=colours)
        return out.getvalue()
    except _UNREADABLE as error:
        raise Refused(Reason.NOT_A_PICTURE, f"unreadable {kind}") from error


def _check_effort(content: bytes, kind: str) -> None:
    """Decoding takes as long as the pixels want, not as long as somebody has made it take."""
    if kind == "image/jpeg" and len(bombs.scans(content)) > bombs.SCANS_MAX:
        raise Refused(Reason.NOT_A_PICTURE, "too many scans")
    if kind == "image/tiff" and bombs.strips(content) > bombs.STRIPS_MAX:
        raise Refused(Reason.NOT_A_PICTURE, "too many strips")


def _open(file: BinaryIO, kind: str, *, too_big: Reason) -> Image.Image:
    """Read the header only, with the one decoder that fits, and look at the pixels it promises."""
    file.seek(0)
    try:
        image = Image.open(file, formats=[_DECODERS[kind]])
    except _BOMB as error:
        raise Refused(too_big, str(error)) from error
    if image.width * image.height > PIXELS_MAX:
        raise Refused(too_big, f"{image.width}x{image.height} pixels")
    return image


def _open_reference(content: bytes, kind: str) -> Image.Image:
    image = _open(bombs.Sparing(content), kind, too_big=Reason.REFERENCE_TOO_BIG)
    if image.width * image.height > _pixels_max(content, kind, image):
        raise Refused(Reason.REFERENCE_TOO_BIG, f"{image.width}x{image.height} pixels")
    return image


def _pixels_max(content: bytes, kind: str, image: Image.Image) -> int:
    at_a_time = kind == "image/jpeg" and bombs.scans(content) == [len(image.getbands())]
    held = kind in ("image/webp", "image/tiff") or (kind == "image/jpeg" and not at_a_time)
    return HELD_PIXELS_MAX if held else REFERENCE_PIXELS_MAX


def _scaled(image: Image.Image) -> Image.Image:
    """As large as we keep it, without a copy of all of it where that can be."""
    # A JPEG can be read at half its size, if that is enough.
    side = max(image.size)
    enough = math.ceil(_DRAFT_MIN / side * image.width), math.ceil(_DRAFT_MIN / side * image.height)
    image.draft(None, enough)
    image.load()
    _leave_long_exif_out(image)
    mode = image.mode
    if side > _REFERENCE_SIDE_MAX and mode in _MULTIPLIED:
        # Pillow would do this as well, and hold on to what it has made it of.
        image = image.convert(_MULTIPLIED[mode])
    image.thumbnail((_REFERENCE_SIDE_MAX, _REFERENCE_SIDE_MAX))
    return image if image.mode == mode else image.convert(mode)


def _leave_long_exif_out(image: Image.Image) -> None:
    """Only once it is loaded: it may stand behind the pixels."""
    for name in _EXIF:
        if len(image.info.get(name, b"")) > _EXIF_MAX:
            del image.info[name]


def _upright(image: Image.Image) -> Image.Image:
    image.getexif()
    # Nobody wants it written anew, which is what a transposed picture would do.
    image.info.pop("exif", None)
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _prepared(image: Image.Image) -> Prepared:
    width, height = image.size
    encoded = encoding.encode(image, most=_REFERENCE_KEPT_MAX)
    if encoded is None:
        raise Refused(Reason.REFERENCE_TOO_BIG, f"{width}x{height} pixels")
    return Prepared(encoded.media_type, len(encoded.content), width, height, encoded.content)


def _read(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)


def _is_whole(start: bytes, tail: bytes, size: int, kind: str) -> bool:
    """Whether the file ends as its format says: a cut-off download is no picture."""
    if kind == "image/jpeg":
        return b"\xff\xd9" in tail
    if kind == "image/png":
        return b"IEND\xaeB`\x82" in tail
    return size >= int.from_bytes(start[4:8], "little") + 8
