"""How the Studio looks, reads and loads: every width, both schemes and languages, nobody kept out."""

import gzip
import re
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.easel import Easel, file

PAGE = Path(__file__).parents[2] / "webhooks" / "studio"
LONG = (
    "A very long wish that goes on and on, with oneveryverylongwordthatcannotbebrokenanywhere, " * 6
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width", "height"), [("small", 320, 640), ("phone", 390, 844), ("desk", 1280, 860)]
)
@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("zh", "zh-CN")])
async def test_every_view_fits_and_keeps_nobody_out(
    easel: Easel, scheme: str, name: str, width: int, height: int, language: str, locale: str
) -> None:
    canvas = await easel.open(width=width, height=height, scheme=scheme, locale=locale)
    tag, small = f"{name}-{scheme}-{language}", width < 900

    async def check() -> None:
        assert await canvas.overflow() <= 0
        # Words change, colours do not.
        assert language == "zh" or await canvas.complaints() == []

    await canvas.page.locator("#prompt").fill(LONG)
    await canvas.page.locator("#tab-image").click()
    await canvas.page.locator("#files").set_input_files([file("seagreen"), file("tomato")])
    await canvas.page.locator("#more summary").click()
    await check()
    await canvas.keep(f"create-{tag}")
    easel.studio.generator.hold()
    await canvas.page.locator("#generate").click()
    await expect(canvas.wishes.locator(".state")).to_contain_text("·")
    await check()
    await canvas.keep(f"under-way-{tag}")
    easel.studio.generator.release()
    await canvas.drawn(1)
    await canvas.open()
    await check()
    await canvas.keep(f"viewer-{tag}")
    await canvas.page.keyboard.press("Escape")
    if small:
        await expect(canvas.page.locator("#create")).to_be_hidden()
        await canvas.page.locator("#to-create").click()
        await expect(canvas.page.locator("#generate")).to_be_in_viewport()
    assert canvas.trouble == []


async def test_dark_is_dark_and_light_is_light(easel: Easel) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        canvas = await easel.open(scheme=scheme)
        colour = await canvas.page.evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
        shades[scheme] = sum(int(one) for one in re.findall(r"\d+", colour)[:3]) / 3
    assert shades["dark"] < 60
    assert shades["light"] > 200


async def test_the_language_is_that_of_the_browser(easel: Easel) -> None:
    canvas = await easel.open(locale="zh-CN")
    assert await canvas.page.locator("html").get_attribute("lang") == "zh-Hans"
    await expect(canvas.page.locator("#generate")).to_have_text("开始绘制")
    assert await canvas.page.title() == "工作室"


async def test_the_whole_way_can_be_gone_by_keyboard(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.keyboard.press("Tab")
    await canvas.page.keyboard.press("Enter")
    await expect(canvas.page.locator("#prompt")).to_be_focused()
    await canvas.page.keyboard.type("a bee on clover")
    for group in ("Style", "Model", "Shape"):
        await canvas.page.keyboard.press("Tab")
        await expect(
            canvas.page.get_by_role("group", name=group).get_by_role("radio").first
        ).to_be_focused()
    await canvas.page.keyboard.press("ArrowRight")
    await expect(canvas.choice("Shape", "2:3")).to_be_checked()
    await expect(canvas.choice("Shape", "2:3")).to_be_focused()
    await canvas.page.locator("#prompt").press("Control+Enter")
    await canvas.drawn(1)
    await canvas.tiles.first.get_by_role("button").press("Enter")
    await expect(canvas.viewer).to_be_visible()


async def test_the_first_paint_comes_within_a_second(easel: Easel) -> None:
    canvas = await easel.open()
    painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    for _ in range(10):
        await canvas.page.reload()
        first = await (await canvas.page.wait_for_function(painted)).json_value()
        if first < 1000:
            return
    pytest.fail("it was slow each time")


async def test_the_page_weighs_less_than_60_kb_on_its_way(easel: Easel) -> None:
    """As a browser fetches it: each file packed, with its headers left aside."""
    total = 0
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        async with session.get(f"{easel.studio.address}/studio") as response:
            packed = await response.read()
            total += len(packed)
        names = set(re.findall(r'(?:href|src)="(/studio/[^"]+)"', gzip.decompress(packed).decode()))
        for name in names:
            async with session.get(easel.studio.address + name) as response:
                assert response.status == 200
                assert response.headers["Content-Encoding"] == "gzip"
                total += len(await response.read())
    assert {name.rsplit("/", 1)[1] for name in names} == {one.name for one in PAGE.iterdir()} - {
        "index.html"
    }
    assert total < 60_000


def _texts(name: str) -> dict[str, set[str]]:
    """Each text by its key, as the names of what is filled in."""
    found = re.findall(
        r'^  "?([\w.]+)"?: "(.*)",$', (PAGE / f"texts-{name}.js").read_text(), re.MULTILINE
    )
    assert len(found) == len((PAGE / f"texts-{name}.js").read_text().strip().splitlines()) - 2 - (
        PAGE / f"texts-{name}.js"
    ).read_text().count("\n\n")
    return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in found}


async def test_every_text_is_there_in_both_languages(easel: Easel) -> None:
    english, chinese = _texts("en"), _texts("zh")
    # Where one thing is called otherwise than many; Chinese knows no such difference.
    singular = {key for key in english if key.endswith("_1") and key[:-2] in english}
    assert chinese.keys() == english.keys() - singular
    assert {key: chinese[key] for key in chinese} == {key: english[key] for key in chinese}
    files = [one.read_text() for one in PAGE.iterdir() if not one.name.startswith("texts-")]
    used = {key for text in files for key in re.findall(r'data-t(?:-label|-hint)?="(\w+)"', text)}
    used |= {key for text in files for key in re.findall(r'"(\w+)"', text)} & english.keys()
    by_code = {key for key in english if key.startswith(("error_", "failed_", "model_"))}
    assert english.keys() - singular - by_code - used == set()


async def test_every_reason_to_fail_has_words(easel: Easel) -> None:
    from bot.errors import Reason  # noqa: PLC0415
    from bot.models import CATALOGUE  # noqa: PLC0415

    english = _texts("en")
    # A cancelled wish goes without a word.
    reasons = {f"failed_{one.value}" for one in Reason if one is not Reason.CANCELLED}
    assert reasons | {f"model_{key}" for key in CATALOGUE} <= english.keys()


async def test_nothing_but_the_page_itself_may_run_or_frame_it(easel: Easel) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{easel.studio.address}/studio") as response,
    ):
        policy = dict(
            one.split(" ", 1) for one in response.headers["Content-Security-Policy"].split("; ")
        )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' https://telegram.org/js/telegram-web-app.js"
    assert not policy["style-src"].removeprefix("'self' 'sha256-").count(" ")
    assert policy["img-src"] == "'self' blob: data:"
    assert policy["frame-ancestors"] == "https://web.telegram.org https://*.telegram.org"
