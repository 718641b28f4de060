"""What may have been taken over by others is not sent by us."""

from dataclasses import dataclass, field

import pytest

from bot.errors import Transient
from bot.fencing import Fenced
from bot.neighbours import Sent
from tests.stage import a_task


@dataclass
class Chats:
    said: list[str] = field(default_factory=list)

    async def fetch(self, source: str) -> bytes:
        return source.encode()

    async def deliver(self, task):
        for picture in task.pictures:
            self.said.append("picture")
            yield [Sent(picture=picture.id, message=1)]

    async def report(self, _task) -> None:
        self.said.append("report")

    async def fill(self, _task) -> None:
        self.said.append("fill")


async def test_what_is_ours_is_sent():
    chats, task = Chats(), a_task(2)
    fenced = Fenced(people=chats, ours=lambda: True)
    assert [sent[0].picture async for sent in fenced.deliver(task)] == [
        one.id for one in task.pictures
    ]
    await fenced.report(task)
    await fenced.fill(task)
    assert chats.said == ["picture", "picture", "report", "fill"]


async def test_what_is_not_ours_is_not_said_and_comes_back_later():
    chats = Chats()
    fenced = Fenced(people=chats, ours=lambda: False)
    with pytest.raises(Transient):
        await anext(fenced.deliver(a_task()))
    with pytest.raises(Transient):
        await fenced.report(a_task())
    with pytest.raises(Transient):
        await fenced.fill(a_task())
    assert chats.said == []
    assert await fenced.fetch("a") == b"a"


async def test_what_is_lost_in_the_middle_ends_there_and_what_was_sent_is_known():
    chats = Chats()
    answers = [True, False]
    fenced = Fenced(people=chats, ours=lambda: answers.pop(0))
    known: list[Sent] = []

    async def listen() -> None:
        async for sent in fenced.deliver(a_task(3)):
            known.extend(sent)

    with pytest.raises(Transient):
        await listen()
    assert (len(known), chats.said) == (1, ["picture"])
