"""Pictures painted from the prompt: a landscape, somebody in it, and the first words below.

A colour named in the prompt rules. The same prompt and job give the same bytes; another job of
that prompt moves things a little. A mark in the file says whose picture it is.
"""

import colorsys
import hashlib
import io
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont, ImageOps, PngImagePlugin

Colour = tuple[int, ...]
Points = Sequence[tuple[float, float]]

HUES = {  # hue, saturation, value
    "red 红": (0.99, 0.72, 0.92),
    "orange 橙": (0.07, 0.80, 0.97),
    "yellow gold golden 黄 金": (0.13, 0.72, 0.98),
    "green 绿": (0.36, 0.55, 0.78),
    "teal cyan turquoise 青": (0.49, 0.60, 0.82),
    "blue 蓝": (0.59, 0.65, 0.90),
    "purple violet 紫": (0.76, 0.52, 0.82),
    "pink 粉": (0.92, 0.46, 0.97),
    "brown 棕 褐": (0.07, 0.55, 0.62),
    "black 黑": (0.65, 0.12, 0.34),
    "white 白": (0.58, 0.05, 0.99),
    "grey gray silver 灰 银": (0.60, 0.06, 0.72),
}
ANIMALS = {  # height of the ears, hue of the coat
    "fox 狐": (0.6, 0.05),
    "cat kitten 猫": (0.4, 0.10),
    "dog puppy wolf 狗 犬 狼": (0.3, 0.08),
    "rabbit bunny hare 兔": (1.0, 0.93),
    "bear panda mouse 熊 鼠": (0.0, 0.08),
}
NIGHT = r"\b(night|moon|stars?|space|galaxy)\b|[夜月星宙]"
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
INK, WHITE = (38, 28, 44), (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Which picture this is: SHA-256 of its prompt (hex), and the job."""

    prompt_sha: str
    job_id: str


def prompt_sha(prompt: str) -> str:
    return hashlib.sha256(prompt.encode(errors="replace")).hexdigest()


def read_mark(picture: bytes) -> Mark:
    """Raises ValueError when the bytes carry no mark."""
    found = re.search(rb"nano-banana ([0-9a-f]{64}) (\w*)\0", picture[:4096])
    if found is None:
        raise ValueError("no mark in this picture")
    return Mark(prompt_sha=found[1].decode(), job_id=found[2].decode())


def picture_size(wide: float, high: float, resolution: str) -> tuple[int, int]:
    """Width and height in pixels: the area of a square, sides in multiples of 16."""
    side, scale = int(resolution[0]) * 1024, math.sqrt(min(max(wide / high, 1 / 8), 8))
    return round(side * scale / 16) * 16, round(side / scale / 16) * 16


def paint(
    prompt: str,
    *,
    ratio: str = "1:1",
    resolution: str = "1K",
    file_format: str = "png",
    references: Sequence[bytes] = (),
    job_id: str = "",
) -> bytes:
    """PNG or JPEG ("jpg", "jpeg"). UNREADABLE when a reference cannot be opened."""
    photos = [_open(content) for content in references]
    first = photos[0].size if photos else (1, 1)
    wide, high = first if ratio == "auto" else map(int, ratio.split(":"))
    finer = 2 if resolution == "1K" else 1
    wide, high = picture_size(wide, high, resolution)
    canvas = Canvas(prompt, job_id, (wide * finer, high * finer))
    canvas.compose(photos)
    canvas.caption(prompt)
    picture = canvas.image.reduce(finer)
    mark, file = f"nano-banana {prompt_sha(prompt)} {job_id}\0", io.BytesIO()
    if file_format == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", mark)
        picture.save(file, "PNG", pnginfo=info, compress_level=1)
    else:
        picture.save(file, "JPEG", quality=88, comment=mark)
    return file.getvalue()


def _open(content: bytes) -> Image.Image:
    photo = Image.open(io.BytesIO(content))
    photo.draft("RGB", (1024, 1024))
    return ImageOps.exif_transpose(photo).convert("RGB")


def _dice(seed: str) -> Callable[[float, float], float]:
    """Numbers between two bounds, always the same ones for a seed."""
    numbers = itertools.cycle(hashlib.shake_256(seed.encode(errors="replace")).digest(512))
    return lambda low, high: low + (high - low) * next(numbers) / 255


def _find(table: Mapping[str, tuple[float, ...]], prompt: str) -> tuple[float, ...] | None:
    """The entry one of whose words stands first in the prompt; Chinese needs no spaces."""
    entries = {word: entry for words, entry in table.items() for word in words.split()}
    wanted = (rf"\b{word}(?=s?\b)" if word.isascii() else word for word in entries)
    found = re.search("|".join(wanted), prompt.lower())
    return entries[found[0]] if found else None


def tone(hue: float, saturation: float, value: float, *alpha: int) -> Colour:
    rgb = colorsys.hsv_to_rgb(hue % 1, min(saturation, 1), min(value, 1))
    return (*(round(part * 255) for part in rgb), *alpha)


class Canvas:
    """One picture in the making; lengths are parts of its shorter side, from the upper left."""

    def __init__(self, prompt: str, job_id: str, size: tuple[int, int]) -> None:
        look, self.luck, named = _dice(prompt), _dice(f"{prompt} {job_id}"), _find(HUES, prompt)
        self.night = re.search(NIGHT, prompt, re.IGNORECASE) is not None
        chance = (0.64 if self.night else look(0, 1), look(0.4, 0.6), look(0.8, 0.95))
        self.hue, self.strength, self.light = named or chance
        animal = _find(ANIMALS, prompt) or (-1.0, 0.0)
        rich = (self.hue, min(self.strength, 0.68), max(self.light, 0.45))
        self.ears, self.coat = animal[0], rich if named else (animal[1], 0.62, 0.97)
        self.unit = min(size)
        self.wide, self.high = size[0] / self.unit, size[1] / self.unit
        self.image = Image.new("RGB", size, None)
        self.solid, self.glaze = ImageDraw.Draw(self.image), ImageDraw.Draw(self.image, "RGBA")

    def compose(self, photos: Sequence[Image.Image]) -> None:
        """One photo is the ground of the picture, several hang over a landscape."""
        if len(photos) == 1:
            fitted = ImageOps.fit(photos[0], self.image.size, Image.Resampling.BILINEAR)
            tint = Image.new("RGB", fitted.size, tone(self.hue, self.strength, self.light))
            self.image.paste(Image.blend(fitted, tint, 0.22))
        else:
            self.landscape()
            self.collage(photos)
        size = 0.13 if photos else 0.25
        x = self.wide * (0.84 if photos else self.luck(0.4, 0.6))
        (self.banana if self.ears < 0 else self.animal)(x, self.high * 0.9 - size * 0.84, size)
        if not photos:
            self.ground(1.0)

    def circle(self, x: float, y: float, radius: float, fill: Colour, squash: float = 1) -> None:
        u, flat = self.unit, radius * squash
        box = ((x - radius) * u, (y - flat) * u, (x + radius) * u, (y + flat) * u)
        (self.glaze if len(fill) == 4 else self.solid).ellipse(box, fill)

    def shape(self, x: float, y: float, s: float, points: Points, fill: Colour) -> None:
        u = self.unit
        self.solid.polygon([((x + dx * s) * u, (y + dy * s) * u) for dx, dy in points], fill)

    def landscape(self) -> None:
        above, below = (0.28, 0.6) if self.night else (max(self.light + 0.05, 0.5), 1.0)
        wide, high = self.image.size
        for top in range(0, high, 8):
            light = above + (below - above) * top / high
            sky = tone(self.hue + 0.08 * top / high, self.strength * (0.7 - top / high / 2), light)
            self.solid.rectangle((0, top, wide, top + 8), sky)
        x, y = self.wide * self.luck(0.18, 0.82), self.high * self.luck(0.17, 0.28)
        for radius, alpha in ((0.2, 60), (0.15, 90), (0.105, 255)):
            self.circle(x, y, radius, tone(0.12, 0.2, 1.0, alpha))
        for _ in range(50 if self.night else 0):
            x, y = self.luck(0, self.wide), self.luck(0, self.high * 0.5)
            self.circle(x, y, self.luck(0.001, 0.004), tone(0.14, 0.1, 1.0))
        for _ in range(0 if self.night else 3):
            x, y = self.luck(0, self.wide), self.luck(0.07, 0.36) * self.high
            for shift, radius in ((-0.09, 0.035), (-0.03, 0.055), (0.04, 0.045), (0.09, 0.03)):
                self.circle(x + shift, y - radius / 2, radius, tone(self.hue, 0.06, 1.0), 0.8)
        for depth in (0.0, 0.28, 0.55):
            self.ground(depth)

    def ground(self, depth: float) -> None:
        """A ridge of hills; depth 0 is far and pale, 1 near and deep."""
        level, shift = self.high * (0.57 + 0.33 * depth), self.luck(0, 6.3)
        steps, swing = (self.wide * step / 96 for step in range(97)), 0.06 - 0.03 * depth
        ridge = [(x, level + swing * math.sin(4.5 * x + shift + math.sin(2 * x))) for x in steps]
        light = self.light * (0.9 - 0.52 * depth) * (0.7 if self.night else 1)
        fill = tone(self.hue + 0.03 * depth, self.strength * (0.6 + 0.45 * depth), light)
        self.shape(0, 0, 1, [*ridge, (self.wide, self.high), (0, self.high)], fill)

    def collage(self, photos: Sequence[Image.Image]) -> None:
        across = max(round(math.sqrt(len(photos) * self.wide / self.high)), 1)
        down, u = max(math.ceil(len(photos) / across), 1), self.unit
        room = self.wide * u / across, self.high * u * 0.92 / down
        side = round(min(room) * 0.76)
        for index, photo in enumerate(photos):
            card = ImageOps.fit(photo, (side, side), Image.Resampling.BILINEAR).convert("RGBA")
            card = ImageOps.expand(card, side // 18, WHITE)
            card = card.rotate(self.luck(-7, 7), Image.Resampling.BILINEAR, expand=True)
            x, y = (index % across + 0.5) * room[0], (index // across + 0.5) * room[1]
            self.image.paste(card, (round(x - card.width / 2), round(y - card.height / 2)), card)

    def face(self, x: float, y: float, s: float) -> None:
        for side in (-s, s):
            self.circle(x + side * 0.32, y, 0.085 * s, INK)
            self.circle(x + side * 0.32 + 0.025 * s, y - 0.035 * s, 0.028 * s, WHITE)
            self.circle(x + side * 0.54, y + 0.2 * s, 0.11 * s, (255, 110, 120, 110), 0.6)

    def animal(self, x: float, y: float, s: float) -> None:
        ears, fur, pale = self.ears, tone(*self.coat), tone(self.coat[0], 0.08, 1.0)
        for part, colour in ((1.0, fur), (0.6, pale)):
            self.circle(x, y + 1.3 * s, 0.8 * part * s, colour, 1.1)
            for side in (-1, 1):
                tip = (side * (0.75 - 0.2 * ears), -0.75 - ears * part)
                foot = [(side * (0.52 + edge * part), -0.4) for edge in (-0.32, 0.32)]
                self.shape(x, y, s, [*foot, tip], colour)
                if not ears:
                    self.circle(x + side * 0.6 * s, y - 0.6 * s, 0.3 * part * s, colour)
        self.circle(x, y, 0.92 * s, fur, 0.84)
        self.circle(x, y + 0.36 * s, 0.46 * s, pale, 0.78)
        self.circle(x, y + 0.22 * s, 0.1 * s, INK, 0.75)
        self.face(x, y - 0.02 * s, s)

    def banana(self, x: float, y: float, s: float) -> None:
        def arc(reach: float) -> Points:
            turns = [math.pi * step / 24 for step in range(25)]
            return [(0.33 - reach * math.sin(t), -1.15 * math.cos(t)) for t in turns]

        self.shape(x, y, s, [*arc(0.95), *reversed(arc(0.12))], tone(0.14, 0.78, 1.0))
        self.shape(x, y, s, [*arc(0.95), *reversed(arc(0.78))], tone(0.115, 0.85, 0.95))
        self.circle(x + 0.33 * s, y - 1.15 * s, 0.1 * s, tone(0.09, 0.6, 0.4))
        self.face(x - 0.14 * s, y - 0.1 * s, s * 0.55)
        smile = [(-0.14 - 0.14 * math.cos(a / 4), 0.06 + 0.13 * math.sin(a / 4)) for a in range(13)]
        self.shape(x, y, s, smile, INK)

    def caption(self, prompt: str) -> None:
        """The first words on a dark strip; signs the built-in font has not are left out."""
        text = " ".join(re.sub(r"[^\x20-\x7e\xa1-\u017f]+", " ", prompt).split())[:200]
        (wide, high), strip = self.image.size, max(0.07 * self.unit, 28)
        font = ImageFont.load_default(strip * 0.52)
        while font.getlength(text) > wide - strip * 1.4:
            text = text.removesuffix("...")[: -1 - len(text) // 20].rstrip() + "..."
        if text:
            self.solid.rectangle((0, high - strip, wide, high), (16, 14, 24))
            self.solid.text((strip * 0.7, high - strip / 2), text, WHITE, font, anchor="lm")
