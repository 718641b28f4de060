"""/uploads: stored pictures by their unguessable names, references by signed address."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from bot.errors import Gone, Refused, Transient
from bot.neighbours import Pictures
from webhooks.answers import refusal, try_again
from webhooks.files import PictureFile
from webhooks.keys import Keys

_NAME = re.compile(r"[0-9a-f]{32}\.(jpg|png|webp)")
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


class UploadsDoor:
    """`kept` is for how long pictures are kept here, and may be kept on the way."""

    def __init__(
        self,
        keys: Keys,
        pictures: Pictures,
        clock: Callable[[], datetime],
        *,
        kept: timedelta,
    ) -> None:
        self._keys = keys
        self._pictures = pictures
        self._clock = clock
        seconds = int(kept.total_seconds())
        self._for_good = {"Cache-Control": f"public, max-age={seconds}, immutable"}

    async def result(self, request: web.Request) -> web.Response:
        """A finished picture: whoever knows the name may see it, and it never changes."""
        return await self._picture("images", request.match_info["name"], self._for_good)

    async def preview(self, request: web.Request) -> web.Response:
        """The same, small: for pages that show many. Where there is none it is the whole."""
        name = request.match_info["name"]
        if _NAME.fullmatch(name) is None:
            return _not_there()
        try:
            small = await self._pictures.preview(f"images/{name}")
        except Gone:
            return _not_there()
        except Refused:
            return await self.result(request)
        except Transient as failure:
            raise try_again() from failure
        return web.Response(body=small, content_type="image/webp", headers=self._for_good)

    async def reference(self, request: web.Request) -> web.Response:
        """A picture somebody sent: for the generator only, and for a while."""
        name = f"references/{request.match_info['name']}"
        expires, signature = request.query.get("expires"), request.query.get("signature")
        signed = self._keys.is_reference(name, expires, signature)
        if not signed or int(expires or 0) < self._clock().timestamp():
            return refusal(403, "forbidden", "this address is not signed, or no longer valid")
        headers = {"Cache-Control": "private, no-store"}
        return await self._picture("references", request.match_info["name"], headers)

    async def _picture(self, folder: str, name: str, headers: dict[str, str]) -> web.Response:
        found = _NAME.fullmatch(name)
        if found is None:
            return _not_there()
        try:
            file = await self._pictures.open(f"{folder}/{name}")
        except Gone:
            return _not_there()
        except Transient as failure:
            raise try_again() from failure
        return PictureFile(file, _TYPES[found[1]], headers)


def _not_there() -> web.Response:
    return refusal(404, "not_found", "there is no such picture")
