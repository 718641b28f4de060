"""The HTTP API as its callers meet it: who gets in, what is refused, and what is theirs."""

import asyncio
import base64
import io
import time
from typing import Any

import aiohttp
import pytest

from bot.sandbox.jobs import Fault
from tests.calling import LAB_TOKEN, SHOP_TOKEN, TOKENS, Program
from tests.conftest import Studio, photo
from tests.pressing import forge

NO_TASK = "0123456789ab"


async def error_of(program: Program, **more: Any) -> tuple[int, str, str | None]:
    status, said = await program.post(**more)
    assert said["success"] is False
    return status, said["error"]["code"], said["error"].get("field")


# --- who gets in -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer wrong-token-0123456789", f"Basic {SHOP_TOKEN}", "tma", "tma a=b"],
)
async def test_without_a_token_nobody_gets_in(studio: Studio, authorization: str) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio, authorization) as program:
        assert await error_of(program, json={"prompt": "a fox"}) == (401, "unauthorized", None)
        for path in (f"/api/task/{NO_TASK}", "/api/tasks", "/api/models", "/api/me"):
            assert (await program.json("GET", path))[0] == 401
    assert not studio.generator.jobs


async def test_without_api_tokens_no_token_is_right(studio: Studio) -> None:
    await studio.start()
    async with Program(studio) as program:
        assert (await program.json("GET", "/api/me"))[0] == 401


async def test_a_person_in_the_mini_app_asks_with_their_own_credits(studio: Studio) -> None:
    await studio.start(free_credits_daily=10)
    async with Program.of(studio, studio.ann) as ann:
        task = await ann.ended(await ann.drawn(model="nano-banana"))
        assert task["status"] == "completed"
        _, me = await ann.json("GET", "/api/me")
    assert (me["data"]["via"], me["data"]["name"]) == ("telegram", "Ann")
    assert (me["data"]["credits"]["left"], me["data"]["credits"]["held"]) == (6, 0)
    assert studio.from_bot(studio.chat(studio.ann)) == []


async def test_a_person_has_the_language_they_chose_else_that_of_their_telegram(
    studio: Studio,
) -> None:
    await studio.start()
    async with Program.of(studio, studio.mei) as mei:
        assert (await mei.json("GET", "/api/me"))[1]["data"]["language"] == "zh-hans"
        studio.telegram.say(studio.mei, "/settings")
        sheet = await studio.words(studio.chat(studio.mei), "⚙️")
        await forge(studio, studio.mei, sheet, "set:p:language:en")
        assert (await mei.json("GET", "/api/me"))[1]["data"]["language"] == "en"
        await forge(studio, studio.mei, sheet, "set:p:language:zh_CN")
        assert (await mei.json("GET", "/api/me"))[1]["data"]["language"] == "zh-CN"


async def test_pictures_come_to_the_private_chat_too_when_wanted(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    async with Program.of(studio, studio.ann) as ann:
        task = await ann.ended(await ann.drawn(prompt="a blue whale", deliver=True))
        assert task["result"]
    await studio.picture(studio.chat(studio.ann), "a blue whale")


async def test_a_chat_that_is_closed_does_not_keep_the_picture_from_the_page(
    studio: Studio,
) -> None:
    await studio.start()
    async with Program.of(studio, studio.bob) as bob:
        # Bob has never pressed /start: the bot may not write to him.
        task = await bob.ended(await bob.drawn(deliver=True))
    assert (task["status"], task["result"] is not None) == ("completed", True)


async def test_old_init_data_is_refused(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann, now=time.time() - 3_700) as ann:
        status, said = await ann.json("GET", "/api/me")
    assert (status, "older than an hour" in said["error"]["message"]) == (401, True)


async def test_one_persons_task_is_not_there_for_another(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with (
        Program(studio) as shop,
        Program(studio, f"Bearer {LAB_TOKEN}") as lab,
        Program.of(studio, studio.ann) as ann,
    ):
        task = await shop.drawn()
        for other in (lab, ann):
            assert (await other.get(task))[0] == 404
            assert (await other.json("DELETE", f"/api/task/{task}"))[0] == 404
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await other.watch(task)
            assert refused.value.status == 404
            assert (await other.json("GET", "/api/tasks"))[1]["data"] == []
        assert (await shop.ended(task))["status"] == "completed"


# --- what is refused -------------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], tuple[int, str, str | None]]] = [
    ({}, (422, "invalid", "prompt")),
    ({"prompt": "  "}, (422, "invalid", "prompt")),
    ({"prompt": ["a"]}, (422, "invalid", "prompt")),
    ({"prompt": "x" * 5_001, "model": "banana"}, (422, "invalid", "prompt")),
    ({"prompt": "a", "mode": "video"}, (422, "invalid", "mode")),
    ({"prompt": "a", "mode": "image-to-image"}, (422, "invalid", "image")),
    ({"prompt": "a", "model": "edit"}, (422, "invalid", "image")),
    ({"prompt": "a", "model": "dall-e"}, (422, "invalid", "model")),
    ({"prompt": "a", "aspectRatio": "7:5"}, (422, "invalid", "aspectRatio")),
    ({"prompt": "a", "aspectRatio": "1:8", "model": "pro"}, (422, "invalid", "aspectRatio")),
    ({"prompt": "a", "size": "8k"}, (422, "invalid", "size")),
    ({"prompt": "a", "size": "4k", "model": "lite"}, (422, "invalid", "size")),
    ({"prompt": "a", "format": "gif"}, (422, "invalid", "format")),
    ({"prompt": "a", "n": 11}, (422, "invalid", "n")),
    ({"prompt": "a", "n": True}, (422, "invalid", "n")),
    ({"prompt": "a", "style": "none"}, (422, "invalid", "style")),
    ({"prompt": "a", "deliver": "perhaps"}, (422, "invalid", "deliver")),
    ({"prompt": "a", "deliver": True}, (422, "invalid", "deliver")),
    ({"prompt": "a", "image": "https://example.org/a.png"}, (422, "invalid", "image")),
    ({"prompt": "a", "image": "data:image/png;base64,???"}, (422, "invalid", "image")),
    ({"prompt": "a", "image2": "data:;base64,aGVsbG8="}, (422, "not_a_picture", "image2")),
    *[
        ({"prompt": "a", "callbackUrl": address}, (422, "invalid", "callbackUrl"))
        for address in (
            *("http://example.org", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/"),
            *("https://ann@example.org/", "ftp://example.org", "nonsense", "https://"),
            "https://169.254.169.254/latest",
        )
    ],
]


async def test_each_wrong_field_is_named(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        for body, expected in WRONG:
            assert await error_of(program, json=body) == expected, body
    assert not studio.generator.jobs
    # Nothing of what came along is left.
    assert not list((studio.folder / "pictures").rglob("*.jpg"))


@pytest.mark.parametrize("content", ["{", "[]", "null", "1", "[" * 100_000])
async def test_what_is_no_json_is_said_to_be_none(studio: Studio, content: str) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        headers = {"Content-Type": "application/json"}
        assert (await error_of(program, data=content, headers=headers))[:2] == (400, "bad_request")


async def test_bodies_of_another_kind_are_refused(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        headers = {"Content-Type": "text/plain"}
        refused = await error_of(program, data="a fox", headers=headers)
        assert refused[:2] == (415, "unsupported_media_type")
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        refused = await error_of(program, data="no form", headers=headers)
        assert refused[:2] == (400, "bad_request")


async def test_too_many_and_too_large_pictures_are_refused(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    one = f"data:image/jpeg;base64,{base64.b64encode(photo(8, 8)).decode()}"
    async with Program(studio) as program:
        refused = await error_of(program, json={"prompt": "a", "images": [one] * 15})
        assert refused == (422, "too_many_images", "images")
        form = aiohttp.FormData({"prompt": "a"})
        large = io.BytesIO(b"\xff\xd8\xff" + bytes(20_000_001))
        form.add_field("image", large, filename="a.jpg")
        assert await error_of(program, data=form) == (413, "too_large", "image")
    assert not list((studio.folder / "pictures").rglob("*.jpg"))


async def test_who_has_not_enough_is_told_what_it_costs(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio, f"Bearer {LAB_TOKEN}") as lab:
        response, said = await lab.call(
            "POST", "/api/generate/image", json={"prompt": "a", "model": "pro", "n": 10}
        )
        assert (response.status, said["error"]["code"]) == (402, "not_enough_credits")
        assert "180" in said["error"]["message"]
        assert int(response.headers["Retry-After"]) > 0
        me = (await lab.json("GET", "/api/me"))[1]["data"]["credits"]
        assert me["left"] == 100
        numbers = {"needed": 180, "left": 100, "renewsAt": me["renewsAt"]}
        assert said["error"]["credits"] == numbers


@pytest.mark.parametrize(
    ("packages", "address"), [("50=100", "https://t.me/nano_banana_bot?start=buy"), ("", None)]
)
async def test_people_are_told_where_credits_are_sold(
    studio: Studio, packages: str, address: str | None
) -> None:
    await studio.start(api_tokens=TOKENS, stars_packages=packages)
    async with Program(studio) as program, Program.of(studio, studio.ann) as ann:
        assert (await ann.json("GET", "/api/me"))[1]["data"]["shop"] == address
        # A program has nobody who could pay at Telegram.
        assert (await program.json("GET", "/api/me"))[1]["data"]["shop"] is None


async def test_flags_in_a_prompt_are_words(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        done = await program.ended(await program.drawn(prompt="a --fox -- of --ar 16:99"))
    assert done["prompt"] == "a --fox -- of --ar 16:99"


async def test_whoever_knocks_too_often_is_told_when_to_come_back(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program, Program(studio, f"Bearer {LAB_TOKEN}") as lab:
        for _ in range(60):
            assert (await program.post(json={}))[0] == 422
        response, said = await program.call("POST", "/api/generate/image", json={})
        assert (response.status, said["error"]["code"]) == (429, "too_many_requests")
        assert 0 < int(response.headers["Retry-After"]) <= 60
        assert (await lab.post(json={}))[0] == 422


async def test_a_caller_who_is_known_is_never_taken_for_a_burglar(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        statuses = {(await program.get(NO_TASK))[0] for _ in range(40)}
    assert statuses == {404}


async def test_pages_of_other_sites_are_let_in_only_where_that_is_set(studio: Studio) -> None:
    ours, others = "https://app.example.org", "https://evil.example.org"
    await studio.start(api_tokens=TOKENS, cors_origins=frozenset({ours}))
    ask = {"Access-Control-Request-Method": "POST"}
    allowed = "Access-Control-Allow-Origin"
    async with Program(studio) as program, aiohttp.ClientSession(studio.address) as session:
        for origin, expected in ((ours, ours), (others, None)):
            response, _ = await program.call("GET", "/api/me", headers={"Origin": origin})
            assert response.headers.get(allowed) == expected
            path, headers = "/api/generate/image", {**ask, "Origin": origin}
            async with session.options(path, headers=headers) as answer:
                assert (answer.status == 204, answer.headers.get(allowed)) == (
                    expected is not None,
                    expected,
                )


# --- once, and whose -------------------------------------------------------------------------


async def test_the_same_key_is_the_same_task_also_after_a_restart(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    key = {"Idempotency-Key": "order-7"}
    image = f"data:image/jpeg;base64,{base64.b64encode(photo()).decode()}"
    body = {"prompt": "a red fox", "image": image}
    async with Program(studio) as program:
        both = await asyncio.gather(*(program.post(json=body, headers=key) for _ in range(2)))
        (first,) = {said["taskId"] for _, said in both}
        await program.ended(first)
        await studio.stop()
        await studio.start(api_tokens=TOKENS)
        assert (await program.post(json=body, headers=key))[1]["taskId"] == first
        other = await error_of(program, json={"prompt": "a blue fox"}, headers=key)
        assert other == (422, "idempotency_key_reused", "Idempotency-Key")
    async with Program(studio, f"Bearer {LAB_TOKEN}") as lab:
        assert (await lab.post(json=body, headers=key))[1]["taskId"] != first
    kept = list((studio.folder / "pictures" / "references").iterdir())
    assert len(kept) == 2


async def test_tasks_come_page_by_page(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        made = [await program.drawn(prompt=f"fox {number}") for number in range(5)]
        seen: list[str] = []
        cursor = ""
        while True:
            _, page = await program.json("GET", f"/api/tasks?limit=2&cursor={cursor}")
            seen += [one["id"] for one in page["data"]]
            assert len(page["data"]) <= 2
            if not (cursor := page["next"]):
                break
        assert seen == made[::-1]
        assert (await program.json("GET", "/api/tasks?limit=0"))[0] == 422
        assert (await program.json("GET", "/api/tasks?cursor=x"))[0] == 422
        for task in made:
            await program.ended(task)


async def test_a_task_is_cancelled_while_it_can_be_and_deleted_after(studio: Studio) -> None:
    studio.generator.seconds_per_job = 30
    await studio.start(api_tokens=TOKENS, person_at_once=1, free_credits_daily=100)
    async with Program(studio) as program:
        running, waiting = await program.drawn(), await program.drawn()
        status, said = await program.json("DELETE", f"/api/task/{waiting}")
        assert (status, said["action"]) == (200, "cancelled")
        done = await program.ended(waiting)
        assert (done["status"], done["generation"]["error"]["code"]) == ("failed", "cancelled")
        assert (await program.json("DELETE", f"/api/task/{waiting}"))[1]["action"] == "deleted"
        assert (await program.get(waiting))[0] == 404
        assert (await program.get(running))[1]["data"]["status"] in ("pending", "processing")
        assert (await program.json("GET", "/api/me"))[1]["data"]["credits"]["held"] == 4


async def test_what_is_deleted_was_paid_for_and_its_file_is_gone(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS, free_credits_daily=100)
    async with Program(studio) as program:
        task = await program.drawn()
        await program.ended(task)
        await program.json("DELETE", f"/api/task/{task}")
        assert (await program.json("GET", "/api/me"))[1]["data"]["credits"]["left"] == 96
    assert not list((studio.folder / "pictures" / "images").iterdir())


async def test_models_are_shown_with_their_prices(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS, prices={"pro": 33})
    async with Program(studio) as program:
        _, said = await program.json("GET", "/api/models")
        _, document = await program.json("GET", "/api/openapi.json")
    pro = next(one for one in said["data"] if one["key"] == "pro")
    assert pro["prices"] == {"1k": 33, "2k": 33, "4k": 33}
    assert document["openapi"] == "3.1.0"


async def test_a_task_goes_on_after_a_restart(studio: Studio) -> None:
    studio.generator.seconds_per_job = 0.3
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        task = await program.drawn(callbackUrl="https://example.invalid/hook")
        await studio.stop()
        await studio.start(api_tokens=TOKENS)
        assert (await program.ended(task))["status"] == "completed"


async def test_no_token_of_a_program_is_on_disk(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        await program.ended(await program.drawn())
    await studio.stop()
    for path in studio.folder.rglob("*"):
        assert not path.is_file() or SHOP_TOKEN.encode() not in path.read_bytes()


async def test_some_failed_pictures_are_told_beside_the_others(studio: Studio) -> None:
    studio.generator.faults.add(Fault(where="outcome", kind="fail", code="422", text="flagged"))
    await studio.start(api_tokens=TOKENS)
    async with Program(studio) as program:
        done = await program.ended(await program.drawn(n=3))
    statuses = sorted(one["status"] for one in done["generation"]["images"])
    assert (done["status"], statuses) == ("completed", ["completed", "completed", "failed"])
