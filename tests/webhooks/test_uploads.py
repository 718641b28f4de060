"""Pictures over HTTP: results to whoever knows the name, references to the generator only."""

import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientResponse
from PIL import Image
from yarl import URL

from bot.task import StoredFile
from tests.conftest import eventually, photo
from tests.large import noise, open_files
from tests.storage.samples import png
from tests.webhooks.conftest import KEYS, Enter, Entrance, refused

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOBODY = "0123456789abcdef0123456789abcdef"
# 5 MB.
LARGE = 1300


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def get(entrance: Entrance, path: str) -> ClientResponse:
    """GET exactly this path, dots and all."""
    return await entrance.client.session.get(
        URL(f"http://127.0.0.1:{entrance.client.port}{path}", encoded=True)
    )


def path_of(address: str | None) -> str:
    parts = urlsplit(address or "")
    return f"{parts.path}?{parts.query}"


def is_open(file: StoredFile) -> bool:
    return any(path.endswith(file.name) for path in open_files())


async def test_a_result_is_served_as_it_is_and_may_be_kept(enter: Enter) -> None:
    entrance = await enter()
    for kind, media_type in (("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")):
        file = await entrance.house.pictures.keep_result(photo(40, 30, kind=kind))
        answer = await get(entrance, f"/uploads/{file.name}")
        assert answer.status == 200
        assert await answer.read() == photo(40, 30, kind=kind)
        assert answer.headers["Content-Type"] == f"image/{media_type}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"


async def test_a_name_nobody_has_is_not_found(enter: Enter) -> None:
    entrance = await enter()
    file = await entrance.house.pictures.keep_result(photo(40, 30))
    stem = file.name.removeprefix("images/").removesuffix(".jpg")
    for name in (
        f"{NOBODY}.jpg",
        f"{stem}.png",
        f"{stem}.html",
        f"{stem}",
        f"{stem}.jpg.html",
        f"{stem.upper()}X.jpg",
        "x.jpg",
        "%00.jpg",
        "%FF.jpg",
    ):
        for room in ("images", "previews"):
            answer = await get(entrance, f"/uploads/{room}/{name}")
            assert await refused(answer) == (404, "not_found")
            assert "immutable" not in answer.headers.get("Cache-Control", "")


async def test_a_result_is_shown_small_too(enter: Enter) -> None:
    entrance = await enter()
    file = await entrance.house.pictures.keep_result(photo(2000, 1000, kind="PNG"))
    address = f"/uploads/{file.name.replace('images', 'previews')}"
    answer = await get(entrance, address)
    small = await answer.read()
    assert Image.open(io.BytesIO(small)).size == (640, 320)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=86400, immutable"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    await entrance.house.pictures.delete([file.name])
    assert await refused(await get(entrance, address)) == (404, "not_found")


async def test_what_cannot_be_made_small_is_shown_whole(enter: Enter) -> None:
    entrance = await enter()
    # It promises pixels it does not have; browsers show what is there.
    file = await entrance.house.pictures.keep_result(png(200, 100))
    answer = await get(entrance, f"/uploads/{file.name.replace('images', 'previews')}")
    assert await answer.read() == png(200, 100)
    assert answer.headers["Content-Type"] == "image/png"


async def test_there_is_no_small_version_of_what_somebody_sent(enter: Enter) -> None:
    entrance = await enter()
    reference = await entrance.house.pictures.keep_reference(photo(40, 30))
    name = reference.name.removeprefix("references/")
    for path in (f"/uploads/previews/{name}", f"/uploads/previews/..%2Freferences%2F{name}"):
        assert await refused(await get(entrance, path)) == (404, "not_found")


async def test_no_path_leads_to_another_folder(enter: Enter) -> None:
    entrance = await enter()
    reference = await entrance.house.pictures.keep_reference(photo(40, 30))
    result = await entrance.house.pictures.keep_result(photo(40, 30))
    name = reference.name.removeprefix("references/")
    for path in (
        f"/uploads/images/..%2Freferences%2F{name}",
        f"/uploads/images/%2e%2e%2freferences%2f{name}",
        f"/uploads/images/../references/{name}",
        f"/uploads/images/..%5Creferences%5C{name}",
        f"/uploads/images/{name}",
        "/uploads/images/..%2F..%2Fbot.db",
        "/uploads/images/%2Fetc%2Fpasswd",
        f"/uploads/images/.%2F{result.name.removeprefix('images/')}",
        f"/uploads/{reference.name}",
    ):
        answer = await get(entrance, path)
        status, _ = await refused(answer)
        assert status in (403, 404)


async def test_a_signed_reference_is_served_to_nobodys_cache(enter: Enter) -> None:
    entrance = await enter()
    file = await entrance.house.pictures.keep_reference(photo(40, 30))
    address = entrance.addresses.reference(file.name, datetime.now(UTC))
    answer = await get(entrance, path_of(address))
    assert answer.status == 200
    assert await answer.read() == await entrance.house.pictures.read(file.name)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_reference_that_is_not_signed_is_forbidden(enter: Enter) -> None:
    entrance = await enter()
    pictures = entrance.house.pictures
    mine, other = [await pictures.keep_reference(photo(40, 30)) for _ in range(2)]
    path, _, query = path_of(entrance.addresses.reference(mine.name, datetime.now(UTC))).partition(
        "?"
    )
    expires, _, signature = query.partition("&")
    later = f"expires={int(expires.partition('=')[2]) + 99}"
    for wrong in (
        path,
        f"{path}?{expires}",
        f"{path}?{signature}",
        f"{path}?{later}&{signature}",
        f"{path}?{expires}&{signature[:-1]}",
        f"{path}?{expires}&signature=",
        f"{path}?{expires}&signature=%FF%ED%A0%80",
        f"{path}?{expires}&signature={KEYS.for_callback(mine.name)}",
        f"{path}?expires=soon&{signature}",
        f"/uploads/{other.name}?{query}",
    ):
        assert await refused(await get(entrance, wrong)) == (403, "forbidden")


async def test_a_signed_reference_expires(enter: Enter) -> None:
    clock = Clock()
    entrance = await enter(now=clock)
    file = await entrance.house.pictures.keep_reference(photo(40, 30))
    path = path_of(entrance.addresses.reference(file.name, NOW))
    clock.now = NOW + timedelta(hours=23, minutes=59)
    assert (await get(entrance, path)).status == 200
    clock.now = NOW + timedelta(hours=24, seconds=1)
    assert await refused(await get(entrance, path)) == (403, "forbidden")


async def test_a_signed_reference_that_was_thrown_away_is_not_found(enter: Enter) -> None:
    entrance = await enter()
    address = entrance.addresses.reference(f"references/{NOBODY}.jpg", datetime.now(UTC))
    assert await refused(await get(entrance, path_of(address))) == (404, "not_found")


async def test_a_disk_that_cannot_be_read_is_no_mistake_of_ours(
    enter: Enter, tmp_path: Path
) -> None:
    entrance = await enter(storage_url=(tmp_path / "pictures").as_uri())
    file = await entrance.house.pictures.keep_result(photo(40, 30))
    stored = tmp_path / "pictures" / file.name
    stored.unlink()
    stored.mkdir()
    answer = await get(entrance, f"/uploads/{file.name}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    # It is there again when the disk is.
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_picture_is_shown_and_not_saved(enter: Enter) -> None:
    entrance = await enter()
    file = await entrance.house.pictures.keep_result(noise(LARGE))
    async with await get(entrance, f"/uploads/{file.name}") as answer:
        assert "Content-Disposition" not in answer.headers


async def test_whoever_asks_for_the_head_hears_how_large_it_is(enter: Enter) -> None:
    entrance = await enter()
    file = await entrance.house.pictures.keep_result(noise(LARGE))
    async with entrance.client.head(f"/uploads/{file.name}") as answer:
        assert (answer.status, answer.content_length) == (200, file.size)
    await eventually(lambda: not is_open(file))


async def test_a_large_picture_is_sent_a_piece_at_a_time(enter: Enter) -> None:
    entrance = await enter()
    content = noise(LARGE)
    file = await entrance.house.pictures.keep_result(content)
    tracemalloc.start()
    try:
        answers = [await get(entrance, f"/uploads/{file.name}") for _ in range(5)]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(answers) * file.size / 2
    assert await answers[0].read() == content
    for answer in answers:
        answer.close()
    await eventually(lambda: not is_open(file))
