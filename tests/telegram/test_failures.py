"""Telegram's errors, read as the library makes them of the server's answers."""

import json
from datetime import timedelta

import pytest
from telegram.error import ChatMigrated, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.errors import Transient, Unclear
from bot.telegram.failures import Trouble, backoff, passing, trouble
from bot.telegram.transport import NotSent

HTML = b"<html><head><title>Sorry</title></head></html>"


class Answering(BaseRequest):
    """The library's own reading of answers, without a network."""

    read_timeout = None

    def __init__(self, status: int, payload: bytes) -> None:
        self.answer = status, payload

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *_args, **_options) -> tuple[int, bytes]:
        return self.answer


async def refused(status: int, description: str | bytes, **parameters: int) -> TelegramError:
    """The error the library raises for such an answer of the server."""
    if isinstance(description, str):
        answer = {"ok": False, "error_code": status, "description": description}
        if parameters:
            answer["parameters"] = parameters
        description = json.dumps(answer).encode()
    with pytest.raises(TelegramError) as error:
        await Answering(status, description).post("https://api.example.org/")
    return error.value


@pytest.mark.parametrize(
    ("status", "description", "meaning"),
    [
        (403, "Forbidden: bot was blocked by the user", Trouble.CLOSED),
        (403, "Forbidden: user is deactivated", Trouble.CLOSED),
        (403, "Forbidden: bot can't initiate conversation with a user", Trouble.CLOSED),
        (403, "Forbidden: bot was kicked from the group chat", Trouble.CLOSED),
        (403, "Forbidden: bot was kicked from the supergroup chat", Trouble.CLOSED),
        (403, "Forbidden: bot was kicked from the channel chat", Trouble.CLOSED),
        (403, "Forbidden: bot is not a member of the supergroup chat", Trouble.CLOSED),
        (403, "Forbidden: the group chat was deleted", Trouble.CLOSED),
        (403, "Forbidden: the bot can't send messages to the bot", Trouble.CLOSED),
        (400, "Bad Request: chat not found", Trouble.CLOSED),
        (400, "Bad Request: private chat not found", Trouble.CLOSED),
        (400, "Bad Request: not enough rights to send photos to the chat", Trouble.NO_RIGHTS),
        (400, "Bad Request: not enough rights to send documents to the chat", Trouble.NO_RIGHTS),
        (400, "Bad Request: not enough rights to send text messages to the chat", Trouble.NO_RIGHTS),
        (400, "Bad Request: have no write access to the chat", Trouble.NO_RIGHTS),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Trouble.NO_RIGHTS),
        (400, "Bad Request: CHAT_RESTRICTED", Trouble.NO_RIGHTS),
        (400, "Bad Request: message to be replied not found", Trouble.REPLY_GONE),
        (400, "Bad Request: QUOTE_TEXT_INVALID", Trouble.REPLY_GONE),
        (400, "Bad Request: message thread not found", Trouble.TOPIC_GONE),
        (400, "Bad Request: TOPIC_CLOSED", Trouble.TOPIC_GONE),
        (400, "Bad Request: TOPIC_DELETED", Trouble.TOPIC_GONE),
        (400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same", Trouble.UNCHANGED),
        (400, "Bad Request: message to edit not found", Trouble.MESSAGE_GONE),
        (400, "Bad Request: message can't be edited", Trouble.MESSAGE_GONE),
        (400, "Bad Request: message to delete not found", Trouble.MESSAGE_GONE),
        (400, "Bad Request: message can't be deleted for everyone", Trouble.TOO_OLD),
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Trouble.NOT_A_PHOTO),
        (400, 'Bad Request: failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"', Trouble.NOT_A_PHOTO),
        (400, "Bad Request: photo has unsupported extension", Trouble.NOT_A_PHOTO),
        (400, "Bad Request: IMAGE_PROCESS_FAILED", Trouble.NOT_A_PHOTO),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", Trouble.FILE_GONE),
        (400, "Bad Request: wrong file_id or the file is temporarily unavailable", Trouble.FILE_GONE),
        (400, "Bad Request: file is too big", Trouble.TOO_BIG),
        (400, "Bad Request: message is too long", Trouble.OURS),
        (400, "Bad Request: message caption is too long", Trouble.OURS),
        (400, "Bad Request: can't parse entities: can't find end tag", Trouble.OURS),
        (400, "Bad Request: reply markup is too long", Trouble.OURS),
        (400, "Bad Request: BUTTON_DATA_INVALID", Trouble.OURS),
        (400, "Bad Request: query is too old and response timeout expired or query ID is invalid", Trouble.OURS),
        (401, "Unauthorized", Trouble.PASSING),
        (404, "Not Found", Trouble.PASSING),
        (409, "Conflict: terminated by other getUpdates request", Trouble.PASSING),
        (413, "Request Entity Too Large", Trouble.TOO_BIG),
        (413, HTML, Trouble.TOO_BIG),
        (429, "Too Many Requests: retry after 5", Trouble.PASSING),
        (400, 'Bad Request: failed to send message #1 with the error message "Too Many Requests: retry after 8"', Trouble.PASSING),
        (500, "Internal Server Error", Trouble.PASSING),
        (502, "Bad Gateway", Trouble.PASSING),
        (502, HTML, Trouble.PASSING),
        (504, HTML, Trouble.PASSING),
    ],
)  # fmt: skip
async def test_what_an_error_means(status, description, meaning):
    assert trouble(await refused(status, description)) is meaning


@pytest.mark.parametrize(
    ("parameters", "meaning"),
    [({"migrate_to_chat_id": -1001}, Trouble.MOVED), ({"retry_after": 3}, Trouble.PASSING)],
)
async def test_parameters_count_more_than_the_text(parameters, meaning):
    assert trouble(await refused(400, "Bad Request: chat not found", **parameters)) is meaning


def test_a_page_about_too_much_content_is_known_from_newer_pythons():
    assert trouble(NetworkError("Content Too Large (413). Parsing failed")) is Trouble.TOO_BIG


def test_a_chat_that_moved_is_followed():
    assert trouble(ChatMigrated(-1001)) is Trouble.MOVED


class OldRetryAfter(RetryAfter):
    """As the library has it where nobody asked for timedeltas."""

    retry_after = 7


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RetryAfter(3), 3.0),
        (RetryAfter(timedelta(minutes=2)), 120.0),
        (OldRetryAfter(7), 7.0),
    ],
)
def test_the_wait_telegram_names_is_kept(error, seconds):
    assert (trouble(error), passing(error).retry_after) == (Trouble.PASSING, seconds)


async def test_a_wait_hidden_in_a_text_is_found():
    album = 'Bad Request: failed to send message #1 with the error message "Too Many Requests: retry after 222"'
    assert passing(await refused(400, album)).retry_after == 222
    assert passing(await refused(429, "Too Many Requests: retry after 5")).retry_after == 5


async def test_without_a_named_wait_none_is_made_up():
    assert passing(await refused(502, HTML)).retry_after is None


@pytest.mark.parametrize(
    ("error", "unclear"),
    [
        (TimedOut(), True),
        (NetworkError("Bad Gateway"), True),
        (NetworkError("ServerDisconnectedError"), True),
        (NotSent("ClientConnectorError"), False),
        (RetryAfter(timedelta(seconds=3)), False),
    ],
)
def test_only_a_call_that_was_sent_may_have_had_an_effect(error, unclear):
    failure = passing(error)
    assert isinstance(failure, Transient)
    assert isinstance(failure, Unclear) == unclear


def test_waits_double_up_to_the_longest():
    waits = [backoff(failures, first=1.0, longest=30.0) for failures in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_waits_end_nowhere_even_after_days_of_failures():
    assert backoff(1_000_000, first=1.0, longest=30.0) == 30
