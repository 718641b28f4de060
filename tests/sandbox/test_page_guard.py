"""Only browsers on this machine, and only the page itself, may use the page's API."""

import io

import pytest

from bot.sandbox.page_guard import Wrong, check_source, headers_for
from tests.sandbox.pages import refusal

US = "127.0.0.1:8765"


@pytest.mark.parametrize(
    ("host", "welcome"),
    [
        ("127.0.0.1:8765", True),
        ("localhost:1", True),
        ("LOCALHOST", True),
        ("[::1]:80", True),
        ("example.org", False),
        ("127.0.0.1.example.org:8765", False),
        ("localhost.example.org", False),
        ("example.org@127.0.0.1", False),
        ("127.0.0.1:8765@example.org", False),
        ("10.0.0.1", False),
        ("", False),
        ("127.0.0.1:8765 x", False),
    ],
)
def test_a_name_that_only_resolves_to_us_is_refused(host, welcome):
    if welcome:
        check_source("GET", "/", {"Host": host})
    else:
        with pytest.raises(Wrong, match="this machine only") as refused:
            check_source("GET", "/", {"Host": host})
        assert (refused.value.status, refused.value.body["field"]) == (403, "Host")


@pytest.mark.parametrize(
    ("method", "path", "origin", "welcome"),
    [
        ("POST", "/api/say", f"http://{US}", True),
        ("POST", "/api/say", None, True),
        ("POST", "/api/say", "http://127.0.0.1:9", False),
        ("POST", "/api/say", "http://localhost:8765", False),
        ("POST", "/api/say", f"https://{US}", False),
        ("POST", "/api/say", "null", False),
        ("DELETE", "/api/faults", "https://example.org", False),
        ("GET", "/api/events", "https://example.org", False),
        ("GET", "/api/events", f"http://{US}", True),
        ("GET", "/api/state", "https://example.org", True),  # the browser keeps the answer back
    ],
)
def test_other_pages_of_the_same_browser_are_refused(method, path, origin, welcome):
    headers = {"Host": US} | ({"Origin": origin} if origin else {})
    if welcome:
        check_source(method, path, headers)
    else:
        with pytest.raises(Wrong, match="may not do this here"):
            check_source(method, path, headers)


def test_the_policy_lets_the_page_talk_to_its_own_host_only():
    policy = headers_for("localhost:8765")["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' blob: data:;")
    assert "connect-src 'self' ws://localhost:8765;" in policy
    assert "unsafe" not in policy
    assert "evil" not in headers_for("x; script-src evil")["Content-Security-Policy"]


async def test_the_guard_stands_before_everything(browser, page):
    strange = {"Host": "example.org"}
    for path in ("/", "/page/main.js", "/api/state", "/api/events", "/nowhere"):
        async with browser.session.get(path, headers=strange) as answer:
            assert refusal((answer.status, await answer.json())) == (403, "host", "Host")
    strange = {"Origin": "https://example.org"}
    async with browser.session.post("/api/say", json={}, headers=strange) as answer:
        assert refusal((answer.status, await answer.json())) == (403, "origin", "Origin")
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with browser.session.get("/api/state") as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("body", "kind", "wrong"),
    [
        (b"{}", "text/plain", (415, "content_type", "Content-Type")),
        (b"{", "application/json", (400, "invalid", "body")),
        (b"[]", "application/json", (400, "invalid", "body")),
        (b"\xff", "application/json", (400, "invalid", "body")),
        (b"", "application/json", (400, "invalid", "body")),
        (b" " * ((1 << 20) + 1), "application/json", (413, "too_large", "file")),
    ],
)
async def test_bodies_that_are_no_json(browser, body, kind, wrong):
    headers = {"Content-Type": kind}
    async with browser.session.post("/api/say", data=io.BytesIO(body), headers=headers) as answer:
        assert refusal((answer.status, await answer.json())) == wrong


async def test_what_is_not_there_is_said_in_json(browser):
    for method, path, status, code in (
        ("GET", "/nowhere", 404, "not_found"),
        ("PUT", "/api/say", 405, "method_not_allowed"),
    ):
        async with browser.session.request(method, path) as answer:
            assert refusal((answer.status, await answer.json())) == (status, code, "")
