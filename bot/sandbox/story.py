"""The scripted conversation of the demo: what people do with the bot, played once from end to end."""

import asyncio
from collections.abc import Callable
from typing import Any

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from bot.sandbox.demo import Demo
from bot.sandbox.painter import paint, prompt_sha, read_mark

# So long people look at a picture before they press a button under it, in seconds.
LOOK = 1.5
# How many pictures the story brings.
PICTURES = 11

Message = dict[str, Any]
# What the transcript is told that is no message: a name, and what is done.
Note = Callable[[str], None]


async def play(demo: Demo, *, patience: float, note: Note) -> None:
    """Raises TimeoutError, saying what is missing, when an answer does not come in time."""
    await _alone(demo, patience, note)
    await _among_friends(demo, patience)
    await _in_chinese(demo, patience, note)


async def _alone(demo: Demo, patience: float, note: Note) -> None:
    """A picture, changed by its button and by a reply; a photo; a typo."""
    telegram, ann = demo.telegram, demo.ann
    private = telegram.world.private(ann)

    telegram.say(ann, "/start")
    await _words(telegram, private, "Ann", patience)

    telegram.say(ann, "/imagine a red fox in the snow --ar 16:9")
    (fox,) = await _pictures(telegram, private, "a red fox in the snow", 1, patience)
    await asyncio.sleep(LOOK)
    _press(telegram, ann, fox, "✏️ Edit", note)
    question = await _words(telegram, private, "What shall I change", patience)
    telegram.say(ann, "give it a yellow scarf", reply_to=question)
    (scarf,) = await _pictures(telegram, private, "give it a yellow scarf", 1, patience)
    telegram.say(ann, "now at night", reply_to=scarf)
    await _pictures(telegram, private, "now at night", 1, patience)

    photo = paint("a lake between blue mountains", ratio="4:3", file_format="jpg")
    telegram.send_photo(ann, photo, caption="paint it as a watercolour")
    await _pictures(telegram, private, "paint it as a watercolour", 1, patience)

    telegram.say(ann, "a cat on the moon --ar 16:99")
    await _words(telegram, private, "16:99", patience)


async def _among_friends(demo: Demo, patience: float) -> None:
    """An album in a topic, and somebody else who goes on from one of its pictures."""
    telegram, friends = demo.telegram, demo.friends
    topic = telegram.world.add_topic(friends, "Pictures", by=demo.bob)
    telegram.say(demo.bob, "/imagine a yellow banana astronaut --n 4", chat=friends, topic=topic)
    album = await _pictures(telegram, friends, "a yellow banana astronaut", 4, patience)
    await _words(telegram, friends, "🖼", patience)

    telegram.say(demo.mei, "/imagine 换成夜晚", chat=friends, topic=topic, reply_to=album[1])
    await _pictures(telegram, friends, "换成夜晚", 1, patience)


async def _in_chinese(demo: Demo, patience: float, note: Note) -> None:
    """A wish for several pictures, which the bot asks about before it draws them."""
    telegram, mei = demo.telegram, demo.mei
    private = telegram.world.private(mei)
    telegram.say(mei, "一只{红色,蓝色}的狐狸 --ar 竖")
    question = await _words(telegram, private, "要画吗", patience)
    _press(telegram, mei, question, "✅ 画 2 张", note)
    await _pictures(telegram, private, "一只红色的狐狸", 1, patience)
    await _pictures(telegram, private, "一只蓝色的狐狸", 1, patience)
    await _words(telegram, private, "🖼", patience)


def _press(
    telegram: BotApiServer, person: Person, message: Message, button: str, note: Note
) -> None:
    note(f"({person.first_name} presses {button})")
    telegram.press(person, message, button)


async def _words(telegram: BotApiServer, chat: Chat, text: str, patience: float) -> Message:
    def fits(message: Message) -> bool:
        return message["from"]["is_bot"] and text in message.get("text", "")

    return await telegram.wait_for(fits, chat=chat, seconds=patience)


async def _pictures(
    telegram: BotApiServer, chat: Chat, prompt: str, count: int, patience: float
) -> list[Message]:
    """Wait for the pictures that were painted from this very prompt, and for the card to go."""

    def fits(message: Message) -> bool:
        if not message["from"]["is_bot"] or "photo" not in message:
            return False
        content = telegram.file_bytes(message["photo"][-1]["file_id"])
        return read_mark(content).prompt_sha == prompt_sha(prompt)

    def found() -> list[Message]:
        return [message for message in telegram.messages(chat) if fits(message)]

    def is_card(message: Message) -> bool:
        is_bots = bool(message["from"]["is_bot"])
        return is_bots and str(message.get("text", "")).startswith("🎨")

    def are_there() -> bool:
        return len(found()) >= count and not any(map(is_card, telegram.messages(chat)))

    await telegram.wait_until(are_there, seconds=patience)
    return found()
