"""Pressing buttons in tests: by what stands on them or in their data, and what came of it."""

from typing import Any

from bot.sandbox.chats import Chat, Person
from bot.sandbox.jobs import Fault
from bot.sandbox.queries import Pressed
from tests.conftest import Studio

Message = dict[str, Any]


def now(studio: Studio, message: Message) -> Message:
    """The message as the chat shows it at this moment."""
    (found,) = [
        one
        for one in studio.telegram.messages(studio.telegram.world.chats[message["chat"]["id"]])
        if one["message_id"] == message["message_id"]
    ]
    return found


def buttons(message: Message) -> list[dict[str, Any]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def labels(message: Message) -> list[str]:
    return [one["text"] for one in buttons(message)]


def data(message: Message, label: str) -> str:
    (found,) = [one["callback_data"] for one in buttons(message) if label in one["text"]]
    return str(found)


def press(studio: Studio, person: Person, message: Message, label: str) -> str:
    """Returns the id of the press."""
    return studio.telegram.press(person, message, data(now(studio, message), label))


async def toast(studio: Studio, press_id: str) -> dict[str, Any]:
    """What a press was answered with."""
    await studio.telegram.wait_until(lambda: _answers(studio, press_id))
    (found,) = _answers(studio, press_id)
    return found


async def pressed(studio: Studio, person: Person, message: Message, label: str) -> str:
    """Press, and return the text of the answer."""
    return str((await toast(studio, press(studio, person, message, label)))["text"])


async def forge(
    studio: Studio, person: Person, message: Message | None, callback_data: str
) -> dict[str, Any]:
    """A press that no button of ours made, and what it was answered with."""
    number = str(7_000_000_000_000_000_000 + studio.telegram.world.next("forged"))
    world = studio.telegram.world
    # The sandbox takes answers only to presses it knows.
    chat = message["chat"]["id"] if message else 0
    world.queries.pressed[number] = Pressed(at=world.clock(), user_id=person.id, chat_id=chat)
    query = {"id": number, "from": person.user, "chat_instance": "1", "data": callback_data}
    where = {"message": message} if message else {"inline_message_id": "AQAAAA"}
    world.tell_bot("callback_query", person.id, {**query, **where})
    return await toast(studio, number)


async def settled(studio: Studio, chat: Chat, count: int) -> list[Message]:
    """Wait until the bot has left this many pictures in the chat, and nothing is under way."""

    def pictures() -> list[Message]:
        return [one for one in studio.from_bot(chat) if "photo" in one or "document" in one]

    await studio.telegram.wait_until(lambda: len(pictures()) >= count)
    await studio.quiet(chat)
    return pictures()


def jobs(studio: Studio) -> list[Any]:
    return list(studio.generator.jobs.values())


def prompts(studio: Studio) -> list[str]:
    return [str(one.input["prompt"]) for one in jobs(studio)]


def refuse(studio: Studio, times: int = 1) -> None:
    """The next jobs end without a picture, and the same again might not."""
    text = "CONTENT_POLICY_BLOCKED: flagged as sensitive."
    studio.generator.faults.add(
        Fault(where="outcome", kind="fail", code="422", text=text, times=times)
    )


def _answers(studio: Studio, press_id: str) -> list[dict[str, Any]]:
    answers = studio.telegram.callback_answers
    return [one for one in answers if one["callback_query_id"] == press_id]
