"""Pictures go from a folder to a bucket, each once, and nothing else goes with them."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from bot.storage.bucket import open_bucket
from bot.storage.moving_pictures import bring
from tests.buckets import Bucket, S3Server, fetched

NAMES = [f"images/{number:032x}.png" for number in range(30)]
REFERENCE = f"references/{7:032x}.jpg"
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for number, name in enumerate((*NAMES, REFERENCE)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.urandom(100 + number))
    return folder


def quiet(_done: int, _total: int) -> None:
    pass


async def refusal(source: str, target: str, access: dict[str, str]) -> str:
    with pytest.raises(OSError, match=":") as refused:
        await bring(source, target, access, quiet)
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def test_they_are_what_they_were_and_have_their_type(folder: Path, bucket: Bucket) -> None:
    steps: list[tuple[int, int]] = []
    brought = await bring(
        folder.as_uri(), bucket.url, bucket.access, lambda *step: steps.append(step)
    )
    assert (brought.pictures, brought.new) == (31, 31)
    assert bucket.files() == sorted((*NAMES, REFERENCE))
    assert steps == [(done, 31) for done in range(32)]
    for name, type_ in ((NAMES[3], "image/png"), (REFERENCE, "image/jpeg")):
        address = obstore.sign(open_bucket(bucket.url, bucket.access), "GET", name, HOUR)
        found = await asyncio.to_thread(fetched, address)
        assert found == (200, type_, (folder / name).read_bytes())


async def test_what_is_there_as_a_whole_is_not_brought_again(folder: Path, bucket: Bucket) -> None:
    content = (folder / NAMES[0]).read_bytes()
    there = open_bucket(bucket.url, bucket.access)
    obstore.put(there, NAMES[0], bytes(len(content)))
    obstore.put(there, NAMES[1], b"half")
    brought = await bring(folder.as_uri(), bucket.url, bucket.access, quiet)
    assert (brought.pictures, brought.new) == (31, 30)
    again = await bring(folder.as_uri(), bucket.url, bucket.access, quiet)
    assert (again.pictures, again.new) == (31, 0)


async def test_cut_off_it_goes_on_where_it_was(folder: Path, bucket: Bucket) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 10:
            raise KeyError

    with pytest.raises(KeyError):
        await bring(folder.as_uri(), bucket.url, bucket.access, stop)
    # Those that were on their way may arrive as well.
    brought = await bring(folder.as_uri(), bucket.url, bucket.access, quiet)
    assert 31 - 10 - 8 <= brought.new <= 31 - 10
    assert bucket.files() == sorted((*NAMES, REFERENCE))


async def test_files_of_others_stay_where_they_are(folder: Path, bucket: Bucket) -> None:
    (folder / "images" / "notes.txt").write_text("mine")
    (folder / "letters").mkdir()
    (folder / "letters" / "a.png").write_text("mine")
    await bring(folder.as_uri(), bucket.url, bucket.access, quiet)
    assert bucket.files() == sorted((*NAMES, REFERENCE))
    assert (folder / NAMES[0]).exists()


async def test_another_folder_will_do(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "other disk"
    assert (await bring(folder.as_uri(), target.as_uri(), {}, quiet)).new == 31
    assert (target / REFERENCE).read_bytes() == (folder / REFERENCE).read_bytes()


async def test_a_folder_that_does_not_exist_has_no_pictures(tmp_path: Path, bucket: Bucket) -> None:
    nothing = (tmp_path / "nowhere").as_uri()
    assert (await bring(nothing, bucket.url, bucket.access, quiet)).pictures == 0


async def test_where_they_are_already_is_no_place_to_bring_them_to(folder: Path) -> None:
    line = await refusal(folder.as_uri(), f"{folder.as_uri()}/", {})
    assert line == f"{folder.as_uri()}/: is where the pictures lie already"


async def test_a_bucket_that_is_not_there_is_one_line(folder: Path, bucket: Bucket) -> None:
    line = await refusal(folder.as_uri(), "s3://nowhere/a", bucket.access)
    assert line.startswith("s3://nowhere/a: ")
    assert "NoSuchBucket" in line


async def test_a_bucket_that_goes_away_in_the_middle_is_one_line(
    folder: Path, bucket: Bucket, s3_server: S3Server
) -> None:
    def pull(done: int, _total: int) -> None:
        if done == 5:
            s3_server.stop()

    try:
        with pytest.raises(OSError, match=r"^s3://") as refused:
            await bring(folder.as_uri(), bucket.url, bucket.access, pull)
        assert "\n" not in str(refused.value)
    finally:
        s3_server.start()
    assert (await bring(folder.as_uri(), bucket.url, bucket.access, quiet)).pictures == 31
