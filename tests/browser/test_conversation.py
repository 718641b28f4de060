"""What people do every day, with their own fingers: buttons, questions, albums, settings, sharing."""

from playwright.async_api import expect

from bot.sandbox.demo import Demo
from tests.browser.conftest import Opener, Window
from tests.conftest import photo

PHOTO = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo()}


async def in_private(demo: Demo, opener: Opener) -> Window:
    window = await opener.open(demo.page.url)
    await window.enter("Nano Banana")
    return window


async def test_again_and_edit_go_on_from_a_picture(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.say("a red fox")
    await window.picture("a red fox")
    await window.key("Again").click()
    await window.get("toast").filter(has_text="Drawing again").wait_for()
    again = window.message("Nano Banana · 1:1").nth(1)
    await again.wait_for()
    await window.key("Edit").click()
    # Nobody has to look for what to reply to.
    await window.get("composer-bar").filter(has_text="What shall I change").wait_for()
    await window.say("add a hat")
    await window.picture("add a hat")
    first, second, third = demo.generator.jobs.values()
    assert [len(job.references) for job in (first, second, third)] == [0, 0, 1]


async def test_an_album_has_the_buttons_of_each_picture(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.say("a red fox --n 3")
    await window.message("3 pictures. Tap a number").wait_for()
    await window.key("2").click()
    await window.message("Picture 2 of 3").wait_for()
    await window.key("Back").click()
    await window.message("3 pictures. Tap a number").wait_for()
    assert await window.key("2").is_visible()


async def test_cancel_on_the_card_ends_it(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    demo.generator.hold()
    await window.say("a red fox")
    await window.key("Cancel").click()
    await window.message("✖ Cancelled: a red fox").wait_for()
    await expect(window.get("key")).to_have_count(0)


async def test_a_question_that_is_open_wants_its_answer_after_a_reload_too(
    demo: Demo, opener: Opener
) -> None:
    window = await in_private(demo, opener)
    await window.get("pick-photos").set_input_files(PHOTO)
    await window.get("attachment").wait_for()
    await window.get("send").click()
    question = window.get("composer-bar").filter(has_text="What shall I do with this picture?")
    await question.wait_for()
    # Buttons come after it, which answer it as well.
    await window.message("pick a style").wait_for()
    await window.page.reload()
    await question.wait_for()
    await window.say("make it green")
    await window.picture("make it green")
    assert [len(job.references) for job in demo.generator.jobs.values()] == [1]
    await window.page.reload()
    await window.picture("make it green")
    assert not await window.get("composer-bar").is_visible()


async def test_a_photo_without_a_word_gets_a_style_by_one_tap(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.get("pick-photos").set_input_files(PHOTO)
    await window.get("attachment").wait_for()
    await window.get("send").click()
    await window.message("What shall I do with this picture?").wait_for()
    await window.key("Comic").click()
    await window.picture("comic")
    await expect(window.message("What shall I do")).to_have_count(0)
    (job,) = demo.generator.jobs.values()
    assert len(job.references) == 1


async def test_a_command_is_a_caption_under_a_picture(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.get("pick-photos").set_input_files(PHOTO)
    await window.get("attachment").wait_for()
    await window.get("field").press_sequentially("/imagine")
    await window.get("field").press("Enter")
    await window.message("What shall I do with this picture?").wait_for()


async def test_settings_hold_for_the_next_picture(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.say("/settings")
    await window.key("Shape").click()
    await window.key("16:9").click()
    await window.key("Shape: 16:9").wait_for()
    await window.say("a red fox")
    await window.picture("Nano Banana · 16:9")


async def test_draw_it_here_draws_in_the_group(demo: Demo, opener: Opener) -> None:
    window = await in_private(demo, opener)
    await window.say("/start")
    await window.message("Hello Ann").wait_for()
    await window.enter("Friends")
    await window.get("field").press_sequentially("@nano_banana_bot a pink cat", delay=5)
    await window.get("inline-result").filter(has_text="Draw it here: a pink cat").click()
    drawn = window.message("via @nano_banana_bot").filter(has=window.get("photo"))
    await drawn.filter(has_text="a pink cat").wait_for()
    assert len(demo.generator.jobs) == 1


async def test_on_a_phone_history_is_paged_and_every_button_can_be_read(
    demo: Demo, opener: Opener
) -> None:
    window = await opener.open(demo.page.url, width=390, height=844)
    for prompt in ("a red fox", "a blue whale"):
        await window.say(prompt)
        await window.picture(prompt)
    cut = "keys => keys.filter(key => key.scrollWidth > key.clientWidth).map(key => key.innerText)"
    assert await window.page.locator("[data-testid=key] > span").evaluate_all(cut) == []
    await window.say("/history")
    await window.key("1/2").wait_for()
    await window.key("›").click()
    await window.key("2/2").wait_for()
    assert "a red fox" in await window.get("message").last.inner_text()
    await window.keep("history")
