"""The generator fetches the pictures it is to work from, and says when it cannot."""

import io

import aiohttp
import pytest
from PIL import Image

from bot.sandbox.contract import FETCH_FAILED, INTERNAL_ERROR, UNAVAILABLE
from tests.sandbox.kie import get, made


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
    image = Image.open(io.BytesIO((await get(job.result_urls[0]))[2]))
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
