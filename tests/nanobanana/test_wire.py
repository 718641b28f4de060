"""The generator's language, by literals of its documentation and of recorded traffic.

https://docs.kie.ai/market/common/get-task-detail
"""

import json
from typing import Any

import pytest

from bot import models
from bot.errors import Reason, Refused, Transient, Unclear
from bot.nanobanana import wire
from bot.prompt import Order
from bot.sandbox import contract

JOB = "3f9c0a7be2d14c58a6f1e0b97d24c8aa"
CALLBACK = "https://shop.example/kie/callback"
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"


def body(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


# --- addresses and requests ------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "https://api.kie.ai",
        "https://api.kie.ai/",
        "https://api.kie.ai/nano-banana",
        "https://api.kie.ai/nano-banana/",
    ],
)
def test_every_way_to_write_the_api_means_the_same_root(written: str) -> None:
    assert wire.api_root(written) == "https://api.kie.ai"


ORDERS = [
    Order(prompt="a red fox", model=model.key, ratio=ratio, size=size, format=form)
    for model in models.CATALOGUE.values()
    for ratio in model.ratios
    for size in model.sizes
    for form in (*model.formats, None)
]


@pytest.mark.parametrize("key", models.CATALOGUE)
def test_every_choice_of_a_model_is_one_its_contract_knows(key: str) -> None:
    model = models.CATALOGUE[key]
    for order in (order for order in ORDERS if order.model == key):
        for count in {model.references_min, model.references_max}:
            addresses = [f"https://files.example/{number}.png" for number in range(count)]
            asked = wire.create_body(order, addresses, CALLBACK)
            assert contract.problems(asked) == []
            assert contract.references(asked["model"], asked["input"]) == addresses
            assert asked["callBackUrl"] == CALLBACK


def test_a_body_says_what_was_ordered_in_the_models_own_words() -> None:
    order = Order(prompt="two cats", model="edit", ratio="16:9", size="1k", format="jpg")
    assert wire.create_body(order, ["https://files.example/a.png"], None) == {
        "model": "google/nano-banana-edit",
        "input": {
            "prompt": "two cats",
            "aspect_ratio": "16:9",
            "image_urls": ["https://files.example/a.png"],
            "output_format": "jpeg",
        },
    }


def test_a_size_is_sent_only_where_there_is_a_choice() -> None:
    four = Order(prompt="two cats", model="pro", ratio="4:5", size="4k", format="png")
    lite = Order(prompt="two cats", model="lite", ratio="auto", size="1k", format=None)
    assert wire.create_body(four, [], None)["input"]["resolution"] == "4K"
    assert set(wire.create_body(lite, [], None)["input"]) == {"prompt", "aspect_ratio"}


# --- createTask ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"code": 200, "msg": "success", "data": {"taskId": JOB, "recordId": JOB}}),
        (200, {"code": 200, "message": "success", "data": {"taskId": JOB}}),
        (200, {"code": 505, "msg": "paused", "data": {"taskId": JOB}}),
        (500, {"code": 500, "msg": "Server exception", "data": {"taskId": JOB}}),
        (200, {"data": {"taskId": JOB}}),
    ],
)
def test_an_answer_with_an_id_is_a_job_whatever_else_it_says(
    status: int, answer: dict[str, Any]
) -> None:
    assert wire.read_created(status, json.dumps(answer).encode()) == JOB


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (502, HTML),
        (500, b""),
        (200, b'{"code":200,"msg":"succ'),
        (200, b"[]"),
        (200, b'{"msg":"hm"}'),
        (200, b'{"code":200,"msg":"success","data":{}}'),
        (200, b'{"code":200,"msg":"success","data":null}'),
        (502, b'{"code":502,"msg":"Bad Gateway"}'),
        (200, b'{"code":504,"msg":"Gateway Timeout","data":null}'),
        (200, b'{"code":200,"msg":"success","data":{"taskId":""}}'),
    ],
)
def test_an_answer_that_leaves_it_open_is_unclear(status: int, answer: bytes) -> None:
    with pytest.raises(Unclear):
        wire.read_created(status, answer)


def test_a_refusal_is_read_from_the_body_though_http_says_200() -> None:
    with pytest.raises(Refused) as refused:
        wire.read_created(200, body(code=402, msg="Credits insufficient : top up", data=None))
    assert refused.value.reason is Reason.NO_CREDITS


@pytest.mark.parametrize("field", ["msg", "message"])
def test_the_text_of_a_refusal_is_found_under_both_names(field: str) -> None:
    with pytest.raises(Refused) as refused:
        wire.read_created(200, body(code=500, **{field: "prompt contains prohibited content"}))
    assert refused.value.reason is Reason.PROMPT_REFUSED


@pytest.mark.parametrize("answer", [body(code=429, msg="too high"), b"slow down"])
def test_too_fast_is_transient_and_never_unclear(answer: bytes) -> None:
    with pytest.raises(Transient) as failure:
        wire.read_created(429, answer, "7")
    assert (type(failure.value), failure.value.retry_after) == (Transient, 7.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("2.5", 2.5),
        ("-3", 0.0),
        ("soon", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("nan", None),
        ("inf", None),
        ("1e300", 3600.0),
    ],
)
def test_only_a_sensible_retry_after_is_kept(header: str | None, seconds: float | None) -> None:
    with pytest.raises(Transient) as failure:
        wire.read_record(200, body(code=429, msg="too high"), header)
    assert failure.value.retry_after == seconds


# --- uploads and the rest --------------------------------------------------------------------


def test_an_upload_tells_its_address() -> None:
    data = {"success": True, "downloadUrl": "https://tempfile.redpandaai.co/cat.png"}
    answer = body(success=True, code=200, msg="File uploaded successfully", data=data)
    assert wire.read_uploaded(200, answer) == "https://tempfile.redpandaai.co/cat.png"


@pytest.mark.parametrize("data", [None, {}, {"downloadUrl": ""}, {"downloadUrl": None}, "x"])
def test_an_upload_without_an_address_is_tried_again(data: Any) -> None:
    with pytest.raises(Transient):
        wire.read_uploaded(200, body(code=200, data=data))


def test_an_address_that_is_not_kies_is_refused() -> None:
    with pytest.raises(Refused):
        wire.read_data(200, body(code=422, msg="url is wrong", data=None))
