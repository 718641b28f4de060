"""The three parsers that meet strangers first: any text, any bytes, and no way to break them."""

import json
import unicodedata
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import flags, prompt
from bot.errors import Failure
from bot.nanobanana import wire
from bot.prompt import Mistake
from bot.telegram import inbox, words
from bot.telegram.texts import texts

MANY = settings(deadline=None, max_examples=300)
LANGUAGES = [texts("en"), texts("zh-hans")]

RAGS = st.sampled_from(
    [
        *("--ar", "--n", "--n4", "--model", "—比例", "--size=", "--format ", "--", "——", "-", "="),
        *(
            "16:9",
            "9999:9999",
            "0:0",
            "横",
            "pro",
            "4k",
            "png",
            "²",
            "٣",
            "10",
            '"',
            "“",
            "”",
            "，",
        ),
        *("\u202e", "\u200b", "\ud800", "\x00", "{flag}", "%s", "\n", " ", "\u2028"),
    ]
)
TEXTS = st.text(st.characters(codec=None)) | st.lists(RAGS | st.text(max_size=3)).map("".join)


@MANY
@given(text=TEXTS, references=st.integers(0, 15))
def test_any_prompt_is_an_order_or_one_line_that_can_be_sent(text: str, references: int) -> None:
    try:
        order = prompt.settle(flags.read(text), references=references)
    except Mistake as mistake:
        for language in LANGUAGES:
            line = words.mistake(language, mistake)
            assert line.strip()
            assert 0 < len(line.encode("utf-16-le", "strict")) // 2 <= 4_096
        return
    assert order.prompt == order.prompt.strip() != ""
    assert 1 <= order.count <= prompt.COUNT_MAX
    assert json.loads(json.dumps(wire.create_body(order, (), None)).encode("utf-8"))
    assert not {"Cc", "Cs"} & {
        unicodedata.category(one) for one in order.prompt if one not in "\n\t"
    }


@MANY
@given(text=TEXTS)
def test_what_was_cleaned_once_needs_no_cleaning(text: str) -> None:
    try:
        asked = flags.read(text)
    except Mistake:
        return
    assert flags.clean(asked.prompt) == asked.prompt


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["taskId", "data", "id", "chat", "from", "x"]), inner)
    ),
    max_leaves=10,
)


def objects(*names: str) -> st.SearchStrategy[bytes]:
    content = st.dictionaries(st.sampled_from(names), VALUES)
    return content.map(json.dumps).map(str.encode)


@st.composite
def spoilt(draw: st.DrawFn, start: dict[str, Any]) -> bytes:
    """A good body with some bytes changed, left out or put in."""
    body = bytearray(json.dumps(start).encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 6))] = draw(st.binary(max_size=4))
    return bytes(body)


CALLBACK = {"code": 200, "msg": "ok", "data": {"taskId": "job", "state": "success", "param": "{}"}}
CALLBACKS = objects("taskId", "task_id", "data", "code", "msg", "output")


@MANY
@given(body=st.binary() | CALLBACKS | spoilt(CALLBACK))
def test_any_callback_names_a_job_that_can_be_stored_or_is_refused(body: bytes) -> None:
    try:
        job = wire.read_callback(body)
    except ValueError:
        return
    assert 0 < len(job) <= 200
    assert job.isprintable()
    assert job.encode()


ANSWER = {"code": 200, "data": {"taskId": "x", "state": "fail", "failCode": "500", "failMsg": "no"}}


@MANY
@given(
    status=st.integers(100, 599),
    body=st.binary() | objects("code", "msg", "message", "data") | spoilt(ANSWER),
    retry_after=st.none() | st.text() | st.floats().map(str),
)
def test_any_answer_of_the_generator_is_understood_or_a_failure(
    status: int, body: bytes, retry_after: str | None
) -> None:
    for read in (wire.read_created, wire.read_record):
        try:
            read(status, body, retry_after)
        except Failure as failure:
            wait = getattr(failure, "retry_after", None)
            assert wait is None or 0 <= wait <= 3_600
    try:
        assert wire.read_uploaded(status, body).encode()
    except Failure:
        return


UPDATE = {"update_id": 7, "message": {"chat": {"id": 5}, "from": {"id": 5}, "text": "fox"}}
UPDATES = objects("update_id", "message", "callback_query", "poll", "inline_query", "new")


@MANY
@given(body=st.binary() | UPDATES | spoilt(UPDATE))
def test_any_update_has_a_number_and_a_queue_or_is_refused(body: bytes) -> None:
    try:
        stored = inbox.read(body)
    except inbox.NotAnUpdate:
        return
    assert 0 <= stored.update_id < 2**53
    assert stored.body == body
    assert isinstance(stored.queue, str)
