"""What really happened, written down beside the bot, and what must never have happened."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from bot.task import Task


@dataclass
class Ledger:
    """`wrong` collects broken promises: an assertion inside a neighbour would be taken for trouble.

    `interruptions` are moments after which something done may not have been noted: a death, an
    answer that was lost, a disk that refused.
    """

    wrong: list[str] = field(default_factory=list)
    interruptions: int = 0
    deaths: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    # Jobs by picture, as far as the bot has ever written them down.
    known_jobs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    noted: set[str] = field(default_factory=set)
    sends: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    reports: Counter[str] = field(default_factory=Counter)
    put_off: Counter[str] = field(default_factory=Counter)
    stumbles: Counter[str] = field(default_factory=Counter)
    # Attempts to take a card away, or to learn which one it is, that came to nothing.
    cards_lost: int = 0
    # Pictures about which somebody lied to us, and the lie was taken down.
    lied_about: set[str] = field(default_factory=set)

    def saved(self, task: Task) -> None:
        if task.version != self.versions.get(task.id, 0) + 1:
            self.wrong.append(f"version {task.version} after {self.versions.get(task.id, 0)}")
        self.versions[task.id] = task.version
        for picture in task.pictures:
            if picture.job:
                self.known_jobs[picture.id].add(picture.job)
            if picture.message is not None:
                self.noted.add(picture.id)

    def read(self, task: Task) -> None:
        if task.version != self.versions.get(task.id, 0):
            self.wrong.append(f"read version {task.version} of {self.versions.get(task.id)}")

    def sent(self, picture: str) -> None:
        """A picture goes out: the first time, or again because nobody could know of the first."""
        before = self.sends[picture]
        if picture in self.noted:
            self.wrong.append(f"{picture} sent again although the first time was noted")
        if before and before[-1] == self.interruptions:
            self.wrong.append(f"{picture} sent again and nothing had come between")
        before.append(self.interruptions)

    @property
    def doubled(self) -> int:
        return sum(len(times) - 1 for times in self.sends.values())
