"""A picture bot as people write it with python-telegram-bot: the work is in the handler."""

import asyncio
import json
import os

import httpx
from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, MessageHandler, filters

from tests.bench.floors import ready

GENERATOR = os.environ["GENERATOR"]
client = httpx.AsyncClient(timeout=60)


async def draw(prompt: str) -> bytes:
    body = {"model": "google/nano-banana", "input": {"prompt": prompt}}
    created = await client.post(f"{GENERATOR}/api/v1/jobs/createTask", json=body)
    job = created.json()["data"]["taskId"]
    while True:
        found = await client.get(f"{GENERATOR}/api/v1/jobs/recordInfo", params={"taskId": job})
        record = found.json()["data"]
        if record["state"] == "success":
            address = json.loads(record["resultJson"])["resultUrls"][0]
            return (await client.get(address)).content
        await asyncio.sleep(2)


async def on_message(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    message = update.effective_message
    if message is None or message.text is None:
        return
    status = await message.reply_text("Drawing…")
    await message.reply_photo(await draw(message.text), caption=message.text)
    await status.delete()


async def _say_so(_application: Application) -> None:
    ready()


def main() -> None:
    application = (
        ApplicationBuilder()
        .token(os.environ["BOT_TOKEN"])
        .base_url(f"{os.environ['TELEGRAM']}/bot")
        .post_init(_say_so)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, on_message))
    application.run_polling()


if __name__ == "__main__":
    main()
