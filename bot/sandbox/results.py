"""What a bot offers in inline mode: results read, checked and made into messages."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.arguments import Arguments
from bot.sandbox.content import document_content, photo_content, text_content
from bot.sandbox.keyboards import check_web_app, inline_keyboard
from bot.sandbox.queries import Result
from bot.sandbox.refusals import Json, bad_request
from bot.sandbox.world import World

START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def read_results(world: World, args: Arguments) -> tuple[Result, ...]:
    """All results of answerInlineQuery."""
    items = args.data("results")
    if not isinstance(items, list):
        raise bad_request("can't parse inline query results: expected an Array")
    if len(items) > 50:
        raise bad_request("RESULTS_TOO_MUCH")
    results = tuple(read_result(world, args, item) for item in items)
    if len({one.id for one in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    return results


def read_result(world: World, args: Arguments, item: Any) -> Result:
    """One `InlineQueryResult`: articles, photos and documents are played here."""
    if not isinstance(item, dict):
        raise bad_request("can't parse inline query result: expected an Object")
    result_id = str(item.get("id", ""))
    if not 1 <= len(result_id.encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    shown = dict(item)
    content = _content(world, args, item)
    if "photo" in content and "photo_file_id" not in item:
        shown["photo_file_id"] = content["photo"][-1]["file_id"]
    spoken = item.get("input_message_content")
    if spoken is not None:
        content = _spoken(world, args, spoken)
    markup = item.get("reply_markup") or {}
    return Result(id=result_id, shown=shown, content=content | inline_keyboard(markup, "inline"))


def read_button(args: Arguments) -> Json | None:
    """The `InlineQueryResultsButton` above the results."""
    button = args.data("button")
    if button is None:
        return None
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request('can\'t parse inline query results button: Field "text" must be given')
    start = button.get("start_parameter")
    if (start is None) == (button.get("web_app") is None):
        raise bad_request("inline query results button must have exactly one action")
    if start is not None and not START_PARAMETER.fullmatch(str(start)):
        raise bad_request("START_PARAM_INVALID")
    if start is None:
        check_web_app(button["web_app"].get("url", ""), "inline query results button Web App")
    return dict(button)


def _content(world: World, args: Arguments, item: Json) -> Json:
    kind = item.get("type")
    if kind == "photo":
        source = item.get("photo_file_id") or item.get("photo_url")
        return photo_content(world, args.within({**item, "photo": source}))
    if kind == "document":
        source = item.get("document_file_id") or item.get("document_url")
        return document_content(world, args.within({**item, "document": source}))
    if kind != "article":
        world.problems.append(f"results: inline results of type {kind} are not played here")
        raise bad_request(f'can\'t parse inline query result: type "{kind}" is unsupported')
    if not item.get("title"):
        raise bad_request("can't parse inline query result: Can't find field \"title\"")
    if item.get("input_message_content") is None:
        raise bad_request("can't parse inline query result: input message content is not specified")
    return {}


def _spoken(world: World, args: Arguments, spoken: Any) -> Json:
    if not isinstance(spoken, dict) or "message_text" not in spoken:
        world.problems.append("input_message_content: only texts are played here")
        raise bad_request("can't parse input message content: only texts are played here")
    return text_content(world, args.within({**spoken, "text": spoken["message_text"]}))
