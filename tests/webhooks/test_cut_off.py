"""A request that is cut off when its task may be written already."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import FormData, web

from bot.ordering import Request
from bot.storage.pictures import PictureStore, open_store
from tests.conftest import photo
from webhooks.callers import Caller
from webhooks.generate import GenerateDoor


class Writing:
    """An order is written, and the answer to it does not come."""

    def __init__(self) -> None:
        self.written: asyncio.Future[Request] = asyncio.get_running_loop().create_future()

    async def place(self, request: Request) -> None:
        self.written.set_result(request)
        await asyncio.Event().wait()


class Anybody:
    async def wishing(self, _request: web.Request) -> Caller:
        return Caller(person=1, name="Ann", at_telegram=False)


async def test_the_pictures_of_a_task_that_may_be_written_are_kept(
    tmp_path: Path, aiohttp_client: Any
) -> None:
    pictures, ordering = PictureStore(open_store(tmp_path.as_uri())), Writing()
    programs = SimpleNamespace(
        ordering=SimpleNamespace(place=ordering.place, presets={}),
        poster=SimpleNamespace(may_call=lambda _address: True),
    )
    door = GenerateDoor(programs, Anybody(), pictures, lambda: datetime.now(UTC))

    async def cut_off(request: web.Request) -> web.Response:
        posting = asyncio.create_task(door.post(request))
        await ordering.written
        posting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await posting
        return web.Response()

    app = web.Application()
    app.router.add_post("/", cut_off)
    form = FormData({"prompt": "a red fox"})
    form.add_field("image", photo(), filename="fox.jpg", content_type="image/jpeg")
    client = await aiohttp_client(app)
    assert (await client.post("/", data=form)).status == 200
    (reference,) = (await ordering.written).references
    assert await pictures.read(reference.name or "")
