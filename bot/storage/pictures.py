"""Picture files in a folder or a bucket, behind one interface (obstore).

Names are unguessable, because results are served by name alone.
"""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from bot.errors import Gone, Reason, Transient
from bot.storage import imaging
from bot.storage.bucket import in_short, is_gone, is_public, open_bucket
from bot.storage.incoming import Incoming
from bot.storage.outgoing import brought, opened
from bot.storage.previews import Previews
from bot.task import StoredFile

RESULTS = "images"
REFERENCES = "references"
# Nothing else is ours, even if it lies in the same place.
NAME = re.compile(rf"(?:{RESULTS}|{REFERENCES})/[0-9a-f]{{32}}\.[a-z]{{3,4}}")

# Looking at results is all processor and disk.
_CHECKING_AT_ONCE = 2
# A person's picture is decoded as a whole: more at a time only cost memory, and what is drawn
# for others waits behind none of them.
_PREPARING_AT_ONCE = 1
# As much as a line takes; each holds up to `HELD_MAX` of memory until it is kept.
_COMING_AT_ONCE = 32
# A bucket takes no smaller parts than of 5 MiB.
_PARTS_AT_ONCE = 2


class PictureStore:
    """Fits `neighbours.Pictures`. A name is `images/<32 hex digits>.<extension>`, say.

    `generator` is the host of the generator: a bucket that is played beside it, it can reach.
    """

    def __init__(self, store: ObjectStore, *, generator: str | None = None) -> None:
        self._store = store
        self._generator = generator
        self._checking = asyncio.Semaphore(_CHECKING_AT_ONCE)
        self._preparing = asyncio.Semaphore(_PREPARING_AT_ONCE)
        self._coming = asyncio.Semaphore(_COMING_AT_ONCE)
        self._previews = Previews(self.read)
        self._root = Path(store.prefix or "/") if isinstance(store, LocalStore) else None
        # Those whose names have reached the disk.
        self._folders: set[str] = set()

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        async with self._coming:
            incoming = Incoming(self._root and self._root / RESULTS, self._keep_result)
            try:
                yield incoming
            finally:
                await incoming.close()

    async def keep_result(self, content: bytes) -> StoredFile:
        """One that is here already."""
        async with self.incoming() as incoming:
            await incoming.write(content)
            return await incoming.keep()

    async def keep_reference(self, content: bytes) -> StoredFile:
        async with self._preparing:
            checked = await asyncio.to_thread(imaging.prepare_reference, content)
        name = _name(REFERENCES, checked)
        with _keeping():
            await self._put(name, checked.content, checked)
            if self._root is not None:
                # obstore does not wait for the disk.
                await asyncio.to_thread(self._reach_the_disk, self._root / name)
        return _stored(name, checked)

    async def read(self, name: str) -> bytes:
        """Raises Gone for a name that is not there or not even a name, and Transient."""
        with _reading(name):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())

    async def open(self, name: str) -> BinaryIO:
        """The same as an open file, which whoever asks for it closes."""
        with _reading(name):
            if self._root is None:
                return await brought(await obstore.get_async(self._store, name))
            if not NAME.fullmatch(name):
                raise ValueError(name)
            return await opened(self._root / name)

    async def preview(self, name: str) -> bytes:
        """A small WebP of it. Raises Gone, Transient, and Refused where none can be made now."""
        # Nobody waits in line for what is not there, and nobody is shown what has gone meanwhile.
        await self._look_for(name)
        small = await self._previews.of(name)
        try:
            await self._look_for(name)
        except Gone:
            self._previews.forget(name)
            raise
        return small

    async def _look_for(self, name: str) -> None:
        with _reading(name):
            await obstore.head_async(self._store, name)

    async def address(self, name: str, holds: timedelta) -> str | None:
        """Where the generator finds this file in its bucket for so long; None if it cannot.

        Raises Transient.
        """
        if not isinstance(self._store, S3Store):
            return None
        try:
            address = await obstore.sign_async(self._store, "GET", name, holds)
        except (BaseError, OSError) as error:
            raise Transient(Reason.INTERNAL, f"showing a picture: {in_short(error)}") from error
        beside = self._generator is not None and urlsplit(address).hostname == self._generator
        return address if beside or await is_public(address) else None

    async def glance(self) -> None:
        """Look whether names can be listed, at the first few. Raises Transient."""
        try:
            async for _ in obstore.list(self._store):
                break
        except (BaseError, OSError) as error:
            raise Transient(Reason.INTERNAL, f"listing pictures: {in_short(error)}") from error

    async def delete(self, names: Sequence[str]) -> None:
        """Delete these, those that are no longer there included. Raises Transient."""
        for name in names:
            self._previews.forget(name)
            try:
                await obstore.delete_async(self._store, name)
            except (BaseError, OSError) as error:
                if is_gone(error):
                    continue
                detail = f"deleting a picture: {in_short(error)}"
                raise Transient(Reason.INTERNAL, detail) from error

    async def delete_older(
        self, than: datetime, *, most: int, keep: frozenset[str] = frozenset()
    ) -> int:
        """Delete up to `most` files last changed before `than`, but for those to `keep`.

        Returns how many it was.
        Raises Transient.
        """
        old: list[str] = []
        try:
            async for batch in obstore.list(self._store):
                aged = (meta["path"] for meta in batch if meta["last_modified"] < than)
                old += [path for path in aged if NAME.fullmatch(path) and path not in keep]
                if len(old) >= most:
                    break
            if old:
                await obstore.delete_async(self._store, old[:most])
                for name in old[:most]:
                    self._previews.forget(name)
            if self._root:
                await asyncio.to_thread(_clear, self._root, than)
        except (BaseError, OSError) as error:
            raise Transient(Reason.INTERNAL, f"deleting pictures: {in_short(error)}") from error
        return min(len(old), most)

    async def _keep_result(self, incoming: Incoming) -> StoredFile:
        if self._root is not None:
            async with self._checking:
                with _keeping():
                    return await incoming.settle(partial(self._keep_here, self._root))
        file = await incoming.whole()
        async with self._checking:
            checked = await asyncio.to_thread(imaging.check_result, file)
        name = _name(RESULTS, checked)
        file.seek(0)
        # A file is read in pieces of 5 MB; what is in memory is taken as it is.
        content = file.getvalue() if isinstance(file, BytesIO) else file
        with _keeping():
            await self._put(name, content, checked)
        return _stored(name, checked)

    def _keep_here(self, root: Path, file: BinaryIO, become: Callable[[Path], None]) -> StoredFile:
        checked = imaging.check_result(file)
        name = _name(RESULTS, checked)
        become(root / name)
        self._reach_the_disk(root / name)
        return _stored(name, checked)

    async def _put(self, name: str, content: bytes | BinaryIO, checked: imaging.Checked) -> None:
        # A folder keeps no types; whoever fetches from a bucket should hear of it.
        type_ = {"Content-Type": checked.media_type}
        attributes = type_ if isinstance(self._store, S3Store) else None
        await obstore.put_async(
            self._store, name, content, attributes=attributes, max_concurrency=_PARTS_AT_ONCE
        )

    def _reach_the_disk(self, path: Path) -> None:
        """A row that names a file must not outlive it."""
        _wait_for(path)
        _wait_for(path.parent)
        if path.parent.name not in self._folders:
            _wait_for(path.parent.parent)
            self._folders.add(path.parent.name)


def _name(folder: str, checked: imaging.Checked) -> str:
    return f"{folder}/{secrets.token_hex(16)}.{imaging.EXTENSIONS[checked.media_type]}"


def _stored(name: str, checked: imaging.Checked) -> StoredFile:
    return StoredFile(
        name=name,
        media_type=checked.media_type,
        size=checked.size,
        width=checked.width,
        height=checked.height,
    )


@contextmanager
def _keeping() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Transient(Reason.INTERNAL, f"keeping a picture: {in_short(error)}") from error


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Raises Gone and Transient."""
    try:
        yield
    except ValueError as error:
        raise Gone(Reason.INTERNAL, f"no file {name!r}") from error
    except (BaseError, OSError) as error:
        if is_gone(error):
            raise Gone(Reason.INTERNAL, f"no file {name!r}") from error
        raise Transient(Reason.INTERNAL, f"reading a picture: {in_short(error)}") from error


def _wait_for(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(root: Path, than: datetime) -> None:
    """Remove what obstore was writing when the process was killed: it lists no such files."""
    # What comes in meanwhile is renamed and removed at any moment.
    gone = suppress(FileNotFoundError)
    with gone:
        for path in root.glob("*/*#*"):
            with gone:
                if path.stat().st_mtime < than.timestamp():
                    path.unlink()


def open_store(url: str, access: Mapping[str, str] = MappingProxyType({})) -> ObjectStore:
    """`file:///folder` (made when missing), `s3://bucket/prefix`, or `memory:///`.

    `access` is as for `open_bucket`. Raises OSError, in one line, when the folder cannot be made
    or what a bucket wants is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        try:
            return LocalStore(folder, mkdir=True)
        except OSError as error:
            raise OSError(f"{folder}: cannot hold pictures: {error}") from error
    if parts.scheme == "s3":
        return open_bucket(url, access)
    return from_url(url)
