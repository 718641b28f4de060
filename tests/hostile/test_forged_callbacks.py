"""Callbacks that lie: whoever has no key stays outside, and a key opens no more than its picture."""

import json

from bot.sandbox.jobs import Fault
from tests.conftest import Studio
from tests.hostile.knocking import CALLBACKS, KEYS, assert_it_still_draws, knock, post

EVIL = "https://evil.example/x.png"


def callback(job: str, picture: str, token: str) -> bytes:
    body = {
        "code": 200,
        "data": {"taskId": job, "state": "success", "resultJson": f'{{"resultUrls":["{EVIL}"]}}'},
        "output": {"image_url": EVIL},
    }
    return post(f"{CALLBACKS}?picture={picture}&token={token}", json.dumps(body).encode())


def picture_of(studio: Studio, prompt: str) -> tuple[str, str]:
    """The job for this prompt and the picture it was made for, as the callback address says."""
    (job,) = [one for one in studio.generator.jobs.values() if one.input["prompt"] == prompt]
    return job.id, (job.callback_url or "").partition("picture=")[2].partition("&")[0]


async def asked(studio: Studio, prompt: str) -> tuple[str, str]:
    studio.telegram.say(studio.ann, prompt)
    await studio.generator.wait_for(
        lambda: [one for one in studio.generator.jobs.values() if one.input["prompt"] == prompt]
    )
    return picture_of(studio, prompt)


async def test_no_forged_callback_changes_a_picture(studio: Studio) -> None:
    studio.generator.hold()
    await studio.start()
    job, picture = await asked(studio, "a red fox")
    other, other_picture = await asked(studio, "a blue whale")
    for request in (
        callback(job, picture, "wrong"),
        callback(job, picture, KEYS.for_callback(other_picture)),
        callback(job, picture, KEYS.for_telegram()),
        callback(job, "", KEYS.for_callback(picture)),
    ):
        assert (await knock(studio, request))[0] == 401
    # With the right key: another's job, a job nobody knows, and one that is not done yet.
    for claimed in (other, "feedface" * 4, job, job):
        request = callback(claimed, picture, KEYS.for_callback(picture))
        assert (await knock(studio, request))[0] == 200
    studio.generator.release()
    chat = studio.chat(studio.ann)
    for prompt in ("a red fox", "a blue whale"):
        await studio.picture(chat, prompt)
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == len(studio.generator.jobs) == 2
    assert not any("evil" in line for line in studio.generator.problems)


async def test_a_callback_that_is_replayed_brings_nothing_twice(studio: Studio) -> None:
    await studio.start()
    job, picture = await asked(studio, "a red fox")
    chat = studio.chat(studio.ann)
    await studio.picture(chat, "a red fox")
    request = callback(job, picture, KEYS.for_callback(picture))
    assert {(await knock(studio, request))[0] for _ in range(20)} == {200}
    await assert_it_still_draws(studio)
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == 1
    assert len(studio.generator.jobs) == 2


async def test_the_generators_own_forged_callbacks_do_no_harm(studio: Studio) -> None:
    studio.generator.faults.add(Fault(where="callback", kind="forged", times=2))
    await studio.start()
    chat = studio.chat(studio.ann)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(chat, "a red fox")
    await studio.quiet(chat)
    assert len(studio.from_bot(chat)) == len(studio.generator.jobs) == 1
