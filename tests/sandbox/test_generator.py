"""The Nano Banana of the sandbox takes jobs, draws, and counts what it is paid."""

import json

import aiohttp
import pytest

from bot.sandbox.jobs import Fault
from bot.sandbox.painter import Mark, prompt_sha, read_mark
from tests.sandbox.kie import FOX, NOON, create, ended, record


@pytest.mark.parametrize("kies_clock", [lambda: NOON])
async def test_a_job_from_its_creation_to_its_picture(kies_clock, server, kie):
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


@pytest.mark.parametrize("kies_clock", [lambda: NOON])
async def test_the_twenty_first_call_is_dropped(kies_clock, server, kie):
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
