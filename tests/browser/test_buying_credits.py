"""Buying credits with one's own fingers: an invoice is paid, and drawn with."""

from bot.sandbox.demo import Demo
from tests.browser.conftest import Opener, Window


async def _paid(window: Window) -> None:
    await window.get("pay").click()
    await window.get("pay-news").filter(has_text="Paid").wait_for()
    await window.get("pay-cancel").click()


async def test_whoever_has_too_little_buys_and_draws(demo: Demo, opener: Opener) -> None:
    window = await opener.open(demo.page.url, width=390, height=844)
    wish = "a red fox --model pro --size 4k --n 2"
    await window.say(wish)
    await window.message("This costs 48 credits, and 40 are left.").wait_for()
    await window.key("Buy credits").click()
    await window.message("You have 40 credits").wait_for()
    await window.keep("buy")
    await window.key("⭐ 50: 100 credits").click()
    await window.key("Pay").click()
    await _paid(window)
    await window.message("you have 140 now").wait_for()
    await window.say(wish)
    await window.message("2 pictures. Tap a number").wait_for()
    # A subscription is paid by a link.
    await window.say("/buy")
    await window.message("You have 92 credits").wait_for()
    await window.key("a month: 600 credits").click()
    await window.message("600 credits every 30 days for").wait_for()
    await window.key("Pay").click()
    assert "a month" in await window.get("pay-price").inner_text()
    await _paid(window)
    await window.message("you have 692 now").wait_for()
    await window.message("you have 692 now").filter(has_text="goes on at").wait_for()
    await window.keep("bought")
