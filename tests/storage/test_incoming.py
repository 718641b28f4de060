"""Results on their way to us: never held whole, and nothing is left of those that are not kept."""

import asyncio
import os
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any

import obstore
import pytest

from bot.errors import Gone, Reason, Refused, Transient
from bot.storage import pictures as storage
from bot.storage.imaging import RESULT_BYTES_MAX
from bot.storage.incoming import HELD_MAX, Draft, Incoming
from bot.storage.pictures import PictureStore, open_store
from bot.task import StoredFile
from tests.buckets import Bucket
from tests.large import open_files
from tests.storage.samples import HTML, plain

IEND = plain("PNG")[-12:]
PIECE = 1 << 16
SIZES = [200, HELD_MAX - 1, HELD_MAX, HELD_MAX + 1, 3 * HELD_MAX, 13_000_000]


def heavy(size: int) -> bytes:
    """A PNG of so many bytes."""
    small = plain("PNG")
    return small[:-12] + bytes(max(size - len(small), 0)) + IEND


async def come(incoming: Incoming, content: bytes) -> None:
    """Arrive as over a network."""
    for start in range(0, len(content), PIECE):
        await incoming.write(content[start : start + PIECE])


async def kept(pictures: PictureStore, content: bytes) -> StoredFile:
    async with pictures.incoming() as incoming:
        await come(incoming, content)
        return await incoming.keep()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def on_disk(folder: Path) -> PictureStore:
    return PictureStore(open_store(folder.as_uri()))


@pytest.fixture(params=["folder", "bucket", "memory"])
def pictures(request: pytest.FixtureRequest) -> PictureStore:
    match request.param:
        case "folder":
            return request.getfixturevalue("on_disk")
        case "bucket":
            bucket: Bucket = request.getfixturevalue("bucket")
            return PictureStore(open_store(bucket.url, bucket.access))
        case _:
            return PictureStore(open_store("memory:///"))


def files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


# --- there and back --------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_a_result_of_any_size_is_read_and_sent_as_it_came(
    pictures: PictureStore, size: int
) -> None:
    content = heavy(size)
    file = await kept(pictures, content)
    assert (file.size, file.width, file.height) == (len(content), 40, 30)
    assert await pictures.read(file.name) == content
    with await pictures.open(file.name) as opened:
        assert opened.read() == content


@pytest.fixture
def secret(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"beside the folder")


async def test_of_a_folder_nothing_lies_beside_the_results(
    on_disk: PictureStore, folder: Path
) -> None:
    names = [(await kept(on_disk, heavy(size))).name for size in SIZES]
    assert files(folder) == sorted(names)


@pytest.mark.parametrize("name", [f"images/{'0' * 32}.png", "images/../../a", "/etc/passwd", ""])
async def test_what_is_not_there_cannot_be_opened(
    pictures: PictureStore, secret: None, name: str
) -> None:
    with pytest.raises(Gone):
        await pictures.open(name)


@pytest.fixture
def synced() -> Iterator[set[str]]:
    """The paths for whose way to the disk new threads wait."""
    paths: set[str] = set()

    def watch(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called is os.fsync:
            paths.add(str(frame.f_locals["path"]))

    threading.setprofile(watch)
    yield paths
    threading.setprofile(None)


async def test_a_large_result_is_on_disk_when_it_is_kept(
    synced: set[str], on_disk: PictureStore, folder: Path
) -> None:
    file = await kept(on_disk, heavy(3 * HELD_MAX))
    assert synced == {str(folder / file.name), str(folder / "images"), str(folder)}


# --- how much is held ------------------------------------------------------------------------


async def test_a_result_is_never_held_whole(on_disk: PictureStore) -> None:
    # What is loaded for the first of all is no cost of each.
    await kept(on_disk, heavy(3 * HELD_MAX))
    tracemalloc.start()
    try:
        async with on_disk.incoming() as incoming:
            await incoming.write(plain("PNG")[:-12])
            for _ in range(40_000_000 // PIECE):
                await incoming.write(bytes(PIECE))
            await incoming.write(IEND)
            file = await incoming.keep()
        (await on_disk.open(file.name)).close()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.size > 39_000_000
    assert most < 2 * HELD_MAX


async def test_only_so_many_come_at_once_and_the_others_hold_nothing(
    on_disk: PictureStore,
) -> None:
    here: list[int] = []
    leave = asyncio.Event()

    async def come_and_stay(number: int) -> None:
        async with on_disk.incoming():
            here.append(number)
            await leave.wait()

    most = storage._COMING_AT_ONCE
    coming = [asyncio.create_task(come_and_stay(number)) for number in range(most + 9)]
    for _ in range(10):
        await asyncio.sleep(0)
    assert here == list(range(most))
    coming[0].cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    assert here == list(range(most + 1))
    leave.set()
    await asyncio.gather(*coming, return_exceptions=True)
    assert len(here) == most + 9


# --- what is left ----------------------------------------------------------------------------


async def test_nothing_is_left_of_a_result_that_is_refused(
    on_disk: PictureStore, folder: Path
) -> None:
    for content in (HTML, HTML * 100_000, heavy(RESULT_BYTES_MAX + 1), heavy(HELD_MAX * 2)[:-9]):
        with pytest.raises(Refused):
            await kept(on_disk, content)
    assert files(folder) == []


async def test_nothing_is_left_of_a_result_that_breaks_off(
    on_disk: PictureStore, folder: Path
) -> None:
    async def break_off(size: int) -> None:
        async with on_disk.incoming() as incoming:
            await come(incoming, heavy(size))
            raise Transient(Reason.BAD_RESULT, "the line is cut")

    for size in (9, 5 * HELD_MAX):
        with pytest.raises(Transient):
            await break_off(size)
    assert files(folder) == []


async def test_nothing_is_left_of_a_result_nobody_keeps(
    on_disk: PictureStore, folder: Path
) -> None:
    async with on_disk.incoming() as incoming:
        await come(incoming, heavy(5 * HELD_MAX))
        assert [name.partition("#")[2] for name in files(folder)] == ["0"]
    assert files(folder) == []


@pytest.mark.parametrize("size", [200, 5 * HELD_MAX])
@pytest.mark.parametrize("turns", [*range(12), 30, 60, 200])
async def test_nothing_is_left_wherever_it_is_cancelled(
    on_disk: PictureStore, folder: Path, turns: int, size: int
) -> None:
    """Also while a thread writes, and once more while it is cleared away."""
    coming = asyncio.create_task(kept(on_disk, heavy(size)))
    for _ in range(turns):
        await asyncio.sleep(0)
    coming.cancel()
    await asyncio.sleep(0)
    coming.cancel()
    (ended,) = await asyncio.gather(coming, return_exceptions=True)
    # Whatever threads still do.
    await asyncio.get_running_loop().shutdown_default_executor()
    names = [ended.name] if isinstance(ended, StoredFile) else []
    assert [name for name in files(folder) if name not in names] == []


def test_what_has_become_a_picture_nobody_waits_for_goes_too(folder: Path) -> None:
    """Cancelled when the thread was done, and before anybody heard so."""
    draft = Draft(folder)
    draft.take(bytearray(b"a"))
    draft.become(folder / "c")
    draft.complete()
    assert files(folder) == ["c"]
    draft.close()
    assert files(folder) == []


@pytest.mark.parametrize("started", [True, False])
def test_a_thread_that_writes_too_late_leaves_nothing(folder: Path, started: bool) -> None:
    draft = Draft(folder)
    if started:
        draft.take(bytearray(b"a"))
    draft.close()
    with pytest.raises(OSError, match="closed"):
        draft.take(bytearray(b"b"))
    with pytest.raises(OSError, match="closed"):
        draft.become(folder / "c")
    draft.close()
    assert not folder.exists() or files(folder) == []


def test_what_goes_to_a_bucket_has_no_name_that_could_outlive_the_process() -> None:
    draft = Draft(None)
    file = draft.take(bytearray(b"a"))
    assert os.fstat(file.fileno()).st_nlink == 0
    draft.close()
    assert file.closed


async def test_what_a_killed_process_was_fetching_is_shown_to_nobody_and_swept(
    on_disk: PictureStore, folder: Path
) -> None:
    killed = Draft(folder / "images")
    killed.take(bytearray(b"\x89PNG"))
    (name,) = files(folder)
    assert obstore.list(open_store(folder.as_uri())).collect() == []
    now = datetime.now(UTC)
    await on_disk.delete_older(now - timedelta(hours=1), most=9)
    assert files(folder) == [name]
    await on_disk.delete_older(now + timedelta(hours=1), most=9)
    assert files(folder) == []
    killed.close()


async def test_a_folder_that_cannot_be_written_is_waited_for(
    on_disk: PictureStore, folder: Path
) -> None:
    (folder / "images").write_text("in the way")
    for size in SIZES:
        with pytest.raises(Transient) as failure:
            await kept(on_disk, heavy(size))
        assert failure.value.reason is Reason.INTERNAL


async def test_a_file_nobody_waits_for_any_more_is_closed(
    on_disk: PictureStore, folder: Path
) -> None:
    file = await kept(on_disk, heavy(2 * HELD_MAX))
    opening = asyncio.create_task(on_disk.open(file.name))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0)
    assert str(folder / file.name) not in open_files()


def test_a_small_result_for_a_bucket_costs_no_file() -> None:
    async def keep(incoming: Incoming) -> StoredFile:
        assert isinstance(await incoming.whole(), BytesIO)
        return StoredFile(name="a", media_type="b", size=1, width=1, height=1)

    async def bring() -> None:
        incoming = Incoming(None, keep)
        await come(incoming, bytes(HELD_MAX))
        await incoming.keep()
        await incoming.close()

    asyncio.run(bring())
