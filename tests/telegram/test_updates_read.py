"""What of an update is read before it is on disk: its id and whose turn it waits for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.neighbours import StoredUpdate
from bot.telegram.inbox import NotAnUpdate, queue_of, read

PERSON, CHAT = {"from": {"id": 5}}, {"chat": {"id": -100}, "from": {"id": 5}}


@pytest.mark.parametrize(
    ("kind", "content", "queue"),
    [
        ("message", {"chat": {"id": 5}, "from": {"id": 5}}, "chat:5"),
        ("message", CHAT, "chat:-100:5"),
        ("message", {"chat": {"id": -100}, "from": "odd"}, "chat:-100"),
        ("edited_message", CHAT, "chat:-100:5"),
        ("channel_post", {"chat": {"id": -200}}, "chat:-200"),
        ("edited_channel_post", {"chat": {"id": -200}}, "chat:-200"),
        ("my_chat_member", CHAT, "chat:-100:5"),
        ("callback_query", {**PERSON, "message": CHAT}, "callback_query:5"),
        ("inline_query", PERSON, "inline_query:5"),
        ("chosen_inline_result", PERSON, "chosen_inline_result:5"),
        ("pre_checkout_query", PERSON, "pre_checkout_query:5"),
        ("poll", {"id": "7"}, "poll"),
        ("something_new", {"a": 1}, "something_new"),
        ("message", {"chat": "odd"}, "message"),
        ("message", "odd", "unknown"),
    ],
)
def test_whose_turn_an_update_waits_for(kind, content, queue):
    assert queue_of({"update_id": 1, kind: content}) == queue


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5000, "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b"{}", "update_id"),
        (b'{"update_id": "1"}', "update_id"),
        (b'{"update_id": true}', "update_id"),
        (b'{"update_id": 1.0}', "update_id"),
        (b'{"update_id": -1}', "update_id"),
        (b'{"update_id": 9007199254740992}', "update_id"),
    ],
)
def test_what_is_no_update_is_refused_with_the_reason(wrong, why):
    with pytest.raises(NotAnUpdate, match=why):
        read(wrong)


def test_an_update_is_kept_as_it_came():
    odd = b' {"update_id": 7, "message": {"chat": {"id": 5}}, "new_field": [1]} '
    assert read(odd) == StoredUpdate(update_id=7, queue="chat:5", body=odd)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
UPDATES = st.fixed_dictionaries(
    {"update_id": JSON}, optional={"message": JSON, "callback_query": JSON, "poll": JSON}
)


@given(st.binary() | JSON.map(json.dumps).map(str.encode) | UPDATES.map(json.dumps).map(str.encode))
def test_reading_anything_gives_an_update_or_a_refusal(anything):
    try:
        stored = read(anything)
    except NotAnUpdate:
        return
    assert stored.body == anything
    assert 0 <= stored.update_id < 2**53
    assert stored.queue
