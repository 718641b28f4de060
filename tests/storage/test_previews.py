"""Small versions of stored pictures: quick to look at, gone with what they show."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from bot.errors import Gone, Reason, Refused
from bot.storage.imaging import preview
from bot.storage.pictures import PictureStore, open_store
from bot.storage.previews import Previews
from tests.storage.samples import HTML, ORIENTATION, encoded, opened, plain, png, refusal


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(open_store(tmp_path.as_uri()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((2048, 1024), (640, 320)),
        ((300, 3000), (64, 640)),
        ((640, 640), (640, 640)),
        ((40, 30),) * 2,
    ],
)
def test_it_is_small_and_of_the_same_shape(
    kind: str, size: tuple[int, int], small: tuple[int, int]
) -> None:
    shown = opened(preview(plain(kind, size=size)))
    assert (shown.format, shown.size, shown.mode) == ("WEBP", small, "RGB")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_any_mode_can_be_shown(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    shown = opened(preview(encoded(Image.new(mode, (1300, 1300)), kind)))
    assert shown.size == (640, 640)
    assert shown.has_transparency_data == (mode in ("RGBA", "LA"))


def test_sixteen_bits_of_grey_are_as_grey() -> None:
    shown = opened(preview(encoded(Image.new("I;16", (900, 900), 0x8000), "PNG")))
    assert shown.getpixel((9, 9)) == pytest.approx((128, 128, 128), abs=3)


def test_its_colours_are_those_of_the_picture() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown = opened(
        preview(encoded(Image.new("RGB", (900, 900), "teal"), "PNG", icc_profile=profile))
    )
    assert shown.info["icc_profile"] == profile
    assert all(abs(a - b) < 8 for a, b in zip(shown.getpixel((9, 9)), (0, 128, 128), strict=True))


def test_it_lies_as_the_picture_does() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    assert opened(preview(encoded(Image.new("RGB", (900, 600)), "JPEG", exif=exif))).size == (
        427,
        640,
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HTML, Reason.NOT_A_PICTURE),
        (png(200, 100), Reason.NOT_A_PICTURE),
        (png(20_000, 20_000), Reason.REFERENCE_TOO_BIG),
        (png(7_500, 7_500), Reason.REFERENCE_TOO_BIG),
    ],
    ids=["no picture", "broken", "a bomb", "too many pixels"],
)
def test_what_cannot_be_decoded_or_is_too_much_is_refused(content: bytes, reason: Reason) -> None:
    assert refusal(preview, content) is reason


async def test_it_goes_with_the_picture(pictures: PictureStore) -> None:
    file = await pictures.keep_result(plain("PNG", size=(2000, 2000)))
    small = await pictures.preview(file.name)
    assert await pictures.preview(file.name) == small
    await pictures.delete([file.name])
    with pytest.raises(Gone):
        await pictures.preview(file.name)


@pytest.mark.parametrize("name", ["images/../bot.db", "images", "../secret.txt", "a\x00b"])
async def test_there_is_none_of_what_is_none_of_ours(pictures: PictureStore, name: str) -> None:
    with pytest.raises(Gone):
        await pictures.preview(name)


async def test_who_asks_at_once_for_the_same_is_given_the_same(pictures: PictureStore) -> None:
    previews, reads = Previews(), []
    content = plain("PNG", size=(900, 900))

    async def read(name: str) -> bytes:
        reads.append(name)
        return content

    shown = await asyncio.gather(*(previews.of("images/a.png", read) for _ in range(5)))
    assert len(set(map(id, shown))) == 1
    assert reads == ["images/a.png"]


async def test_one_that_cannot_be_made_is_in_nobodys_way(pictures: PictureStore) -> None:
    broken = await pictures.keep_result(png(200, 100))
    good = await pictures.keep_result(plain("PNG", size=(900, 900)))
    with pytest.raises(Refused):
        await pictures.preview(broken.name)
    assert await pictures.preview(good.name)


async def test_memory_holds_the_latest_only() -> None:
    previews, size = Previews(most=3_000), 0

    async def read(_name: str) -> bytes:
        return plain("PNG", size=(640, 640))

    for number in range(9):
        size = len(await previews.of(f"{number}", read))
    held = [number for number in range(9) if previews.known(f"{number}")]
    assert held == list(range(9 - 3_000 // size, 9))
    # Who has just been looked at stays longer than who has not.
    assert previews.known(f"{held[0]}")
    await previews.of("another", read)
    assert previews.known(f"{held[0]}")
    assert not previews.known(f"{held[1]}")
