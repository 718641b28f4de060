"""The whole bot with its pictures in a bucket: the main job, restarts, retention, and trouble."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.clock import now
from bot.doctor import Verdict, examine
from bot.storage.pictures import PictureStore, open_store
from tests.buckets import SECRET, Bucket, S3Server, fetched
from tests.conftest import Studio, eventually, photo
from tests.test_start import Machine, machine  # noqa: F401 - a fixture


def shown(studio: Studio) -> list[str]:
    """Under which addresses the generator was told of references."""
    inputs = [job.input for job in studio.generator.jobs.values()]
    return [one for input_ in inputs for one in input_.get("image_urls", [])]


async def edited(studio: Studio, caption: str, **changes: Any) -> None:
    await studio.start(**changes)
    studio.telegram.send_photo(studio.ann, photo(), caption=caption)
    await studio.picture(studio.chat(studio.ann), caption)
    await studio.quiet(studio.chat(studio.ann))


async def test_references_and_results_lie_in_the_bucket(
    studio: Studio, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await edited(studio, "make it blue", **bucket.settings)
    result, reference = bucket.files()
    assert (result.partition("/")[0], reference.partition("/")[0]) == ("images", "references")
    (address,) = shown(studio)
    assert address.startswith(f"{bucket.server.url}/{bucket.name}/of/the/bot/{reference}?")
    (job,) = studio.generator.jobs.values()
    pictures = PictureStore(open_store(bucket.url, bucket.access))
    assert job.references == [await pictures.read(reference)]
    assert not (studio.folder / "pictures").exists()
    assert SECRET not in caplog.text
    # Results come through our own door, also after a restart.
    await studio.stop()
    await studio.start(**bucket.settings)
    served = await asyncio.to_thread(fetched, f"{studio.address}/uploads/{result}")
    assert served == (200, f"image/{result.rpartition('.')[2]}", await pictures.read(result))


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_a_bucket_the_generator_cannot_reach_is_shown_as_a_folder_is(
    studio: Studio, bucket: Bucket, webhook: bool
) -> None:
    nearby = bucket.server.url.replace("127.0.0.1", "localhost")
    settings = {**bucket.settings, "aws_endpoint_url": nearby}
    await edited(studio, "make it blue", webhook=webhook, **settings)
    (address,) = shown(studio)
    if webhook:
        assert address.startswith(f"{studio.address}/uploads/references/")
    else:
        assert urlsplit(address).netloc == urlsplit(studio.generator.url).netloc
    (job,) = studio.generator.jobs.values()
    assert len(job.references) == 1
    assert "X-Amz" not in address


async def test_what_has_had_its_time_goes_from_the_bucket(studio: Studio, bucket: Bucket) -> None:
    await edited(studio, "make it blue", **bucket.settings)
    await studio.stop()
    studio.clock = lambda: now() + timedelta(hours=23)
    await edited(studio, "make it green", **bucket.settings)
    assert len(bucket.files()) == 4
    await studio.stop()
    studio.clock = lambda: now() + timedelta(hours=25)
    await studio.start(**bucket.settings)
    await eventually(lambda: bucket.files() == [])


async def test_a_bucket_that_goes_away_in_the_middle_loses_nothing(
    studio: Studio, bucket: Bucket, s3_server: S3Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    studio.generator.hold()
    await studio.start(**bucket.settings)
    studio.telegram.say(studio.ann, "a red fox")
    await eventually(lambda: studio.generator.jobs)
    s3_server.stop()
    try:
        # One has a result that cannot be kept, the other a reference.
        studio.generator.release()
        studio.telegram.send_photo(studio.bob, photo(), caption="make it green")
        await eventually(lambda: len(put_off(caplog)) == 2)
        # And a start meanwhile does not fail.
        await studio.stop()
        await studio.start(**bucket.settings)
        assert "bucket not reached" in caplog.messages
    finally:
        s3_server.start()
    for person, caption in ((studio.ann, "a red fox"), (studio.bob, "make it green")):
        await studio.picture(studio.chat(person), caption)
        await studio.quiet(studio.chat(person))
        assert len(studio.from_bot(studio.chat(person))) == 1
    assert len(studio.generator.jobs) == 2
    assert len(bucket.files()) == 3


def put_off(caplog: pytest.LogCaptureFixture) -> set[str]:
    """The tasks that could not go on because nothing could be kept."""
    off = [vars(one) for one in caplog.records if one.msg == "put off"]
    return {one["task"] for one in off if "keeping a picture" in one["detail"]}


async def test_a_wrong_bucket_is_refused_in_one_line(machine: Machine, bucket: Bucket) -> None:  # noqa: F811
    line = await machine.refused(**{**bucket.variables, "STORAGE_URL": "s3://nowhere/a"})
    assert line.startswith("s3://nowhere/a: ")
    assert "NoSuchBucket" in line


async def test_wrong_keys_are_refused_in_one_line(machine: Machine, bucket: Bucket) -> None:  # noqa: F811
    with bucket.server.asking_for_keys():
        line = await machine.refused(**bucket.variables)
    assert line.startswith(f"{bucket.url}: ")
    assert "InvalidAccessKeyId" in line
    assert SECRET not in line


async def test_the_doctor_looks_into_the_bucket(studio: Studio, bucket: Bucket) -> None:
    async def looked(**changes: Any) -> Any:
        found = await examine(studio.settings(webhook=False, **bucket.settings | changes))
        return next(one for one in found if one.check == "pictures")

    assert (await looked()).detail == bucket.url
    wrong = await looked(storage_url="s3://nowhere")
    assert wrong.verdict is Verdict.BAD
    assert "NoSuchBucket" in wrong.detail
    assert "AWS_" in wrong.advice
    assert bucket.files() == []
