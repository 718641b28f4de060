"""Files for the chat page: the page itself, and the pictures and documents of its chats."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from bot.sandbox.files import StoredFile
from bot.sandbox.page_guard import Wrong

FOLDER = Path(__file__).with_name("page")
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
PICTURES: Mapping[bytes, str] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}


class PageFiles:
    """The page's own files, out of one folder and no other."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A file of the page; browsers ask each time whether it changed."""
        name = request.match_info.get("path", "index.html")
        path = (self._folder / name.replace("\0", "?")).resolve()
        kind = TYPES.get(path.suffix)
        if kind is None or not path.is_relative_to(self._folder) or not path.is_file():
            raise Wrong("not_found", f"there is no {request.path}", status=404)
        return web.FileResponse(path, headers={"Content-Type": kind, "Cache-Control": "no-cache"})

    async def telegram_script(self, _request: web.Request) -> web.StreamResponse:
        """Our own for Telegram's script of Mini Apps, which load it from here though they are
        others.
        """
        headers = {
            "Content-Type": TYPES[".js"],
            "Cache-Control": "no-cache",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return web.FileResponse(self._folder / "telegram-web-app.js", headers=headers)


async def chat_file(file: StoredFile) -> web.Response:
    """A file of a chat. Pictures are shown; anything else is only saved, never run."""
    content = await asyncio.to_thread(file.content)
    kind = picture_type(content)
    headers = {
        "Content-Type": kind or "application/octet-stream",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if kind is None:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=content, headers=headers)


def picture_type(content: bytes) -> str | None:
    """The type of a picture browsers show, by its first bytes."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in PICTURES.items() if content.startswith(start)), None)
