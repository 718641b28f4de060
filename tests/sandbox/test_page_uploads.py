"""Pictures, files, albums and stickers from the page, within its limits."""

import io

import aiohttp
import pytest

from tests.sandbox.pages import refusal

JPEG = "image/jpeg"


async def test_one_photo_and_an_album(telegram, browser, ann, started, picture):
    place = {"person": ann.id, "chat": ann.id, "as": "photo", "caption": "make it blue"}
    status, (photo,) = await browser.send(("a.jpg", picture(40, 30), JPEG), **place)
    assert (status, photo["caption"], photo["photo"][-1]["width"]) == (200, "make it blue", 40)
    assert "media_group_id" not in photo
    files = [(f"{n}.jpg", picture(), JPEG) for n in range(3)]
    reply = {"reply_to": photo["message_id"]}
    _, album = await browser.send(*files, **place, **reply)
    assert len({one["media_group_id"] for one in album}) == 1
    assert [one.get("caption") for one in album] == ["make it blue", None, None]
    assert album[0]["reply_to_message"]["message_id"] == photo["message_id"]


async def test_files_keep_names_types_and_bytes(telegram, browser, ann, started):
    place = {"person": ann.id, "chat": ann.id, "as": "document"}
    _, (document,) = await browser.send(("a b.txt", b"one\ntwo", "text/plain"), **place)
    assert (document["document"]["file_name"], document["document"]["mime_type"]) == (
        "a b.txt", "text/plain",
    )  # fmt: skip
    assert telegram.file_bytes(document["document"]["file_id"]) == b"one\ntwo"
    _, both = await browser.send(
        ("a.txt", b"1", "text/plain"), ("b.txt", b"2", "text/plain"), **place
    )
    assert len({one["media_group_id"] for one in both}) == 1


async def test_a_sticker(telegram, browser, ann, started, picture):
    data = picture(9, 9, "WEBP")
    place = {"person": ann.id, "chat": ann.id, "as": "sticker"}
    _, (sticker,) = await browser.send(("a.webp", data, "image/webp"), **place)
    assert telegram.file_bytes(sticker["sticker"]["file_id"]) == data


@pytest.mark.parametrize(
    ("files", "fields", "wrong"),
    [
        ([], {}, (400, "invalid", "file")),
        ([b"x"] * 11, {"as": "document"}, (400, "invalid", "file")),
        ([b"x"] * 2, {"as": "sticker"}, (400, "invalid", "file")),
        ([b""], {"as": "document"}, (400, "invalid", "file")),
        ([b"words"], {}, (400, "not_a_picture", "file")),
        ([b"x"], {"as": "song"}, (400, "invalid", "as")),
        ([b"x"], {"as": "document", "caption": "x" * 1025}, (400, "invalid", "caption")),
        ([b"x"], {"as": "document", "person": "x"}, (400, "invalid", "person")),
        ([b"x"], {"as": "document", "topic": 7}, (400, "unknown_topic", "topic")),
        ([b"x" * ((1 << 20) + 1)], {"as": "document"}, (413, "too_large", "file")),
        ([b"x" * (600 << 10)] * 2, {"as": "document"}, (413, "too_large", "file")),
    ],
)
async def test_what_cannot_be_sent(telegram, browser, ann, started, files, fields, wrong):
    parts = [("a.bin", data, "application/octet-stream") for data in files]
    place = {"person": ann.id, "chat": ann.id, "as": "photo", **fields}
    assert refusal(await browser.send(*parts, **place)) == wrong
    assert len(started.messages) == 1


async def test_only_forms_with_known_parts(browser, ann, started):
    answer = await browser.post("send", person=ann.id)
    assert refusal(answer) == (415, "content_type", "Content-Type")
    stray = aiohttp.FormData({"person": str(ann.id)})
    stray.add_field("picture", io.BytesIO(b"x"), filename="a.bin")
    async with browser.session.post("/api/send", data=stray) as response:
        assert refusal((response.status, await response.json())) == (400, "invalid", "picture")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    async with browser.session.post("/api/send", data=b"--y", headers=broken) as response:
        assert refusal((response.status, await response.json())) == (400, "invalid", "body")
