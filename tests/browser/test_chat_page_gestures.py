"""What the page offers any bot: buttons, alerts, inline results, force replies; with a small bot."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    Update,
)

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.control import Control
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.page_api import ChatPage
from bot.sandbox.process import BotProcess
from tests.browser.conftest import Opener

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"
KEYS = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Alert", callback_data="alert")],
        [InlineKeyboardButton("Toast", callback_data="toast")],
        [InlineKeyboardButton("Share", switch_inline_query="fox")],
    ]
)


async def answer(bot: Bot, update: Update) -> None:
    if update.message and update.message.text == "/keys":
        await update.message.reply_text("Press one", reply_markup=KEYS)
    elif update.message and update.message.text == "/ask":
        await update.message.reply_text("What colour?", reply_markup=ForceReply())
    elif update.message and update.message.reply_to_message:
        await update.message.reply_text(f"You said {update.message.text}")
    elif query := update.callback_query:
        await query.answer(f"You pressed {query.data}", show_alert=query.data == "alert")
        await query.edit_message_text(f"Pressed {query.data}", reply_markup=KEYS)
    elif inline := update.inline_query:
        results = [
            InlineQueryResultArticle(
                str(number),
                f"{inline.query} {number}",
                InputTextMessageContent(f"A picture of {inline.query} {number}"),
            )
            for number in range(3)
        ]
        await inline.answer(results, cache_time=0, is_personal=True)


async def run(bot: Bot) -> None:
    offset = 0
    while True:
        for update in await bot.get_updates(offset, timeout=10, allowed_updates=Update.ALL_TYPES):
            offset = update.update_id + 1
            await answer(bot, update)


@pytest_asyncio.fixture(loop_scope="session")
async def page(tmp_path: Path) -> AsyncIterator[ChatPage]:
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    async with (
        BotApiServer(token=TOKEN, name="Parrot", username="parrot_bot") as telegram,
        GeneratorServer(api_key="key") as generator,
    ):
        world = telegram.world
        ann, bob = world.add_person("Ann", language_code="en"), world.add_person("Bob")
        world.add_group("Friends", members=[ann, bob])
        page = ChatPage(telegram, generator, Control(BotProcess({}, tmp_path)))
        await page.start(port=0)
        base = f"{telegram.url}/bot"
        async with Bot(TOKEN, base_url=base) as bot:
            running = asyncio.create_task(run(bot))
            yield page
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await page.close()


async def test_buttons_alerts_and_edits(page: ChatPage, opener: Opener) -> None:
    window = await opener.open(page.url)
    await window.enter("Parrot")
    await window.say("/keys")
    await window.get("key").filter(has_text="Alert").click()
    await window.get("alert").filter(has_text="You pressed alert").wait_for()
    await window.page.keyboard.press("Escape")
    await window.message("Pressed alert").wait_for()
    await window.get("key").filter(has_text="Toast").click()
    await window.get("toast").filter(has_text="You pressed toast").wait_for()
    await window.message("Pressed toast").wait_for()
    await window.keep("buttons")


async def test_inline_results_are_shared_into_a_group(page: ChatPage, opener: Opener) -> None:
    window = await opener.open(page.url)
    await window.enter("Friends")
    await window.get("field").press_sequentially("@parrot_bot red fox", delay=5)
    await window.get("inline-result").filter(has_text="red fox 1").wait_for()
    await window.keep("inline")
    await window.get("inline-result").filter(has_text="red fox 1").click()
    shared = window.message("A picture of red fox 1")
    await shared.wait_for()
    assert "parrot_bot" in await shared.inner_text()


async def test_a_share_button_leads_into_another_chat(page: ChatPage, opener: Opener) -> None:
    window = await opener.open(page.url)
    await window.enter("Parrot")
    await window.say("/keys")
    await window.get("key").filter(has_text="Share").click()
    await window.get("pick-chat").filter(has_text="Friends").click()
    await window.get("inline-result").first.click()
    await window.message("A picture of fox 0").wait_for()


async def test_a_question_asks_for_a_reply(page: ChatPage, opener: Opener) -> None:
    window = await opener.open(page.url)
    await window.enter("Parrot")
    await window.say("/ask")
    await window.get("composer-bar").filter(has_text="What colour?").wait_for()
    await window.say("blue")
    await window.message("You said blue").wait_for()
