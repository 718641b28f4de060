"""A bucket in what it has that a folder has not: servers, keys, and addresses of its own."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import Gone, Transient
from bot.storage.bucket import is_public
from bot.storage.examination import try_pictures
from bot.storage.pictures import PictureStore, open_store
from tests.buckets import PREFIX, SECRET, Bucket, S3Server, fetched
from tests.storage.samples import plain

DAY = timedelta(hours=24)


def opened(bucket: Bucket, *, generator: str | None = None, **access: str) -> PictureStore:
    return PictureStore(open_store(bucket.url, {**bucket.access, **access}), generator=generator)


async def test_a_bucket_without_a_prefix_is_used_as_a_whole(bucket: Bucket) -> None:
    for url in (f"s3://{bucket.name}", f"s3://{bucket.name}/", f"{bucket.url}/"):
        pictures = PictureStore(open_store(url, bucket.access))
        file = await pictures.keep_result(plain("PNG"))
        assert await pictures.read(file.name) == plain("PNG")
    assert bucket.files() == [file.name]


# --- what it lets others fetch ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_generator_beside_the_bucket_fetches_from_it(bucket: Bucket, kind: str) -> None:
    pictures = opened(bucket, generator="127.0.0.1")
    file = await pictures.keep_reference(plain(kind))
    address = await pictures.address(file.name, DAY) or ""
    found = await asyncio.to_thread(fetched, address)
    assert found == (200, file.media_type, await pictures.read(file.name))
    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["86400"]
    assert SECRET not in address
    bare, _, _ = address.partition("?")
    assert await asyncio.to_thread(fetched, bare) == (403, "", b"")


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("https://8.8.8.8", True),
        ("https://8.8.8.8:9000", True),
        ("https://[2606:4700::1111]", True),
        ("http://8.8.8.8", False),
        ("https://127.0.0.1:9000", False),
        ("https://localhost", False),
        ("https://10.1.2.3", False),
        ("https://192.168.1.2", False),
        ("https://[fd00::1]", False),
        ("https://minio.invalid", False),
    ],
)
async def test_others_fetch_only_where_anybody_gets_to(
    bucket: Bucket, endpoint: str, shown: bool
) -> None:
    """Otherwise our own door shows it, or it is uploaded."""
    pictures = opened(bucket, generator="api.kie.ai", endpoint=endpoint)
    address = await pictures.address("references/a.png", DAY)
    assert (address is not None) is shown
    if address:
        assert address.startswith(f"{endpoint}/{bucket.name}/{PREFIX}/references/a.png?X-Amz-")


async def test_what_is_no_address_is_not_public() -> None:
    assert [await is_public(one) for one in ("", "https://", "file:///etc")] == [False] * 3


# --- when it will not do ---------------------------------------------------------------------


async def test_a_bucket_in_order_is_left_as_it_was(bucket: Bucket) -> None:
    await try_pictures(bucket.url, bucket.access)
    assert bucket.files() == []


async def test_a_bucket_that_is_not_there_is_named_in_one_line(bucket: Bucket) -> None:
    with pytest.raises(OSError, match=r"s3://nowhere/a: listing pictures: NoSuchBucket") as error:
        await try_pictures("s3://nowhere/a", bucket.access)
    assert "\n" not in str(error.value)
    assert "<" not in str(error.value)


async def test_keys_the_server_does_not_know_are_told_in_one_line(bucket: Bucket) -> None:
    with (
        bucket.server.asking_for_keys(),
        pytest.raises(OSError, match="InvalidAccessKeyId") as error,
    ):
        await try_pictures(bucket.url, bucket.access)
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value)


async def test_half_a_key_is_told_before_anything_is_sent(bucket: Bucket) -> None:
    access = {name: value for name, value in bucket.access.items() if name != "secret_access_key"}
    with pytest.raises(OSError, match=rf"^{bucket.url}: .*[Ss]ecret.?[Aa]ccess.?[Kk]ey") as error:
        open_store(bucket.url, access)
    assert "\n" not in str(error.value)


async def test_a_file_of_a_bucket_that_is_not_there_is_not_gone(bucket: Bucket) -> None:
    """Whoever deletes a bucket by mistake and puts it back has lost no task."""
    nowhere = PictureStore(open_store("s3://nowhere", bucket.access))
    name = f"images/{'0' * 32}.png"
    for call in (
        nowhere.read(name),
        nowhere.delete([name]),
        nowhere.keep_result(plain("PNG")),
    ):
        with pytest.raises(Transient, match="NoSuchBucket"):
            await call
    with pytest.raises(Gone):
        await opened(bucket).read(name)


async def test_a_server_that_is_away_is_waited_for(bucket: Bucket, s3_server: S3Server) -> None:
    pictures = opened(bucket)
    file = await pictures.keep_result(plain("PNG"))
    s3_server.stop()
    try:
        with pytest.raises(Transient) as failure:
            await pictures.read(file.name)
        with pytest.raises(Transient):
            await try_pictures(bucket.url, bucket.access)
    finally:
        s3_server.start()
    assert "\n" not in failure.value.detail
    assert await pictures.read(file.name) == plain("PNG")
