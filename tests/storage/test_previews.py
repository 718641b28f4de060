"""Small versions of stored pictures: quick to look at, gone with what they show."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from bot.errors import Gone, Reason, Refused, Transient
from bot.storage.imaging import preview
from bot.storage.pictures import PictureStore, open_store
from bot.storage.previews import Previews
from tests.buckets import Bucket
from tests.conftest import eventually
from tests.storage.samples import HTML, MAKE, ORIENTATION, encoded, opened, plain, png, refusal


@pytest.fixture(params=["folder", "bucket"])
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> PictureStore:
    if request.param == "folder":
        return PictureStore(open_store(tmp_path.as_uri()))
    bucket: Bucket = request.getfixturevalue("bucket")
    return PictureStore(open_store(bucket.url, bucket.access))


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


@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_what_would_be_held_twice_may_be_less_large(mode: str) -> None:
    large = encoded(Image.new(mode, (5_100, 5_100)), "PNG", compress_level=1)
    assert refusal(preview, large) is Reason.REFERENCE_TOO_BIG
    assert preview(encoded(Image.new("RGB", (5_100, 5_100)), "PNG", compress_level=1))


def test_how_it_lies_is_not_looked_for_in_megabytes() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = 6, "x" * 100_000
    for kind in ("PNG", "WEBP"):
        content = encoded(Image.new("RGB", (40, 20)), kind, exif=exif)
        assert opened(preview(content)).size == (40, 20)


async def test_it_goes_with_the_picture(pictures: PictureStore) -> None:
    file = await pictures.keep_result(plain("PNG", size=(2000, 2000)))
    small = await pictures.preview(file.name)
    assert await pictures.preview(file.name) is small
    await pictures.delete([file.name])
    with pytest.raises(Gone):
        await pictures.preview(file.name)
    assert not pictures._previews._kept
    assert pictures._previews._bytes == 0


async def test_what_is_swept_away_is_not_in_memory_either(pictures: PictureStore) -> None:
    file = await pictures.keep_result(plain("PNG"))
    await pictures.preview(file.name)
    assert await pictures.delete_older(datetime.now(UTC) + timedelta(hours=1), most=10) == 1
    assert not pictures._previews._kept


async def test_who_waited_is_not_shown_what_has_gone_meanwhile(pictures: PictureStore) -> None:
    file = await pictures.keep_result(plain("PNG"))
    held, read = asyncio.Event(), pictures._previews._read

    async def slowly(name: str) -> bytes:
        content = await read(name)
        await held.wait()
        return content

    pictures._previews._read = slowly
    waiting = [asyncio.create_task(pictures.preview(file.name)) for _ in range(2)]
    await eventually(lambda: pictures._previews._making)
    await pictures.delete([file.name])
    held.set()
    for one in waiting:
        with pytest.raises(Gone):
            await one
    assert not pictures._previews._kept


@pytest.mark.parametrize("name", ["images/../bot.db", "images", "../secret.txt", "a\x00b"])
async def test_there_is_none_of_what_is_none_of_ours(pictures: PictureStore, name: str) -> None:
    with pytest.raises(Gone):
        await pictures.preview(name)


async def test_one_that_cannot_be_made_is_in_nobodys_way(pictures: PictureStore) -> None:
    broken = await pictures.keep_result(png(200, 100))
    good = await pictures.keep_result(plain("PNG", size=(900, 900)))
    with pytest.raises(Refused):
        await pictures.preview(broken.name)
    assert await pictures.preview(good.name)


# --- who waits for whom -------------------------------------------------------------------------


class Shelf:
    """Where pictures are read; those with a lock take until it is opened."""

    def __init__(self) -> None:
        self.content = plain("PNG", size=(640, 640))
        self.locks: dict[str, asyncio.Event] = {}
        self.reads: list[str] = []

    async def read(self, name: str) -> bytes:
        self.reads.append(name)
        if lock := self.locks.get(name):
            await lock.wait()
        return self.content


async def test_who_asks_at_once_for_the_same_is_given_the_same() -> None:
    shelf = Shelf()
    previews = Previews(shelf.read)
    shown = await asyncio.gather(*(previews.of("a") for _ in range(5)))
    assert len(set(map(id, shown))) == 1
    assert shelf.reads == ["a"]


async def test_one_that_is_read_for_ever_is_in_nobodys_way() -> None:
    shelf = Shelf()
    shelf.locks["a"] = asyncio.Event()
    previews = Previews(shelf.read, read_within=0.3)
    slow = asyncio.create_task(previews.of("a"))
    await eventually(lambda: shelf.reads)
    assert await previews.of("b")
    with pytest.raises(Transient, match="too long"):
        await slow
    assert not previews._making


async def test_what_nobody_waits_for_any_more_is_there_for_the_next() -> None:
    shelf = Shelf()
    lock = shelf.locks["a"] = asyncio.Event()
    previews = Previews(shelf.read)
    left = asyncio.create_task(previews.of("a"))
    await eventually(lambda: shelf.reads)
    left.cancel()
    lock.set()
    assert await previews.of("a")
    assert shelf.reads == ["a"]


async def test_who_would_wait_too_long_is_told_so() -> None:
    shelf = Shelf()
    names = [f"{number}" for number in range(17)]
    shelf.locks = dict.fromkeys(names, asyncio.Event())
    previews = Previews(shelf.read)
    waiting = [asyncio.create_task(previews.of(name)) for name in names[:-1]]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await previews.of(names[-1])
    assert refused.value.reason is Reason.OVERLOADED
    # They are no more for that.
    again = asyncio.create_task(previews.of(names[0]))
    shelf.locks[names[0]].set()
    assert all(await asyncio.gather(*waiting, again))
    assert await previews.of(names[-1])


async def test_memory_holds_the_latest_only() -> None:
    previews, size = Previews(Shelf().read, most=3_000), 0
    for number in range(9):
        size = len(await previews.of(f"{number}"))
    held = list(previews._kept)
    assert held == [f"{number}" for number in range(9 - 3_000 // size, 9)]
    # Who has just been looked at stays longer than who has not.
    await previews.of(held[0])
    await previews.of("another")
    assert held[0] in previews._kept
    assert held[1] not in previews._kept
