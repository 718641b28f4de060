"""A Telegram bot for Nano Banana pictures."""
