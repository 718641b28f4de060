"""Pictures, files and albums people send from the chat page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.arguments import Upload, read_parts
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person, Topic
from bot.sandbox.page_forms import Meant, Send, read_values
from bot.sandbox.page_guard import Wrong
from bot.sandbox.page_view import message_view
from bot.sandbox.pictures import look
from bot.sandbox.refusals import ApiError, Json

MOST_FILES = 10
MOST_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Uploads:
    """POST /api/send; `largest` bytes for all files of one message or album."""

    telegram: BotApiServer
    largest: int

    async def send(self, request: web.Request) -> web.Response:
        values, uploads = await self._read(request)
        form, meant = read_values(values, Send), Meant(self.telegram.world)
        person, chat, topic = meant.writable(form)
        reply = meant.reply(chat, form.reply_to)
        check_files(uploads, form.as_)
        match form.as_:
            case "sticker":
                data = uploads[0].data
                sent = [
                    self.telegram.send_sticker(person, data, chat=chat, topic=topic, reply_to=reply)
                ]
            case "photo":
                sent = self._photos(person, uploads, form.caption, chat, topic, reply)
            case _:
                sent = self._documents(person, uploads, form.caption, chat, topic, reply)
        return web.json_response([message_view(chat, one) for one in sent])

    async def _read(self, request: web.Request) -> tuple[dict[str, Any], list[Upload]]:
        if request.content_type != "multipart/form-data":
            words = "send multipart/form-data"
            raise Wrong("content_type", words, field="Content-Type", status=415)
        values: dict[str, Any] = {}
        try:
            parts = await read_parts(request, values, largest=self.largest, together=self.largest)
        except ApiError as error:
            words = f"file: more than {self.largest >> 20} MB"
            raise Wrong("too_large", words, field="file", status=413) from error
        except (ValueError, RuntimeError) as error:
            raise Wrong("invalid", f"body: {error}", field="body") from error
        if stray := [name for name, _ in parts if name != "file"]:
            raise Wrong("invalid", f"{stray[0]}: unknown file part", field=stray[0])
        given = {name: value for name, value in values.items() if value != ""}
        return given, [upload for _, upload in parts]

    def _photos(
        self,
        person: Person,
        uploads: list[Upload],
        caption: str,
        chat: Chat,
        topic: Topic | None,
        reply: Json | None,
    ) -> list[Json]:
        pictures = [upload.data for upload in uploads]
        if len(pictures) > 1:
            return self.telegram.send_album(
                person, pictures, caption=caption, chat=chat, topic=topic, reply_to=reply
            )
        sent = self.telegram.send_photo(
            person, pictures[0], caption=caption, chat=chat, topic=topic, reply_to=reply
        )
        return [sent]

    def _documents(
        self,
        person: Person,
        uploads: list[Upload],
        caption: str,
        chat: Chat,
        topic: Topic | None,
        reply: Json | None,
    ) -> list[Json]:
        files = [(one.filename, one.mime_type, one.data) for one in uploads]
        return self.telegram.send_documents(
            person, files, caption=caption, chat=chat, topic=topic, reply_to=reply
        )


def check_files(uploads: list[Upload], kind: str) -> None:
    """Raises Wrong when there are too many or too few, or one is of no use."""
    if not 1 <= len(uploads) <= (1 if kind == "sticker" else MOST_FILES):
        most = "one file" if kind == "sticker" else f"1 to {MOST_FILES} files"
        raise Wrong("invalid", f"file: {most}, please", field="file")
    for upload in uploads:
        if not upload.data:
            raise Wrong("invalid", f"file: {upload.filename} is empty", field="file")
        if kind == "photo" and not _is_photo(upload.data):
            words = f"file: {upload.filename} is no picture that can be sent as a photo"
            raise Wrong("not_a_picture", words, field="file")


def _is_photo(data: bytes) -> bool:
    picture = look(data)
    return picture is not None and picture.width * picture.height <= MOST_PIXELS
