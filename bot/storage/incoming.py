"""A result on its way to us: what has come stays in memory while it is little, and goes to a file.

The file lies where it is to stay if that is a folder, under a name nobody lists and the sweep
removes after a crash; for a bucket it is one without a name, which ends with the process.
"""

import asyncio
import secrets
import threading
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar

from bot.errors import Reason, Transient
from bot.models import MEGABYTE
from bot.task import StoredFile

T = TypeVar("T")

# What one result may hold of memory: Nano Banana's usual pictures, of 1 megapixel, are smaller.
HELD_MAX = 2 * MEGABYTE


class Draft:
    """The file it is written to. Its methods block, and may be called from any thread: after `close` it is gone,
    though a thread may have been writing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._closed = False
        self._lock = threading.Lock()

    def take(self, content: bytearray) -> BinaryIO:
        """Write all of this, and empty it: a thread remembers its work for longer than it works.

        Returns the file.
        """
        with self._lock:
            if self._closed:
                raise OSError("closed")
            file = self._file = self._file or self._create()
            file.write(content)
            file.flush()
            content.clear()
            return file

    def become(self, path: Path) -> None:
        """The file is this one from now on."""
        with self._lock:
            if self._closed or self._path is None:
                raise OSError("closed")
            self._path.rename(path)
            self._path = path

    def complete(self) -> None:
        """Nothing more is written; the file stays, unless it is closed all the same."""
        with self._lock:
            if self._file:
                self._file.close()

    def close(self) -> None:
        """There is no such file any more, whatever it has become."""
        with self._lock:
            self._closed = True
            try:
                if self._file:
                    self._file.close()
            finally:
                if self._path:
                    self._path.unlink(missing_ok=True)

    def _create(self) -> BinaryIO:
        if self._folder is None:
            return TemporaryFile()
        self._folder.mkdir(parents=True, exist_ok=True)
        # As obstore names what it is writing, which it does not list.
        path = self._folder / f"{secrets.token_hex(16)}#0"
        file = path.open("xb+")
        self._path = path
        return file


class Incoming:
    """Fits `neighbours.Incoming`. `folder` is where the results of a folder lie; `keep` checks
    what is here and finds it a name. Close it when done.
    """

    def __init__(
        self, folder: Path | None, keep: Callable[["Incoming"], Awaitable[StoredFile]]
    ) -> None:
        self._keep = keep
        self._draft = Draft(folder)
        self._held = bytearray()
        self._file: BinaryIO | None = None
        self._drafted = False

    async def write(self, content: bytes) -> None:
        self._held += content
        if len(self._held) > HELD_MAX:
            await self._let_go()

    async def keep(self) -> StoredFile:
        return await self._keep(self)

    async def whole(self) -> BinaryIO:
        """All that has come, as a file."""
        if self._file is None:
            return BytesIO(self._held)
        if self._held:
            await self._let_go()
        return self._file

    async def settle(self, work: Callable[[BinaryIO, Callable[[Path], None]], T]) -> T:
        """Have this done with all that has come, in one thread: with the file, and with what lets
        it become another, which stays. The way to a thread and back takes longer than most work.

        Raises OSError, and whatever the work raises: then there is no such file.
        """
        held, self._held = self._held, bytearray()
        self._drafted = True
        done = await asyncio.to_thread(self._settle, held, work)
        self._drafted = False
        return done

    def _settle(self, held: bytearray, work: Callable[[BinaryIO, Callable[[Path], None]], T]) -> T:
        done = work(self._draft.take(held), self._draft.become)
        self._draft.complete()
        return done

    async def close(self) -> None:
        self._held = bytearray()
        if self._drafted:
            # Whoever is cancelled meanwhile waits no longer, and it is closed all the same.
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, self._draft.close))

    async def _let_go(self) -> None:
        held, self._held = self._held, bytearray()
        self._drafted = True
        try:
            self._file = await asyncio.to_thread(self._draft.take, held)
        except OSError as error:
            raise Transient(Reason.INTERNAL, f"keeping a picture: {error}") from error
