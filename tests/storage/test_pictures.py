"""Picture files: checked before they are kept, found by nobody who does not know their name."""

import asyncio
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore
from PIL import Image

from bot.errors import Gone, Reason, Refused, Transient
from bot.storage.pictures import PictureStore, open_store
from bot.task import StoredFile
from tests.buckets import PREFIX, Bucket
from tests.storage.samples import HTML, encoded, plain, with_secrets

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Folder:
    """What `tests.buckets.Bucket` is, on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = path.as_uri()
        self.access: dict[str, str] = {}

    def files(self) -> list[str]:
        found = self.path.rglob("*")
        return sorted(str(one.relative_to(self.path)) for one in found if one.is_file())

    def age(self, name: str, since: datetime) -> None:
        os.utime(self.path / name, (since.timestamp(), since.timestamp()))

    def put(self, name: str, content: bytes) -> None:
        """Beside the folder."""
        (self.path.parent / name).write_bytes(content)


Shelf = Folder | Bucket


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "new folder" / "pictures")


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    return request.getfixturevalue(request.param)


@pytest.fixture
def pictures(shelf: Shelf) -> PictureStore:
    return PictureStore(open_store(shelf.url, shelf.access))


@pytest.fixture
def on_disk(folder: Folder) -> PictureStore:
    return PictureStore(open_store(folder.url))


def hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_result_is_read_as_it_was_kept(pictures: PictureStore, kind: str) -> None:
    file = await pictures.keep_result(plain(kind))
    assert await pictures.read(file.name) == plain(kind)
    expected = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[kind]
    assert file.name.endswith(f".{expected}")
    assert file == StoredFile(
        name=file.name,
        media_type=f"image/{kind.lower()}",
        size=len(plain(kind)),
        width=40,
        height=30,
    )


async def test_a_reference_is_kept_without_what_it_tells(pictures: PictureStore) -> None:
    file = await pictures.keep_reference(with_secrets("JPEG"))
    kept = await pictures.read(file.name)
    assert b"Secret" not in kept
    assert (file.size, file.name.partition("/")[0]) == (len(kept), "references")


async def test_what_is_refused_is_not_kept(pictures: PictureStore, shelf: Shelf) -> None:
    with pytest.raises(Refused) as result:
        await pictures.keep_result(HTML)
    with pytest.raises(Refused) as reference:
        await pictures.keep_reference(HTML)
    assert (result.value.reason, reference.value.reason) == (
        Reason.BAD_RESULT,
        Reason.NOT_A_PICTURE,
    )
    assert shelf.files() == []


async def test_names_cannot_be_guessed(pictures: PictureStore, shelf: Shelf) -> None:
    same = await asyncio.gather(*(pictures.keep_result(plain("PNG")) for _ in range(20)))
    names = [file.name for file in same]
    assert len(set(names)) == 20
    for name in names:
        assert name.startswith("images/")
        assert len(bytes.fromhex(name.removeprefix("images/").removesuffix(".png"))) == 16
    assert shelf.files() == sorted(names)


@pytest.mark.parametrize(
    "name",
    [
        "images/00000000000000000000000000000000.png",
        "../secret.txt",
        "images/../../secret.txt",
        "/secret.txt",
        "images",
        "a\x00b",
        "\ud800",
    ],
)
async def test_a_name_that_is_none_of_ours_is_gone(
    pictures: PictureStore, shelf: Shelf, name: str
) -> None:
    shelf.put("secret.txt", b"secret")
    await pictures.keep_result(plain("PNG"))
    with pytest.raises(Gone):
        await pictures.read(name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(["..", ".", "/", "secret.txt", "images", "%2e"])).map("/".join))
async def test_no_path_leads_out_of_the_folder(
    on_disk: PictureStore, folder: Folder, name: str
) -> None:
    folder.put("secret.txt", b"secret")
    with pytest.raises((Gone, Transient)):
        await on_disk.read(name)


async def test_a_folder_that_cannot_be_written_is_transient(tmp_path: Path) -> None:
    pictures = PictureStore(LocalStore(tmp_path))
    (tmp_path / "images").write_text("in the way")
    with pytest.raises(Transient):
        await pictures.keep_result(plain("PNG"))


async def test_a_folder_that_is_away_is_transient(tmp_path: Path) -> None:
    pictures = PictureStore(LocalStore(tmp_path / "away", mkdir=True))
    (tmp_path / "away").rmdir()
    (tmp_path / "away").write_text("a file where the folder was")
    with pytest.raises(Transient):
        await pictures.read("images/a.png")


async def test_a_bucket_is_used_like_a_folder() -> None:
    pictures = PictureStore(open_store("memory:///"))
    file = await pictures.keep_result(plain("PNG"))
    assert await pictures.read(file.name) == plain("PNG")


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


async def test_a_picture_is_on_disk_when_it_is_kept(
    synced: set[str], on_disk: PictureStore, folder: Folder
) -> None:
    file = await on_disk.keep_result(plain("PNG"))
    assert synced == {str(folder.path / file.name), str(folder.path / "images"), str(folder.path)}


async def test_a_result_waits_behind_nobodys_large_picture(on_disk: PictureStore) -> None:
    large = encoded(Image.new("RGB", (4_000, 4_000)), "PNG")
    theirs = [asyncio.create_task(on_disk.keep_reference(large)) for _ in range(3)]
    await asyncio.sleep(0)
    await on_disk.keep_result(plain("PNG"))
    assert not any(one.done() for one in theirs)
    await asyncio.gather(*theirs)


# --- throwing away ---------------------------------------------------------------------------


async def test_only_what_is_old_enough_is_deleted(pictures: PictureStore, shelf: Shelf) -> None:
    old, young = [await pictures.keep_result(plain("PNG")) for _ in range(2)]
    reference = await pictures.keep_reference(plain("PNG"))
    shelf.age(old.name, hours(25))
    shelf.age(reference.name, hours(25))
    shelf.age(young.name, hours(23))
    assert await pictures.delete_older(NOW - timedelta(hours=24), most=10) == 2
    assert shelf.files() == [young.name]


async def test_no_more_is_deleted_at_once_than_asked_for(
    pictures: PictureStore, shelf: Shelf
) -> None:
    for file in [await pictures.keep_result(plain("PNG")) for _ in range(7)]:
        shelf.age(file.name, hours(99))
    deleted = [await pictures.delete_older(NOW, most=3) for _ in range(4)]
    assert deleted == [3, 3, 1, 0]
    assert shelf.files() == []


async def test_an_empty_folder_has_nothing_to_delete(pictures: PictureStore) -> None:
    assert await pictures.delete_older(NOW, most=3) == 0


async def test_what_a_killed_process_was_writing_is_deleted_when_it_is_old(
    on_disk: PictureStore, folder: Folder
) -> None:
    whole = await on_disk.keep_result(plain("PNG"))
    for number, old in ((1, 25), (2, 23)):
        # obstore writes beside the file, and renames what is complete.
        half = f"{whole.name}#{number}"
        (folder.path / half).write_bytes(b"\x89PNG")
        folder.age(half, hours(old))
    assert await on_disk.delete_older(NOW - timedelta(hours=24), most=10) == 0
    assert folder.files() == [whole.name, f"{whole.name}#2"]


async def test_what_goes_while_others_are_looked_at_keeps_none_of_them(
    on_disk: PictureStore, folder: Folder
) -> None:
    whole = await on_disk.keep_result(plain("PNG"))
    for number in range(9):
        half = f"{whole.name}#{number}"
        if number % 2:
            (folder.path / half).write_bytes(b"\x89PNG")
            folder.age(half, hours(25))
        else:
            # As a file that was renamed after its name was read: there is nothing behind it.
            (folder.path / half).symlink_to(folder.path / "renamed")
    await on_disk.delete_older(NOW - timedelta(hours=24), most=10)
    assert folder.files() == [whole.name]


async def test_a_picture_can_be_deleted_and_once_more(pictures: PictureStore, shelf: Shelf) -> None:
    kept, doomed = (
        await pictures.keep_result(plain("PNG")),
        await pictures.keep_result(plain("PNG")),
    )
    for _ in range(2):
        await pictures.delete([doomed.name])
    assert shelf.files() == [kept.name]


async def test_what_is_not_ours_stays_however_old(pictures: PictureStore, shelf: Shelf) -> None:
    ours = await pictures.keep_result(plain("PNG"))
    there = Path(shelf.path) if isinstance(shelf, Folder) else None
    others = ("holiday.png", "images/holiday.png")
    for name in others:
        if there:
            (there / name).write_bytes(b"theirs")
        elif isinstance(shelf, Bucket):
            shelf.put(f"{PREFIX}/{name}", b"theirs")
    for name in (ours.name, *others):
        shelf.age(name, hours(999))
    assert await pictures.delete_older(NOW, most=10) == 1
    assert shelf.files() == sorted(others)
