"""A generator, a client of it and a receiver of its callbacks, for every test of the generator."""

from datetime import UTC, datetime
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox.generator import GeneratorServer, now

CREATE, RECORD = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo"
FOX = {"model": "google/nano-banana", "input": {"prompt": "a red fox"}}


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def kies_clock():
    """What the time is at the generator; it stands still for who wants it so."""
    return now


@pytest.fixture
async def server(kies_clock):
    async with GeneratorServer(
        api_key="k",
        webhook_key="w",
        seconds_per_job=0.0,
        callback_retry_seconds=(0.0, 0.0, 0.0),
        clock=kies_clock,
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


async def made(server, kie, model="nano-banana-2", **fields):
    """The job, ended."""
    body = {"model": model, "input": {"prompt": "x", **fields}}
    async with kie.post("/api/v1/jobs/createTask", json=body) as response:
        job = server.jobs[(await response.json())["data"]["taskId"]]
    await server.wait_for(lambda: job.ended)
    return job


async def get(address):
    async with aiohttp.request("GET", address, allow_redirects=False) as response:
        return response.status, response.content_type, await response.read()
