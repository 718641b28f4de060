"""The demo and its chat page in the system's Chromium; screenshots are kept in `artifacts/`."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright

from bot.sandbox.demo import Demo, open_demo

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ARTIFACTS = ROOT / "artifacts"
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
)


def chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None and os.environ.get("CI"):
        pytest.fail("CI must have Chromium: .ci/run installs it")
    if found is None:
        pytest.skip("no Chromium on this machine: install it, or name it in CHROMIUM")
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these tests share one event loop, and with it one browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with open_demo(tmp_path, speed=50, say=lambda _line: None) as demo:
        yield demo


@dataclass
class Window:
    """One open page, and what a person finds on it."""

    page: Page

    def get(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def be(self, name: str) -> None:
        await self.get("person").filter(has_text=name).click()

    async def enter(self, chat: str) -> None:
        await self.get("chat").filter(has_text=chat).first.click()

    async def say(self, text: str) -> None:
        await self.get("field").fill(text)
        await self.get("field").press("Enter")

    def message(self, text: str) -> Locator:
        return self.get("message").filter(has_text=text)

    def key(self, words: str) -> Locator:
        """The lowest button with these words."""
        return self.get("key").filter(has_text=words).last

    async def picture(self, caption: str) -> Locator:
        """Wait for the bot's picture with this caption; decoded, not only announced."""
        bubble = (
            self.message("Nano Banana")
            .filter(has_text=caption)
            # A reply shows a small one of what it answers, too.
            .filter(has=self.get("photo").locator("img[src*='/api/files/']"))
        )
        image = bubble.last.get_by_test_id("photo").locator("img").first
        await image.wait_for()
        await self.page.wait_for_function(
            "image => image.complete && image.naturalWidth > 100", arg=await image.element_handle()
        )
        return bubble.last

    async def keep(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=ARTIFACTS / f"{name}.png")


class Opener:
    """Opens windows, each in a profile of its own, and watches that nothing goes wrong or out."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._profiles: list[BrowserContext] = []
        self.trouble: list[str] = []

    async def open(
        self, url: str, *, width: int = 1280, height: int = 800, scheme: str = "light"
    ) -> Window:
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        self._profiles.append(context)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: said.type == "error" and self.trouble.append(said.text))
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", lambda request: self._check(request.url))
        await page.goto(url)
        await page.get_by_test_id("chat").first.wait_for(state="attached")
        return Window(page)

    async def close(self) -> None:
        for profile in self._profiles:
            await profile.close()

    def _check(self, url: str) -> None:
        if (
            urlsplit(url).scheme in ("http", "https", "ws")
            and urlsplit(url).hostname != "127.0.0.1"
        ):
            self.trouble.append(f"a request left this machine: {url}")


@pytest_asyncio.fixture(loop_scope="session")
async def opener(browser: Browser) -> AsyncIterator[Opener]:
    opener = Opener(browser)
    yield opener
    await opener.close()
    assert opener.trouble == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def easel(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> AsyncIterator[Any]:
    """The Studio page, for tests that run in the loop of their module."""
    from tests.browser.easel import opened_easel  # noqa: PLC0415 - it takes its Chromium from here

    async with opened_easel(tmp_path_factory.mktemp("easel"), browser) as easel:
        yield easel
