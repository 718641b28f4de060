"""Files the bot names by address are fetched as Telegram does it, but from this machine only."""

import pytest
from aiohttp import web
from telegram import InlineQueryResultPhoto, InputMediaPhoto
from telegram.error import BadRequest

from bot.sandbox.addresses import named
from bot.sandbox.arguments import Arguments


@pytest.fixture
async def shelf(picture):
    """A server with a picture, a text, something huge and a way round."""

    async def serve(request):
        name = request.match_info["name"]
        if name == "round":
            raise web.HTTPFound("/fox.jpg")
        bodies = {"fox.jpg": picture(40, 30), "text.jpg": b"words", "huge.jpg": bytes(21 << 20)}
        if name not in bodies:
            raise web.HTTPNotFound
        return web.Response(body=bodies[name], content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/{name}", serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_picture_is_sent_by_its_address(bot, telegram, ann, started, shelf, picture):
    sent = await bot.send_photo(ann.id, f"{shelf}/fox.jpg")
    assert telegram.file_bytes(sent.photo[-1].file_id) == picture(40, 30)
    document = (await bot.send_document(ann.id, f"{shelf}/fox.jpg")).document
    assert (document.file_name, document.mime_type) == ("fox.jpg", "image/jpeg")
    album = [InputMediaPhoto(f"{shelf}/fox.jpg"), InputMediaPhoto(f"{shelf}/fox.jpg")]
    assert len(await bot.send_media_group(ann.id, album)) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.jpg", "failed to get http url content"),
        ("huge.jpg", "failed to get http url content"),
        ("round", "failed to get http url content"),
        ("text.jpg", "image_process_failed"),
    ],
)
async def test_what_cannot_be_had_or_is_no_picture(bot, ann, started, shelf, name, words):
    with pytest.raises(BadRequest) as refusal:
        await bot.send_photo(ann.id, f"{shelf}/{name}")
    assert words in refusal.value.message.lower()


async def test_inline_results_and_inline_edits_may_name_addresses(
    bot, telegram, ann, started, shelf
):
    address = f"{shelf}/fox.jpg"
    query_id = telegram.ask_inline(ann)
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    result = InlineQueryResultPhoto("1", address, address, api_kwargs={"reply_markup": markup})
    await bot.answer_inline_query(query_id, [result])
    shown = telegram.world.queries.inline[query_id].answer.results[0].shown
    message = telegram.choose(ann, query_id, "1")
    assert shown["photo_file_id"] == message["photo"][-1]["file_id"]
    (inline_id,) = telegram.world.queries.sent
    assert await bot.edit_message_media(
        InputMediaPhoto(address, caption="new"), inline_message_id=inline_id
    )
    assert started.messages[message["message_id"]]["caption"] == "new"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"photo": "http://a/x"}, {"http://a/x"}),
        ({"text": "http://a/x"}, set()),
        ({"media": '[{"media":"http://a/x","caption":"http://b"}]'}, {"http://a/x"}),
        ({"media": '{"media":"attach://x"}'}, {"attach://x"}),
        ({"results": '[{"photo_url":"http://a/x","thumbnail_url":"http://b"}]'}, {"http://a/x"}),
        ({"media": "[{"}, set()),
        ({"photo": "AgAC"}, set()),
    ],
)
def test_only_places_for_files_are_looked_at(values, found):
    assert named(Arguments(values)) == found
