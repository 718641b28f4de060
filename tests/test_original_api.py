"""The web integration this bot grew from: its document's calls and shapes, as written there."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.calling import TOKENS, Program
from tests.conftest import Studio, photo


@pytest.fixture
async def program(studio: Studio) -> AsyncIterator[Program]:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        yield program


def form(**fields: Any) -> aiohttp.FormData:
    data = aiohttp.FormData()
    for name, value in fields.items():
        if isinstance(value, bytes):
            data.add_field(name, value, filename="me.jpg", content_type="image/jpeg")
        else:
            data.add_field(name, value)
    # As curl -F and browsers send it, with files or without.
    data._is_multipart = True
    return data


async def test_text_to_image_as_the_document_writes_it(program: Program) -> None:
    status, said = await program.post(
        data=form(
            prompt="a beautiful sunset",
            model="nano-banana",
            mode="text-to-image",
            aspectRatio="16:9",
            steps="30",
        ),
        headers={"Accept-Language": "zh-CN"},
    )
    assert status == 200
    assert said == {
        "success": True,
        "taskId": said["taskId"],
        "status": "processing",
        "message": "图片生成中，请等待...",
    }
    done = await program.ended(said["taskId"])
    assert set(done) == {"id", "status", "prompt", "result", "generation"}
    assert (done["id"], done["status"]) == (said["taskId"], "completed")
    assert done["prompt"] == "a beautiful sunset"
    assert done["result"].startswith("/uploads/images/")
    assert (await program.fetch(done["result"])).startswith(b"\x89PNG")
    (job,) = program.studio.generator.jobs.values()
    assert (job.model, job.input["aspect_ratio"]) == ("google/nano-banana", "16:9")


async def test_image_to_image_as_the_document_writes_it(program: Program) -> None:
    status, said = await program.post(
        data=form(
            prompt="turn this into a watercolor painting",
            model="nano-banana",
            mode="image-to-image",
            aspectRatio="1:1",
            steps="30",
            image=photo(),
        )
    )
    assert (status, said["status"]) == (200, "processing")
    done = await program.ended(said["taskId"])
    assert done["status"] == "completed"
    (job,) = program.studio.generator.jobs.values()
    assert job.model == "google/nano-banana-edit"
    assert len(job.references) == 1
    # Nobody at Telegram was asked for the picture, or told of it.
    assert not [one for one in program.studio.telegram.calls if one.method.startswith("send")]
    assert not [one for one in program.studio.telegram.calls if one.method == "getFile"]


async def test_the_webhook_answers_that_it_is_ready(program: Program) -> None:
    said = await program.json("GET", "/api/webhook/nano-banana", headers={})
    assert said[1]["status"] == "ok"
    assert said[1]["message"] == "Nano Banana webhook endpoint is ready"


@pytest.mark.parametrize(
    "ratio",
    ["1:1", "9:16", "16:9", "3:4", "4:3", "3:2", "2:3", "5:4", "4:5", "21:9", "auto"],
)
async def test_every_shape_of_the_document_is_drawn(program: Program, ratio: str) -> None:
    status, said = await program.post(json={"prompt": "a fox", "aspectRatio": ratio})
    assert status == 200
    done = await program.ended(said["taskId"])
    assert done["generation"]["aspectRatio"] == ratio


async def test_json_works_as_the_form_does(program: Program) -> None:
    one = f"data:image/jpeg;base64,{base64.b64encode(photo()).decode()}"
    two = f"data:image/png;base64,{base64.b64encode(photo(kind='PNG')).decode()}"
    body = {"prompt": "together", "image": one, "images": [two], "steps": 30, "n": 2}
    status, said = await program.post(json=body)
    assert status == 200
    done = await program.ended(said["taskId"])
    assert len(done["generation"]["images"]) == 2
    assert all(image["url"] for image in done["generation"]["images"])
    assert {len(job.references) for job in program.studio.generator.jobs.values()} == {2}


async def test_a_failure_is_told_with_its_reason(program: Program) -> None:
    from bot.sandbox.jobs import Fault  # noqa: PLC0415

    program.studio.generator.faults.add(
        Fault(where="outcome", kind="fail", code="422", text="CONTENT_POLICY_BLOCKED: flagged.")
    )
    _, said = await program.post(json={"prompt": "something"})
    done = await program.ended(said["taskId"])
    assert (done["status"], done["result"]) == ("failed", None)
    assert done["generation"]["error"]["code"] in ("prompt_refused", "filtered")
    assert "CONTENT_POLICY" not in str(done)
