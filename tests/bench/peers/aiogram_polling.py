"""A picture bot as people write it with aiogram: the work goes on in a task of its own."""

import asyncio
import json
import os

import aiohttp
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, Message

from tests.bench.floors import ready

GENERATOR = os.environ["GENERATOR"]
dispatcher = Dispatcher()
drawing: set[asyncio.Task[None]] = set()


async def draw(client: aiohttp.ClientSession, prompt: str) -> bytes:
    body = {"model": "google/nano-banana", "input": {"prompt": prompt}}
    async with client.post(f"{GENERATOR}/api/v1/jobs/createTask", json=body) as created:
        job = (await created.json())["data"]["taskId"]
    while True:
        parameters = {"taskId": job}
        async with client.get(f"{GENERATOR}/api/v1/jobs/recordInfo", params=parameters) as found:
            record = (await found.json())["data"]
        if record["state"] == "success":
            address = json.loads(record["resultJson"])["resultUrls"][0]
            async with client.get(address) as picture:
                return await picture.read()
        await asyncio.sleep(2)


async def answer(message: Message, client: aiohttp.ClientSession) -> None:
    status = await message.answer("Drawing…")
    picture = await draw(client, message.text or "")
    file = BufferedInputFile(picture, filename="picture.png")
    await message.answer_photo(file, caption=message.text)
    await status.delete()


@dispatcher.message()
async def on_message(message: Message, client: aiohttp.ClientSession) -> None:
    task = asyncio.create_task(answer(message, client))
    drawing.add(task)
    task.add_done_callback(drawing.discard)


async def main() -> None:
    telegram = TelegramAPIServer.from_base(os.environ["TELEGRAM"])
    bot = Bot(os.environ["BOT_TOKEN"], session=AiohttpSession(api=telegram))
    async with aiohttp.ClientSession() as client:
        dispatcher.startup.register(ready)
        await dispatcher.start_polling(bot, client=client)


if __name__ == "__main__":
    asyncio.run(main())
