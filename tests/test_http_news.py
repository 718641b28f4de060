"""How callers of the HTTP API hear of a task: over a WebSocket, or at their own address."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from bot.changes import Hub
from bot.errors import Reason, Refused, Transient
from bot.nanobanana.posting import Poster
from bot.notices import Notice, Notifying, Seals
from bot.origin import Origin
from bot.patience import Patience
from bot.prompt import Order
from bot.storage.sqlite import connect
from bot.task import new_task
from tests.calling import LAB_TOKEN, SHOP_TOKEN, TOKENS, Program
from tests.conftest import Studio, eventually
from tests.fakes import MemoryStore
from tests.ports import free_port
from tests.schemas import breaches
from webhooks.schemas import SCHEMAS


async def told(socket: Any) -> list[dict[str, Any]]:
    """All that comes until it closes."""
    return [message.json()["data"] async for message in socket if message.type is WSMsgType.TEXT]


async def test_each_change_comes_in_order_until_the_end(studio: Studio) -> None:
    studio.generator.seconds_per_job = 0.2
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn(n=2)
        async with program.watch(task) as socket:
            news = await told(socket)
            assert socket.close_code == 1000
        final = (await program.get(task))[1]["data"]
    order = ["pending", "processing", "completed"]
    places = [order.index(one["status"]) for one in news]
    assert places == sorted(places)
    assert {"processing", "completed"} <= {one["status"] for one in news}
    versions = [one["generation"]["version"] for one in news]
    assert versions == sorted(set(versions))
    assert news[-1]["result"] == final["result"] != None  # noqa: E711 - a chain
    assert all(list(breaches(one, SCHEMAS["Task"])) == [] for one in news)


async def test_a_browser_says_who_it_is_in_its_first_message(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn()
        async with program.watch(task, introduced=False) as socket:
            await socket.send_json({"authorization": f"Bearer {SHOP_TOKEN}"})
            assert (await told(socket))[-1]["status"] == "completed"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ('{"authorization": "Bearer wrong-token-0123456789"}', 4401),
        ('{"authorization": 7}', 4401),
        ("hello", 4401),
        ("[]", 4401),
        (f'{{"authorization": "Bearer {LAB_TOKEN}"}}', 4404),
    ],
)
async def test_strangers_hear_nothing(studio: Studio, word: str, code: int) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn()
        async with program.watch(task, introduced=False) as socket:
            await socket.send_str(word)
            assert await told(socket) == []
            assert socket.close_code == code
        await program.ended(task)


async def test_who_does_not_answer_does_not_keep_the_bot_from_going_down(
    studio: Studio,
) -> None:
    studio.generator.seconds_per_job = 30
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program, program.watch(await program.drawn()) as socket:
        await socket.receive_json()
        # aiohttp itself would wait for ten.
        async with asyncio.timeout(9):
            await studio.stop()


async def test_a_bot_that_goes_down_says_so_to_who_watches(studio: Studio) -> None:
    studio.generator.seconds_per_job = 30
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn()
        async with program.watch(task) as socket:
            await socket.receive_json()
            await asyncio.gather(told(socket), studio.stop())
            assert socket.close_code == 1001


async def test_only_so_many_watch_at_once(studio: Studio) -> None:
    studio.generator.seconds_per_job = 30
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn()
        sockets = [await program.watch(task) for _ in range(50)]
        for socket in sockets:
            await socket.receive_json()
        async with program.watch(task) as one_more:
            assert await told(one_more) == []
            assert one_more.close_code == 4429
        for socket in sockets:
            await socket.close()


async def test_who_reads_slowly_gets_the_newest() -> None:
    order = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format="png")
    origin, now = Origin(chat=7, message=0, person=7), datetime.now(UTC)
    hub, task = Hub(), new_task(key="k", origin=origin, order=order, now=now)
    with hub.watching(task.id) as queue:
        for version in range(100):
            hub.tell(replace(task, version=version))
        seen = [queue.get_nowait().version for _ in range(queue.qsize())]
    assert (seen[-1], len(seen)) == (99, 32)
    hub.tell(task)
    assert queue.empty()


# --- callbackUrl -----------------------------------------------------------------------------


class Receiver:
    """A program's own server, which answers as it is told."""

    def __init__(self) -> None:
        self.port = free_port()
        self.answers: list[int] = []
        self.says = {"Location": "/elsewhere"}
        self.waiting = 0
        self.patience = asyncio.Event()
        self.calls: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def hear(self, request: web.Request) -> web.Response:
        self.calls.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, headers=self.says)

    async def keep_waiting(self, _request: web.Request) -> web.Response:
        self.waiting += 1
        await self.patience.wait()
        return web.Response()


@pytest.fixture
async def receiver(studio: Studio) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.hear)
    app.router.add_post("/slow", receiver.keep_waiting)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", receiver.port).start()
    studio.callbacks_to = receiver.address
    yield receiver
    receiver.patience.set()
    await runner.cleanup()


async def test_the_end_is_told_once_signed_and_in_full(studio: Studio, receiver: Receiver) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn(callbackUrl=f"{receiver.address}/hook")
        await program.ended(task)
        await eventually(lambda: receiver.calls)
        secret = (await program.json("GET", "/api/me"))[1]["data"]["webhookSecret"]
    ((headers, content),) = receiver.calls
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    said = json.loads(content)
    assert list(breaches(said, SCHEMAS["Notice"])) == []
    assert (said["type"], said["data"]["id"]) == ("task.completed", task)
    # Programs need whole addresses.
    assert said["data"]["result"].startswith(f"{studio.address}/uploads/images/")


async def test_who_does_not_hear_is_told_again_also_after_a_restart(
    studio: Studio, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, *[503] * 1]
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        await program.ended(await program.drawn(callbackUrl=f"{receiver.address}/hook"))
    await eventually(lambda: receiver.calls)
    await studio.stop()
    await studio.start(api_tokens=TOKENS)
    await eventually(lambda: len(receiver.calls) == 4)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1


@pytest.mark.parametrize("elsewhere", ["https://xn--a/", "https://[", "//", "\x7f"])
async def test_what_a_program_answers_breaks_nothing(
    studio: Studio, receiver: Receiver, elsewhere: str
) -> None:
    receiver.answers, receiver.says = [302], {"Location": elsewhere}
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        await program.ended(await program.drawn(callbackUrl=f"{receiver.address}/hook"))
        await eventually(lambda: len(receiver.calls) == 2)
        assert (await program.json("GET", "/api/me"))[0] == 200


async def test_what_one_program_sets_is_not_told_to_the_next(
    studio: Studio, receiver: Receiver
) -> None:
    # Many live behind one address, as customers of one content network do.
    receiver.says = {"Set-Cookie": "session=secret"}
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as shop, Program(studio, f"Bearer {LAB_TOKEN}") as lab:
        for number, program in enumerate((shop, lab), start=1):
            await program.ended(await program.drawn(callbackUrl=f"{receiver.address}/hook"))
            await eventually(lambda: len(receiver.calls) == number)  # noqa: B023 - at once
    assert "Cookie" not in receiver.calls[1][0]


async def test_who_answers_slowly_holds_nobody_else_up(studio: Studio, receiver: Receiver) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as shop, Program(studio, f"Bearer {LAB_TOKEN}") as lab:
        for _ in range(8):
            await shop.drawn(callbackUrl=f"{receiver.address}/slow")
        await eventually(lambda: receiver.waiting >= 5)
        await lab.ended(await lab.drawn(callbackUrl=f"{receiver.address}/hook"))
        await eventually(lambda: receiver.calls, seconds=8)
    assert receiver.waiting == 5


async def test_who_wants_no_more_is_left_alone(studio: Studio, receiver: Receiver) -> None:
    receiver.answers = [410]
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        address = f"{receiver.address}/hook"
        await program.ended(await program.drawn(callbackUrl=address))
        await eventually(lambda: receiver.calls)
        # The next one is heard, and the first was not repeated meanwhile.
        await program.ended(await program.drawn(callbackUrl=address))
        await eventually(lambda: len(receiver.calls) == 2)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 2


async def test_nothing_is_told_of_a_task_that_is_deleted(
    studio: Studio, receiver: Receiver
) -> None:
    receiver.answers = [500] * 1_000
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn(callbackUrl=f"{receiver.address}/hook")
        await program.ended(task)
        await eventually(lambda: receiver.calls)
        await program.json("DELETE", f"/api/task/{task}")
    await studio.stop()
    with closing(connect(studio.folder / "bot.db")) as database:
        assert database.execute("SELECT * FROM notices").fetchall() == []


@pytest.mark.parametrize(
    "address",
    ["https://xn--a/", "https://xn--zz--zz/", "https://xn--.com/", "https://example.com/\ud800"],
)
async def test_what_nobody_can_be_called_is_no_callback_address(
    studio: Studio, address: str
) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        status, said = await program.post(json={"prompt": "a fox", "callbackUrl": address})
    assert (status, said["error"].get("field")) == (422, "callbackUrl")


class Owed:
    """One notice that is due until it was said."""

    def __init__(self, notice: Notice) -> None:
        self.notice: Notice | None = notice
        self.said = asyncio.Event()

    async def due(
        self, _now: datetime, _limit: int, *, each: int
    ) -> tuple[list[Notice], datetime | None]:
        return [self.notice] if self.notice and each else [], None

    async def put_off(self, notice: Notice, until: datetime | None) -> None:
        self.notice = replace(notice, tries=notice.tries + 1) if until else None
        if self.notice is None:
            self.said.set()


class Breaking:
    """A caller that breaks the first time in a way nobody thought of."""

    def __init__(self) -> None:
        self.calls = 0

    async def call(self, _address: str, _content: bytes, _headers: Mapping[str, str]) -> None:
        self.calls += 1
        if self.calls == 1:
            raise ValueError


async def test_a_call_that_breaks_ends_nothing_and_is_made_again() -> None:
    order = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format="png")
    origin = Origin(chat=7, message=0, person=7, callback="https://shop.example.org/")
    store, caller = MemoryStore(), Breaking()
    task = await store.add(new_task(key="k", origin=origin, order=order, now=datetime.now(UTC)))
    owed = Owed(Notice(id="n", task=task.id, made_at=datetime.now(UTC)))
    notifying = Notifying(
        notices=owed,
        store=store,
        caller=caller,
        seals=Seals("root"),
        base=None,
        patience=Patience(),
        clock=lambda: datetime.now(UTC),
        news=asyncio.Event(),
    )
    running = asyncio.create_task(notifying.run())
    async with asyncio.timeout(10):
        await owed.said.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert caller.calls == 2


async def test_no_address_is_called_that_turns_out_to_be_ours() -> None:
    async def inwards(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    poster = Poster(resolver=inwards)
    with pytest.raises(Refused) as refused:
        await poster.call("https://rebound.example.org/", b"{}", {})
    assert refused.value.reason is Reason.BAD_RESULT
    await poster.close()
    poster = Poster(resolver=nowhere)
    with pytest.raises(Transient):
        await poster.call("https://nowhere.example.org/", b"{}", {})
    await poster.close()
