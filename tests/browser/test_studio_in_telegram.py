"""The Studio inside Telegram: opened from the menu button of the demo, and with Telegram's own script."""

import asyncio
import os
import shutil
import subprocess
import tarfile
import time
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.async_api import FrameLocator, Route, expect

from bot.sandbox.demo import Demo
from bot.sandbox.webapp import launch
from tests.browser.conftest import Opener, Window
from tests.browser.easel import PICTURE, Easel
from tests.conftest import TOKEN
from tests.pressing import forge

# Telegram serves its script without a version and without a licence to pass it on; this package has it.
SDK = "@twa-dev/sdk@8.0.2"


async def entered(
    demo: Demo, opener: Opener, script: str | None = None, **how: Any
) -> tuple[Window, FrameLocator]:
    window = await opener.open(demo.page.url, **how)
    if script is not None:
        answer = partial(Route.fulfill, content_type="text/javascript", body=script)
        await window.page.route("**/telegram-web-app.js", answer)
    if how.get("width", 1280) >= 600:
        await window.get("chat").filter(has=window.page.locator("img")).first.click()
    await window.say("/start")
    await window.message("Hello Ann").wait_for()
    await window.get("commands").click()
    studio = window.page.frame_locator("[data-testid=webapp-frame]")
    await studio.locator("html[data-ready].native").wait_for()
    return window, studio


async def test_the_menu_button_opens_it_and_a_picture_is_shared(demo: Demo, opener: Opener) -> None:
    window, studio = await entered(demo, opener)
    main = window.page.locator(".webapp > .button.main")
    await studio.locator("#prompt").fill("a tea house by the lake")
    await expect(main).to_have_text("Draw · 4 credits")
    # There is one button to draw with, and it is Telegram's.
    await expect(studio.locator("#generate")).to_be_hidden()
    await expect(studio.get_by_label("Send it to my chat too")).to_be_checked()
    await window.keep("studio-demo")
    await main.click()
    await studio.locator(f".tile:has({PICTURE})").wait_for()
    await studio.get_by_role("button", name="a tea house by the lake").click()
    await studio.get_by_role("button", name="Share").click()
    await window.get("pick-chat").filter(has_text="Friends").first.click()
    await studio.get_by_text("Shared", exact=True).wait_for()
    # Back: out of the viewer, then out of the gallery, then it is gone.
    back = window.page.locator(".webapp > header").get_by_role("button", name="Back")
    await back.click()
    await expect(studio.locator("dialog.viewer")).to_have_count(0)
    await back.click()
    await expect(studio.locator("#create")).to_be_visible()
    await expect(back).to_be_hidden()
    await window.get("close").click()
    # It went to the group, and, as the switch says, to the private chat.
    await window.picture("a tea house by the lake")
    shared = [one for one in demo.telegram.messages(demo.friends) if "photo" in one]
    assert [one["from"]["first_name"] for one in shared] == ["Ann"]


async def test_declining_to_share_shares_nothing(demo: Demo, opener: Opener) -> None:
    window, studio = await entered(demo, opener, width=390, height=844, scheme="dark")
    await studio.locator("#prompt").fill("a tea house by the lake")
    await studio.locator("#deliver-row").click()
    await window.page.locator(".webapp > .button.main").click()
    await studio.locator(f".tile:has({PICTURE})").click()
    # Nobody wanted it in the chat.
    private = demo.telegram.messages(demo.telegram.world.private(demo.ann))
    assert not [one for one in private if "photo" in one]
    await studio.get_by_role("button", name="Share").click()
    await window.get("chat-picker").get_by_role("button", name="Cancel").click()
    await expect(studio.get_by_role("button", name="Share")).to_be_enabled()
    await expect(studio.get_by_text("Shared", exact=True)).to_have_count(0)
    await window.keep("studio-demo-dark")
    assert not [one for one in demo.telegram.messages(demo.friends) if "photo" in one]


async def test_the_chat_page_plays_telegram_well_enough_for_its_real_script(
    demo: Demo, opener: Opener, real_script: str
) -> None:
    window, studio = await entered(demo, opener, real_script)
    await studio.locator("#prompt").fill("a paper lantern")
    await expect(window.page.locator(".webapp > .button.main")).to_have_text("Draw · 4 credits")
    await window.page.locator(".webapp > .button.main").click()
    await studio.locator(f".tile:has({PICTURE})").click()
    await studio.get_by_role("button", name="Share").click()
    await window.get("pick-chat").filter(has_text="Friends").first.click()
    await studio.get_by_text("Shared", exact=True).wait_for()
    await window.page.locator(".webapp > header").get_by_role("button", name="Back").click()
    await expect(studio.locator("dialog.viewer")).to_have_count(0)


async def test_on_a_phone_a_complaint_is_in_sight(demo: Demo, opener: Opener) -> None:
    """Telegram's button is always there, whatever part of the form one sees."""
    window, studio = await entered(demo, opener, width=390, height=844)
    main = window.page.locator(".webapp > .button.main")
    said = studio.get_by_role("alert")
    await expect(main).to_have_text("Draw · 4 credits")
    for where in ("top", "end"):
        edge = "0" if where == "top" else "document.body.scrollHeight"
        await studio.locator("html").evaluate(f"() => scrollTo(0, {edge})")
        await main.click()
        await expect(said).to_have_text("Say what you would like to see, or choose a style.")
        await expect(said).to_be_in_viewport(ratio=1)
        await expect(studio.locator("#prompt")).to_be_focused()
        await expect(studio.locator("#prompt")).to_be_in_viewport(ratio=1)
        await window.keep(f"studio-no-prompt-{where}")
        await studio.locator("#prompt").fill("a")
        await expect(said).to_have_count(0)
        await studio.locator("#prompt").fill("")
    await studio.get_by_role("tab", name="From pictures").click()
    await main.click()
    await expect(said).to_have_text("Add a picture to start from.")
    await expect(said).to_be_in_viewport(ratio=1)
    await expect(studio.locator("#pick")).to_be_focused()
    await window.keep("studio-no-picture")


async def test_who_has_too_few_credits_sees_how_many_and_is_led_to_more(
    demo: Demo, opener: Opener
) -> None:
    window, studio = await entered(demo, opener, width=390, height=844)
    main = window.page.locator(".webapp > .button.main")
    await studio.locator("#prompt").fill("a golden palace")
    for name in ("Nano Banana Pro", "10"):
        await studio.get_by_role("radio", name=name).locator("xpath=..").click()
    await expect(main).to_have_text("Draw · 180 credits")
    await main.click()
    said = studio.get_by_role("alert")
    await expect(said).to_contain_text("This costs 180 credits, and you have 40. New ones come on")
    await expect(said).to_be_in_viewport(ratio=1)
    await window.keep("studio-too-dear")
    await said.get_by_role("button", name="Get more credits").click()
    await window.message("Credits for Telegram Stars").wait_for()
    await expect(window.get("webapp")).to_have_count(0)
    # Chromium itself tells the console of the refusal.
    opener.trouble[:] = [one for one in opener.trouble if "402" not in one]


async def test_it_wears_the_colours_of_telegram(demo: Demo, opener: Opener) -> None:
    window, studio = await entered(demo, opener, scheme="dark")
    root = studio.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    ours = "getComputedStyle(document.documentElement).backgroundColor"
    assert await root.evaluate(ours) == await window.page.evaluate(ours)
    await window.page.emulate_media(color_scheme="light")
    await expect(root).to_have_attribute("data-theme", "light")
    assert await root.evaluate(ours) == await window.page.evaluate(ours)


class TestWithoutTheSandboxsPage:
    async def test_the_page_does_not_wait_for_telegrams_script(self, easel: Easel) -> None:
        page = await easel.stranger(locale="en-GB")
        never = asyncio.Event()

        async def hang(route: Route) -> None:
            await never.wait()
            await route.abort()

        await page.route("https://telegram.org/**", hang)
        canvas = await easel.enter(page, _launched(easel))
        await page.locator("html[data-ready]").wait_for()
        await canvas.wish("a wooden sled")
        await canvas.drawn(1)
        never.set()
        # A session opened with launch data goes on after a reload, without them.
        await page.reload(wait_until="domcontentloaded")
        await expect(canvas.tiles).to_have_count(1)

    async def test_launch_data_that_were_used_up_are_told_so(self, easel: Easel) -> None:
        address = _launched(easel)
        for closed in (False, True):
            page = await easel.stranger(locale="en-GB")
            await page.route("https://telegram.org/**", lambda route: route.abort())
            await easel.enter(page, address)
            await page.locator("html[data-ready]").wait_for()
            await expect(page.locator("#door")).to_be_visible(visible=closed)
        await expect(page.get_by_role("alert")).to_have_text("Open the Studio anew to go on.")

    async def test_the_language_is_that_of_the_person(self, easel: Easel) -> None:
        page = await easel.stranger(locale="en-GB")
        await page.route("https://telegram.org/**", lambda route: route.abort())
        await easel.enter(page, _launched(easel, easel.studio.mei))
        await expect(page.locator("#generate")).to_have_text("开始绘制")

    async def test_a_language_chosen_in_the_chat_is_that_of_the_page(self, easel: Easel) -> None:
        mei = easel.studio.mei
        easel.studio.telegram.say(mei, "/settings")
        sheet = await easel.studio.words(easel.studio.chat(mei), "⚙️")
        await forge(easel.studio, mei, sheet, "set:p:language:en")
        page = await easel.stranger(locale="zh-CN")
        await page.route("https://telegram.org/**", lambda route: route.abort())
        await easel.enter(page, _launched(easel, mei))
        await expect(page.locator("#generate")).to_have_text("Draw")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await forge(easel.studio, mei, sheet, "set:p:language:-")

    async def test_it_gets_along_with_telegrams_real_script(
        self, easel: Easel, real_script: str
    ) -> None:
        page = await easel.stranger(locale="en-GB")

        async def answer(route: Route) -> None:
            await route.fulfill(content_type="text/javascript", body=real_script)

        await page.route("https://telegram.org/**", answer)
        # Where it runs in no frame it speaks to Telegram's apps through this.
        await page.add_init_script(
            "window.said = []; window.TelegramWebviewProxy = "
            "{ postEvent: (name, data) => said.push([name, JSON.parse(data)]) };"
        )
        canvas = await easel.enter(page, _launched(easel))
        await page.locator("html[data-ready].native").wait_for()
        await page.locator("#prompt").fill("a paper lantern")
        latest = "said.findLast(([name]) => name === 'web_app_setup_main_button')?.[1]"
        await page.wait_for_function(f"{latest}?.is_visible")
        assert (await page.evaluate(latest))["text"] == "Draw · 4 credits"
        await page.evaluate("Telegram.WebView.receiveEvent('main_button_pressed')")
        await canvas.drawn(1)
        await canvas.open()
        back = "said.findLast(([name]) => name === 'web_app_setup_back_button')?.[1].is_visible"
        assert await page.evaluate(back) is True
        await page.evaluate("Telegram.WebView.receiveEvent('back_button_pressed')")
        await expect(canvas.viewer).to_have_count(0)
        colours = {"bg_color": "#101418", "secondary_bg_color": "#0b0e11", "text_color": "#ffffff"}
        await page.evaluate(
            "colours => Telegram.WebView.receiveEvent('theme_changed', { theme_params: colours })",
            colours,
        )
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert [one for one in canvas.trouble if "telegram.org" not in one] == []


def _launched(easel: Easel, person: Any = None) -> str:
    studio = easel.studio
    person = person or studio.telegram.world.add_person("Zoe", language_code="en")
    chat = studio.chat(person)
    return launch(
        f"{studio.address}/studio", token=TOKEN, person=person, chat=chat, now=time.time()
    )


@pytest.fixture(scope="session")
def real_script(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Telegram's script as a package of npm carries it; it is not ours to keep here."""
    if (npm := shutil.which("npm")) is None:
        _missing("npm is not installed: it brings Telegram's own script")
    folder = tmp_path_factory.mktemp("sdk")
    for _ in range(3):
        packed = subprocess.run(
            [npm, "pack", "--silent", SDK], cwd=folder, capture_output=True, check=False
        )
        if not packed.returncode:
            break
    if packed.returncode:
        _missing(f"npm brings no {SDK}: {packed.stderr.decode()[-200:]}")
    with tarfile.open(next(Path(folder).glob("*.tgz"))) as package:
        script = package.extractfile("package/src/telegram-web-apps.js")
        assert script is not None
        return script.read().decode()


def _missing(what: str) -> NoReturn:
    """.ci/run installs it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
