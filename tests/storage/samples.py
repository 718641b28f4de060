"""Pictures of every kind, made on the spot."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from bot.errors import Reason, Refused
from bot.storage.imaging import Checked, check_result

HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def plain(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> bytes:
    return encoded(Image.new(mode, size, "seagreen" if mode == "RGB" else 0), kind)


def opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image


def place(content: bytes) -> dict[int, Any]:
    """What the EXIF data says about where a picture was taken."""
    with Image.open(io.BytesIO(content)) as image:
        return dict(image.getexif().get_ifd(GPS))


def png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that promises these pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def check(content: bytes) -> Checked:
    """These bytes as a result."""
    return check_result(io.BytesIO(content))


def refusal(check: Callable[[bytes], Checked], content: bytes) -> Reason:
    """The reason for which these bytes are refused."""
    with pytest.raises(Refused) as refused:
        check(content)
    return refused.value.reason


def with_secrets(kind: str, orientation: int = 1) -> bytes:
    """A picture that tells about its camera, place and author; its left half is red."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "SecretCamera"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    comment = {"comment": b"SecretComment"} if kind == "JPEG" else {}
    xmp = {} if kind == "PNG" else {"xmp": b"<x:xmpmeta>SecretPlace</x:xmpmeta>"}
    return encoded(image, kind, exif=exif, icc_profile=b"SecretProfile", **comment, **xmp)
