"""python-telegram-bot's own door, with a handler that does nothing. Nothing is written down.

https://docs.python-telegram-bot.org/en/stable/telegram.ext.application.html#telegram.ext.Application.run_webhook
"""

import os

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

from tests.bench.floors import PORT, ready


async def on_message(_update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    pass


async def _say_so(_application: object) -> None:
    ready()


def main() -> None:
    application = (
        ApplicationBuilder()
        .token(os.environ["BOT_TOKEN"])
        .base_url(f"{os.environ['TELEGRAM_API_URL']}/bot")
        .post_init(_say_so)
        .build()
    )
    application.add_handler(MessageHandler(filters.ALL, on_message))
    application.run_webhook(
        listen="127.0.0.1",
        port=PORT,
        secret_token=os.environ["SECRET"],
        webhook_url=f"https://127.0.0.1:{PORT}/",
    )


if __name__ == "__main__":
    main()
