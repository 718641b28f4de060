"""Buttons under and instead of messages: inline keyboards, reply keyboards, force replies."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.arguments import Arguments
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.updates import LOOPBACK

BUTTON_ACTIONS = frozenset({
    "url", "callback_data", "web_app", "login_url", "switch_inline_query",
    "switch_inline_query_current_chat", "switch_inline_query_chosen_chat", "copy_text",
    "callback_game", "pay",
})  # fmt: skip
FOR_APPS = ("force_reply", "keyboard", "remove_keyboard")


def markup_content(args: Arguments, chat_type: str) -> Json:
    """The `reply_markup` a message keeps: only inline keyboards stay with it."""
    return inline_keyboard(_markup(args), chat_type)


def inline_keyboard(markup: Json, chat_type: str, *, pays: bool = False) -> Json:
    """The same for an object; `chat_type` "inline" is a message sent via the bot.

    With `pays` the first button must be for paying; no other may.
    """
    if "inline_keyboard" not in markup:
        return {}
    rows = [list(row) for row in markup["inline_keyboard"] if row]
    buttons = [button for row in rows for button in row]
    for button in buttons:
        _check_button(button, chat_type)
    if pays and buttons and not buttons[0].get("pay"):
        raise bad_request("REPLY_MARKUP_BUY_EMPTY")
    if any(button.get("pay") for button in buttons[int(pays) :]):
        raise bad_request("BUTTON_TYPE_INVALID")
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def pay_keyboard(args: Arguments, chat_type: str, amount: int) -> Json:
    """The same for an invoice: without a keyboard it gets a button with the price."""
    button = {"text": f"Pay ⭐ {amount}", "pay": True}
    usual = {"reply_markup": {"inline_keyboard": [[button]]}}
    return inline_keyboard(_markup(args), chat_type, pays=True) or usual


def app_keyboard(args: Arguments) -> Json | None:
    """What only the apps keep: a force reply, a reply keyboard or its removal."""
    markup = _markup(args)
    if not any(markup.get(name) for name in FOR_APPS):
        return None
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= len(str(placeholder)) <= 64:
        raise bad_request("input field placeholder must be 1-64 characters long")
    return markup


def check_web_app(address: Any, what: str) -> None:
    """A Mini App must have an HTTPS address; on this machine HTTP does."""
    parts = urlsplit(str(address))
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise bad_request(f"{what} URL '{address}' is invalid: Only HTTPS links are allowed")


def _markup(args: Arguments) -> Json:
    markup = args.data("reply_markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    return markup


def _check_button(button: Json, chat_type: str) -> None:
    if not button.get("text"):
        raise bad_request(
            'can\'t parse inline keyboard button: Field "text" must be of type String'
        )
    actions = BUTTON_ACTIONS & button.keys()
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request("BUTTON_TYPE_INVALID")
    data = str(button.get("callback_data", "-"))
    if not 1 <= len(data.encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    copied = str(button.get("copy_text", {}).get("text", "-"))
    if not 1 <= len(copied) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not _is_address(str(button["url"])):
        text = f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
        raise bad_request(text)
    if "web_app" in button:
        if chat_type != "private":
            raise bad_request("BUTTON_TYPE_INVALID")
        check_web_app(button["web_app"].get("url", ""), "inline keyboard button Web App")


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "tg":
        return True
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "")
