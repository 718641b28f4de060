"""The methods that answer people: pressed buttons, inline queries, Mini Apps."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.arguments import Arguments
from bot.sandbox.queries import PREPARED_SECONDS, InlineAnswer, Prepared
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.results import read_button, read_result, read_results
from bot.sandbox.world import World

CACHE_SECONDS = 300


def answer_callback_query(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    query_id = args.text("callback_query_id")
    query = world.queries.press_to_answer(query_id, world.clock())
    if len(args.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    url = args.text("url")
    if url and not _leads_to_bot(url, world.bot["username"]):
        raise bad_request("URL_INVALID")
    query.answered = True
    answer: Json = {"callback_query_id": query_id, "text": args.text("text")}
    answer |= {"show_alert": args.flag("show_alert"), "url": url, "user_id": query.user_id}
    world.callback_answers.append(answer)
    world.tell("answer", query.chat_id, answer)
    return True


def answer_inline_query(world: World, args: Arguments) -> bool:
    """https://core.telegram.org/bots/api#answerinlinequery"""
    now = world.clock()
    query = world.queries.inline_to_answer(args.text("inline_query_id"), now)
    if len(args.text("next_offset").encode()) > 64:
        raise bad_request("NEXT_OFFSET_INVALID")
    wish = args.number("cache_time")
    seconds = CACHE_SECONDS if wish is None else wish
    query.answer = InlineAnswer(
        results=read_results(world, args),
        next_offset=args.text("next_offset"),
        button=read_button(args),
        fresh_until=now + max(seconds, 0),
    )
    owner = query.person_id if args.flag("is_personal") else 0
    world.queries.cache[query.text, query.offset, owner] = query.answer
    world.tell("inline", query.person_id, {"query_id": args.text("inline_query_id")})
    return True


def answer_guest_query(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#answerguestquery"""
    query = world.queries.guest_to_answer(args.text("guest_query_id"))
    result = read_result(world, args, args.data("result"))
    query.answered = True
    chat = world.chats[query.chat_id]
    asked = chat.messages.get(query.message_id)
    caller = {"guest_bot_caller_user": world.people[query.person_id].user}
    message = world.post(chat, world.bot_user, caller | result.content, reply_to=asked)
    inline_id = secrets.token_urlsafe(20)
    world.queries.sent[inline_id] = (chat.id, message["message_id"])
    return {"inline_message_id": inline_id}


def save_prepared_inline_message(world: World, args: Arguments) -> Json:
    """https://core.telegram.org/bots/api#savepreparedinlinemessage"""
    person_id = args.number("user_id") or 0
    if person_id not in world.people:
        raise bad_request("user not found")
    kinds = ("user", "bot", "group", "channel")
    if not any(args.flag(f"allow_{kind}_chats") for kind in kinds):
        raise bad_request("PEER_TYPES_INVALID")
    result = read_result(world, args, args.data("result"))
    prepared_id, expires = secrets.token_urlsafe(12), world.clock() + PREPARED_SECONDS
    prepared = Prepared(person_id=person_id, result=result, expires=expires)
    world.queries.prepared[prepared_id] = prepared
    return {"id": prepared_id, "expiration_date": int(expires)}


def _leads_to_bot(url: str, username: str) -> bool:
    """A callback answer may open a chat with the bot itself (and games, which we have not)."""
    parts = urlsplit(url)
    ours = parts.path.strip("/").lower() == username.lower()
    return parts.hostname in ("t.me", "telegram.me") and ours and "start=" in parts.query


METHODS: dict[str, Callable[[World, Arguments], Any]] = {
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": answer_inline_query,
    "answerGuestQuery": answer_guest_query,
    "savePreparedInlineMessage": save_prepared_inline_message,
}
