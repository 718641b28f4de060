"""Two processes with doors and two that work, on one database: like one bot, whatever dies."""

import asyncio
import signal

import httpx
import pytest

from tests.conftest import eventually
from tests.fleet.machines import Machines
from tests.postgres import PostgresServer

pytestmark = pytest.mark.parametrize("keeping", ["postgresql"], indirect=True)

LATE = 120.0


async def test_the_work_is_shared_and_each_picture_comes_once(machines: Machines) -> None:
    await machines.start_all()
    people = [machines.telegram.world.add_person(f"P{number}") for number in range(10)]
    for number in range(3):
        for person in people:
            machines.telegram.say(person, f"fox {number} of {person.id}")
    await eventually(lambda: len(machines.delivered()) == 30, LATE)
    await eventually(lambda: not machines.telegram.updates.pending, LATE)
    assert set(machines.delivered().values()) == {1}
    assert len(machines.generator.jobs) == 30
    assert all(machines.balancer.answered.values())
    # Doors do no work, and both workers did some.
    await eventually(lambda: sum(machines.told("delivered")) == 30, LATE)
    *doors, one, other = machines.told("delivered")
    assert doors == [0, 0]
    assert one
    assert other
    # And each says how it is, to whoever is near.
    for port, delivered in zip(machines.worker_ports, (one, other), strict=True):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
            told = (await client.get("/metrics")).text
            counted = 'nano_banana_events_total{event="delivered",level="info"}'
            assert f"{counted} {delivered}.0" in told
            assert (await client.post("/api/webhook/telegram")).status_code == 404
            far = await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
            assert far.status_code == 403
    assert [await process.terminate(within=15) for process in machines.all] == [0, 0, 0, 0]


async def test_whatever_is_killed_everything_comes(
    machines: Machines, postgres_server: PostgresServer
) -> None:
    await machines.start_all()
    people = [machines.telegram.world.add_person(f"P{number}") for number in range(20)]

    def say(number: int) -> None:
        for person in people:
            machines.telegram.say(person, f"fox {number} of {person.id}")

    say(0)
    await eventually(lambda: len(machines.delivered()) >= 5, LATE)
    victims = [machines.webs[0], machines.workers[0]]
    await asyncio.gather(*(one.kill() for one in victims))
    say(1)
    await eventually(lambda: len(machines.delivered()) >= 25, LATE)
    postgres_server.stop(signal.SIGQUIT)
    say(2)
    postgres_server.start()
    await asyncio.gather(*(one.start(within=90) for one in victims))
    await eventually(lambda: len(machines.delivered()) == 60, LATE)
    await eventually(lambda: not machines.telegram.updates.pending, LATE)
    # Twice only what was being sent when the worker died.
    assert sum(machines.delivered().values()) - 60 <= 8
    assert len(machines.generator.jobs) == 60
    asked = machines.keeping.rows(
        "SELECT chat, body::json -> 'origin' ->> 'message' FROM tasks ORDER BY created_at, id"
    )
    for person in people:
        order = [int(message) for chat, message in asked if chat == person.id]
        assert order == sorted(order)
