"""What goes wrong at the generator goes wrong as often as ordered, and where."""

import json

import aiohttp
import pytest

from bot.sandbox.jobs import Fault
from tests.sandbox.kie import CREATE, FOX, create, ended, record


@pytest.mark.parametrize(
    ("fault", "status", "code", "jobs"),
    [
        (Fault(where="create", kind="code", code=402), 200, 402, 0),
        (Fault(where="create", kind="code", code=455), 200, 455, 0),
        (Fault(where="create", kind="code_and_id", code=505), 200, 505, 1),
        (Fault(where="create", kind="status", code=429, retry_after=7), 429, 429, 0),
        (Fault(where="create", kind="html"), 502, None, 0),
        (Fault(where="create", kind="malformed"), 200, None, 0),
        (Fault(where="create", kind="delay", seconds=0.001), 200, 200, 1),
        (Fault(where="create", kind="closed"), 0, None, 0),
        (Fault(where="create", kind="lost"), 0, None, 1),
    ],
)
async def test_create_task_goes_wrong_once(server, kie, fault, status, code, jobs):
    server.faults.add(fault)
    try:
        async with kie.post(CREATE, json=FOX) as response:
            text, seen = await response.text(), response.status
            assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        text, seen = "", 0
    assert (seen, len(server.jobs)) == (status, jobs)
    assert code is None or json.loads(text)["code"] == code
    assert (await create(kie))["code"] == 200


async def test_record_info_goes_wrong_as_often_as_said_and_only_where_it_matches(server, kie):
    data = await ended(server, kie)
    server.faults.add(Fault(where="record", kind="null", times=2, match="red fox"))
    server.faults.add(Fault(where="record", kind="empty"), Fault(where="record", kind="code"))
    server.faults.add(Fault(where="record", kind="code", match="blue"))
    answers = [await record(kie, data["taskId"]) for _ in range(5)]
    assert [answer["code"] for answer in answers] == [422, 422, 200, 500, 200]
    assert (answers[2]["data"]["state"], answers[2]["data"]["resultJson"]) == ("success", "")
    assert "response" not in answers[2]["data"]
    assert [fault.match for fault, _ in server.faults.pending] == ["blue"]


async def test_a_slow_job_can_be_overtaken_and_uploads_go_wrong_too(server, kie):
    server.faults.add(Fault(where="outcome", kind="slow", seconds=60, match="fox"))
    slow = (await create(kie))["data"]["taskId"]
    body = {"model": "google/nano-banana", "input": {"prompt": "x"}}
    assert (await ended(server, kie, body))["state"] == "success"
    assert not server.jobs[slow].ended
    server.faults.add(Fault(where="upload", kind="code", code=500))
    async with kie.post("/api/file-base64-upload", json={}) as response:
        assert (await response.json())["success"] is False


def test_a_fault_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no fault 'lost' at record"):
        Fault(where="record", kind="lost")
