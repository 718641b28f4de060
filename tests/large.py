"""Results that weigh what they are said to: noise, which nothing compresses."""

import io
import os
from pathlib import Path

from PIL import Image

from bot.nanobanana.client import NanoBanana
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Fault
from tests.conftest import API_KEY


def noise(side: int) -> bytes:
    """A PNG of three bytes for each pixel."""
    out = io.BytesIO()
    image = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    image.save(out, "PNG", compress_level=0)
    return out.getvalue()


def open_files() -> list[str]:
    """The paths of all this process has opened."""
    return [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]


async def let_draw(generator: GeneratorServer, content: bytes) -> None:
    """Let the generator give this as its next result."""
    url = generator.url
    client = NanoBanana(api_url=url, upload_url=url, api_key=API_KEY)
    try:
        address = await client.upload("large.png", content)
    finally:
        await client.close()
    generator.faults.add(Fault(where="result", kind="address", text=address))
