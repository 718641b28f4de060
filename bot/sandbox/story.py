"""The scripted conversation of the demo: the main job, played once from end to end."""

from typing import Any

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat
from bot.sandbox.demo import Demo
from bot.sandbox.painter import paint, prompt_sha, read_mark

# How many pictures the story brings.
PICTURES = 7


async def play(demo: Demo, *, patience: float) -> None:
    """Raises TimeoutError, saying what is missing, when an answer does not come in time."""
    telegram, friends = demo.telegram, demo.friends
    private = telegram.world.private(demo.ann)

    telegram.say(demo.ann, "/start")
    await _words(telegram, private, "Ann", patience)

    telegram.say(demo.ann, "/imagine a red fox in the snow --ar 16:9")
    await _pictures(telegram, private, "a red fox in the snow", 1, patience)

    photo = paint("a lake between blue mountains", ratio="4:3", file_format="jpg")
    telegram.send_photo(demo.ann, photo, caption="paint it as a watercolour")
    await _pictures(telegram, private, "paint it as a watercolour", 1, patience)

    telegram.say(demo.ann, "a cat on the moon --ar 16:99")
    await _words(telegram, private, "16:99", patience)

    topic = telegram.world.add_topic(friends, "Pictures", by=demo.bob)
    telegram.say(demo.bob, "/imagine a yellow banana astronaut --n 4", chat=friends, topic=topic)
    album = await _pictures(telegram, friends, "a yellow banana astronaut", 4, patience)

    telegram.say(demo.mei, "/imagine 换成夜晚", chat=friends, topic=topic, reply_to=album[0])
    await _pictures(telegram, friends, "换成夜晚", 1, patience)


async def _words(telegram: BotApiServer, chat: Chat, text: str, patience: float) -> None:
    def fits(message: dict[str, Any]) -> bool:
        return message["from"]["is_bot"] and text in message.get("text", "")

    await telegram.wait_for(fits, chat=chat, seconds=patience)


async def _pictures(
    telegram: BotApiServer, chat: Chat, prompt: str, count: int, patience: float
) -> list[dict[str, Any]]:
    """Wait for the pictures that were painted from this very prompt."""

    def fits(message: dict[str, Any]) -> bool:
        if not message["from"]["is_bot"] or "photo" not in message:
            return False
        content = telegram.file_bytes(message["photo"][-1]["file_id"])
        return read_mark(content).prompt_sha == prompt_sha(prompt)

    def found() -> list[dict[str, Any]]:
        return [message for message in telegram.messages(chat) if fits(message)]

    await telegram.wait_until(lambda: len(found()) >= count, seconds=patience)
    return found()
