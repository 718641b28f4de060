"""aiogram's own door, with a handler that does nothing. Nothing is written down.

https://docs.aiogram.dev/en/latest/dispatcher/webhook.html
"""

import os

from aiogram import Bot, Dispatcher
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from tests.bench.floors import serve

dispatcher = Dispatcher()


@dispatcher.message()
async def on_message(_message: Message) -> None:
    pass


def main() -> None:
    bot, app = Bot(os.environ["BOT_TOKEN"]), web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["SECRET"])
    handler.register(app, path="/")
    setup_application(app, dispatcher, bot=bot)
    serve(app)


if __name__ == "__main__":
    main()
