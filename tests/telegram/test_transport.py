"""Calls to Telegram over real connections: what goes out, and what is said when they fail."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from telegram import Bot, InputFile, InputMediaPhoto
from telegram.error import NetworkError, TimedOut

from bot.certificates import certificates
from bot.telegram.transport import NotSent, Times, Transport
from tests.ports import free_port

TOKEN = "123456:TEST-token_0123456789abcdefghijklmno"
MESSAGE = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}
CONTENT = bytes(range(256)) * 20_000


class Listener:
    """Says `ok` to everything, and keeps what it was told; `answer` may do something else."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []
        self.lengths: list[int | None] = []
        self.answer = self.ok

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.lengths.append(request.content_length)
        form = await request.post()
        self.told.append(
            {
                name: (value.filename, value.content_type, value.file.read())
                if isinstance(value, web.FileField)
                else value
                for name, value in form.items()
            }
        )
        return await self.answer(request)

    async def ok(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": MESSAGE})


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
async def bot(listener: Listener) -> AsyncIterator[Bot]:
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/{method:.*}", listener.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot = bot_at(runner.addresses[0][1], Times(connect=30, read=30, upload=60))
    yield bot
    await bot.shutdown()
    await bot.request.shutdown()
    await runner.cleanup()


def bot_at(port: int, times: Times) -> Bot:
    request = Transport(certificates=certificates(), times=times)
    return Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request)


async def test_words_alone_go_as_a_form(bot: Bot, listener: Listener) -> None:
    await bot.send_message(7, "a + b & 50 % 狐狸", disable_notification=True)
    assert listener.told == [
        {"chat_id": "7", "text": "a + b & 50 % 狐狸", "disable_notification": "true"}
    ]


@pytest.mark.parametrize("opened", [False, True], ids=["bytes", "an open file"])
async def test_a_picture_arrives_byte_for_byte_and_says_how_long_it_is(
    bot: Bot, listener: Listener, tmp_path: Path, opened: bool
) -> None:
    (tmp_path / "fox.png").write_bytes(CONTENT)
    with (tmp_path / "fox.png").open("rb") as file:
        photo = InputFile(file if opened else CONTENT, filename="狐 狸.png", read_file_handle=False)
        await bot.send_photo(7, photo, caption="a fox")
        # As when the photo was refused: the same again, as a file.
        await bot.send_document(7, photo)
        assert not file.closed
    (as_photo, as_file) = listener.told
    picture = ("狐 狸.png", "image/png", CONTENT)
    assert as_photo == {"chat_id": "7", "caption": "a fox", "photo": picture}
    assert as_file == {"chat_id": "7", "document": picture}
    assert all(length and length > len(CONTENT) for length in listener.lengths)


async def test_the_parts_of_an_album_are_named_in_its_words(bot: Bot, listener: Listener) -> None:
    async def album(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, "result": [MESSAGE, MESSAGE]})

    listener.answer = album
    media = [InputMediaPhoto(io.BytesIO(content), filename="a.png") for content in (b"one", b"two")]
    await bot.send_media_group(7, media)
    (told,) = listener.told
    parts = {
        f"attach://{name}": value[2] for name, value in told.items() if isinstance(value, tuple)
    }
    assert sorted(parts.values()) == [b"one", b"two"]
    assert all(name in str(told["media"]) for name in parts)


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    bot = bot_at(free_port(), Times())
    with pytest.raises(NotSent) as failure:
        await bot.send_message(7, "hello")
    await bot.request.shutdown()
    assert TOKEN not in str(failure.value)


async def test_an_answer_that_does_not_come_may_still_have_been_an_effect(
    bot: Bot, listener: Listener
) -> None:
    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    listener.answer = never
    bot.request.times = Times(read=0.2)
    with pytest.raises(TimedOut):
        await bot.send_message(7, "hello")


async def test_a_line_that_breaks_is_not_taken_for_one_that_never_was(
    bot: Bot, listener: Listener
) -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    listener.answer = hang_up
    with pytest.raises(NetworkError) as failure:
        await bot.send_message(7, "hello")
    assert not isinstance(failure.value, NotSent | TimedOut)
    # And it was not said twice by itself.
    assert len(listener.told) == 1


async def test_an_upload_that_stands_still_ends() -> None:
    async def take_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _reader._transport.pause_reading()  # type: ignore[attr-defined]
        await gone.wait()
        writer.close()

    gone = asyncio.Event()
    async with await asyncio.start_server(take_nothing, "127.0.0.1", 0) as server:
        bot = bot_at(server.sockets[0].getsockname()[1], Times(upload=0.2))
        with pytest.raises(TimedOut):
            await bot.send_photo(7, InputFile(CONTENT * 4, filename="fox.png"))
        gone.set()
        await bot.request.shutdown()


async def test_redirects_are_not_followed(bot: Bot, listener: Listener) -> None:
    async def elsewhere(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/bot/elsewhere")

    listener.answer = elsewhere
    with pytest.raises(NetworkError):
        await bot.send_message(7, "hello")
    assert len(listener.told) == 1
