"""What people do with their pictures in the Studio: look closely, keep, find again, go on from them."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Route, expect

from tests.browser.easel import Canvas, Easel


async def with_pictures(easel: Easel, *prompts: str, **how: object) -> Canvas:
    canvas = await easel.open(**how)  # type: ignore[arg-type]
    for count, prompt in enumerate(prompts, start=1):
        await canvas.wish(prompt)
        await canvas.drawn(count)
    return canvas


async def test_the_viewer_turns_pages_zooms_and_gives_the_focus_back(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox", "a blue whale", "a green parrot")
    await canvas.open()
    place, caption = canvas.viewer.locator("header p"), canvas.viewer.locator(".caption")
    await expect(place).to_have_text("1 of 3")
    await expect(caption).to_contain_text("a green parrot")
    await canvas.keep("viewer")
    assert await canvas.complaints() == []
    keyboard = canvas.page.keyboard
    await keyboard.press("ArrowRight")
    await expect(caption).to_contain_text("a blue whale")
    await canvas.viewer.get_by_role("button", name="Next").click()
    await expect(place).to_have_text("3 of 3")
    await keyboard.press("ArrowRight")
    await expect(place).to_have_text("3 of 3")
    await keyboard.press("+")
    assert await _scale(canvas) == pytest.approx(1.5)
    await keyboard.press("0")
    assert await _scale(canvas) == 1
    await keyboard.press("Escape")
    await expect(canvas.viewer).to_have_count(0)
    await expect(canvas.tiles.nth(2).get_by_role("button")).to_be_focused()
    assert canvas.trouble == []


async def _scale(canvas: Canvas) -> float:
    scale = "image => new DOMMatrix(getComputedStyle(image).transform).a"
    return float(await canvas.viewer.locator(".stage img").evaluate(scale))


async def test_fingers_swipe_pinch_and_tap_twice(easel: Easel) -> None:
    canvas = await with_pictures(
        easel, "a red fox", "a blue whale", width=390, height=844, touch=True
    )
    await canvas.open()
    place = canvas.viewer.locator("header p")
    session = await canvas.page.context.new_cdp_session(canvas.page)

    async def fingers(kind: str, *points: tuple[int, int], **when: float) -> None:
        touched = [{"x": x, "y": y, "id": index} for index, (x, y) in enumerate(points)]
        words = {"type": kind, "touchPoints": touched, **when}
        await session.send("Input.dispatchTouchEvent", words)

    async def swipe(*points: tuple[int, int]) -> None:
        await fingers("touchStart", points[0])
        for point in points[1:]:
            await fingers("touchMove", point)
        await fingers("touchEnd")

    await swipe((300, 400), (220, 404), (120, 405))
    await expect(place).to_have_text("2 of 2")
    await swipe((100, 400), (180, 404), (300, 405))
    await expect(place).to_have_text("1 of 2")
    await fingers("touchStart", (170, 400), (220, 400))
    await fingers("touchMove", (120, 400), (270, 400))
    await fingers("touchEnd")
    assert await _scale(canvas) == pytest.approx(3, rel=0.05)
    # Twice within a tenth of a second, however long it takes to say so.
    now = time.time()
    for moment in (now, now + 0.1):
        await fingers("touchStart", (200, 400), timestamp=moment)
        await fingers("touchEnd", timestamp=moment + 0.01)
    assert await _scale(canvas) == 1
    await swipe((200, 300), (204, 400), (206, 520))
    await expect(canvas.viewer).to_have_count(0)
    assert canvas.trouble == []


async def test_favourites_and_search_find_pictures_again(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox", "a blue whale", "a green parrot")
    await canvas.open(1)
    await canvas.do("Favourite")
    star = canvas.viewer.get_by_role("button", name="Favourite")
    await expect(star).to_have_attribute("aria-pressed", "true")
    await canvas.page.keyboard.press("Escape")
    await canvas.button("Favourites").click()
    await expect(canvas.tiles).to_have_count(1)
    await canvas.button("Favourites").click()
    await canvas.page.locator("#search").fill("fox")
    await expect(canvas.tiles).to_have_count(1)
    await expect(canvas.page.get_by_role("button", name="a red fox")).to_be_visible()
    await canvas.page.locator("#search").fill("zebra")
    await expect(canvas.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    await canvas.keep("nothing-found")
    await canvas.page.locator("#search").fill("")
    await expect(canvas.tiles).to_have_count(3)
    await canvas.page.reload()
    await canvas.button("Favourites").click()
    await expect(canvas.tiles).to_have_count(1)


async def test_many_are_shown_small_and_one_is_shown_whole(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox", "a blue whale")
    asked: list[str] = []
    canvas.page.on("request", lambda one: "/uploads/" in one.url and asked.append(one.url))
    await canvas.page.reload()
    await expect(canvas.tiles).to_have_count(2)
    for tile in await canvas.tiles.locator("img").all():
        await expect(tile).to_have_js_property("naturalWidth", 640)
    assert asked
    assert all("/previews/" in one for one in asked)
    await canvas.open()
    await expect(canvas.viewer.locator(".stage img")).to_have_js_property("naturalWidth", 1024)
    assert sum("/images/" in one for one in asked) == 1
    assert canvas.trouble == []


async def test_where_there_is_no_small_one_the_whole_is_shown(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox")
    await canvas.page.route("**/uploads/previews/*", lambda route: route.fulfill(status=503))
    await canvas.page.reload()
    await expect(canvas.tiles.first.locator("img")).to_have_js_property("naturalWidth", 1024)


async def test_the_gallery_goes_on_as_one_scrolls(easel: Easel) -> None:
    canvas = await with_pictures(easel, "one of a long series", height=600)
    response = await canvas.page.request.get(
        f"{easel.studio.address}/api/pictures",
        headers={"Authorization": f"Bearer {canvas.token}"},
    )
    [picture] = (await response.json())["data"]
    pages: list[str] = []

    async def page(route: Route) -> None:
        cursor = parse_qs(urlsplit(route.request.url).query).get("cursor", [""])[0]
        pages.append(cursor)
        first = 30 if cursor else 0
        data = [{**picture, "id": f"p{n}"} for n in range(first, 40 if cursor else 30)]
        await route.fulfill(json={"data": data, "next": None if cursor else "p29"})

    await canvas.page.route("**/api/pictures?*", page)
    await canvas.page.reload()
    await expect(canvas.page.locator(".tile")).to_have_count(30)
    await canvas.page.locator("#end").scroll_into_view_if_needed()
    await expect(canvas.page.locator(".tile")).to_have_count(40)
    assert pages == ["", "p29"]


@pytest.mark.parametrize(
    ("action", "count", "wanted"),
    [
        ("Again", 1, {"aspect_ratio": "1:1"}),
        ("Variations", 4, {"aspect_ratio": "1:1"}),
        ("4K", 1, {"resolution": "4K"}),
    ],
)
async def test_a_picture_is_drawn_again(
    easel: Easel, action: str, count: int, wanted: dict[str, str]
) -> None:
    prompt = f"a clock for {action}"
    canvas = await with_pictures(easel, prompt)
    await canvas.open()
    await canvas.do(action)
    await expect(canvas.viewer).to_have_count(0)
    await canvas.drawn(1 + count)
    jobs = list(easel.studio.generator.jobs.values())[-count:]
    assert (await canvas.tiles.count()) == 1 + count
    assert all(job.input.items() >= wanted.items() for job in jobs)


async def test_a_picture_gets_another_shape(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a kite in the wind")
    await canvas.open()
    await canvas.do("Other shape")
    await canvas.page.get_by_role("dialog", name="Other shape").get_by_text("21:9").click()
    await canvas.drawn(2)
    *_, job = (one for one in easel.studio.generator.jobs.values() if "kite" in one.prompt)
    assert "21:9" in job.input.values()


async def test_edit_takes_the_picture_along(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a small cottage")
    await canvas.open()
    await canvas.do("Edit")
    await expect(canvas.page.locator(".shot")).to_have_count(1)
    await expect(canvas.page.locator("#prompt")).to_be_focused()
    # The draft remembers it.
    await canvas.page.reload()
    await canvas.page.locator("html[data-ready]").wait_for()
    await expect(canvas.page.locator(".shot")).to_have_count(1)
    await canvas.wish("with smoke from the chimney")
    await canvas.drawn(2)
    *_, job = (one for one in easel.studio.generator.jobs.values() if "chimney" in one.prompt)
    assert len(job.references) == 1
    assert canvas.trouble == []


async def test_a_picture_is_deleted_only_after_a_question(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox", "a blue whale")
    await canvas.open()
    await canvas.do("Delete")
    question = canvas.page.get_by_role("dialog", name="Delete this picture?")
    assert await canvas.complaints() == []
    await canvas.keep("delete")
    await question.get_by_role("button", name="Keep").click()
    await expect(canvas.viewer).to_be_visible()
    await canvas.do("Delete")
    await question.get_by_role("button", name="Delete").click()
    await expect(canvas.viewer).to_have_count(0)
    await expect(canvas.tiles).to_have_count(1)
    await canvas.page.reload()
    await expect(canvas.tiles).to_have_count(1)


async def test_a_picture_is_downloaded_under_the_name_of_its_prompt(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a red fox, asleep")
    await canvas.open()
    async with canvas.page.expect_download() as downloading:
        await canvas.do("Download")
    download = await downloading.value
    assert download.suggested_filename == "a-red-fox-asleep.png"
    assert (await download.path()).stat().st_size > 1000
    # A program has no chat to share to, and this browser shares nothing.
    await expect(canvas.viewer.get_by_role("button", name="Share")).to_have_count(0)


async def test_what_nobody_keeps_any_more_says_so(easel: Easel) -> None:
    canvas = await with_pictures(easel, "a sandcastle")
    await canvas.page.route("**/uploads/*/*", lambda route: route.fulfill(status=404))
    await canvas.page.reload()
    await expect(canvas.page.locator(".tile")).to_contain_text("not kept any more")
    await canvas.page.locator(".tile button").click()
    await expect(canvas.viewer.get_by_role("alert")).to_contain_text("not kept any more")
