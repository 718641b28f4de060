"""The Studio page in a browser, between the sandbox's servers; one of each for all tests of a module."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.tokens import read
from tests.browser.conftest import ARTIFACTS
from tests.conftest import Studio, opened_studio, photo

# A busy machine takes its time.
expect.set_options(timeout=60_000)

PEOPLE = 60
TOKENS: Any = read(", ".join(f"p{n}:painter-{n:02}-{secrets.token_hex(12)}" for n in range(PEOPLE)))
PICTURE = "img[src*='/uploads/'], img[src^='blob:']"


def file(colour: str) -> Any:
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": photo(colour=colour)}


class Canvas:
    """One open page, and what a person does on it."""

    def __init__(self, page: Page, trouble: list[str], token: str = "") -> None:
        self.page = page
        self.trouble = trouble
        self.token = token

    @property
    def wishes(self) -> Locator:
        return self.page.locator(".wish")

    @property
    def tiles(self) -> Locator:
        return self.page.locator(f".tile:has({PICTURE})")

    @property
    def viewer(self) -> Locator:
        return self.page.locator("dialog.viewer")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def choice(self, group: str, name: str) -> Locator:
        """By how it begins: a model says more about itself."""
        among = self.page.get_by_role("group", name=group, exact=True)
        return among.get_by_role("radio", name=re.compile(rf"^{re.escape(name)}(\b|$)"))

    async def choose(self, group: str, name: str) -> None:
        """The label is what people see and touch."""
        await self.choice(group, name).first.locator("xpath=..").click()

    async def wish(self, prompt: str) -> None:
        if not await self.page.locator("#prompt").is_visible():
            await self.button("Create").click()
        await self.page.locator("#prompt").fill(prompt)
        await self.page.locator("#generate").click()

    async def drawn(self, count: int) -> None:
        await expect(self.tiles).to_have_count(count)
        await expect(self.wishes).to_have_count(0)

    async def open(self, index: int = 0) -> None:
        await self.tiles.nth(index).get_by_role("button").click()
        await self.viewer.locator(f".stage {PICTURE}").wait_for()

    async def do(self, action: str) -> None:
        await self.viewer.get_by_role("button", name=action, exact=True).click()

    async def keep(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"studio-{name}.png")

    async def overflow(self) -> int:
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(await self.page.evaluate(wider))

    async def complaints(self) -> list[str]:
        """What axe-core finds that keeps people out."""
        # Halfway through a movement everything is pale.
        await self.page.wait_for_function(
            "document.getAnimations().every(one => one.playState != 'running')"
        )
        found = await Axe().run(self.page)
        return [
            f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}"
            for one in found.response["violations"]
            if one["impact"] in ("serious", "critical")
        ]


class Easel:
    """Opens pages, each as somebody nobody else is, and watches that nothing goes wrong."""

    def __init__(self, studio: Studio, browser: Browser) -> None:
        self.studio = studio
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._tokens = iter(TOKENS)

    async def open(
        self,
        *,
        width: int = 1280,
        height: int = 860,
        scheme: Any = "light",
        locale: str = "en-GB",
        address: str | None = None,
        touch: bool = False,
    ) -> Canvas:
        context = await self._context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale=locale,
            has_touch=touch,
            reduced_motion="reduce",
        )
        token = next(self._tokens).secret
        await context.add_init_script(
            f"sessionStorage.getItem('studio:token') ?? sessionStorage.setItem('studio:token', '\"{token}\"')"
        )
        canvas = await self.enter(await context.new_page(), address)
        canvas.token = token
        await canvas.page.locator("html[data-ready]").wait_for()
        return canvas

    async def enter(self, page: Page, address: str | None = None) -> Canvas:
        """Go there, whoever one is."""
        trouble: list[str] = []
        page.set_default_timeout(60_000)
        page.on("console", lambda said: said.type == "error" and trouble.append(said.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("request", lambda request: _stays(request.url) or trouble.append(request.url))
        await page.goto(address or f"{self.studio.address}/studio", wait_until="domcontentloaded")
        return Canvas(page, trouble)

    async def stranger(self, **context: Any) -> Page:
        return await (await self._context(**context)).new_page()

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()

    async def _context(self, **wanted: Any) -> BrowserContext:
        context = await self._browser.new_context(**wanted)
        self._contexts.append(context)
        return context


def _stays(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("http", "https", "ws") or parts.hostname == "127.0.0.1"


@asynccontextmanager
async def opened_easel(folder: Path, browser: Browser, **changes: Any) -> AsyncIterator[Easel]:
    async with opened_studio(folder) as studio:
        await studio.start(api_tokens=TOKENS, **changes)
        easel = Easel(studio, browser)
        try:
            yield easel
        finally:
            await easel.close()
