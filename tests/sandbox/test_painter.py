"""Pictures are as asked for, made from what was sent, and served or spoilt as a fault wants it."""

import colorsys
import io
import time

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from bot.sandbox.contract import FETCH_FAILED, INTERNAL_ERROR, UNAVAILABLE
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Fault
from bot.sandbox.painter import UNREADABLE, paint, picture_size, prompt_sha, read_mark

RATIOS = [
    "1:1",
    "2:3",
    "3:2",
    "3:4",
    "4:3",
    "4:5",
    "5:4",
    "9:16",
    "16:9",
    "21:9",
    "1:4",
    "4:1",
    "1:8",
    "8:1",
]


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def plain(colour: str, size=(600, 400), kind="PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize(("resolution", "side"), [("1K", 1024), ("2K", 2048), ("4K", 4096)])
def test_a_size_has_the_ratio_and_the_area_asked_for(ratio, resolution, side):
    wide, high = (int(part) for part in ratio.split(":"))
    width, height = picture_size(wide, high, resolution)
    assert width % 16 == height % 16 == 0
    assert width / height == pytest.approx(wide / high, rel=0.05)
    assert width * height == pytest.approx(side * side, rel=0.04)


@pytest.mark.parametrize(
    ("file_format", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG")]
)
def test_the_file_is_of_the_kind_asked_for(file_format, kind):
    content = paint("a red fox", ratio="16:9", file_format=file_format, job_id="a1")
    image = opened(content)
    assert (image.format, image.size) == (kind, picture_size(16, 9, "1K"))
    assert read_mark(content).prompt_sha == prompt_sha("a red fox")
    assert read_mark(content).job_id == "a1"


def test_the_same_job_paints_the_same_bytes_and_another_a_slightly_different_picture():
    first, again, other = (paint("two cats at night", job_id=job) for job in ("1", "1", "2"))
    assert first == again
    assert opened(first).tobytes() != opened(other).tobytes()
    assert read_mark(first).prompt_sha == read_mark(other).prompt_sha


@pytest.mark.parametrize(
    ("prompt", "hue"),
    [("a red fox", 0), ("GREEN hills", 130), ("蓝色的海", 215), ("a pink castle", 332)],
)
def test_the_colour_named_rules(prompt, hue):
    mean = ImageStat.Stat(opened(paint(prompt)).convert("RGB")).mean
    seen = colorsys.rgb_to_hsv(*(part / 255 for part in mean))[0] * 360
    assert abs((seen - hue + 180) % 360 - 180) < 25


def test_one_reference_is_the_ground_of_the_picture_and_gives_auto_its_ratio():
    image = opened(paint("a hat", ratio="auto", references=[plain("#00ff00")]))
    assert image.size == picture_size(600, 400, "1K")
    red, green, blue = image.getpixel((image.width // 3, image.height // 3))
    assert green > max(red, blue)


def test_several_references_are_all_to_be_seen():
    colours = ["#ff0000", "#00ff00", "#0000ff"]
    sources = [plain(colour, kind="WEBP") for colour in colours]
    image = opened(paint("together", references=sources)).convert("RGB").reduce(8)
    seen = {pixel for _, pixel in image.getcolors(1 << 16)}
    for wanted in ((255, 0, 0), (0, 255, 0), (0, 0, 255)):
        assert any(all(abs(a - b) < 30 for a, b in zip(wanted, p, strict=True)) for p in seen)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", plain("red")[:90], b"<html>", b"\xff\xd8\xff\xe0"]
)
def test_a_reference_that_is_no_picture_is_said_to_be_unreadable(content):
    with pytest.raises(UNREADABLE):
        paint("x", references=[content])


def test_other_pictures_carry_no_mark():
    with pytest.raises(ValueError, match="no mark"):
        read_mark(plain("red"))


@settings(max_examples=10, deadline=None)
@given(st.text(max_size=400))
def test_any_prompt_can_be_painted(prompt):
    content = paint(prompt, ratio="1:8", file_format="jpg", job_id="f0")
    assert read_mark(content).prompt_sha == prompt_sha(prompt)


def test_painting_is_quick_enough_for_tests():
    paint("warm up")
    before = time.process_time()
    for job in "1234":
        paint("a red fox", job_id=job)
    assert (time.process_time() - before) / 4 < 0.2


@pytest.fixture
async def server():
    async with GeneratorServer(api_key="k", seconds_per_job=0.0) as running:
        yield running


@pytest.fixture
async def kie(server):
    headers = {"Authorization": "Bearer k"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        yield session


async def made(server, kie, model="nano-banana-2", **fields):
    """The job, ended."""
    body = {"model": model, "input": {"prompt": "x", **fields}}
    async with kie.post("/api/v1/jobs/createTask", json=body) as response:
        job = server.jobs[(await response.json())["data"]["taskId"]]
    await server.wait_for(lambda: job.ended)
    return job


async def get(address):
    async with aiohttp.request("GET", address, allow_redirects=False) as response:
        return response.status, response.content_type, await response.read()


async def upload(kie, content, name="cat.jpg"):
    form = aiohttp.FormData({"uploadPath": "images", "fileName": name})
    form.add_field("file", io.BytesIO(content), filename=name)
    async with kie.post("/api/file-stream-upload", data=form) as response:
        return (await response.json())["data"]


def photo(kind="JPEG", padding=0):
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "taken at home"
    Image.new("RGB", (64, 48), "red").save(file, kind, exif=exif)
    return file.getvalue() + bytes(padding)


async def test_references_are_fetched_from_where_they_were_uploaded(server, kie):
    data = await upload(kie, photo(), "my cat 猫.jpg")
    assert data["filePath"] == "kieai/100200/images/my cat 猫.jpg"
    assert (data["mimeType"], data["fileSize"]) == ("image/jpeg", len(photo()))
    urls = [data["downloadUrl"]]
    job = await made(server, kie, "google/nano-banana-edit", image_urls=urls, aspect_ratio="auto")
    assert job.references == [photo()]
    assert "taken at home" in server.requests[0].text
    image = opened((await get(job.result_urls[0]))[2])
    assert image.width > image.height


@pytest.mark.parametrize(
    ("model", "content", "name", "code", "text"),
    [
        ("nano-banana-2", None, "gone.png", "400", FETCH_FAILED),
        ("nano-banana-2", b"GIF89a", "cat.gif", "422", UNAVAILABLE),
        ("nano-banana-2", photo()[:200], "half.jpg", "422", UNAVAILABLE),
        ("google/nano-banana-edit", photo(padding=10 << 20), "big.jpg", "422", UNAVAILABLE),
        ("nano-banana-pro", photo("WEBP"), "cat.png", "500", INTERNAL_ERROR),
    ],
    ids=["gone", "gif", "half", "big", "webp named png"],
)
async def test_references_of_no_use_fail_the_job(server, kie, model, content, name, code, text):
    address = server.url + "/" + name
    if content is not None:
        address = (await upload(kie, content, name))["downloadUrl"]
    field = "image_urls" if model.endswith("edit") else "image_input"
    job = await made(server, kie, model, **{field: [address]})
    assert (job.fail_code, job.fail_msg, server.paid) == (code, text, 0)


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"kind": "status", "code": 404}, 404, "application/json"),
        ({"kind": "status", "code": 403}, 403, "application/json"),
        ({"kind": "html"}, 200, "text/html"),
        ({"kind": "wrong_type"}, 200, "text/plain"),
        ({"kind": "redirect", "text": "http://10.0.0.1/"}, 302, "application/octet-stream"),
        ({"kind": "slow", "seconds": 0.001}, 200, "image/jpeg"),
        ({"kind": "huge", "size": 1 << 20}, 200, "image/jpeg"),
    ],
)
async def test_a_result_is_served_wrongly_once(server, kie, fault, status, kind):
    server.faults.add(Fault(where="result", **fault))
    job = await made(server, kie)
    spoilt, whole = await get(job.result_urls[0]), await get(job.result_urls[0])
    assert spoilt[:2] == (status, kind)
    assert (len(spoilt[2]) > 1 << 20) == (fault["kind"] == "huge")
    assert whole[:2] == (200, "image/jpeg")
    assert read_mark(whole[2]).job_id == job.id


async def test_a_result_is_cut_or_lies_about_its_address(server, kie):
    server.faults.add(Fault(where="result", kind="truncated"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await get((await made(server, kie)).result_urls[0])
    server.faults.add(Fault(where="result", kind="address", text="http://10.0.0.1/a.png"))
    assert (await made(server, kie)).result_urls == ["http://10.0.0.1/a.png"]
    server.faults.add(Fault(where="result", kind="wrong_extension", text="gif"))
    assert (await made(server, kie)).result_urls[0].endswith(".gif")


def test_a_fault_there_is_not_is_refused():
    with pytest.raises(ValueError, match="no fault 'lost' at record"):
        Fault(where="record", kind="lost")
