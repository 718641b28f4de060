"""What bytes may pass as a picture: type by magic bytes, then size and pixels, then a decoder.

Nothing here trusts a name or a header. All functions are pure and slow enough for a thread.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps

from bot.errors import Reason, Refused
from bot.models import MEGABYTE

RESULT_BYTES_MAX = 50 * MEGABYTE
REFERENCE_BYTES_MAX = 20 * MEGABYTE
PIXELS_MAX = 100_000_000

# A reference larger than the largest picture any model draws is of no use to it, and every
# model takes at least 10 MB.
_REFERENCE_SIDE_MAX = 4096
_REFERENCE_KEPT_MAX = 9 * MEGABYTE

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
        with _open(BytesIO(content), kind, too_big=Reason.REFERENCE_TOO_BIG) as image:
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((_REFERENCE_SIDE_MAX, _REFERENCE_SIDE_MAX))
            return _encode(upright)
    except _UNREADABLE as error:
        raise Refused(Reason.NOT_A_PICTURE, f"unreadable {kind}") from error


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


def _encode(image: Image.Image) -> Prepared:
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut off at white instead of scaling.
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    transparent = image.has_transparency_data
    clean = image.convert("RGBA" if transparent else "RGB")
    clean.info.clear()
    if transparent and len(png := _save(clean, "PNG")) <= _REFERENCE_KEPT_MAX:
        return Prepared("image/png", len(png), clean.width, clean.height, png)
    opaque = clean.convert("RGB")
    jpegs = (_save(opaque, "JPEG", quality=quality) for quality in (95, 85, 70))
    jpeg = next((one for one in jpegs if len(one) <= _REFERENCE_KEPT_MAX), None)
    if jpeg is None:
        raise Refused(Reason.REFERENCE_TOO_BIG, f"{clean.width}x{clean.height} pixels")
    return Prepared("image/jpeg", len(jpeg), clean.width, clean.height, jpeg)


def _save(image: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


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
