"""The doors are shut to everybody but those who prove themselves, and always answer in one form."""

import json

from bot.readiness import Wrong
from tests.conftest import TOKEN
from tests.webhooks.conftest import KEYS, Enter, Entrance, raw, refused

UPDATES = "/api/webhook/telegram"
CALLBACKS = "/api/webhook/nano-banana"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
OURS = {HEADER: KEYS.for_telegram()}
UPDATE = {"update_id": 7, "message": {"chat": {"id": 5}, "text": "a red fox"}}


def stored(entrance: Entrance) -> list[tuple[int, str]]:
    rows = entrance.rows("SELECT update_id, queue FROM updates ORDER BY seq")
    return [(row["update_id"], row["queue"]) for row in rows]


# --- Telegram --------------------------------------------------------------------------------


async def test_an_update_without_the_secret_stays_outside(enter: Enter) -> None:
    entrance = await enter()
    secret = KEYS.for_telegram()
    for headers in (
        {},
        {HEADER: ""},
        {HEADER: "wrong"},
        {HEADER: TOKEN},
        {HEADER: secret[:-1]},
        {HEADER: secret + "0"},
        {"Authorization": f"Bearer {secret}"},
        {"X-Telegram-Bot-Api-Secret": secret},
    ):
        answer = await entrance.client.post(UPDATES, json=UPDATE, headers=headers)
        assert await refused(answer) == (401, "unauthorized")
    in_the_address = await entrance.client.post(UPDATES, json=UPDATE, params={HEADER: secret})
    assert await refused(in_the_address) == (401, "unauthorized")
    assert stored(entrance) == []


async def test_a_secret_that_is_no_text_is_just_wrong(enter: Enter) -> None:
    entrance = await enter()
    head = f"POST {UPDATES} HTTP/1.1\r\n{HEADER}: ".encode() + b"\xff\xfe\x80"
    assert await raw(entrance.client, head) == 401


async def test_what_is_no_update_is_a_bad_request(enter: Enter) -> None:
    entrance = await enter()
    for body in (
        b"",
        b"hello",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"update_id":"7"}',
        b'{"update_id":true}',
        b'{"update_id":-1}',
        b'{"update_id":1e9}',
        b"[" * 100_000,
    ):
        answer = await entrance.client.post(UPDATES, data=body, headers=OURS)
        assert await refused(answer) == (400, "bad_update")
    assert stored(entrance) == []


async def test_a_body_that_is_too_large_is_not_read(enter: Enter) -> None:
    entrance = await enter()
    query = {"picture": "a", "token": KEYS.for_callback("a")}
    for path in (UPDATES, CALLBACKS):
        answer = await entrance.client.post(
            path, data=bytes(300_000), headers=OURS, params=query if path == CALLBACKS else {}
        )
        assert await refused(answer) == (413, "request_entity_too_large")


async def test_an_update_is_on_disk_when_it_is_acknowledged(enter: Enter) -> None:
    entrance = await enter()
    body = json.dumps(UPDATE, indent=3).encode()
    answer = await entrance.client.post(UPDATES, data=body, headers=OURS)
    assert (answer.status, await answer.read()) == (200, b"")
    (row,) = entrance.rows("SELECT body, state FROM updates")
    assert row == {"body": body, "state": "new"}


async def test_a_repeated_update_is_acknowledged_and_written_once(enter: Enter) -> None:
    entrance = await enter()
    for _ in range(3):
        answer = await entrance.client.post(UPDATES, json=UPDATE, headers=OURS)
        assert answer.status == 200
    assert stored(entrance) == [(7, "chat:5")]


async def test_an_update_that_cannot_be_written_is_not_acknowledged(enter: Enter) -> None:
    entrance = await enter()
    await entrance.close_house()
    answer = await entrance.client.post(UPDATES, json=UPDATE, headers=OURS)
    assert await refused(answer) == (503, "try_again")


# --- whoever looks after us, and everything else ---------------------------------------------


async def test_alive_is_not_yet_ready(enter: Enter) -> None:
    waiting = ["Telegram does not answer yet"]
    entrance = await enter(ready=lambda: waiting[0] if waiting else None)
    assert (await entrance.client.get("/healthz")).status == 200
    answer = await entrance.client.get("/readyz")
    assert answer.status == 503
    assert await answer.json() == {"status": "starting", "waiting_for": waiting[0]}
    waiting.clear()
    answer = await entrance.client.get("/readyz")
    assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def test_what_is_wrong_with_a_bot_that_runs_is_said_in_words(enter: Enter) -> None:
    entrance = await enter()
    entrance.house.watch.wrong = [Wrong("telegram", "Telegram has not answered for 2 minutes")]
    answer = await entrance.client.get("/readyz")
    assert answer.status == 503
    assert await answer.json() == {
        "status": "wrong",
        "wrong": [{"what": "telegram", "detail": "Telegram has not answered for 2 minutes"}],
    }
    text = await (await entrance.client.get("/metrics")).text()
    assert 'nano_banana_wrong{what="telegram"} 1.0' in text
    entrance.house.watch.wrong = []
    assert (await entrance.client.get("/readyz")).status == 200


async def test_numbers_that_cannot_be_read_are_not_made_up(enter: Enter) -> None:
    entrance = await enter()
    await entrance.house.watch.disk.try_writing()
    assert "nano_banana_line_length 0.0" in await (await entrance.client.get("/metrics")).text()
    await entrance.close_house()
    entrance.house.settings.database_path.write_bytes(b"no database any more" * 5000)
    entrance.house.watch.ticks = lambda: 1e12
    assert "nano_banana_line_length NaN" in await (await entrance.client.get("/metrics")).text()


async def test_where_there_is_no_door_the_answer_has_the_same_form(enter: Enter) -> None:
    entrance = await enter()
    for method, path, expected in (
        ("GET", "/", (404, "not_found")),
        ("GET", "/.env", (404, "not_found")),
        ("GET", "/uploads/images/", (404, "not_found")),
        ("GET", "/uploads/", (404, "not_found")),
        ("GET", UPDATES, (405, "method_not_allowed")),
        ("DELETE", CALLBACKS, (405, "method_not_allowed")),
        ("POST", "/healthz", (405, "method_not_allowed")),
    ):
        assert await refused(await entrance.client.request(method, path)) == expected


async def test_a_door_that_breaks_gives_nothing_away(enter: Enter) -> None:
    def broken() -> str | None:
        raise RuntimeError(f"the token is {TOKEN}")

    entrance = await enter(ready=broken)
    answer = await entrance.client.get("/readyz")
    assert TOKEN not in await answer.text()
    assert await refused(answer) == (500, "internal")
