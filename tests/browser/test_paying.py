"""Paying with Stars on the page: the invoice, the sheet, refusals, links, subscriptions, refunds."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LabeledPrice,
    Update,
    WebAppInfo,
)

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Person
from bot.sandbox.control import Control
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.page_api import ChatPage
from bot.sandbox.payments import expire
from bot.sandbox.process import BotProcess
from tests.browser.conftest import Opener, Window

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"
MONTH = 2_592_000
ABOUT = "Fifty pictures with the quick model. They never expire, and unused ones can be given back."
MINI_APP = """<!doctype html><link rel="icon" href="data:,"><p></p><script>
addEventListener("message", ({ data }) => {
  const { eventType, eventData } = JSON.parse(data);
  if (eventType === "invoice_closed") document.querySelector("p").textContent = eventData.status;
});
const eventData = { slug: new URLSearchParams(location.search).get("slug") };
parent.postMessage(JSON.stringify({ eventType: "web_app_open_invoice", eventData }), "*");
</script>"""


@dataclass
class Shop:
    page: ChatPage
    telegram: BotApiServer
    bot: Bot
    ann: Person

    async def offer(self, payload: str, **more) -> None:
        await self.bot.send_invoice(self.ann.id, **offer(payload, **more))


def offer(payload: str, amount: int = 50, **more) -> dict:
    prices = [LabeledPrice("credits", amount)]
    words = {"title": f"{amount} credits", "description": ABOUT}
    return {**words, **more, "payload": payload, "currency": "XTR", "prices": prices}


async def answer(bot: Bot) -> None:
    """Agree to everything but what is sold out; never speak about what is slow."""
    offset = 0
    while True:
        for update in await bot.get_updates(offset, timeout=10, allowed_updates=Update.ALL_TYPES):
            offset = update.update_id + 1
            query = update.pre_checkout_query
            if query and query.invoice_payload == "sold out":
                await query.answer(ok=False, error_message="These are sold out, sorry.")
            elif query and query.invoice_payload != "slow":
                await query.answer(ok=True)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    async with (
        BotApiServer(token=TOKEN, username="banana_bot", checkout_seconds=600) as telegram,
        GeneratorServer(api_key="key") as generator,
    ):
        ann = telegram.world.add_person("Ann", language_code="en")
        telegram.say(ann, "/start")
        page = ChatPage(telegram, generator, Control(BotProcess({}, tmp_path)))
        await page.start(port=0)
        async with Bot(TOKEN, base_url=f"{telegram.url}/bot") as bot:
            answering = asyncio.create_task(answer(bot))
            yield Shop(page, telegram, bot, ann)
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
        await page.close()


async def opened(shop: Shop, opener: Opener, **how) -> Window:
    window = await opener.open(shop.page.url, **how)
    await window.key("Pay").click()
    await window.get("pay-sheet").wait_for()
    return window


async def news(window: Window, words: str) -> None:
    await window.get("pay-news").filter(has_text=words).wait_for()


async def test_a_person_pays_with_the_keyboard_alone(shop: Shop, opener: Opener) -> None:
    await shop.offer("50")
    window = await opened(shop, opener)
    sheet = await window.get("pay-sheet").inner_text()
    assert all(words in sheet for words in ("50 credits", ABOUT, "⭐\xa050", "⭐\xa01,000"))
    await window.page.keyboard.press("Enter")  # Pay has the focus
    await news(window, "Paid")
    assert "950" in await window.get("pay-yours").inner_text()
    await window.page.keyboard.press("Enter")
    await window.get("pay-sheet").wait_for(state="detached")
    await window.message("You paid ⭐\xa050").wait_for()
    await window.get("purse").filter(has_text="950").wait_for()
    await window.key("Pay").click()
    await news(window, "paid this already")
    assert await window.get("pay").count() == 0


async def test_a_refusal_is_told_in_the_bots_words(shop: Shop, opener: Opener) -> None:
    await shop.offer("sold out")
    window = await opened(shop, opener)
    await window.get("pay").click()
    await news(window, "These are sold out, sorry.")
    await window.keep("pay-refused")
    assert shop.telegram.world.stars.balance(shop.ann.id) == 1000


async def test_a_silent_bot_costs_nothing(shop: Shop, opener: Opener) -> None:
    await shop.offer("slow")
    window = await opened(shop, opener)
    await window.get("pay").click()
    await news(window, "Asking Nano Banana")
    await window.get("pay-cancel").click()
    await window.get("pay-sheet").wait_for(state="detached")
    (checkout,) = shop.telegram.world.stars.checkouts.values()
    expire(shop.telegram.world, checkout)
    await window.get("toast").filter(has_text="did not answer in time").wait_for()


async def test_who_has_too_few_stars_is_told_how_many_are_missing(
    shop: Shop, opener: Opener
) -> None:
    await shop.offer("dear", amount=1_200)
    window = await opened(shop, opener)
    await news(window, "You need ⭐\xa0200 more.")
    assert await window.get("pay").is_disabled()


async def test_a_link_opens_the_same_sheet_and_a_month_goes_by(shop: Shop, opener: Opener) -> None:
    link = await shop.bot.create_invoice_link(**offer("month"), subscription_period=MONTH)
    await shop.bot.send_message(shop.ann.id, link)
    window = await opener.open(shop.page.url)
    await window.enter("Nano Banana")
    await window.get("text").locator("a").click()
    assert "a month" in await window.get("pay-price").inner_text()
    await window.get("pay").click()
    await news(window, "Paid")
    await window.get("pay-cancel").click()
    await window.message("You subscribed for").get_by_test_id("renew").click()
    await window.message("another month").wait_for()
    await window.get("purse").filter(has_text="900").wait_for()
    [first, _] = shop.telegram.world.stars.charges
    await shop.bot.refund_star_payment(shop.ann.id, first)
    await window.message("Refund: you got ⭐\xa050 back").wait_for()
    await window.keep("pay-messages")


async def test_a_mini_app_asks_for_a_payment_and_hears_how_it_went(
    shop: Shop, opener: Opener
) -> None:
    link = await shop.bot.create_invoice_link(**offer("app"))
    app = web.Application()
    app.router.add_get("/", mini_app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = (
        f"http://127.0.0.1:{runner.addresses[0][1]}/?slug={link.removeprefix('https://t.me/$')}"
    )
    keys = InlineKeyboardMarkup.from_button(
        InlineKeyboardButton("Shop", web_app=WebAppInfo(address))
    )
    await shop.bot.send_message(shop.ann.id, "Come in", reply_markup=keys)
    window = await opener.open(shop.page.url)
    await window.key("Shop").click()
    await window.get("pay").click()
    await news(window, "Paid")
    await window.get("pay-cancel").click()
    frame = window.page.frame_locator("[data-testid=webapp-frame]")
    await frame.locator("p", has_text="paid").wait_for()
    await runner.cleanup()


async def mini_app(_request: web.Request) -> web.Response:
    """Asks for the payment as Telegram's script does, and shows the status it hears."""
    return web.Response(content_type="text/html", text=MINI_APP)


async def test_the_longest_invoice_can_still_be_paid_on_a_small_phone(
    shop: Shop, opener: Opener
) -> None:
    await shop.offer("50", amount=1000, title="W" * 32, description="Many words. " * 21)
    window = await opened(shop, opener, width=320, height=480)
    sheet = await window.get("pay-sheet").bounding_box()
    pay = await window.get("pay").bounding_box()
    assert sheet is not None
    assert pay is not None
    assert sheet["y"] + sheet["height"] >= pay["y"] + pay["height"]
    assert sheet["x"] + sheet["width"] >= pay["x"] + pay["width"]
    await window.keep("pay-longest")
    await window.get("pay").click()
    await news(window, "Paid")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("phone", 320, 640), ("desk", 1280, 800)])
async def test_the_sheet_fits_every_screen(
    shop: Shop, opener: Opener, scheme: str, name: str, width: int, height: int
) -> None:
    await shop.offer("50")
    window = await opened(shop, opener, width=width, height=height, scheme=scheme)
    box = await window.get("pay-sheet").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    await window.keep(f"pay-{name}-{scheme}")
    await window.get("pay").click()
    await news(window, "Paid")
    await window.keep(f"paid-{name}-{scheme}")
