"""Knocking at the doors of the running bot with whatever a socket can carry."""

import asyncio
import json
from typing import Any

from tests.conftest import TOKEN, Studio
from webhooks.keys import Keys

KEYS = Keys(TOKEN)
UPDATES = "/api/webhook/telegram"
CALLBACKS = "/api/webhook/nano-banana"
SECRET = "X-Telegram-Bot-Api-Secret-Token"
OURS = f"{SECRET}: {KEYS.for_telegram()}\r\n".encode()


async def knock(studio: Studio, request: bytes, *, seconds: float = 30) -> tuple[int, bytes]:
    """Send these very bytes; returns status and answer, or status 0 when there was none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", studio.port)
    try:
        writer.write(request)
        async with asyncio.timeout(seconds):
            answer = await reader.read()
    except ConnectionError:
        return 0, b""
    finally:
        writer.close()
    return (int(answer.split()[1]) if answer else 0), answer


def post(path: str | bytes, body: bytes = b"", headers: bytes = b"") -> bytes:
    target = path if isinstance(path, bytes) else path.encode()
    return (
        (b"POST " + target + b" HTTP/1.1\r\nHost: bot.example\r\nConnection: close\r\n" + headers)
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


def get(path: str | bytes, headers: bytes = b"") -> bytes:
    target = path if isinstance(path, bytes) else path.encode()
    return (
        b"GET "
        + target
        + b" HTTP/1.1\r\nHost: bot.example\r\nConnection: close\r\n%s\r\n" % (headers)
    )


async def update(studio: Studio, content: Any) -> int:
    """Hand in an update as Telegram would."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return (await knock(studio, post(UPDATES, body, OURS)))[0]


async def assert_it_still_draws(studio: Studio) -> None:
    """Whatever was done to it: the next person gets a picture."""
    chat = studio.chat(studio.bob)
    after = max((one["message_id"] for one in studio.from_bot(chat)), default=0)
    studio.telegram.say(studio.bob, "still a red fox")
    await studio.picture(chat, "still a red fox", after=after)
    await studio.quiet(chat)
