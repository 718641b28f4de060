"""Whoever comes while a server ends is closed by it, and nobody keeps others out by waiting."""

import asyncio
import resource
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing

import pytest
import uvloop
from aiohttp import web

from bot import serving
from bot.serving import Doors, Room


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_connection_accepted_in_the_last_moment_is_closed(
    loop: Callable[[], asyncio.AbstractEventLoop], turns: int
) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(heard_at_the_end(turns)) == b""


async def heard_at_the_end(turns: int) -> bytes:
    """What a caller hears who comes so many turns of the loop before the end."""
    runner = web.AppRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with closing(socket.create_connection(runner.addresses[0])) as caller:
        for _ in range(turns):
            await asyncio.sleep(0)
        await serving.end(runner)
        caller.setblocking(False)
        try:
            async with asyncio.timeout(30):
                return await asyncio.get_running_loop().sock_recv(caller, 1)
        except ConnectionResetError:
            return b""


async def test_one_that_never_began_ends() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await serving.end(runner)


# --- room ------------------------------------------------------------------------------------

HALF = b"GET / HTTP/1.1\r\nX-A: "
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW, GONE = (WHOLE.replace(b"/", path, 1) for path in (b"/slow", b"/gone"))


class Callers:
    """Connections to a server that has this much room; `/slow` answers once `go` is set, and
    `/gone`, which sets `left`, once nobody is there any more.
    """

    def __init__(self, port: int, go: asyncio.Event, left: asyncio.Event) -> None:
        self.port, self.go, self.left = port, go, left
        self.lines = AsyncExitStack()

    async def come(self, said: bytes) -> tuple[StreamReader, StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.lines.callback(writer.close)
        writer.write(said)
        await writer.drain()
        return reader, writer

    async def serve(self) -> StreamReader:
        """Somebody who stays when all has been answered."""
        reader, _ = await self.come(WHOLE)
        assert await answer(reader) == b"here"
        return reader


async def answer(reader: StreamReader) -> bytes:
    async with asyncio.timeout(30):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        return await reader.readexactly(4)


async def closed(reader: StreamReader) -> bool:
    try:
        async with asyncio.timeout(30):
            return await reader.read() == b""
    except ConnectionResetError:
        return True


@asynccontextmanager
async def doors(room: Room) -> AsyncIterator[Callers]:
    go, left = asyncio.Event(), asyncio.Event()

    async def door(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await go.wait()
        if request.path == "/gone":
            while request.transport is not None:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0)
            left.set()
        return web.Response(text="here")

    app = web.Application()
    app.router.add_get("/{any:.*}", door)
    runner = Doors(app, room, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    callers = Callers(runner.addresses[0][1], go, left)
    async with callers.lines:
        yield callers
        go.set()
    await serving.end(runner)


@pytest.mark.parametrize("said", [b"", HALF])
async def test_who_asks_for_nothing_is_closed(said: bytes) -> None:
    async with doors(Room(connections=9, asked_within=0.5)) as callers:
        staying = await callers.serve()
        waiting, _ = await callers.come(said)
        assert await closed(waiting)
        assert not staying.at_eof()


async def test_who_is_being_served_or_was_may_take_longer() -> None:
    async with doors(Room(connections=9, asked_within=0.5)) as callers:
        slow, _ = await callers.come(SLOW)
        idle, again = await callers.come(WHOLE)
        await answer(idle)
        assert await closed((await callers.come(HALF))[0])
        callers.go.set()
        assert await answer(slow) == b"here"
        again.write(WHOLE)
        assert await answer(idle) == b"here"


async def test_when_it_is_full_the_one_who_has_waited_longest_goes() -> None:
    async with doors(Room(connections=3)) as callers:
        half, _ = await callers.come(HALF)
        first, again = await callers.come(WHOLE)
        await answer(first)
        second = await callers.serve()
        # Now the second is the one who has waited longer.
        again.write(WHOLE)
        await answer(first)
        await callers.serve()
        assert await closed(half)
        await callers.serve()
        assert await closed(second)
        again.write(WHOLE)
        assert await answer(first) == b"here"


async def test_as_many_go_as_come_at_once() -> None:
    async with doors(Room(connections=3)) as callers:
        waiting = [(await callers.come(HALF))[0] for _ in range(3)]
        # All of them are there before the server has a turn.
        with ExitStack() as stack:
            for _ in range(3):
                line = socket.create_connection(("127.0.0.1", callers.port))
                stack.enter_context(line).sendall(HALF)
            assert [await closed(one) for one in waiting] == [True] * 3


async def test_nobody_goes_who_is_being_served() -> None:
    async with doors(Room(connections=2)) as callers:
        slow = [(await callers.come(SLOW))[0] for _ in range(2)]
        assert await closed((await callers.come(WHOLE))[0])
        callers.go.set()
        assert [await answer(one) for one in slow] == [b"here"] * 2


async def test_who_has_hung_up_takes_no_room() -> None:
    async with doors(Room(connections=2)) as callers:
        _, writer = await callers.come(GONE)
        writer.transport.abort()
        await asyncio.wait_for(callers.left.wait(), 30)
        first = await callers.serve()
        second = await callers.serve()
        await callers.serve()
        assert await closed(first)
        assert not second.at_eof()


def test_there_is_room_for_fewer_than_there_are_files() -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 0 < serving.room_here().connections < files
