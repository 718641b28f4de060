"""What the generator answers: good, refused, or spoilt by a fault."""

from typing import Any

from aiohttp import web

from bot.sandbox.contract import MESSAGES
from bot.sandbox.jobs import Fault

HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
MALFORMED = '{"code":200,"msg":"Playground task completed succ'


def answer(data: Any, msg: str = "success", **more: bool) -> web.Response:
    return web.json_response(more | {"code": 200, "msg": msg, "data": data})


def refuse(request: web.Request, code: int, message: str = "", data: Any = None) -> web.Response:
    """An error as kie.ai sends it: HTTP 200 and a body code; without `data` for a wrong key."""
    body: dict[str, Any] = {"code": code, "msg": message or MESSAGES[code]}
    if "-upload" in request.path:
        trouble = "Authentication failed: Invalid API Key" if code == 401 else body["msg"]
        body = {"success": False, "code": code, "msg": trouble}
    elif code != 401:
        body["data"] = data
    return web.json_response(body)


def cut(request: web.Request) -> web.Response:
    """Close the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def disturb(request: web.Request, fault: Fault | None) -> web.Response | None:
    """The answer this fault gives instead of the true one, if it does."""
    if fault is None:
        return None
    await fault.hold_up()
    match fault.kind:
        case "closed":
            return cut(request)
        case "html":
            return web.Response(status=502, text=HTML, content_type="text/html")
        case "malformed":
            return web.Response(text=MALFORMED, content_type="application/json")
        case "null":
            return refuse(request, 422, "recordInfo is null")
        case "code":
            return refuse(request, int(fault.code), fault.message)
        case "status":
            response = refuse(request, int(fault.code), fault.message)
            response.set_status(int(fault.code))
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
    return None
