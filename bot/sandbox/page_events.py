"""Everything that happens, told to every open page at once."""

from __future__ import annotations

import asyncio
import json

from aiohttp import WSMsgType, web

from bot.sandbox.page_guard import headers_for
from bot.sandbox.refusals import Json

LONGEST_QUEUE = 5_000


class Events:
    """The open pages. A page that does not read is let go: it comes back and reads the state."""

    def __init__(self, longest: int = LONGEST_QUEUE) -> None:
        self.longest = longest
        self._pages: dict[web.WebSocketResponse, asyncio.Queue[str | None]] = {}

    def tell(self, event: Json) -> None:
        """To every page, in order."""
        text = json.dumps(event, ensure_ascii=False)
        for queue in self._pages.values():
            if queue.qsize() < self.longest:
                queue.put_nowait(text)
            elif queue.qsize() == self.longest:
                queue.put_nowait(None)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One page, until it goes away."""
        page = web.WebSocketResponse(heartbeat=30, max_msg_size=1 << 16)
        page.headers.update(headers_for(request.headers.get("Host", "")))
        await page.prepare(request)
        queue = self._pages[page] = asyncio.Queue()
        writing = asyncio.create_task(_write(page, queue))
        try:
            async for message in page:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            del self._pages[page]
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return page

    async def close(self) -> None:
        """Say goodbye to all pages."""
        await asyncio.gather(*(page.close(code=1001) for page in list(self._pages)))


async def _write(page: web.WebSocketResponse, queue: asyncio.Queue[str | None]) -> None:
    while (text := await queue.get()) is not None:
        await page.send_str(text)
    await page.close(code=1013)
