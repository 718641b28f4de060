"""What operators look up about one person or chat: what was asked there of late."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One task, in short: `ending` in a word, None while it goes on."""

    task: str
    at: datetime
    ending: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Tasks since some time, how they ended (in a word), and the newest of them."""

    tasks: int = 0
    endings: Mapping[str, int] = field(default_factory=dict)
    newest: tuple[Asked, ...] = ()


class Dossiers(Protocol):
    """On disk. Raises Transient."""

    async def of(self, number: int, since: datetime) -> Dossier:
        """Of a person, or of a group, whose number is below zero."""
