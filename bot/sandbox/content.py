"""What a message says: text, captions, photos and documents, checked as Telegram does."""

from __future__ import annotations

from pathlib import PurePath

from bot.sandbox.arguments import Arguments, Upload
from bot.sandbox.entities import found, parse_html, trimmed
from bot.sandbox.files import StoredFile
from bot.sandbox.pictures import PHOTO_FORMATS, PHOTO_SUFFIXES, look
from bot.sandbox.refusals import BAD_FILE, Json, bad_request
from bot.sandbox.world import World

TEXT_LENGTH = 4096
CAPTION_LENGTH = 1024
PHOTO_BYTES = 10 << 20


def formatted(
    world: World, args: Arguments, name: str, entities_name: str
) -> tuple[str, list[Json]]:
    """A text parameter with its entities, from its parse mode or given beside it."""
    text = args.text(name).replace("\r", "")
    mode = args.text("parse_mode").lower()
    entities: list[Json] = []
    if mode == "html":
        text, entities = parse_html(text, world.user)
    elif mode in ("markdown", "markdownv2"):
        world.problems.append(f"{name}: parse_mode {mode} is not played here, use HTML")
    elif mode:
        raise bad_request("unsupported parse_mode")
    else:
        entities = [dict(entity) for entity in args.data(entities_name) or []]
    text, entities = trimmed(text, entities)
    return text, found(text, entities)


def text_content(world: World, args: Arguments) -> Json:
    """The fields of a text message."""
    text, entities = formatted(world, args, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if len(text) > TEXT_LENGTH:
        raise bad_request("message is too long")
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    if args.data("link_preview_options"):
        content["link_preview_options"] = args.data("link_preview_options")
    return content


def caption_content(world: World, args: Arguments) -> Json:
    """The fields of a caption; none if there is no caption."""
    caption, entities = formatted(world, args, "caption", "caption_entities")
    if len(caption) > CAPTION_LENGTH:
        raise bad_request("message caption is too long")
    content: Json = {"caption": caption} if caption else {}
    if entities:
        content["caption_entities"] = entities
    if args.flag("show_caption_above_media"):
        content["show_caption_above_media"] = True
    return content


def photo_content(world: World, args: Arguments, name: str = "photo") -> Json:
    """The fields of a photo message."""
    caption = caption_content(world, args)
    if args.flag("has_spoiler"):
        caption["has_media_spoiler"] = True
    file = _input(world, args, name, "Photo")
    if isinstance(file, StoredFile):
        return {"photo": file.shown, **caption}
    if len(file.data) > PHOTO_BYTES:
        size = len(file.data)
        text = f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_BYTES} bytes"
        raise bad_request(text)
    suffix = PurePath(file.filename).suffix.lower().lstrip(".")
    if suffix not in PHOTO_SUFFIXES | {"", "octet-stream"}:
        raise bad_request("photo has unsupported extension")
    picture = look(file.data)
    if picture is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if picture.format not in PHOTO_FORMATS:
        raise bad_request("photo has unsupported extension")
    if not picture.allowed:
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return {"photo": world.files.sent_photo(file.data), **caption}


def document_content(world: World, args: Arguments, name: str = "document") -> Json:
    """The fields of a document message."""
    caption = caption_content(world, args)
    file = _input(world, args, name, "Document")
    if isinstance(file, StoredFile):
        return {"document": file.shown[0], **caption}
    mime = file.mime_type
    document = world.files.document(file.data, filename=file.filename, mime_type=mime)
    return {"document": document, **caption}


def media_content(world: World, args: Arguments, item: Json) -> Json:
    """The fields for an `InputMediaPhoto` or `InputMediaDocument`."""
    kinds = {"photo": photo_content, "document": document_content}
    kind = str(item.get("type"))
    if kind not in kinds:
        raise bad_request(f'can\'t parse InputMedia: type "{kind}" is unsupported')
    if not item.get("media"):
        raise bad_request("can't parse InputMedia: media not found")
    return kinds[kind](world, args.within(item), "media")


def _input(world: World, args: Arguments, name: str, kind: str) -> Upload | StoredFile:
    value = args.text(name)
    attached = value.removeprefix("attach://") if value.startswith("attach://") else name
    upload = args.files.get(attached)
    if upload is not None and (not value or attached != name):
        if not upload.data:
            raise bad_request("file must be non-empty")
        return upload
    if not value:
        raise bad_request(f"there is no {kind.lower()} in the request")
    if value.startswith("attach://"):
        raise bad_request(BAD_FILE)
    if "://" in value:
        fetched = world.files.by_address.get(value)
        if fetched is None:
            raise bad_request("failed to get HTTP URL content")
        return fetched
    file = world.files.by_id.get(value)
    if file is None:
        raise bad_request(BAD_FILE)
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind} as {kind}")
    return file
