"""The real store and the picture files, behind the gate and with troubles of their own."""

from collections.abc import Callable
from datetime import datetime

from bot.credits import Payment
from bot.errors import Reason, Refused, Transient
from bot.line import InLine, Room
from bot.neighbours import Unheard
from bot.storage.line import LineStore
from bot.storage.tasks import TaskStore
from bot.task import StoredFile, Task
from tests.fakes import MemoryPictures, Troubled
from tests.model.ledger import Ledger
from tests.model.life import Life, StraightDatabase

FULL = Transient(Reason.INTERNAL, "database or disk is full")
BROKEN = b"broken"


class Disk(Troubled):
    """Fits `neighbours.Store`, `Schedule` and `History`, `line.Queue` and `outlook.Experience`."""

    def __init__(self, database: StraightDatabase, ledger: Ledger, life: Life) -> None:
        super().__init__()
        self._tasks = TaskStore(database)
        self._line = LineStore(database)
        self._ledger = ledger
        self._life = life

    def _meet(self, method: str) -> None:
        try:
            super()._meet(method)
        except Exception:
            self._ledger.interruptions += 1
            raise

    async def add(self, task: Task, payment: Payment | None = None) -> Task:
        await self._life.gate()
        self._meet("save")
        written = await self._tasks.add(task, payment)
        self._ledger.versions.setdefault(written.id, written.version)
        await self._life.gate()
        return written

    async def get(self, task_id: str) -> Task | None:
        return await self._read(lambda: self._tasks.get(task_id))

    async def find(self, picture_id: str) -> Task | None:
        return await self._read(lambda: self._tasks.find(picture_id))

    async def save(self, task: Task, before: Task | None = None) -> Task | None:
        await self._life.gate()
        self._meet("save")
        saved = await self._tasks.save(task, before)
        if saved:
            self._ledger.saved(saved)
        await self._life.gate()
        return saved

    async def unheard(self, chat: int, person: int | None) -> list[Unheard]:
        await self._life.gate()
        self._meet("read")
        return await self._tasks.unheard(chat, person)

    async def due(self, now: datetime, limit: int) -> tuple[list[str], datetime | None]:
        await self._life.gate()
        self._meet("due")
        return await self._tasks.due(now, limit)

    async def next(self, room: Room) -> tuple[list[InLine], int]:
        await self._life.gate()
        self._meet("line")
        return await self._line.next(room)

    async def order(self) -> list[InLine]:
        await self._life.gate()
        self._meet("line")
        return await self._line.order()

    async def typical(self, model: str) -> float | None:
        await self._life.gate()
        return await self._line.typical(model)

    async def _read(self, ask: Callable[[], object]) -> Task | None:
        await self._life.gate()
        self._meet("read")
        task = await ask()
        if task:
            self._ledger.read(task)
        await self._life.gate()
        return task


class Files(MemoryPictures):
    """Picture files; they outlive the process."""

    def __init__(self) -> None:
        super().__init__()
        self.life: Life | None = None

    async def keep_result(self, content: bytes) -> StoredFile:
        await self.life.gate()
        if content.startswith(BROKEN):
            raise Refused(Reason.BAD_RESULT, "not a picture")
        file = await super().keep_result(content)
        await self.life.gate()
        return file

    async def keep_reference(self, content: bytes) -> StoredFile:
        await self.life.gate()
        file = await super().keep_reference(content)
        await self.life.gate()
        return file

    async def read(self, name: str) -> bytes:
        await self.life.gate()
        return await super().read(name)
