"""A picture is deleted between the moment somebody asked for it and the moment they get it."""

from dataclasses import replace
from typing import Any, BinaryIO

import pytest
from aiohttp import web

from bot.gallery import Shot, shot_of
from bot.life import PictureState, TaskState
from bot.neighbours import Pictures
from bot.origin import API, Origin
from bot.prompt import Order
from bot.task import new_task
from tests.calling import SHOP_TOKEN, TOKENS
from tests.storage.samples import plain
from tests.webhooks.conftest import Enter
from webhooks.answers import Problem
from webhooks.callers import Callers
from webhooks.gallery import GalleryDoor
from webhooks.limits import Limit


class AMomentAgo:
    """A gallery as it was before."""

    def __init__(self, shot: Shot) -> None:
        self._shot = shot

    async def get(self, _picture: str) -> Shot:
        return self._shot


class Watched:
    """Pictures as they lie there, and the files that were opened."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self.opened: list[BinaryIO] = []

    async def open(self, name: str) -> BinaryIO:
        self.opened.append(await self._pictures.open(name))
        return self.opened[-1]


@pytest.mark.parametrize("gone", ["picture", "task"])
async def test_it_is_not_had_for_nothing(enter: Enter, aiohttp_client: Any, gone: str) -> None:
    house = (await enter(api_tokens=TOKENS)).house
    programs, person = house.programs, TOKENS[0].person
    # Cancelled too late: drawn, kept, and paid for by whoever looks at it.
    order = Order(prompt="a fox", model="banana", ratio="1:1", size="1k", format="png")
    origin = Origin(chat=person, message=0, person=person, via=API)
    task = await programs.tasks.add(
        new_task(key="k", origin=origin, order=order, now=house.clock())
    )
    file = await house.pictures.keep_result(plain("PNG"))
    picture = replace(task.pictures[0], state=PictureState.STORED, file=file, due_at=None)
    stored = replace(task.with_picture(picture), state=TaskState.REPORTED)
    saved = await programs.tasks.save(stored)
    assert saved is not None
    shot = shot_of(saved, saved.pictures[0])
    # The picture is marked, or its task is no longer there; its file still is.
    if gone == "picture":
        await programs.tasks.save(saved.with_picture(replace(picture, deleted=True)))
    else:
        await programs.memory.forget_task(task.id, house.clock())
        file = await house.pictures.keep_result(plain("PNG"))
        shot = replace(shot, file=file)
    callers = Callers(
        root="1:root",
        tokens=TOKENS,
        proofs=programs.proofs,
        clock=house.clock,
        reads=Limit(100),
        wishes=Limit(100),
    )
    then: Any = AMomentAgo(shot)
    pictures: Any = Watched(house.pictures)
    door = GalleryDoor(
        replace(programs, gallery=then),
        callers,
        pictures,
        house.clock,
        files_kept=house.settings.files_kept,
    )

    async def answered(request: web.Request) -> web.Response:
        try:
            return await door.file(request)
        except Problem as problem:
            return problem.answer

    app = web.Application()
    app.router.add_get("/{picture}", answered)
    client = await aiohttp_client(app)
    bearer = {"Authorization": f"Bearer {SHOP_TOKEN}"}
    response = await client.get(f"/{shot.id}", headers=bearer)
    assert (response.status, (await response.json())["error"]["code"]) == (410, "gone")
    left = await programs.tasks.get(task.id)
    assert left is None if gone == "task" else left and not left.pictures[0].brought
    assert [one.closed for one in pictures.opened] == [True]
