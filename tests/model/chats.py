"""The people's side: chats that open and close, and remember all that was said in them."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.errors import Reason, Refused, Transient, Unclear
from bot.neighbours import Sent
from bot.outlook import Outlook
from bot.task import Task
from tests.fakes import Troubled
from tests.model.disk import Files
from tests.model.kie import Kie
from tests.model.ledger import Ledger
from tests.model.life import Life

AWAY = Transient(Reason.UNDELIVERABLE, "502")
FLOOD = Transient(Reason.UNDELIVERABLE, "429", retry_after=300)
LOST = Unclear(Reason.UNDELIVERABLE, "timed out")
BLOCKED = Refused(Reason.UNDELIVERABLE, "bot was blocked by the user")


@dataclass(slots=True)
class Message:
    """`about` is what was asked for in the task it belongs to."""

    kind: str
    about: str
    pictures: tuple[str, ...] = ()


class Chats(Troubled):
    """Fits `neighbours.People` and `cards.CardBoard`. An `Unclear` loses the answer, not the message."""

    def __init__(self, ledger: Ledger, files: Files, kie: Kie) -> None:
        super().__init__()
        self._ledger = ledger
        self._files = files
        self._kie = kie
        self.life: Life | None = None
        # The chats where something asked for may be brought.
        self.asked: dict[str, set[int]] = {}
        self.messages: dict[int, dict[int, Message]] = defaultdict(dict)
        self.closed: set[int] = set()
        self.ever_closed: set[int] = set()
        self.album = 10
        self._count = 0

    async def fetch(self, source: str) -> bytes:
        await self.life.gate()
        self._meet("fetch")
        return source.encode()

    async def show(self, task: Task, outlook: Outlook) -> int | None:
        if outlook.place is not None and not any(one.queued for one in task.pictures):
            self._ledger.wrong.append(f"{task.id} has a place in a line it does not stand in")
        return await self._say("show_card", task, Message("card", task.order.prompt))

    async def update(self, task: Task, outlook: Outlook) -> None:
        await self.life.gate()
        self._open("update_card", task)

    async def close(self, task: Task) -> None:
        await self.life.gate()
        try:
            self._open("close_card", task)
        except Exception:
            self._ledger.cards_lost += 1
            raise
        if card := self.messages[task.origin.chat].get(task.card):
            card.kind = "cancelled"
        await self.life.gate()

    async def remove(self, task: Task) -> None:
        await self.life.gate()
        try:
            self._open("remove_card", task)
        except Exception:
            self._ledger.cards_lost += 1
            raise
        self.messages[task.origin.chat].pop(task.card, None)
        await self.life.gate()

    async def deliver(self, task: Task) -> AsyncIterator[list[Sent]]:
        waiting = [one for one in task.pictures if one.deliverable]
        for start in range(0, len(waiting), self.album):
            batch = waiting[start : start + self.album]
            shown = []
            for picture in batch:
                content = await self._files.read(picture.file.name)
                shown.append(content.decode())
            message = Message("pictures", task.order.prompt, tuple(shown))
            number = await self._say("deliver", task, message, [one.id for one in batch])
            yield [Sent(picture=one.id, message=number) for one in batch]

    async def report(self, task: Task) -> None:
        await self._say("report", task, Message("report", task.order.prompt))

    async def fill(self, task: Task) -> None:
        self._ledger.wrong.append(f"{task.id} fills a message, and nobody asked from another chat")

    def cards(self) -> int:
        """How many are left standing."""
        said = [one for chat in self.messages.values() for one in chat.values()]
        return sum(one.kind == "card" for one in said)

    # --- behind the scenes ---------------------------------------------------------------

    async def _say(self, how: str, task: Task, message: Message, pictures: list[str] = ()) -> int:
        await self.life.gate()
        try:
            self._open(how, task)
        except Transient as failure:
            self._ledger.put_off[task.id] += how != "show_card"
            if isinstance(failure, Unclear):
                self._arrived(task, message, pictures)
                self._ledger.interruptions += 1
            raise
        number = self._arrived(task, message, pictures)
        await self.life.gate()
        return number

    def _open(self, how: str, task: Task) -> None:
        if task.origin.chat in self.closed:
            raise BLOCKED
        self._meet(how)

    def _arrived(self, task: Task, message: Message, pictures: list[str]) -> int:
        """A message is in a chat: is it the chat that asked, and are these its pictures?"""
        chat = task.origin.chat
        if chat not in self.asked[message.about]:
            self._ledger.wrong.append(f"{message} went to chat {chat}")
        for job in message.pictures:
            if self._kie.jobs[job].prompt != message.about:
                self._ledger.wrong.append(f"{job} is not what {message.about} asked for")
        for picture in pictures:
            self._ledger.sent(picture)
        self._ledger.reports[task.id] += message.kind == "report"
        self._count += 1
        self.messages[chat][self._count] = message
        return self._count
