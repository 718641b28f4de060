"""Small versions of stored pictures: made when somebody first looks, and never written down.

So there is nothing to delete: whoever asks is told that a picture is gone as soon as it is.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.storage import imaging

# Some three hundred of them.
_KEPT_BYTES_MAX = 16 * 1024 * 1024


class Previews:
    """The latest stay in memory. They are made one at a time: nobody waits for anything else."""

    def __init__(self, most: int = _KEPT_BYTES_MAX) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._making = asyncio.Semaphore(1)

    def known(self, name: str) -> bytes | None:
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    async def of(self, name: str, read: Callable[[str], Awaitable[bytes]]) -> bytes:
        """Raises what `read` raises, and Refused."""
        async with self._making:
            # Whoever was before us may have asked for the same.
            if small := self.known(name):
                return small
            small = await asyncio.to_thread(imaging.preview, await read(name))
            self._keep(name, small)
            return small

    def _keep(self, name: str, small: bytes) -> None:
        self._kept[name] = small
        self._bytes += len(small)
        while self._bytes > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
