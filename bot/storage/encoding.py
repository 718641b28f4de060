"""A decoded picture as a file again, without anything else it said, and of so many bytes at the most."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer  # only there while it is checked

_QUALITIES = (95, 85, 70)


@dataclass(frozen=True, slots=True)
class Encoded:
    media_type: str
    content: bytes


def encode(image: Image.Image, *, most: int) -> Encoded | None:
    """JPEG, or PNG where there is transparency and room for it. None if nothing is small enough.

    Whoever holds on to the picture has it in memory twice meanwhile.
    """
    image = in_colours(image)
    transparent = image.mode == "RGBA"
    image.info.clear()
    if transparent and (png := _save(image, "PNG", most)):
        return Encoded("image/png", png)
    image = _in(image, "RGB")
    jpegs = (_save(image, "JPEG", most, quality=quality) for quality in _QUALITIES)
    return next((Encoded("image/jpeg", one) for one in jpegs if one), None)


def in_colours(image: Image.Image) -> Image.Image:
    """RGB, or RGBA where there is transparency."""
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut off at white instead of scaling.
        image = image.convert("I").point(lambda grey: grey / 256).convert("L")
    return _in(image, "RGBA" if image.has_transparency_data else "RGB")


def _in(image: Image.Image, mode: str) -> Image.Image:
    """`convert` copies even what there is nothing to convert of."""
    return image if image.mode == mode else image.convert(mode)


def _save(image: Image.Image, kind: str, most: int, **options: int) -> bytes | None:
    out = _Bounded(most)
    try:
        image.save(out, kind, **options)
    except _TooMuch:
        return None
    return out.getvalue()


class _TooMuch(Exception):
    pass


class _Bounded(BytesIO):
    """Raises _TooMuch: noise takes an encoder many seconds to the end, for nothing."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, content: "ReadableBuffer", /) -> int:
        if self.tell() + len(memoryview(content)) > self._most:
            raise _TooMuch
        return super().write(content)
