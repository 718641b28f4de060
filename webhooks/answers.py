"""The one form of our errors over HTTP."""

from aiohttp import web


def refusal(status: int, code: str, message: str) -> web.Response:
    """`{"success": false, "error": {"code", "message"}}`"""
    body = {"success": False, "error": {"code": code, "message": message}}
    return web.json_response(body, status=status)
