"""The Studio page as a person uses it: wishes from words and from pictures, and what goes wrong."""

import asyncio
import io
import re

from PIL import Image
from playwright.async_api import Route, expect

from bot.sandbox.jobs import Fault
from tests.browser.easel import PICTURE, TOKENS, Easel, file
from tests.conftest import eventually


async def test_a_wish_from_words_shows_its_progress_and_joins_the_gallery(easel: Easel) -> None:
    canvas = await easel.open()
    await expect(canvas.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    await canvas.keep("empty")
    easel.studio.generator.hold()
    await canvas.choose("Shape", "16:9")
    await canvas.choose("How many", "4")
    assert "16 credits" in await canvas.page.locator("#price").inner_text()
    await canvas.wish("a red fox asleep in fresh snow")
    await expect(canvas.wishes).to_contain_text("Drawing · ")
    await expect(canvas.wishes.locator(".cell")).to_have_count(4)
    await canvas.keep("drawing")
    easel.studio.generator.release()
    await canvas.drawn(4)
    jobs = [one for one in easel.studio.generator.jobs.values() if "asleep" in one.prompt]
    assert [job.input["aspect_ratio"] for job in jobs] == ["16:9"] * 4
    await expect(canvas.page.locator("#news")).to_have_text("4 pictures are ready")
    assert canvas.trouble == []


async def test_a_wish_from_pictures_sends_them_in_the_order_one_gave_them(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.get_by_role("tab", name="From pictures").click()
    await canvas.page.locator("#files").set_input_files([file("red"), file("lime"), file("blue")])
    shots = canvas.page.locator(".shot")
    await expect(shots).to_have_count(3)
    # The third to the front by keyboard, the middle one away.
    await shots.nth(2).press("ArrowLeft")
    await canvas.page.keyboard.press("ArrowLeft")
    await expect(canvas.page.locator("#news")).to_have_text("Now picture 1")
    await canvas.button("Remove picture 2").click()
    await expect(shots).to_have_count(2)
    await canvas.keep("references")
    await canvas.wish("put them together in one garden")
    await canvas.drawn(1)
    (job,) = (one for one in easel.studio.generator.jobs.values() if "garden" in one.prompt)
    assert [_colour(one) for one in job.references] == ["blue", "lime"]
    assert canvas.trouble == []


def _colour(reference: bytes) -> str:
    red, green, blue = Image.open(io.BytesIO(reference)).convert("RGB").getpixel((9, 9))
    return max((red, "red"), (green, "lime"), (blue, "blue"))[1]


async def test_pictures_are_dragged_into_another_order(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.get_by_role("tab", name="From pictures").click()
    await canvas.page.locator("#files").set_input_files([file("red"), file("lime"), file("blue")])
    images = canvas.page.locator(".shot img")
    await expect(images).to_have_count(3)
    before = [await images.nth(n).get_attribute("src") for n in range(3)]
    first, last = await images.nth(0).bounding_box(), await images.nth(2).bounding_box()
    assert first
    assert last
    mouse = canvas.page.mouse
    await mouse.move(first["x"] + 40, first["y"] + 40)
    await mouse.down()
    await mouse.move(last["x"] + 10, last["y"] + 40, steps=6)
    await mouse.move(last["x"] + 60, last["y"] + 40, steps=4)
    await mouse.up()
    after = [await images.nth(n).get_attribute("src") for n in range(3)]
    assert after == [before[1], before[2], before[0]]


async def test_a_picture_that_is_dropped_or_pasted_is_a_reference(easel: Easel) -> None:
    canvas = await easel.open()
    brought = """kind => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.of(137, 80, 78, 71)], "a.png", { type: "image/png" }));
        const event = kind === "drop" ? new DragEvent("drop", { dataTransfer: data, cancelable: true })
          : new ClipboardEvent("paste", { clipboardData: data, cancelable: true });
        dispatchEvent(event);
    }"""
    for count, kind in enumerate(("drop", "paste"), start=1):
        await canvas.page.evaluate(brought, kind)
        await expect(canvas.page.locator(".shot")).to_have_count(count)
    await expect(canvas.page.get_by_role("tab", name="From pictures")).to_have_attribute(
        "aria-selected", "true"
    )


async def test_each_model_offers_what_it_can(easel: Easel) -> None:
    canvas = await easel.open()
    await expect(canvas.choice("Model", "Nano Banana Edit")).to_have_count(0)
    await expect(canvas.page.locator("#ratios label")).to_have_count(11)
    await expect(canvas.page.locator("#sizes-set")).to_be_hidden()
    await canvas.choose("Model", "Nano Banana 2 Any")
    await expect(canvas.page.locator("#ratios label")).to_have_count(15)
    await canvas.choose("Size", "4K")
    await canvas.choose("How many", "3")
    assert "54 credits" in await canvas.page.locator("#price").inner_text()
    await canvas.page.get_by_role("tab", name="From words").press("ArrowRight")
    await expect(canvas.choice("Style", "🪄 Restore")).to_have_count(1)
    await expect(canvas.page.locator("#shots-hint")).to_contain_text("Up to 14")


async def test_what_is_missing_is_said_where_it_is_missing(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.locator("#generate").click()
    await expect(canvas.page.get_by_role("alert")).to_have_text(
        "Say what you would like to see, or choose a style."
    )
    await expect(canvas.page.locator("#prompt")).to_be_focused()
    await expect(canvas.page.locator("#prompt")).to_have_attribute("aria-invalid", "true")
    await canvas.keep("missing")
    await canvas.page.get_by_role("tab", name="From pictures").click()
    await canvas.wish("in oil")
    await expect(canvas.page.get_by_role("alert")).to_have_text("Add a picture to start from.")
    await canvas.page.get_by_role("tab", name="From words").click()
    await canvas.wish("x" * 5001)
    await expect(canvas.page.get_by_role("alert")).to_contain_text("up to 5,000 characters")
    assert not await canvas.wishes.count()


async def test_a_failure_is_told_in_words_and_can_be_tried_again(easel: Easel) -> None:
    canvas = await easel.open()
    fault = Fault(
        where="outcome",
        kind="fail",
        code="422",
        text="Input or output was flagged",
        match="thunder",
    )
    easel.studio.generator.faults.add(fault)
    await canvas.wish("thunder over the bay")
    await expect(canvas.wishes).to_contain_text("Say it in other words")
    await canvas.keep("failed")
    assert await canvas.complaints() == []
    await canvas.page.reload()
    await canvas.wishes.get_by_role("button", name="Try again").click()
    await canvas.drawn(1)
    assert canvas.trouble == []


async def test_what_failed_can_be_said_in_other_words_and_put_away(easel: Easel) -> None:
    canvas = await easel.open()
    fault = Fault(
        where="outcome", kind="fail", code="422", text="Input or output was flagged", match="hail"
    )
    easel.studio.generator.faults.add(fault)
    await canvas.wish("hail over the bay")
    await canvas.wishes.get_by_role("button", name="Change the prompt").click()
    await expect(canvas.page.locator("#prompt")).to_be_focused()
    await expect(canvas.page.locator("#prompt")).to_have_value("hail over the bay")
    await canvas.wishes.get_by_role("button", name="Dismiss").click()
    await canvas.page.reload()
    await expect(canvas.page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


async def test_several_wishes_at_once_and_one_is_cancelled(easel: Easel) -> None:
    canvas = await easel.open()
    easel.studio.generator.hold()
    for prompt in ("a blue whale", "a green parrot", "a grey heron"):
        await canvas.wish(prompt)
    await expect(canvas.wishes).to_have_count(3)
    await canvas.wishes.filter(has_text="parrot").get_by_role("button", name="Cancel").click()
    await expect(canvas.wishes).to_have_count(2)
    easel.studio.generator.release()
    await canvas.drawn(2)
    # What was too late to stop costs nothing, as long as nobody looks at it.
    parrot = "SELECT 1 FROM pictures WHERE state = 'stored' AND words LIKE '%parrot%'"
    await eventually(lambda: easel.studio.keeping.rows(parrot))
    await canvas.page.reload()
    late = canvas.page.locator(".tile", has_text="came too late")
    await expect(late).to_have_count(1)
    await expect(canvas.tiles).to_have_count(2)
    async with canvas.page.expect_response("**/api/picture/*/file"):
        await late.get_by_role("button").click()
    await expect(canvas.viewer.locator(".caption")).to_contain_text("a green parrot")
    await canvas.page.keyboard.press("Escape")
    await expect(canvas.tiles).to_have_count(3)
    assert canvas.trouble == []


async def test_a_double_tap_makes_one_wish(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.locator("#prompt").fill("a single candle")
    await canvas.page.locator("#generate").evaluate("one => { one.click(); one.click(); }")
    await canvas.drawn(1)
    assert sum("candle" in one.prompt for one in easel.studio.generator.jobs.values()) == 1


async def test_a_reload_finds_the_draft_and_the_work_again(easel: Easel) -> None:
    canvas = await easel.open()
    easel.studio.generator.hold()
    await canvas.choose("Shape", "9:16")
    await canvas.wish("a lighthouse in a storm")
    await expect(canvas.wishes).to_contain_text("Drawing")
    await canvas.page.locator("#prompt").fill("half a thought")
    await canvas.page.reload()
    await expect(canvas.page.locator("#prompt")).to_have_value("half a thought")
    await expect(canvas.choice("Shape", "9:16")).to_be_checked()
    await expect(canvas.wishes).to_contain_text("a lighthouse in a storm")
    easel.studio.generator.release()
    await canvas.drawn(1)


async def test_a_lost_answer_makes_no_second_task(easel: Easel) -> None:
    canvas = await easel.open()
    keys: list[str] = []

    async def lose(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            await route.fetch()  # it was done, and nobody hears of it
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await canvas.page.route("**/api/generate/image", lose)
    await canvas.wish("a lonely islet")
    await canvas.drawn(1)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert sum("islet" in one.prompt for one in easel.studio.generator.jobs.values()) == 1


async def test_a_wish_that_cannot_be_sent_is_kept_and_sent_by_hand(easel: Easel) -> None:
    canvas = await easel.open()
    await canvas.page.clock.install()
    await canvas.page.route("**/api/generate/image", lambda route: route.abort())
    await canvas.wish("a paper boat")
    async with asyncio.timeout(60):
        while not await canvas.wishes.filter(has_text="cannot be reached").count():
            await canvas.page.clock.run_for(1_000)
    await canvas.page.unroute("**/api/generate/image")
    await canvas.wishes.get_by_role("button", name="Try again").click()
    await canvas.drawn(1)


async def test_a_wish_that_is_refused_brings_one_back_to_the_field_at_fault(easel: Easel) -> None:
    canvas = await easel.open(width=390, height=844)
    await canvas.page.route("**/api/generate/image", _too_dear)
    await canvas.wish("a golden palace")
    await expect(canvas.page.get_by_role("alert")).to_have_text(
        "You do not have enough credits for this."
    )
    await expect(canvas.page.locator("#prompt")).to_have_value("a golden palace")


async def _too_dear(route: Route) -> None:
    error = {"code": "not_enough_credits", "message": "this costs 4 credits, and 2 are left"}
    await route.fulfill(status=402, json={"success": False, "error": error})


async def test_a_token_is_asked_for_outside_telegram_and_kept_in_the_tab(easel: Easel) -> None:
    page = await easel.stranger()
    canvas = await easel.enter(page)
    field = page.get_by_label("API token")
    await expect(field).to_be_focused()
    assert await canvas.complaints() == []
    await canvas.keep("token")
    await field.fill("not-one-of-them-0123456789")
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The server does not know this token.")
    # Chromium itself says so in the console.
    assert [one for one in canvas.trouble if "401" not in one] == []
    await field.fill(TOKENS[-1].secret)
    await field.press("Enter")
    await page.locator("#generate").wait_for()
    await page.reload()
    await page.locator("#generate").wait_for()
    kept = await page.evaluate("[JSON.stringify(localStorage), JSON.stringify(sessionStorage)]")
    assert [TOKENS[-1].secret in one for one in kept] == [False, True]


async def test_a_visit_that_is_over_is_told_so(easel: Easel) -> None:
    canvas = await easel.open()
    refused = {"success": False, "error": {"code": "unauthorized", "message": "no longer"}}
    await canvas.page.route(
        "**/api/generate/image", lambda route: route.fulfill(status=401, json=refused)
    )
    await canvas.wish("anything")
    await expect(canvas.page.get_by_role("alert")).to_have_text("Open the Studio anew to go on.")
    await expect(canvas.page.locator("#app")).to_be_hidden()


async def test_a_server_that_is_away_is_told_and_tried_again(easel: Easel) -> None:
    canvas = await easel.open()
    away = re.compile("/api/(me|models)")
    await canvas.page.route(away, lambda route: route.abort())
    await canvas.page.reload()
    await expect(canvas.page.get_by_role("heading", name="Not there yet")).to_be_visible()
    await canvas.keep("away")
    assert await canvas.complaints() == []
    await canvas.page.unroute(away)
    await canvas.button("Try again").click()
    await expect(canvas.page.locator("#generate")).to_be_visible()


async def test_a_gallery_that_cannot_be_read_says_so_and_is_read_when_asked_again(
    easel: Easel,
) -> None:
    canvas = await easel.open()
    await canvas.page.route(re.compile("/api/pictures"), lambda route: route.abort())
    await canvas.page.locator("#search").fill("fox")
    await expect(canvas.page.locator("#end")).to_contain_text("cannot be reached")
    await canvas.page.unroute(re.compile("/api/pictures"))
    await canvas.page.locator("#end").get_by_role("button", name="Try again").click()
    await expect(canvas.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert not await canvas.page.locator(PICTURE).count()
