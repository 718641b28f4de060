"""Pictures as answers: sent a piece at a time, so that whoever reads slowly holds no memory of ours."""

from collections.abc import Mapping
from typing import BinaryIO

from aiohttp import get_payload, web


class PictureFile(web.Response):
    """An open file, which is closed when it was sent or could not be."""

    def __init__(self, file: BinaryIO, media_type: str, headers: Mapping[str, str]) -> None:
        # Files on disk have names, and browsers would save them under these instead of showing them.
        self._content = get_payload(file, content_type=media_type, disposition=None)
        super().__init__(body=self._content, headers=headers)

    async def write_eof(self, data: bytes = b"") -> None:
        try:
            await super().write_eof(data)
        finally:
            # aiohttp leaves it open where only the head is asked for.
            await self._content.close()
