"""The page's own files have their types; the files of chats are shown or saved, never run."""

import pytest
from aiohttp import web

from bot.sandbox.page_files import PageFiles, picture_type
from bot.sandbox.page_guard import guard
from tests.sandbox.pages import refusal


@pytest.fixture
async def pages(tmp_path, aiohttp_client):
    """Whoever asks for the files of a folder that has others beside it."""
    place = tmp_path / "page"
    place.mkdir()
    for name in ("main.js", "notes.txt"):
        (place / name).write_text(name)
    (tmp_path / "secret.js").write_text("secret")
    (place / "way-out.js").symlink_to(tmp_path / "secret.js")
    app = web.Application(middlewares=[guard])
    app.router.add_get("/page/{path:.+}", PageFiles(place).file)
    return await aiohttp_client(app)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page/index.html", "text/html; charset=utf-8"),
        ("/page/main.js", "text/javascript; charset=utf-8"),
        ("/page/base.css", "text/css; charset=utf-8"),
        ("/page/icon.svg", "image/svg+xml"),
    ],
)
async def test_files_have_their_types_and_are_asked_for_anew(browser, path, kind):
    async with browser.session.get(path) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        etag = answer.headers["ETag"]
    async with browser.session.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/page/none.js",
        "/page/notes.txt",
        "/page/..%2fsecret.js",
        "/page/way-out.js",
        "/page/%00.js",
    ],
)
async def test_nothing_else_is_served(pages, path):
    async with pages.get("/page/main.js") as answer:
        assert await answer.text() == "main.js"
    async with pages.get(path) as answer:
        assert refusal((answer.status, await answer.json()))[0] == 404


async def test_pictures_are_shown_for_ever(telegram, browser, ann, picture):
    photo = telegram.send_photo(ann, picture(200, 100))["photo"]
    for size in photo:
        async with browser.session.get(f"/api/files/{size['file_id']}") as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
            assert "immutable" in answer.headers["Cache-Control"]
            assert await answer.read() == telegram.file_bytes(size["file_id"])


async def test_a_web_page_somebody_sends_is_saved_and_not_run(telegram, browser, ann):
    page = b"<script>alert(1)</script>"
    sent = telegram.send_document(ann, page, filename="a.html", mime_type="text/html")
    async with browser.session.get(f"/api/files/{sent['document']['file_id']}") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with browser.session.get("/api/files/none") as answer:
        assert refusal((answer.status, await answer.json())) == (404, "not_found", "file_id")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
def test_pictures_are_known_by_their_first_bytes(picture, kind):
    assert picture_type(picture(9, 9, kind)) == f"image/{kind.lower()}"
    assert picture_type(b"<svg>") is None


async def test_mini_apps_of_other_origins_load_the_script(browser):
    async with browser.session.get("/telegram-web-app.js") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "window.Telegram" in await answer.text()
