"""Text as Telegram understands it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.entities import found, parse_html, piece, trimmed, utf16
from bot.sandbox.refusals import ApiError


def nobody(_user_id: int) -> None:
    return None


def ann(user_id: int) -> dict[str, object]:
    return {"id": user_id, "is_bot": False, "first_name": "Ann"}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>fox</b> red", "fox red", [("bold", 0, 3)]),
        ("🦊 <i>fox</i>", "🦊 fox", [("italic", 3, 3)]),
        ("a &lt;b&gt; &amp; &quot;c&quot; &#39; &nbsp;", 'a <b> & "c" \' &nbsp;', []),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        (
            "<B>a</B><del>b</del><ins>c</ins>",
            "abc",
            [("bold", 0, 1), ("strikethrough", 1, 1), ("underline", 2, 1)],
        ),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<a>no address</a>", "no address", []),
    ],
)
def test_html_becomes_text_and_entities(source, text, entities):
    parsed, marks = parse_html(source, nobody)
    assert parsed == text
    assert [(e["type"], e["offset"], e["length"]) for e in marks] == entities


def test_a_language_of_a_code_block_and_links_are_kept():
    assert parse_html('<pre><code class="language-py">x</code></pre>', nobody)[1] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"}
    ]
    assert parse_html('<a href="https://x.org/?a=1&amp;b=2">x</a>', nobody)[1][0]["url"] == (
        "https://x.org/?a=1&b=2"
    )


def test_a_link_to_a_person_mentions_only_somebody_known():
    source = '<a href="tg://user?id=7">A</a>'
    assert parse_html(source, nobody) == ("A", [])
    assert parse_html(source, ann)[1][0]["user"]["id"] == 7


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("é<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b x", 'Unclosed start tag "b" at byte offset 0'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_wrong_html_is_refused_in_telegrams_words(source, words):
    with pytest.raises(ApiError) as refusal:
        parse_html(source, nobody)
    assert refusal.value.description == f"Bad Request: can't parse entities: {words}"


@given(st.text())
def test_any_text_parses_or_is_refused_and_escaped_text_comes_back(text):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(f"<b>{escaped}</b>", nobody)[0] == text
    with contextlib.suppress(ApiError):
        parse_html(text, nobody)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("/imagine a fox", [("bot_command", "/imagine")]),
        ("/imagine@Some_bot x", [("bot_command", "/imagine@Some_bot")]),
        ("hi @ann_b, #fox 16/9", [("mention", "@ann_b"), ("hashtag", "#fox")]),
        (
            "see https://x.org/a?b=1. a@b.org",
            [("url", "https://x.org/a?b=1"), ("email", "a@b.org")],
        ),
        ("/path/to #1", []),
        ("🦊 /go", [("bot_command", "/go")]),
    ],
)
def test_clients_mark_commands_mentions_and_links(text, marks):
    assert [(e["type"], piece(text, e)) for e in found(text, [])] == marks


def test_nothing_is_marked_inside_what_is_marked_already():
    taken = [{"type": "code", "offset": 0, "length": 5}]
    assert found("/code /go", taken) == [*taken, {"type": "bot_command", "offset": 6, "length": 3}]


def test_white_space_around_is_cut_and_entities_move():
    entities = [
        {"type": "bold", "offset": 1, "length": 4},
        {"type": "code", "offset": 5, "length": 1},
    ]
    assert trimmed("  fox  ", entities) == ("fox", [{"type": "bold", "offset": 0, "length": 3}])
    assert utf16("🦊") == 2
