"""Telegram played on this machine: people, chats and a Bot API server to talk to."""
