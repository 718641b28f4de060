"""What people do in inline mode, and what they are shown."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.chats import Chat, Person
from bot.sandbox.queries import InlineAnswer
from tests.conftest import Studio


@dataclass(frozen=True)
class Offered:
    """The list above the input line."""

    query: str
    answer: InlineAnswer

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.answer.results]

    def shown(self, result: str) -> dict[str, Any]:
        return next(one.shown for one in self.answer.results if one.id == result)


async def offered(
    studio: Studio, person: Person, text: str = "", *, chat: Chat | None = None, offset: str = ""
) -> Offered:
    """The person types `@bot text` and waits for the answer."""
    query_id = studio.telegram.ask_inline(person, text, chat=chat, offset=offset)
    query = studio.telegram.world.queries.inline[query_id]
    await studio.telegram.wait_until(lambda: query.answer is not None)
    assert query.answer is not None
    return Offered(query_id, query.answer)


async def draw_here(studio: Studio, person: Person, text: str, *, chat: Chat) -> dict[str, Any]:
    """The person chooses to draw in that chat; gives the placeholder."""
    offer = await offered(studio, person, text, chat=chat)
    return studio.telegram.choose(person, offer.query, "draw", chat=chat)


async def filled(studio: Studio, placeholder: dict[str, Any], kind: str) -> dict[str, Any]:
    """Wait until the placeholder has become `photo` or `document`."""
    number, chat = placeholder["message_id"], placeholder["chat"]["id"]
    return await studio.telegram.wait_for(
        lambda message: message["message_id"] == number and kind in message,
        chat=studio.telegram.world.chats[chat],
    )


async def told(studio: Studio, placeholder: dict[str, Any], text: str) -> dict[str, Any]:
    """Wait until the placeholder says this."""
    number, chat = placeholder["message_id"], placeholder["chat"]["id"]
    return await studio.telegram.wait_for(
        lambda message: message["message_id"] == number and text in message.get("text", ""),
        chat=studio.telegram.world.chats[chat],
    )


async def started(studio: Studio, person: Person) -> Chat:
    """The person's private chat, which is open to the bot."""
    studio.telegram.say(person, "/start")
    chat = studio.chat(person)
    await studio.telegram.wait_for(lambda message: message["from"]["is_bot"], chat=chat)
    return chat


async def drawn(studio: Studio, person: Person, prompt: str) -> dict[str, Any]:
    """The person has a picture drawn in private."""
    last = max((one["message_id"] for one in studio.telegram.messages()), default=0)
    studio.telegram.say(person, prompt)
    caption = prompt.partition(" --")[0]
    return await studio.picture(studio.chat(person), caption, after=last)
