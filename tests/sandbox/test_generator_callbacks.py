"""The generator says when a picture is ready: signed, repeated, in every shape it was seen in."""

import json

import pytest

from bot.sandbox.callbacks import forged_addresses, signature
from bot.sandbox.jobs import Fault
from tests.sandbox.kie import FOX, create, ended


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
