"""Pictures the generator gets for itself: the references of a job, and uploads by address."""

from typing import Any

import aiohttp

from bot.sandbox import contract
from bot.sandbox.jobs import Job

LARGEST_UPLOAD = 100 * 1024 * 1024


class Fetcher:
    """Fetches over one session; `open` comes first."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession

    async def open(self) -> None:
        self._session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self._session.close()

    async def fetch_references(self, job: Job) -> tuple[str, str] | None:
        """Put the references on the job; failCode and failMsg of the first that is of no use."""
        limit = contract.image_limit(job.model)
        for address in contract.references(job.model, job.input):
            content = await self.fetch(address, limit=limit)
            trouble = contract.reference_trouble(job.model, address, content)
            if trouble is not None:
                return trouble
            job.references.append(content or b"")
        return None

    async def fetch(self, address: str, *, limit: int) -> bytes | None:
        """A reference picture, at most one byte over `limit`; None if it cannot be had."""
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with self._session.get(address, timeout=timeout) as answer:
                if answer.status != 200:
                    return None
                body = bytearray()
                async for part in answer.content.iter_chunked(1 << 16):
                    body += part
                    if len(body) > limit:
                        break
                return bytes(body[: limit + 1])
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    async def uploaded(self, value: Any, source: str) -> bytes | None:
        """What an upload holds: a file as it came, a base64 text, or what lies at an address."""
        if source == "fileUrl":
            return await self.fetch(value, limit=LARGEST_UPLOAD)
        return contract.unpack(value) if source == "base64Data" else bytes(value)
