"""Ending an aiohttp server so that nobody who has just come in is left standing.

asyncio hands over a connection a turn of the loop after it was accepted, and where the server was
closed in between nobody closes it (https://github.com/python/cpython/issues/109564).
"""

import asyncio

from aiohttp import web

# Some turns of any loop.
_HANDED_OVER_WITHIN = 0.01


async def end(runner: web.AppRunner) -> None:
    """Let nobody in any more; once those who came last have been handed over, clean up."""
    loop = asyncio.get_running_loop()
    for site in runner.sites:
        server = site._server  # noqa: SLF001 - there is no other way to its sockets
        for listening in getattr(server, "sockets", ()):
            loop.remove_reader(listening)
    await asyncio.sleep(_HANDED_OVER_WITHIN)
    await runner.cleanup()
