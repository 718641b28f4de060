"""How the Studio hears of its wishes: by WebSocket, again after a break, by asking where there is none."""

import asyncio
from collections import Counter

from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.easel import Easel
from tests.conftest import eventually

TASK = "**/api/task/*"
EVENTS = "**/api/task/*/events"


async def _asked(page: Page) -> Counter[str]:
    counted: Counter[str] = Counter()

    async def count(route: Route) -> None:
        counted[route.request.method] += 1
        await route.continue_()

    await page.route(TASK, count)
    return counted


async def test_nobody_asks_while_a_socket_is_open(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.clock.install()
    asked = await _asked(canvas.page)
    easel.studio.generator.hold()
    await canvas.wish("a calm sea")
    await expect(canvas.wishes).to_contain_text("Drawing")
    await canvas.page.clock.run_for(30_000)
    await expect(canvas.wishes).to_contain_text("Drawing · 3")
    easel.studio.generator.release()
    await canvas.drawn(1)
    assert not asked


async def test_a_socket_that_breaks_comes_back(easel: Easel) -> None:
    canvas = await easel.open()
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    await canvas.page.route_web_socket(EVENTS, pass_on)
    asked = await _asked(canvas.page)
    easel.studio.generator.hold()
    await canvas.wish("a rough sea")
    await expect(canvas.wishes).to_contain_text("Drawing")
    await sockets[0].close(code=1011)
    await eventually(lambda: len(sockets) == 2)
    easel.studio.generator.release()
    await canvas.drawn(1)
    assert not asked


async def test_offline_is_said_and_the_page_catches_up(easel: Easel) -> None:
    canvas = await easel.open()
    easel.studio.generator.hold()
    await canvas.wish("a distant sea")
    await expect(canvas.wishes).to_contain_text("Drawing")
    await canvas.page.context.set_offline(True)
    await expect(canvas.page.locator("#offline")).to_contain_text("You are offline")
    await canvas.keep("offline")
    assert await canvas.complaints() == []
    easel.studio.generator.release()
    await canvas.page.context.set_offline(False)
    await expect(canvas.page.locator("#offline")).to_be_hidden()
    await canvas.drawn(1)


async def test_without_any_socket_the_page_asks_every_three_seconds(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.clock.install()
    await canvas.page.route_web_socket(EVENTS, lambda socket: socket.close(code=1011))
    asked = await _asked(canvas.page)
    easel.studio.generator.hold()
    await canvas.wish("a frozen sea")
    await canvas.page.clock.run_for(2_000)
    await eventually(lambda: asked["GET"] == 1)
    for count in (2, 3, 4):
        await canvas.page.clock.run_for(3_000)
        await eventually(lambda count=count: asked["GET"] == count)
    easel.studio.generator.release()
    await eventually(lambda: _finished(easel, "frozen"))
    await canvas.page.clock.run_for(3_000)
    await canvas.drawn(1)


def _finished(easel: Easel, word: str) -> bool:
    jobs = easel.studio.generator.jobs.values()
    return all(one.finished for one in jobs if word in one.prompt)


async def test_after_three_minutes_of_asking_people_look_themselves(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.clock.install()
    await canvas.page.route_web_socket(EVENTS, lambda socket: socket.close(code=1011))
    asked = await _asked(canvas.page)
    easel.studio.generator.hold()
    await canvas.wish("an endless sea")
    await expect(canvas.wishes).to_contain_text("·")
    given_up = canvas.wishes.filter(has_text="No news for a while")
    async with asyncio.timeout(60):
        while not await given_up.count():
            await canvas.page.clock.run_for(3_000)
    await canvas.keep("no-news")
    before = asked["GET"]
    assert before == 60
    easel.studio.generator.release()
    await canvas.page.unroute(TASK)
    await canvas.wishes.get_by_role("button", name="Look again").click()
    async with asyncio.timeout(60):
        while await canvas.wishes.count():
            await canvas.page.clock.run_for(3_000)
    await canvas.drawn(1)
