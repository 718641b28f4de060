"""The Nano Banana of the sandbox answers, calls back and goes wrong as the real one does."""

import json
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.callbacks import forged_addresses, signature
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Fault
from bot.sandbox.painter import Mark, prompt_sha, read_mark

CREATE, RECORD = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo"
FOX = {"model": "google/nano-banana", "input": {"prompt": "a red fox"}}


@pytest.fixture
async def server():
    async with GeneratorServer(
        api_key="k", webhook_key="w", seconds_per_job=0.0, callback_retry_seconds=(0.0, 0.0, 0.0)
    ) as running:
        yield running


@pytest.fixture
async def kie(server):
    headers = {"Authorization": "Bearer k"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        yield session


@pytest.fixture
async def door():
    """A receiver of callbacks: `got` (address, headers, text), `statuses` it answers next."""
    here = SimpleNamespace(got=[], statuses=[])

    async def take(request):
        here.got.append((request.path_qs, dict(request.headers), await request.text()))
        return web.Response(status=here.statuses.pop(0) if here.statuses else 200)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://127.0.0.1:{runner.addresses[0][1]}/door?id=7&token=secret"
    yield here
    await runner.cleanup()


async def create(kie, body=FOX, **more):
    async with kie.post(CREATE, json={**body, **more}) as response:
        assert response.status == 200
        return await response.json()


async def record(kie, task_id):
    async with kie.get(RECORD, params={"taskId": task_id}) as response:
        return await response.json()


async def ended(server, kie, body=FOX, **more):
    """The record of a new job after its end, and after its callback."""
    task_id = (await create(kie, body, **more))["data"]["taskId"]
    job = server.jobs[task_id]
    await server.wait_for(lambda: job.ended and (not job.callback_url or server.callbacks))
    return (await record(kie, task_id))["data"]


async def test_a_job_from_its_creation_to_its_picture(server, kie):
    server.hold()
    answer = await create(kie, callBackUrl="http://127.0.0.1:9/door?id=1")
    task_id = answer["data"]["taskId"]
    assert answer["data"] == {"taskId": task_id, "recordId": task_id}
    assert (len(task_id), int(task_id, 16) > 0) == (32, True)
    early = (await record(kie, task_id))["data"]
    assert (early["state"], early["successFlag"]) in (("waiting", 0), ("generating", 0))
    await server.wait_for(lambda: server.jobs[task_id].state == "generating")
    running = (await record(kie, task_id))["data"]
    assert (running["resultJson"], running["creditsConsumed"]) == ("", 4.0)
    nulls = ("failCode", "failMsg", "costTime", "completeTime")
    assert [running[name] for name in nulls] == [None] * 4
    server.release()
    await server.wait_for(lambda: server.jobs[task_id].ended)
    done = (await record(kie, task_id))["data"]
    assert (done["state"], done["successFlag"], done["costTime"]) == ("success", 1, 0)
    assert json.loads(done["resultJson"]) == done["response"]
    assert done["completeTime"] >= done["createTime"] > 1.7e12
    assert list(json.loads(done["param"])) == ["input", "callBackUrl", "model"]
    assert json.loads(json.loads(done["param"])["input"]) == FOX["input"]
    async with aiohttp.request("GET", done["response"]["resultUrls"][0]) as response:
        mark = read_mark(await response.read())
    assert mark == Mark(prompt_sha=prompt_sha("a red fox"), job_id=task_id)
    assert server.problems == []


async def test_the_twenty_first_call_is_dropped(server, kie):
    answers = [await create(kie) for _ in range(21)]
    assert [answer["code"] for answer in answers] == [200] * 20 + [429]
    assert (len(server.jobs), server.paid) == (20, 80)
    task_id = answers[0]["data"]["taskId"]
    polls = [(await record(kie, task_id))["code"] for _ in range(11)]
    assert polls == [200] * 10 + [429]


async def test_a_failed_job_is_paid_back(server, kie):
    server.faults.add(Fault(where="outcome", kind="fail", code="GENERATION_FAILED", text="no"))
    data = await ended(server, kie)
    wanted = {"state": "fail", "successFlag": 3, "failCode": "GENERATION_FAILED", "failMsg": "no"}
    assert (wanted | {"resultJson": "", "creditsConsumed": 0.0}).items() <= data.items()
    async with kie.get("/api/v1/chat/credit") as response:
        assert await response.json() == {"code": 200, "msg": "success", "data": 5454.65}
    await ended(server, kie)
    assert (server.balance, server.paid) == (pytest.approx(5450.65), 4)


async def test_a_callback_is_signed_and_sent_when_the_end_can_be_read(server, kie, door):
    data = await ended(server, kie, callBackUrl=door.url)
    ((path, headers, text),) = door.got
    assert path == "/door?id=7&token=secret"
    stamp = headers["X-Webhook-Timestamp"]
    assert headers["X-Webhook-Signature"] == signature("w", data["taskId"], stamp)
    body = json.loads(text)
    assert (body["code"], body["msg"]) == (200, "Playground task completed successfully.")
    same = ("taskId", "model", "state", "param", "resultJson", "costTime")
    assert {name: body["data"][name] for name in same} == {name: data[name] for name in same}
    assert body["data"]["creditsConsumed"] == 4
    times = [body["data"][name] for name in ("createTime", "completeTime", "updateTime")]
    assert [moment % 1000 for moment in times] == [0, 0, 0]


def test_the_signature_is_the_documented_one():
    signed = signature("test-webhook-key", "3f9c0a7be2d14c58a6f1e0b97d24c8aa", "1791201600")
    assert signed == "Cn8eZYUDcHInXaB/6XsS34KsPRY66APbOL0AADxWlis="


@pytest.mark.parametrize(("statuses", "posts"), [([], 1), ([500, 302], 3), ([503] * 9, 4)])
async def test_callbacks_are_retried_three_times(server, kie, door, statuses, posts):
    door.statuses += statuses
    await create(kie, callBackUrl=door.url)
    await server.wait_for(lambda: len(server.callbacks) == posts)
    assert [sent.attempt for sent in server.callbacks] == list(range(1, posts + 1))
    assert len(door.got) == posts


async def test_a_failure_is_called_back_too(server, kie, door):
    server.faults.add(Fault(where="outcome", kind="fail", code=400, text="flagged"))
    await ended(server, kie, callBackUrl=door.url)
    body = json.loads(door.got[0][2])
    assert (body["code"], body["msg"]) == (501, "Playground task failed.")
    wanted = {"state": "fail", "resultJson": None, "failCode": "400", "failMsg": "flagged"}
    assert (wanted | {"creditsConsumed": 0}).items() <= body["data"].items()


async def called(server, kie, door, kind, posts=1, **more):
    server.faults.add(Fault(where="callback", kind=kind, **more))
    answer = await create(kie, callBackUrl=door.url)
    before = len(server.callbacks)
    await server.wait_for(lambda: len(server.callbacks) == posts)
    return answer["data"]["taskId"], before, [text for _, _, text in door.got]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("old_shape", lambda body: body["data"]["consumeCredits"] == 4),
        ("old_shape", lambda body: json.loads(body["data"]["param"])["input"] == FOX["input"]),
        ("task_id", lambda body: len(body["data"]["task_id"]) == 32 and "taskId" not in str(body)),
        ("webhook_page", lambda body: body["taskId"] == body["data"]["task_id"]),
        ("short", lambda body: body["status"] == "completed" and body["output"]["image_url"]),
    ],
)
async def test_other_shapes_of_the_body(server, kie, door, kind, shown):
    _, _, (text,) = await called(server, kie, door, kind)
    assert shown(json.loads(text))


async def test_callbacks_come_twice_early_malformed_or_never(server, kie, door):
    _, _, texts = await called(server, kie, door, "doubled", posts=2)
    assert texts[0] == texts[1]
    assert (await called(server, kie, door, "early", posts=3))[1] == 3
    _, _, texts = await called(server, kie, door, "malformed", posts=4)
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(texts[3])
    task_id, _, _ = await called(server, kie, door, "lost", posts=4)
    await server.wait_for(lambda: server.jobs[task_id].ended)
    assert len(door.got) == 4


async def test_forged_callbacks_have_one_thing_wrong_each(server, kie, door):
    task_id, _, _ = await called(server, kie, door, "forged", posts=5)
    *forged, genuine = door.got
    assert len({path for path, _, _ in forged} | {genuine[0]}) == 4
    right = signature("w", task_id, genuine[1]["X-Webhook-Timestamp"])
    assert forged[-1][0] == genuine[0]
    assert forged[-1][1]["X-Webhook-Signature"] != right
    assert [sent.forged for sent in server.callbacks] == [True] * 4 + [False]
    assert forged_addresses("http://us/door/abc") == ["http://us/door/cbax"]


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
