"""Callbacks: a token for each picture, kie's signature where there is a key, and one effect."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientResponse
from pydantic import SecretStr

from bot.life import PictureState
from bot.nanobanana.wire import signature
from bot.origin import Origin
from bot.prompt import Order
from bot.task import Picture, Task, new_task
from tests.webhooks.conftest import KEYS, Enter, Entrance, raw, refused

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DOOR = "/api/webhook/nano-banana"
JOB = "3f9c0a7be2d14c58a6f1e0b97d24c8aa"
ORDER = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format="png", count=2)
BODY = {"code": 200, "msg": "ok", "data": {"taskId": JOB, "state": "success"}}
SHORT = {"task_id": JOB, "status": "completed", "output": {"image_url": "https://evil.example/x"}}
DONE = {"code": 200, "msg": "success"}


class Waiting:
    """A task whose pictures wait for their callbacks."""

    def __init__(self, entrance: Entrance, task: Task) -> None:
        self.entrance = entrance
        self.id = task.id
        self.first, self.second = (one.id for one in task.pictures)

    async def task(self) -> Task:
        task = await self.entrance.house.pipeline.store.get(self.id)
        assert task is not None
        return task

    async def picture(self) -> Picture:
        return (await self.task()).picture(self.first)

    async def call(
        self,
        body: Any = BODY,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ClientResponse:
        """POST to the door of the first picture."""
        if query is None:
            query = {"picture": self.first, "token": KEYS.for_callback(self.first)}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.entrance.client.post(DOOR, data=data, params=query, headers=headers)


async def waiting(enter: Enter, **settings: Any) -> Waiting:
    entrance = await enter(now=lambda: NOW, **settings)
    origin = Origin(chat=1, message=2, person=3)
    task = new_task(key="1:2", origin=origin, order=ORDER, now=NOW)
    return Waiting(entrance, await entrance.house.pipeline.request(task))


async def test_get_answers_like_the_original(enter: Enter) -> None:
    entrance = await enter(now=lambda: NOW)
    answer = await entrance.client.get(DOOR)
    assert (answer.status, await answer.json()) == (
        200,
        {
            "status": "ok",
            "message": "Nano Banana webhook endpoint is ready",
            "timestamp": "2026-11-01T12:00:00+00:00",
        },
    )


@pytest.mark.parametrize("body", [BODY, SHORT], ids=["today", "short"])
async def test_a_callback_marks_its_picture_and_nothing_in_it_is_believed(
    enter: Enter, body: Mapping[str, Any]
) -> None:
    here = await waiting(enter)
    answer = await here.call(body)
    assert (answer.status, await answer.json()) == (200, DONE)
    picture = await here.picture()
    assert (picture.state, picture.job, picture.heard) == (PictureState.SUBMITTED, JOB, True)
    assert (picture.due_at, picture.result) == (NOW, None)
    assert (await here.task()).picture(here.second).state is PictureState.CREATED


async def test_a_repeated_callback_is_accepted_and_changes_nothing(enter: Enter) -> None:
    here = await waiting(enter)
    assert (await here.call()).status == 200
    marked = await here.task()
    for body in (BODY, SHORT, {"taskId": "another"}):
        answer = await here.call(body)
        assert (answer.status, await answer.json()) == (200, DONE)
    assert await here.task() == marked


async def test_a_forged_callback_stays_outside(enter: Enter) -> None:
    here = await waiting(enter)
    before = await here.task()
    right = KEYS.for_callback(here.first)
    for query in (
        {},
        {"picture": here.first},
        {"picture": here.first, "token": ""},
        {"picture": here.first, "token": "wrong"},
        {"picture": here.first, "token": right[:-1]},
        {"picture": here.first, "token": KEYS.for_callback(here.second)},
        {"picture": here.first, "token": KEYS.for_telegram()},
        {"picture": "", "token": right},
        {"token": right},
    ):
        assert await refused(await here.call(query=query)) == (401, "unauthorized")
    assert await here.task() == before


async def test_a_token_that_is_no_text_is_just_wrong(enter: Enter) -> None:
    entrance = await enter()
    head = f"POST {DOOR}?picture=%FF&token=%ED%A0%80%FF HTTP/1.1".encode()
    assert await raw(entrance.client, head) == 401


async def test_a_callback_about_nobody_is_accepted_without_effect(enter: Enter) -> None:
    here = await waiting(enter)
    before = await here.task()
    query = {"picture": "feedfacefeedface", "token": KEYS.for_callback("feedfacefeedface")}
    answer = await here.call(query=query)
    assert (answer.status, await answer.json()) == (200, DONE)
    assert await here.task() == before


async def test_a_body_that_names_no_job_is_refused(enter: Enter) -> None:
    here = await waiting(enter)
    before = await here.task()
    for body in (
        b"",
        b'{"code":200,"msg":"Playground task completed succ',
        {},
        {"data": {"taskId": "a", "task_id": "b"}},
        {"taskId": "a", "data": {"taskId": JOB}},
        {"taskId": "\ud800"},
    ):
        assert await refused(await here.call(body)) == (400, "bad_callback")
    assert await here.task() == before


async def test_with_a_key_only_what_is_signed_counts(enter: Enter) -> None:
    key, stamp = "test-webhook-key", "1791201600"
    here = await waiting(enter, nano_banana_webhook_key=SecretStr(key))
    before = await here.task()
    good = signature(key, JOB, stamp)
    for headers in (
        {},
        {"X-Webhook-Timestamp": stamp},
        {"X-Webhook-Signature": good},
        {"X-Webhook-Timestamp": "1791201601", "X-Webhook-Signature": good},
        {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": signature("x", JOB, stamp)},
        {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": signature(key, "x", stamp)},
    ):
        assert await refused(await here.call(headers=headers)) == (401, "unauthorized")
    signed = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": good}
    unbound = {"picture": here.first, "token": "wrong"}
    assert (await here.call(headers=signed, query=unbound)).status == 401
    assert await here.task() == before
    assert (await here.call(SHORT, headers=signed)).status == 200
    assert (await here.picture()).heard


async def test_a_callback_that_cannot_be_written_is_asked_for_again(enter: Enter) -> None:
    here = await waiting(enter)
    await here.entrance.close_house()
    assert await refused(await here.call()) == (503, "try_again")
