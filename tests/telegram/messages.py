"""Messages as Telegram sends them, to be read or handled."""

BOT = {"id": 123456, "is_bot": True, "first_name": "Nano", "username": "nano_banana_bot"}
ANN = {"id": 5, "is_bot": False, "first_name": "Ann", "language_code": "en"}
BOB = {"id": 6, "is_bot": False, "first_name": "Bob"}
OTHER_BOT = {"id": 7, "is_bot": True, "first_name": "Other", "username": "other_bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
AS_CHANNEL = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Ann"}
GROUP = {"id": -100, "type": "supergroup", "title": "Friends"}
CHANNEL = {"id": -200, "type": "channel", "title": "News"}


def size(name: str, pixels: int, size: int | None = None) -> dict:
    shown = {"file_id": name, "file_unique_id": f"u-{name}", "width": pixels, "height": pixels}
    return shown if size is None else shown | {"file_size": size}


def document(name: str, mime: str | None = "image/png", size: int = 900) -> dict:
    kind = {} if mime is None else {"mime_type": mime}
    return {"document": {"file_id": name, "file_unique_id": f"u-{name}", "file_size": size} | kind}


def sticker(*, animated: bool = False, video: bool = False) -> dict:
    looks = {"type": "regular", "is_animated": animated, "is_video": video}
    return {"sticker": size("sticker", 512, 30) | looks}


def raw(text: str = "", *, chat: dict = PRIVATE, sender: dict | None = ANN, **fields) -> dict:
    message = {"message_id": 10, "date": 1_800_000_000, "chat": chat, **fields}
    if sender:
        message["from"] = sender
    media = {"photo", "document", "sticker", "video"} & fields.keys()
    return message | ({"caption" if media else "text": text} if text else {})


PHOTO = {"photo": [size("small", 90), size("large", 1280, 700)]}
VIDEO = {"video": size("film", 640, 800) | {"duration": 3}}
MY_PICTURE = raw("a fox", chat=GROUP, sender=BOT, **PHOTO)
MY_FILE = raw("a fox", chat=GROUP, sender=BOT, **document("file"))
MY_TEXT = raw("🎨 Drawing: a fox", chat=GROUP, sender=BOT)
BOBS_PICTURE = raw("me", chat=GROUP, sender=BOB, **PHOTO)
TOPIC_OPENED = raw(chat=GROUP, forum_topic_created={"name": "Foxes", "icon_color": 7322096})
FROM_ELSEWHERE = {
    "origin": {"type": "hidden_user", "date": 1_800_000_000, "sender_user_name": "Eve"},
    **PHOTO,
}
