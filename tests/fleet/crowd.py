"""Hundreds of people in private and in groups, and a program: who asks for what, and when."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.chats import Chat, Person
from tests.conftest import photo
from tests.faults.ledger import Place

PROGRAM, PROGRAM_TOKEN = "shop", "shop-token-0123456789"
_MEMBERS = 3
# How often, of a hundred.
_KINDS = {"text": 70, "photo": 15, "album": 3, "program": 12}
_PHOTOS = [photo(320, 240, colour) for colour in ("seagreen", "navy", "tomato")]
_AGAIN = 0.2
_CALLED_WITHIN = 60.0


@dataclass(eq=False)
class Crowd:
    """`chats` of which a tenth are groups; `door` is where programs call. `asked` are the places of
    the messages that ask, `called` the tasks of the program.
    """

    telegram: BotApiServer
    door: str
    chats: int
    chance: random.Random
    asked: list[Place] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    again: int = 0

    def __post_init__(self) -> None:
        world = self.telegram.world
        groups = self.chats // 10
        people = [world.add_person(f"P{number}") for number in range(self.chats - groups)]
        self._places: list[tuple[Person, Chat | None]] = [(person, None) for person in people]
        for number in range(groups):
            members = self.chance.sample(people, k=min(_MEMBERS, len(people)))
            group = world.add_group(f"G{number}", members=members, supergroup=number % 2 == 0)
            self._places.append((members[0], group))

    async def ask(self, count: int, *, a_second: float) -> None:
        """So many tasks, the chats in turn."""
        headers = {"Authorization": f"Bearer {PROGRAM_TOKEN}"}
        async with (
            aiohttp.ClientSession(self.door, headers=headers) as program,
            asyncio.TaskGroup() as calls,
        ):
            for number in range(count):
                (kind,) = self.chance.choices(list(_KINDS), weights=list(_KINDS.values()))
                self.kinds[kind] += 1
                if kind == "program":
                    calls.create_task(self._call(program, number))
                else:
                    person, group = self._places[number % len(self._places)]
                    self._say(kind, person, group, f"fox {number}")
                await asyncio.sleep(self.chance.expovariate(a_second))

    def _say(self, kind: str, person: Person, group: Chat | None, text: str) -> None:
        if group is not None:
            text = f"/imagine {text}"
        match kind:
            case "text":
                message = self.telegram.say(person, text, chat=group)
            case "photo":
                content = self.chance.choice(_PHOTOS)
                message = self.telegram.send_photo(person, content, caption=text, chat=group)
            case _:
                message, *_ = self.telegram.send_album(person, _PHOTOS, caption=text, chat=group)
        self.asked.append((message["chat"]["id"], message["message_id"]))

    async def _call(self, program: aiohttp.ClientSession, number: int) -> None:
        """As a program should: the same call again, with the same key, until it is taken."""
        body, headers = {"prompt": f"hen {number}"}, {"Idempotency-Key": f"call {number}"}
        async with asyncio.timeout(_CALLED_WITHIN):
            while True:
                try:
                    async with program.post(
                        "/api/generate/image", json=body, headers=headers
                    ) as answer:
                        if answer.status == 200:
                            said: dict[str, Any] = await answer.json()
                            self.called.append(str(said["taskId"]))
                            return
                except aiohttp.ClientError:
                    pass
                self.again += 1
                await asyncio.sleep(_AGAIN)
