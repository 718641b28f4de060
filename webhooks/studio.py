"""GET /studio: the Mini App page, its files, and what it may load and be framed by.

Every file has an address that names its content, so a browser keeps it for good; the page itself is asked
for anew each time. Both are packed once, when the process starts.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from webhooks.answers import refusal

# Whose script the page loads, and whose pages may show it in a frame.
# https://core.telegram.org/bots/webapps#initializing-mini-apps
TELEGRAM_SCRIPT = "https://telegram.org/js/telegram-web-app.js"
_TELEGRAM_FRAMES = "https://web.telegram.org https://*.telegram.org"
_FOLDER = Path(__file__).with_name("studio")
_TYPES: Mapping[str, str] = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
# Of no style at all: Telegram's script puts such an element into every page in a frame.
_EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    content: bytes
    packed: bytes
    kind: str
    mark: str

    @classmethod
    def of(cls, content: bytes, suffix: str) -> "_File":
        mark = hashlib.sha256(content).hexdigest()[:32]
        packed = gzip.compress(content, mtime=0)
        return cls(content=content, packed=packed, kind=_TYPES[suffix], mark=mark)


class StudioDoor:
    """`telegram_web` is the origin that plays Telegram's web client and serves its script, in the demo."""

    def __init__(self, *, telegram_web: str | None = None) -> None:
        script = f"{telegram_web}/telegram-web-app.js" if telegram_web else TELEGRAM_SCRIPT
        sources = {one.name: one.read_bytes() for one in sorted(_FOLDER.iterdir())}
        page = sources.pop("index.html").decode()
        self._files = {name: _File.of(one, Path(name).suffix) for name, one in sources.items()}
        marks = "".join(one.mark for one in self._files.values())
        self._version = hashlib.sha256(marks.encode()).hexdigest()[:12]
        self._page = _File.of(self._filled(page, script).encode(), ".html")
        self._frames = telegram_web or _TELEGRAM_FRAMES
        # The whole address of the script, not all that lies on its host.
        self._script = script

    def _filled(self, page: str, script: str) -> str:
        files = f"/studio/{self._version}"
        modules = (name for name in self._files if name.endswith(".js") and name != "main.js")
        preloads = (f'<link rel="modulepreload" href="{files}/{name}">' for name in modules)
        return (
            page.replace("{preloads}", "\n  ".join(preloads))
            .replace("{files}", files)
            .replace("{telegram}", script)
        )

    async def page(self, request: web.Request) -> web.Response:
        headers = {
            "Content-Security-Policy": self._policy(request.headers.get("Host", "")),
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }
        return _answer(request, self._page, "no-cache", headers)

    async def file(self, request: web.Request) -> web.Response:
        """A file of the page; that of another version is not kept, while servers change over."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            return refusal(404, "not_found", "there is no such file")
        current = request.match_info["version"] == self._version
        return _answer(request, file, _FOR_GOOD if current else "no-store", {})

    def _policy(self, host: str) -> str:
        """https://www.w3.org/TR/CSP3/; older Safari takes 'self' not for WebSockets."""
        sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src 'self' {self._script}",
                f"style-src 'self' {_EMPTY}",
                "img-src 'self' blob: data:",
                f"connect-src 'self'{sockets} blob:",
                "base-uri 'none'",
                "form-action 'none'",
                f"frame-ancestors {self._frames}",
            )
        )


def _answer(
    request: web.Request, file: _File, cache: str, headers: Mapping[str, str]
) -> web.Response:
    packed = "gzip" in request.headers.get("Accept-Encoding", "").casefold()
    mark = f'"{file.mark}{"-gzip" if packed else ""}"'
    said = {"ETag": mark, "Cache-Control": cache, "Vary": "Accept-Encoding", **headers}
    if mark in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=said)
    if packed:
        said["Content-Encoding"] = "gzip"
    body = file.packed if packed else file.content
    return web.Response(body=body, content_type=file.kind, charset="utf-8", headers=said)
