"""Trouble at the generator on order: what goes wrong, where, how often."""

import asyncio
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.sandbox import contract

Where = Literal["create", "record", "outcome", "callback", "result", "upload"]

ADDRESS_FAULTS = ("address", "wrong_extension")
LATE_FAULTS = ("delay", "lost", "code_and_id")
ANSWERS = ("code", "status", "html", "malformed", "closed", "delay")
KINDS: Mapping[Where, tuple[str, ...]] = {
    "create": (*ANSWERS, "lost", "code_and_id"),
    "record": (*ANSWERS, "null", "empty"),
    "outcome": ("fail", "slow"),
    "callback": (
        *("lost", "doubled", "late", "early", "forged"),
        *("old_shape", "task_id", "webhook_page", "short", "malformed"),
    ),
    "result": (
        *("status", "html", "wrong_type", "truncated", "closed", "slow", "redirect", "huge"),
        *("wrong_extension", "address"),
    ),
    "upload": ANSWERS,
}
"""Which kinds of fault there are at each place; all wait `seconds` first, and `until` told to go on.

"delay", "late" and "slow" do only that (createTask: the job is there, the answer comes late).
"code" is HTTP 200 with a body code, "status" a true HTTP status, "closed" cuts before any effect,
"lost" cuts after the job was created (create) or sends nothing (callback), "address" and
"wrong_extension" change the address of the result, the other results change what is served there.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong `times` times, for requests whose prompt contains `match`.

    code: body code, HTTP status or failCode; text: msg, failMsg or address; seconds: how late;
    retry_after: the header's seconds; size: bytes of a huge body.
    """

    where: Where
    kind: str
    times: int = 1
    code: int | str = 500
    text: str = ""
    seconds: float = 0.0
    until: asyncio.Event | None = None
    retry_after: int | None = None
    size: int = 64 * 1024 * 1024
    match: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS[self.where]:
            raise ValueError(f"no fault {self.kind!r} at {self.where}: {KINDS[self.where]}")

    async def hold_up(self) -> None:
        """Return when it has waited long enough."""
        await asyncio.sleep(self.seconds)
        if self.until is not None:
            await self.until.wait()

    @property
    def message(self) -> str:
        return self.text or contract.MESSAGES.get(int(self.code), contract.MESSAGES[500])


class Faults:
    """The faults still to happen, in order. `listeners` hear of every change."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[], None]] = []
        self._queue: list[tuple[Fault, int]] = []

    def add(self, *faults: Fault) -> None:
        self._queue += [(fault, fault.times) for fault in faults]
        self._tell()

    def clear(self) -> None:
        self._queue.clear()
        self._tell()

    @property
    def pending(self) -> tuple[tuple[Fault, int], ...]:
        """Each fault with how often it is still going to happen."""
        return tuple(self._queue)

    def take(
        self,
        where: Where,
        prompt: str = "",
        *,
        only: Container[str] | None = None,
        skip: Container[str] = (),
    ) -> Fault | None:
        """The next fault for this place, prompt and kind; it has then happened once."""
        for index, (fault, left) in enumerate(self._queue):
            wanted = fault.kind not in skip and (only is None or fault.kind in only)
            if fault.where == where and wanted and fault.match in prompt:
                self._queue[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                self._tell()
                return fault
        return None

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()
