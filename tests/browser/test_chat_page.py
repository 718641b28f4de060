"""The chat page as a person uses it, with the real bot behind it."""

import asyncio
import re

from playwright.async_api import Route, expect

from bot.sandbox.demo import Demo
from tests.browser.conftest import Opener
from tests.conftest import eventually, photo


async def test_the_first_conversation(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.say("/start")
    await window.message("Hello Ann").wait_for()
    await window.say("a red fox in the snow --ar 16:9")
    picture = await window.picture("a red fox in the snow")
    await window.keep("first-conversation")
    await picture.get_by_test_id("photo").first.click()
    await window.get("viewer-image").wait_for()
    await window.page.keyboard.press("Escape")
    await window.get("viewer-image").wait_for(state="hidden")


async def test_a_photo_with_a_caption(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.get("pick-photos").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    await window.get("attachment").wait_for()
    await window.say("as a watercolour")
    await window.picture("Nano Banana Edit")
    (job,) = demo.generator.jobs.values()
    assert len(job.references) == 1


async def test_several_pictures_are_a_grid(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.say("a yellow banana --n 4")
    await window.picture("a yellow banana")
    await expect(window.get("album").get_by_test_id("photo")).to_have_count(4)
    await window.keep("album")


async def test_two_people_in_a_group_see_the_same_from_their_own_side(
    demo: Demo, opener: Opener
) -> None:
    window = await opener.open(demo.page.url)
    await window.be("Bob")
    await window.enter("Friends")
    await window.say("/imagine a blue whale")
    await window.picture("a blue whale")
    await window.be("Ann")
    await window.enter("Friends")
    theirs = window.message("/imagine a blue whale").first
    await theirs.wait_for()
    assert "Bob" in await theirs.inner_text()
    await window.picture("a blue whale")
    assert len(demo.generator.jobs) == 1


async def test_each_person_reads_their_own_language(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.be("Mei")
    await window.enter("Nano Banana")
    await expect(window.page.locator("html")).to_have_attribute("lang", re.compile("^zh"))
    await window.say("/help")
    await window.message("--ar 16:9").wait_for()
    await window.keep("chinese")


async def test_dark_mode_is_dark(demo: Demo, opener: Opener) -> None:
    def luminance(colour: str) -> float:
        numbers = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        return sum(numbers) / 3

    measured = {}
    for scheme in ("light", "dark"):
        window = await opener.open(demo.page.url, scheme=scheme)
        measured[scheme] = luminance(
            await window.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        )
        await window.enter("Nano Banana")
        await window.keep(f"scheme-{scheme}")
    assert measured["dark"] < 80
    assert measured["light"] > 180


async def test_on_a_phone_list_and_chat_are_two_screens(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url, width=360, height=740)
    await window.say("a red fox --ar 9:16")
    await window.picture("a red fox")
    await window.keep("phone-chat")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await window.page.evaluate(overflow) <= 0
    assert not await window.get("chat").first.is_visible()
    await window.get("back").click()
    await window.get("chat").first.wait_for()
    await window.keep("phone-list")


async def test_the_bot_survives_being_killed_while_it_draws(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    demo.generator.hold()
    await window.say("a red fox")
    await window.message("Drawing").wait_for()
    await eventually(lambda: demo.generator.jobs)
    await window.get("faults-open").click()
    await window.get("bot-kill").click()
    await window.keep("fault-panel")
    # Somebody is there again when the generator calls.
    await eventually(lambda: demo.page._control.restarts == 1)
    demo.generator.release()
    await window.page.keyboard.press("Escape")
    await window.picture("a red fox")
    assert len(demo.generator.jobs) == 1


async def test_a_fault_is_told_in_words(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.get("faults-open").click()
    await window.get("fault").filter(has_text="rules").first.click()
    await window.page.keyboard.press("Escape")
    await window.say("a red fox")
    await window.message("say it differently").wait_for()


async def test_a_message_can_be_answered_from_its_menu(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.say("a red fox")
    picture = await window.picture("a red fox")
    await picture.click(button="right")
    await window.get("menu").get_by_role("menuitem").first.click()
    await window.get("composer-bar").wait_for()
    await window.say("make it green")
    await window.picture("make it green")
    edited = [job for job in demo.generator.jobs.values() if job.prompt == "make it green"]
    assert len(edited[0].references) == 1


async def test_a_page_that_was_offline_catches_up(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    await window.say("/start")
    await window.message("Hello Ann").wait_for()
    seen = asyncio.Event()

    async def hold(route: Route) -> None:
        await seen.wait()
        await route.continue_()

    await window.page.route("**/api/state*", hold)
    await demo.page.events.close()
    await window.get("offline").wait_for()
    demo.telegram.say(demo.ann, "/help")
    seen.set()
    await window.message("begin with /imagine").wait_for()
