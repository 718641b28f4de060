"""Small versions of stored pictures: made when somebody first looks, and never written down.

So there is nothing to delete but what is in memory, and that is forgotten with the picture.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.errors import Reason, Refused, Transient
from bot.storage import imaging

# Some three hundred of them.
_KEPT_BYTES_MAX = 16 * 1024 * 1024
# Each of them is held as a whole meanwhile; one of them is decoded.
_READ_AT_ONCE = 2
# Whoever came later would wait for longer than the whole picture takes.
_UNDER_WAY_MAX = 16
_READ_WITHIN = 10.0


class Previews:
    """The latest stay in memory. What is being made is made to its end, whoever still waits."""

    def __init__(
        self,
        read: Callable[[str], Awaitable[bytes]],
        *,
        most: int = _KEPT_BYTES_MAX,
        read_within: float = _READ_WITHIN,
    ) -> None:
        self._read = read
        self._most = most
        self._read_within = read_within
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, asyncio.Task[bytes]] = {}
        self._reading = asyncio.Semaphore(_READ_AT_ONCE)
        self._decoding = asyncio.Semaphore(1)

    async def of(self, name: str) -> bytes:
        """Raises what reading raises; Transient where that takes too long; Refused where none can
        be made, or too many are asked for.
        """
        if small := self._kept.get(name):
            self._kept.move_to_end(name)
            return small
        making = self._making.get(name)
        if making is None:
            if len(self._making) >= _UNDER_WAY_MAX:
                raise Refused(Reason.OVERLOADED, "too many previews at once")
            making = self._making[name] = asyncio.create_task(self._make(name))
            # Perhaps nobody waits any more when it fails.
            making.add_done_callback(lambda one: one.cancelled() or one.exception())
        return await asyncio.shield(making)

    def forget(self, name: str) -> None:
        self._bytes -= len(self._kept.pop(name, b""))

    async def _make(self, name: str) -> bytes:
        try:
            async with self._reading:
                try:
                    async with asyncio.timeout(self._read_within):
                        content = await self._read(name)
                except TimeoutError as error:
                    raise Transient(Reason.INTERNAL, "reading a picture took too long") from error
                async with self._decoding:
                    small = await asyncio.to_thread(imaging.preview, content)
            self._keep(name, small)
            return small
        finally:
            del self._making[name]

    def _keep(self, name: str, small: bytes) -> None:
        self._kept[name] = small
        self._bytes += len(small)
        while self._bytes > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
