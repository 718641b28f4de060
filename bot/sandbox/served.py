"""Results and uploads of the generator as files over HTTP, and how their serving goes wrong."""

from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.answers import HTML, cut, disturb
from bot.sandbox.jobs import Fault, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """A result or an upload, served without a key. job None: an upload."""

    content: bytes
    content_type: str
    job: Job | None = None


async def send_file(
    request: web.Request, file: ServedFile, fault: Fault | None
) -> web.StreamResponse:
    """The file, or what this fault makes of it."""
    kind = fault.kind if fault is not None else ""
    if fault is None:
        return web.Response(body=file.content, content_type=file.content_type)
    if kind == "redirect":
        return web.Response(status=302, headers={"Location": fault.text})
    if kind == "html":
        return web.Response(text=HTML, content_type="text/html")
    if kind == "wrong_type":
        return web.Response(body=file.content, content_type=fault.text or "text/plain")
    if kind in ("status", "closed"):
        return await disturb(request, fault) or web.Response()
    response = web.StreamResponse(headers={"Content-Type": file.content_type})
    if kind != "huge":
        response.content_length = len(file.content)
    await response.prepare(request)
    half = len(file.content) // 2
    await response.write(file.content[:half])
    if kind == "truncated":
        return cut(request)
    await fault.hold_up()
    await response.write(file.content[half:])
    for _ in range(fault.size >> 16 if kind == "huge" else 0):
        await response.write(bytes(1 << 16))
    return response
