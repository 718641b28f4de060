"""Files that are not what they say: refused in words, or reduced to the picture they hold."""

import io
import tracemalloc
import zipfile
import zlib
from typing import Any

import pytest
from PIL import Image

from bot.errors import Reason, Refused
from bot.sandbox.jobs import Fault
from bot.storage.imaging import prepare_reference
from tests.conftest import Studio, photo
from tests.hostile.knocking import assert_it_still_draws
from tests.storage.samples import HTML, check, png

SCRIPT = b"<script>alert(1)</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", HTML)
    return out.getvalue()


def polyglots() -> dict[str, bytes]:
    """Pictures that are something else as well."""
    jpeg, image = photo(64, 48), photo(64, 48, kind="PNG")
    comment = b"\xff\xfe" + (len(SCRIPT) + 2).to_bytes(2, "big") + SCRIPT
    text = b"Comment\x00" + SCRIPT
    chunk = len(text).to_bytes(4, "big") + b"tEXt" + text
    chunk += zlib.crc32(b"tEXt" + text).to_bytes(4, "big")
    return {
        "a JPEG that is a ZIP": jpeg + zipped(),
        "a PNG that is a ZIP": image + zipped(),
        "a JPEG with a script inside": jpeg[:2] + comment + jpeg[2:],
        "a PNG with a script inside": image[:33] + chunk + image[33:],
        "a BMP with a page behind": photo(64, 48, kind="BMP") + HTML,
        "a GIF that is a script": photo(64, 48, kind="GIF") + b"*/=1;alert(1)",
    }


@pytest.mark.parametrize("content", polyglots().values(), ids=polyglots())
def test_what_else_a_picture_is_does_not_reach_the_generator(content: bytes) -> None:
    kept = prepare_reference(content).content
    for trace in (b"PK\x03\x04", b"script", b"alert", b"<html"):
        assert trace not in kept


@pytest.mark.parametrize("size", [(1, 100_000_001), (65_535, 65_535), (2**31 - 1, 1), (0, 0)])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_before_it_costs_memory(size: tuple[int, int]) -> None:
    bomb = png(*size)
    tracemalloc.start()
    try:
        for checking in (check, prepare_reference):
            with pytest.raises(Refused) as refused:
                checking(bomb)
            assert refused.value.reason in (
                *(Reason.BAD_RESULT, Reason.REFERENCE_TOO_BIG, Reason.NOT_A_PICTURE),
            )
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_frames_without_end_are_one_frame() -> None:
    out = io.BytesIO()
    frames = [Image.new("P", (60, 40), number % 256) for number in range(500)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    kept = prepare_reference(out.getvalue())
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.size, getattr(image, "n_frames", 1)) == ((60, 40), 1)


# --- the running bot -------------------------------------------------------------------------

LIES: dict[str, tuple[str, str, bytes]] = {
    "a page": ("fox.png", "image/png", HTML),
    "a drawing that is a program": ("fox.svg", "image/svg+xml", SVG),
    "an archive": ("fox.jpg", "image/jpeg", zipped()),
    "nothing but a beginning": ("fox.png", "image/png", b"\x89PNG\r\n\x1a\n"),
    "noise": ("fox.webp", "image/webp", b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(500)),
    "nothing": ("fox.png", "image/png", b""),
    "a bomb": ("fox.png", "image/png", png(60_000, 60_000)),
    "a name that is a path": ("../../../../tmp/fox.png", "image/png", SVG),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(("name", "kind", "content"), LIES.values(), ids=LIES)
async def test_a_file_that_lies_is_answered_in_words(
    studio: Studio, name: str, kind: str, content: bytes
) -> None:
    await studio.start()
    studio.telegram.send_document(
        studio.ann, content, filename=name, mime_type=kind, caption="nicer"
    )
    await studio.words(studio.chat(studio.ann), "🖼")
    await studio.quiet(studio.chat(studio.ann))
    assert not studio.generator.jobs
    await assert_it_still_draws(studio)


def announced(studio: Studio, content: bytes, size: int) -> dict[str, Any]:
    """A document whose size Telegram is wrong about."""
    telegram = studio.telegram
    document = telegram.world.files.document(content, filename="a.png", mime_type="image/png")
    chat = studio.chat(studio.ann)
    chat.bot = "member"
    lie = {"document": document | {"file_size": size}, "caption": "nicer"}
    message = telegram.world.post(chat, studio.ann.user, lie)
    telegram.world.tell_bot("message", chat.id, message)
    return message


async def test_fifty_megabytes_announced_as_a_thousand_bytes(studio: Studio) -> None:
    await studio.start()
    announced(studio, photo(64, 48, kind="PNG") + bytes(50_000_000), 1_000)
    await studio.words(studio.chat(studio.ann), "up to 20 MB")
    assert not studio.generator.jobs
    await assert_it_still_draws(studio)


async def test_a_thousand_bytes_announced_as_fifty_megabytes(studio: Studio) -> None:
    await studio.start()
    announced(studio, photo(64, 48), 50_000_000)
    await studio.words(studio.chat(studio.ann), "up to 20 MB")
    await assert_it_still_draws(studio)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(where="result", kind="html", times=2),
        Fault(where="result", kind="truncated", times=2),
        Fault(where="result", kind="wrong_type", times=2),
        Fault(where="result", kind="huge", size=60_000_000),
    ],
    ids=lambda fault: fault.kind,
)
async def test_a_result_that_lies_is_fetched_again_or_told(studio: Studio, fault: Fault) -> None:
    studio.generator.faults.add(fault)
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    chat = studio.chat(studio.ann)
    await studio.telegram.wait_for(
        lambda one: "photo" in one or "damaged" in one.get("text", ""), chat=chat
    )
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1
    assert len(list((studio.folder / "pictures" / "images").glob("*"))) <= 1
    await assert_it_still_draws(studio)
