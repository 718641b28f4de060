"""A picture on its way out: an open file, so that nobody has to hold all of a large one."""

import asyncio
import os
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from bot.storage.incoming import HELD_MAX

if TYPE_CHECKING:
    from obstore import GetResult  # that module only knows it while it is checked


async def opened(path: Path) -> BinaryIO:
    """A small one is in memory. Raises OSError. It is closed when nobody waits for it any more."""
    opening = asyncio.get_running_loop().run_in_executor(None, _open, path)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


async def brought(found: "GetResult") -> BinaryIO:
    """What a bucket sends, in memory while it is small and in a file without a name if not."""
    if found.meta["size"] <= HELD_MAX:
        return BytesIO(await found.bytes_async())
    with ExitStack() as unless_whole:
        file = unless_whole.enter_context(TemporaryFile())
        async for piece in found.stream(min_chunk_size=HELD_MAX):
            await asyncio.to_thread(file.write, piece)
        file.seek(0)
        unless_whole.pop_all()
        return file


def _open(path: Path) -> BinaryIO:
    file = path.open("rb")
    if os.fstat(file.fileno()).st_size > HELD_MAX:
        return file
    with file:
        return BytesIO(file.read())


def _close(opening: asyncio.Future[BinaryIO]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
