"""What Telegram does to pictures: looking at them, refusing them, making smaller sizes."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

BOXES = (100, 320, 800)  # sides of the smaller sizes; then the picture itself, at most LARGEST
LARGEST = 1280
PHOTO_FORMATS = frozenset({"JPEG", "MPO", "PNG", "GIF", "TIFF", "BMP"})
PHOTO_SUFFIXES = frozenset({"jpg", "jpeg", "gif", "png", "tif", "tiff", "bmp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the header of a picture says; `format` as Pillow names it."""

    format: str
    width: int
    height: int

    @property
    def allowed(self) -> bool:
        """Whether Telegram takes these dimensions as a photo."""
        long, short = max(self.width, self.height), min(self.width, self.height)
        return self.width + self.height <= 10_000 and long <= 20 * short


def look(data: bytes) -> Look | None:
    """Format and size, or None if these bytes are no picture; the pixels are not read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as image:
                return Look(format=image.format or "", width=image.width, height=image.height)
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError):
            return None


def fitted(width: int, height: int, box: int) -> tuple[int, int]:
    """The size of a picture that has to fit into a square of `box` pixels."""
    scale = min(1.0, box / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def recoded(data: bytes, box: int) -> bytes:
    """The picture as a JPEG without metadata, its sides at most `box`."""
    with Image.open(io.BytesIO(data)) as image:
        size = fitted(image.width, image.height, box)
        image.draft("RGB", size)
        small = image.convert("RGB")
    if small.size != size:
        small = small.resize(size, Image.Resampling.BILINEAR)
    output = io.BytesIO()
    small.save(output, "JPEG", quality=87)
    return output.getvalue()
