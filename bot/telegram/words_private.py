"""What we say in a group about things that are between us and one person."""

from bot.telegram.texts import Texts


def come_to_me(t: Texts) -> str:
    return t.gettext("This is between you and me. Please open our private chat:")


def open_chat(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("💬 Open the chat")
