"""Requests no well-behaved client sends: a clear refusal, no trace, and the bot goes on."""

import asyncio
import json
import time
import zlib

import pytest

from tests.conftest import Studio
from tests.hostile.knocking import (
    CALLBACKS,
    KEYS,
    OURS,
    SECRET,
    UPDATES,
    assert_it_still_draws,
    get,
    knock,
    post,
)

GOOD = b'{"update_id":1,"message":{"chat":{"id":5}}}'
CALLBACK = b'{"data":{"taskId":"job"}}'


@pytest.fixture
async def open_(studio: Studio) -> Studio:
    await studio.start()
    return studio


async def test_no_wrong_secret_opens(open_: Studio) -> None:
    right = KEYS.for_telegram().encode()
    for wrong in (
        b"",
        b" ",
        right[:-1],
        right + b"0",
        right.upper(),
        right[::-1],
        b"0" * 64,
        b"x" * 8_000,
        "密码".encode(),
        b"\xff\xfe\x00"[:2],
        b"\xed\xa0\x80",
        b'"' + right + b'"',
    ):
        status, answer = await knock(
            open_, post(UPDATES, GOOD, SECRET.encode() + b": " + wrong + b"\r\n")
        )
        assert status in (400, 401), wrong
        assert right not in answer
    await assert_it_still_draws(open_)


async def test_no_forged_address_opens(open_: Studio) -> None:
    right = KEYS.for_callback("feedfacefeedface")
    for query in (
        "",
        "?",
        "?picture=feedfacefeedface",
        "?picture=feedfacefeedface&token=",
        f"?picture=feedfacefeedface&token={right.upper()}",
        f"?picture=feedfacefeedface%00&token={right}",
        f"?picture=FEEDFACEFEEDFACE&token={right}",
        f"?picture=feedfacefeedface&token={right}0",
        f"?picture=feedfacefeedface&token={'0' * 7_000}",
        f"?picture=feedfacefeedface&token=%F0%9F%98%80{right}",
        f"?picture=feedfacefeedface&token=wrong&token={right}",
        f"?picture=&picture=feedfacefeedface&token={right}",
        f"?picture=feedfacefeedface;token={right}",
        f"?picture[]=feedfacefeedface&token[]={right}",
    ):
        status, _ = await knock(open_, post(CALLBACKS + query, CALLBACK))
        assert status == 401, query
    await assert_it_still_draws(open_)


async def test_guessing_is_slowed_and_whoever_knows_is_not(open_: Studio) -> None:
    wrong = post(UPDATES, GOOD, f"{SECRET}: wrong\r\n".encode())
    answers = [(await knock(open_, wrong))[0] for _ in range(33)]
    assert answers == [401] * 30 + [429] * 3
    await assert_it_still_draws(open_)


async def test_bodies_that_are_no_update(open_: Studio) -> None:
    address = f"{CALLBACKS}?picture=a&token={KEYS.for_callback('a')}"
    for body in (
        b"",
        b"null",
        b"\xff\xfe\x00",
        b'{"update_id":\xff}',
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'{"update_id":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"update_id":' + b"9" * 100_000 + b"}",
        b'{"update_id":1e400}',
        b'{"update_id":NaN}',
    ):
        status, answer = await knock(open_, post(UPDATES, body, OURS))
        assert (status, b'"bad_update"' in answer) == (400, True), body[:40]
        status, answer = await knock(open_, post(address, body))
        assert (status, b'"bad_callback"' in answer) == (400, True), body[:40]
    await assert_it_still_draws(open_)


async def test_bodies_that_are_too_large(open_: Studio) -> None:
    """Announced or not, they are not read to their end."""
    big = b" " * 400_000
    chunk = b"%x\r\n%s\r\n" % (len(big), big)
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s"
    chunked = (
        head % (UPDATES.encode(), OURS)
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + chunk
        + b"0\r\n\r\n"
    )
    assert (await knock(open_, post(UPDATES, big, OURS)))[0] in (0, 413)
    assert (await knock(open_, chunked))[0] in (0, 413)
    announced = head % (UPDATES.encode(), OURS) + b"Content-Length: 99999999999999999999\r\n\r\n{}"
    reader, writer = await asyncio.open_connection("127.0.0.1", open_.port)
    writer.write(announced)
    await assert_it_still_draws(open_)
    writer.close()
    assert reader is not None


async def test_headers_that_are_too_large(open_: Studio) -> None:
    for headers in (b"X-A: " + b"a" * 100_000 + b"\r\n", b"X-A: a\r\n" * 20_000):
        status, _ = await knock(open_, post(UPDATES, GOOD, headers))
        assert status in (0, 400, 401)
    assert (await knock(open_, get("/" + "a" * 100_000)))[0] in (0, 400)
    await assert_it_still_draws(open_)


async def test_a_body_that_trickles_keeps_nobody_else_waiting(open_: Studio) -> None:
    slow = []
    for _ in range(50):
        reader, writer = await asyncio.open_connection("127.0.0.1", open_.port)
        writer.write(post(UPDATES, b"", OURS).replace(b"Length: 0", b"Length: 99") + b"{")
        slow.append((reader, writer))
    for _ in range(3):
        for _, writer in slow:
            writer.write(b" ")
        await assert_it_still_draws(open_)
    for _, writer in slow:
        writer.close()


async def test_the_type_of_the_content_is_not_what_counts(open_: Studio) -> None:
    """JSON is JSON whatever it is called, and a form is never JSON."""
    for number, kind in enumerate(
        (b"text/html", b"application/xml", b"", b"\xff", b"a/b; charset=x")
    ):
        body = json.dumps({"update_id": 900 + number, "poll": {"id": "7"}}).encode()
        header = b"Content-Type: " + kind + b"\r\n"
        assert (await knock(open_, post(UPDATES, body, OURS + header)))[0] in (200, 400)
        form = post(UPDATES, b"update_id=7&message=x", OURS + header)
        assert (await knock(open_, form))[0] == 400
    await assert_it_still_draws(open_)


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "gzip, gzip", "GZIP", "x"])
@pytest.mark.parametrize("key", [OURS, b""], ids=["known", "unknown"])
async def test_a_packed_body_is_refused_in_our_one_form(
    open_: Studio, key: bytes, packing: str
) -> None:
    packed = post(UPDATES, b"\x1f\x8b", key + f"Content-Encoding: {packing}\r\n".encode())
    status, answer = await knock(open_, packed)
    said = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (status, said["error"]["code"]) == (415, "unsupported_media_type")
    assert b"nosniff" in answer


async def test_a_body_that_is_called_unpacked_is_read(open_: Studio) -> None:
    body = json.dumps({"update_id": 900, "poll": {"id": "7"}}).encode()
    assert (await knock(open_, post(UPDATES, body, OURS + b"Content-Encoding: identity\r\n")))[
        0
    ] == 200


async def test_a_bomb_is_not_unpacked_by_the_running_bot(open_: Studio) -> None:
    bomb = zlib.compress(bytes(500_000_000), 9)
    request = post(UPDATES, bomb, b"Content-Encoding: deflate\r\n")
    began = time.process_time()
    zlib.decompress(bomb)
    unpacking = time.process_time() - began
    began = time.process_time()
    # Who goes on sending after the refusal may find the line cut.
    assert (await knock(open_, request))[0] in (0, 415)
    assert (await knock(open_, get("/healthz")))[0] == 200
    assert time.process_time() - began < unpacking / 2
    await assert_it_still_draws(open_)


async def test_who_hangs_up_or_cuts_wrongly_is_no_trouble_of_ours(
    open_: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    unfinished = post(UPDATES, b"", OURS).replace(b"Length: 0", b"Length: 99") + b"{"
    for _ in range(3):
        _, writer = await asyncio.open_connection("127.0.0.1", open_.port)
        writer.write(unfinished)
        await writer.drain()
        await assert_it_still_draws(open_)
        writer.transport.abort()
    chunked = post(UPDATES, b"", OURS).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert (await knock(open_, chunked + b"zz\r\n{}"))[0] in (0, 400)
    await assert_it_still_draws(open_)
    assert "a door broke" not in caplog.text


async def test_headers_that_come_twice(open_: Studio) -> None:
    wrong = f"{SECRET}: wrong\r\n".encode()
    assert (await knock(open_, post(UPDATES, GOOD, wrong + OURS)))[0] == 401
    assert (await knock(open_, post(UPDATES, GOOD, b"Content-Length: 5\r\n" + OURS)))[0] == 400
    smuggled = b"Transfer-Encoding: chunked\r\n" + OURS
    assert (await knock(open_, post(UPDATES, b"0\r\n\r\n", smuggled)))[0] == 400
    await assert_it_still_draws(open_)


@pytest.mark.parametrize(
    "target",
    [
        b"http://evil.example/api/webhook/telegram",
        b"https://evil.example:99999/api/webhook/telegram",
        b"//api/webhook/telegram",
        b"/api//webhook/telegram",
        b"/api/webhook/telegram/",
        b"/api/webhook/../webhook/telegram",
        b"/api/webhook/%2e%2e/webhook/telegram",
        b"/api/webhook/telegram%00",
        b"/API/WEBHOOK/TELEGRAM",
        b"*",
        b"evil.example:443",
        b"api/webhook/telegram",
        b"?",
        b"/%",
        b"/%ff%fe",
        b"/\xff\xfe",
        b"http://[::1",
        b"http://",
        b"/;/?#",
    ],
)
async def test_odd_targets_lead_nowhere_but_to_a_door(open_: Studio, target: bytes) -> None:
    """Where an odd way leads to a door, the door asks for its key all the same."""
    status, answer = await knock(open_, post(target, GOOD))
    assert status in (400, 401, 404, 405), answer
    assert b"Traceback" not in answer
    assert (await knock(open_, get("/healthz")))[0] == 200


async def test_what_is_not_http_at_all(open_: Studio) -> None:
    for noise in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        b"\x00" * 1_000,
        "ПРИВЕТ / HTTP/1.1\r\n\r\n".encode(),
        b"GET /healthz\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", open_.port)
        writer.write(noise)
        writer.write_eof()
        async with asyncio.timeout(30):
            answer = await reader.read()
        writer.close()
        assert b"Traceback" not in answer
        assert b" 500 " not in answer.partition(b"\r\n")[0]
    await assert_it_still_draws(open_)
