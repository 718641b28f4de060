"""All pictures brought from one place to another: a folder to a bucket, say.

A picture never changes once it has its name, and is there as a whole or not at all. So what is there
with the same size is not brought again, and cut off anywhere, the same again goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from bot.storage import imaging
from bot.storage.bucket import in_short
from bot.storage.copies import Progress, sync
from bot.storage.pictures import NAME, open_store

_AT_ONCE = 8
_TYPES = {extension: type_ for type_, extension in imaging.EXTENSIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """`pictures`: how many are there now; `new`: how many of them were not before."""

    pictures: int
    new: int


async def bring(source: str, target: str, access: Mapping[str, str], progress: Progress) -> Brought:
    """`access` as for `open_bucket`. Raises OSError, in one line."""
    if source.rstrip("/") == target.rstrip("/"):
        raise OSError(f"{target}: is where the pictures lie already")
    here, there = open_store(source, access), open_store(target, access)
    async with _named(source):
        theirs = await _sizes(here)
    async with _named(target):
        missing = _missing(theirs, await _sizes(there))
        waiting = iter(missing)
        done = len(theirs) - len(missing)
        progress(done, len(theirs))

        async def bring_some() -> None:
            nonlocal done
            for name in waiting:
                await _bring(here, there, name)
                done += 1
                progress(done, len(theirs))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(bring_some())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        if left := _missing(theirs, await _sizes(there)):
            raise OSError(f"{target}: {len(left)} pictures are not there, {left[0]} for one")
    return Brought(pictures=len(theirs), new=len(missing))


async def _sizes(store: ObjectStore) -> dict[str, int]:
    sizes: dict[str, int] = {}
    async for batch in obstore.list(store):
        sizes.update((one["path"], one["size"]) for one in batch if NAME.fullmatch(one["path"]))
    return sizes


def _missing(theirs: Mapping[str, int], ours: Mapping[str, int]) -> list[str]:
    return [name for name, size in theirs.items() if ours.get(name) != size]


async def _bring(here: ObjectStore, there: ObjectStore, name: str) -> None:
    """And look whether it has arrived."""
    content = bytes(await (await obstore.get_async(here, name)).bytes_async())
    type_ = _TYPES.get(name.rpartition(".")[2])
    # As when it is kept: a folder takes no types.
    attributes = {"Content-Type": type_} if type_ and isinstance(there, S3Store) else None
    await obstore.put_async(there, name, content, attributes=attributes)
    if isinstance(there, LocalStore):
        await asyncio.to_thread(_sync, Path(there.prefix or "/"), name)
    if bytes(await (await obstore.get_async(there, name)).bytes_async()) != content:
        raise OSError(f"{name} is not what was sent")


def _sync(root: Path, name: str) -> None:
    for path in (root / name, (root / name).parent, root):
        sync(path)


@asynccontextmanager
async def _named(place: str) -> AsyncIterator[None]:
    try:
        yield
    except BaseError as error:
        raise OSError(f"{place}: {in_short(error)}") from error
    except OSError as error:
        said = in_short(error)
        raise OSError(said if said.startswith(place) else f"{place}: {said}") from error
