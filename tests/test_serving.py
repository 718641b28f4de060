"""Whoever comes while a server ends is closed by it, at whatever moment."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing

import pytest
import uvloop
from aiohttp import web

from bot import serving


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
            async with asyncio.timeout(5):
                return await asyncio.get_running_loop().sock_recv(caller, 1)
        except ConnectionResetError:
            return b""


async def test_one_that_never_began_ends() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await serving.end(runner)
