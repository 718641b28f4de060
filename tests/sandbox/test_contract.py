"""Requests are checked as docs.kie.ai publishes them; our copy is compared with theirs."""

import base64
import json
import os
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox import contract
from bot.sandbox.contract import MESSAGES
from bot.sandbox.generator import GeneratorServer

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = Path(
    os.environ.get("KIE_CONTRACT") or ROOT.parent / "shared" / "data" / "kie-contract.json"
)
CREATE = "/api/v1/jobs/createTask"
PICTURE = "https://files.example/cat.png"
PNG = b"\x89PNG\r\n\x1a\n and so on"
GOOD = {
    "google/nano-banana": {"prompt": "x", "aspect_ratio": "16:9", "output_format": "jpeg"},
    "google/nano-banana-edit": {"prompt": "x", "image_urls": [PICTURE] * 10, "image_size": "auto"},
    "nano-banana-pro": {"prompt": "x" * 10000, "image_input": [PICTURE] * 8, "resolution": "4K"},
    "nano-banana-2": {"prompt": "x" * 20000, "image_input": [PICTURE] * 14, "aspect_ratio": "8:1"},
    "nano-banana-2-lite": {"prompt": "x", "aspect_ratio": "auto", "image_urls": []},
    "nano-banana-2-1": {"prompt": "x", "image_input": [PICTURE] * 10, "output_format": "jpg"},
}
WRONG = [
    ("google/nano-banana", {}, "prompt", 500),
    ("google/nano-banana", {"prompt": ""}, "prompt", 500),
    ("google/nano-banana", {"prompt": 7}, "prompt", 422),
    ("google/nano-banana", {"prompt": "x" * 5001}, "prompt", 422),
    ("google/nano-banana", {"prompt": "x", "aspect_ratio": "1:2"}, "aspect_ratio", 500),
    ("google/nano-banana", {"prompt": "x", "aspect_ratio": "1:8"}, "aspect_ratio", 500),
    ("google/nano-banana", {"prompt": "x", "output_format": "jpg"}, "output_format", 500),
    ("google/nano-banana", {"prompt": "x", "resolution": "1K"}, "input.resolution", None),
    ("google/nano-banana", {"prompt": "x", "nsfw_checker": 0}, "nsfw_checker", 422),
    ("google/nano-banana-edit", {"prompt": "x"}, "image_urls", 500),
    ("google/nano-banana-edit", {"prompt": "x", "image_urls": []}, "image_urls", 500),
    ("google/nano-banana-edit", {"prompt": "x", "image_urls": [PICTURE] * 11}, "image_urls", 422),
    ("nano-banana-pro", {"prompt": "x", "output_format": "jpeg"}, "output_format", 500),
    ("nano-banana-pro", {"prompt": "x", "image_urls": [PICTURE]}, "input.image_urls", None),
    ("nano-banana-pro", {"prompt": "x", "image_input": PICTURE}, "image_input", 422),
    ("nano-banana-2", {"prompt": "x", "image_input": ["data:image/png;x"]}, "image_input", 422),
    ("nano-banana-2-lite", {"prompt": "x"}, "aspect_ratio", 500),
    ("google/nano-banana-2-lite", {"prompt": "x", "aspect_ratio": "auto"}, "model", 422),
    ("nano-banana-2-1", {"prompt": "x", "image_input": [PICTURE] * 11}, "image_input", 422),
]


@pytest.mark.parametrize("model", GOOD)
def test_a_good_body_has_no_problems(model):
    body = {"model": model, "input": GOOD[model], "callBackUrl": "https://us.example/door?id=1"}
    assert contract.problems(body) == []


@pytest.mark.parametrize(("model", "fields", "field", "code"), WRONG)
def test_the_field_at_fault_is_named_and_answered(model, fields, field, code):
    (problem,) = contract.check({"model": model, "input": fields})
    assert (problem.field, problem.code) == (field, code)
    assert str(problem).startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "body"),
        ([], "body"),
        ({}, "model"),
        ({"model": "google/nano-banana"}, "input"),
        ({"model": "google/nano-banana", "input": '{"prompt":"x"}'}, "input"),
        ({"callBackUrl": "/door"}, "callBackUrl"),
        ({"callBackUrl": "https://us.example/a b"}, "callBackUrl"),
        ({"callBackUrl": None}, "callBackUrl"),
        ({"callbackUrl": "https://us.example/"}, "callbackUrl"),
    ],
)
def test_the_outer_fields_are_checked_too(body, field):
    if body and "model" not in body:
        body = {"model": "google/nano-banana", "input": {"prompt": "x"}, **body}
    (line,) = contract.problems(body)
    assert line.startswith(field)


def test_what_is_refused_comes_before_what_is_let_pass():
    body = {"model": "google/nano-banana", "input": {"seed": 1, "prompt": ""}, "x": 1}
    assert [problem.code for problem in contract.check(body)] == [500, None, None]


@pytest.mark.parametrize(
    ("model", "resolution", "price"),
    [
        ("google/nano-banana", None, 4),
        ("nano-banana-pro", None, 18),
        ("nano-banana-pro", "2K", 18),
        ("nano-banana-pro", "4K", 24),
        ("nano-banana-2", "1K", 8),
        ("nano-banana-2", "2K", 12),
        ("nano-banana-2-lite", None, 4),
        ("nano-banana-2-1", "4K", 9),
    ],
)
def test_prices(model, resolution, price):
    fields = {"prompt": "x"} | ({"resolution": resolution} if resolution else {})
    assert contract.price({"model": model, "input": fields}) == price


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published schemas are not at hand")
def test_our_copy_says_what_is_published():
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))["models"]
    assert len(published) == 5
    for theirs in published:
        (name,) = theirs["model_values"]
        ours = contract.MODELS[name]
        assert ours["request_required"] == theirs["request_required"]
        fields = {field["name"]: field for field in ours["input_fields"]}
        assert set(fields) == {field["name"] for field in theirs["input_fields"]}
        for field in theirs["input_fields"]:
            said = {key: value for key, value in field.items() if value is not None}
            said.pop("description")
            mine = dict(fields[field["name"]])
            assert set(said.pop("enum", [])) == set(mine.pop("enum", [])), (name, field["name"])
            assert mine == said, (name, field["name"])


@pytest.fixture
async def server():
    async with GeneratorServer(api_key="k", seconds_per_job=0.0) as running:
        yield running


@pytest.fixture
async def kie(server):
    headers = {"Authorization": "Bearer k"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        yield session


async def create(kie, body):
    async with kie.post(CREATE, json=body) as response:
        assert response.status == 200
        return await response.json()


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"model": "nano-banana-9", "input": {}}, 422, MESSAGES[422]),
        ({"model": "google/nano-banana"}, 500, "This field is required"),
        ({"model": "google/nano-banana", "input": {}}, 500, "prompt is required"),
        (
            {"model": "google/nano-banana", "input": {"prompt": "x", "aspect_ratio": "1:2"}},
            500,
            "aspect_ratio is not within the range of allowed options",
        ),
        (
            {"model": "nano-banana-pro", "input": {"prompt": "x", "resolution": "4K"}},
            402,
            MESSAGES[402],
        ),
    ],
)
async def test_a_wrong_request_gets_http_200_and_costs_nothing(server, kie, body, code, text):
    server.balance = 23.0
    assert await create(kie, body) == {"code": code, "msg": text, "data": None}
    assert (server.jobs, server.balance, server.paid) == ({}, 23.0, 0)


@pytest.mark.parametrize("headers", [{}, {"apikey": "k"}, {"Authorization": "Bearer x"}])
async def test_without_the_key_there_is_401_and_no_data(server, headers):
    async with aiohttp.ClientSession(server.url, headers=headers) as nobody:
        assert await create(nobody, {}) == {"code": 401, "msg": MESSAGES[401]}
        async with nobody.post("/api/file-url-upload", json={}) as response:
            answer = await response.json()
    assert answer["msg"] == "Authentication failed: Invalid API Key"
    assert len(server.problems) == 2


async def test_a_body_that_is_not_json_is_refused_and_noted(server, kie):
    async with kie.post(CREATE, data={"model": "x"}) as response:
        assert (await response.json())["code"] == 401
    async with kie.post(CREATE, data="{", headers={"Content-Type": "application/json"}) as response:
        assert (await response.json())["code"] == 500
    assert [line.split(":")[0] for line in server.problems] == ["Content-Type", "body"]


async def test_unknown_fields_are_let_pass_and_noted(server, kie):
    body = {"model": "google/nano-banana", "input": {"prompt": "x", "image_urls": []}}
    assert (await create(kie, body))["code"] == 200
    assert server.problems == ["input.image_urls: unknown field"]


async def test_the_other_uploads_and_their_refusals(server, kie):
    async def sent(kind, **fields):
        async with kie.post(f"/api/file-{kind}-upload", json=fields) as response:
            return await response.json()

    data_url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    first = await sent("base64", base64Data=data_url, uploadPath="images", fileName="a.jpg")
    assert (first["success"], first["data"]["success"], first["code"]) == (True, True, 200)
    second = await sent("url", fileUrl=first["data"]["downloadUrl"], uploadPath="b")
    assert second["data"]["fileSize"] == len(PNG)
    wrong = [
        (await sent("base64", base64Data="a"))["msg"],
        (await sent("base64", base64Data="???", uploadPath="a"))["msg"],
        (await sent("url", fileUrl=server.url + "/none", uploadPath="a"))["msg"],
        (await sent("stream", uploadPath="a"))["msg"],
    ]
    assert wrong == [
        "Missing required parameter: uploadPath",
        "Base64 decoding failed: Invalid Base64 format",
        "Failed to download the file",
        "Missing required parameter: file",
    ]


async def test_showing_the_key_to_the_file_host_is_noted(server, kie):
    async with kie.get("/p/none.png") as response:
        assert response.status == 404
    assert server.problems == ["Authorization: the key was shown to /p/none.png"]


async def test_a_download_link_is_given_for_our_own_files_only(server, kie):
    upload = {
        "base64Data": base64.b64encode(PNG).decode(),
        "uploadPath": "a b",
        "fileName": "猫.png",
    }
    async with kie.post("/api/file-base64-upload", json=upload) as response:
        url = (await response.json())["data"]["downloadUrl"]
    links = []
    for address in (url, "https://elsewhere.example/a.png"):
        async with kie.post("/api/v1/common/download-url", json={"url": address}) as response:
            links.append(await response.json())
    assert links[1] == {"code": 422, "msg": "url is wrong", "data": None}
    async with aiohttp.ClientSession() as nobody, nobody.get(links[0]["data"]) as response:
        assert (response.content_type, await response.read()) == ("image/png", PNG)


@pytest.mark.parametrize(("query", "code"), [("", 400), ("?taskId=", 400), ("?taskId=0", 422)])
async def test_a_task_there_is_not(kie, query, code):
    async with kie.get(f"/api/v1/jobs/recordInfo{query}") as response:
        text = "recordInfo is null" if code == 422 else "taskId parameter is required"
        assert await response.json() == {"code": code, "msg": text, "data": None}
