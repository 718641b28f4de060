"""Files a bot names by address instead of sending them: Telegram fetches them itself.

Only addresses of this machine are fetched here, so that no request leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.arguments import Arguments, Upload
from bot.sandbox.files import Files
from bot.sandbox.updates import LOOPBACK

LARGEST = 20 << 20
SECONDS = 10.0
NAMES = frozenset({"photo", "document", "media", "results", "result"})
FIELDS = frozenset({"media", "photo_url", "document_url"})


async def fetch_named(files: Files, args: Arguments) -> None:
    """Put what the call's addresses hold into `files.by_address`; what fails is missing there."""
    wanted = {one for one in named(args) if urlsplit(one).hostname in LOOPBACK}
    if not wanted:
        return
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for address in wanted:
            files.by_address.pop(address, None)
            file = await _fetched(session, address)
            if file is not None:
                files.by_address[address] = file


def named(args: Arguments) -> set[str]:
    """The addresses of files in the parameters of a call."""
    found: set[str] = set()
    for name in NAMES & args.values.keys():
        text = args.text(name)
        if text.startswith(("{", "[")):
            found.update(_inside(_decoded(text)))
        elif text.startswith(("http://", "https://")):
            found.add(text)
    return found


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    if isinstance(value, dict):
        for name, item in value.items():
            if name in FIELDS and isinstance(item, str) and "://" in item:
                yield item


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


async def _fetched(session: aiohttp.ClientSession, address: str) -> Upload | None:
    try:
        async with session.get(address, allow_redirects=False) as answer:
            data = await answer.content.read(LARGEST + 1)
            while 0 < len(data) <= LARGEST and (more := await answer.content.read(LARGEST)):
                data += more
            if answer.status != 200 or len(data) > LARGEST:
                return None
            name = PurePosixPath(urlsplit(address).path).name
            return Upload(filename=name, mime_type=answer.content_type, data=data)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
