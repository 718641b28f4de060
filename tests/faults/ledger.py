"""What was asked, what came of it, and what was paid: the accounts of a soak."""

import itertools
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.jobs import Job

CARD = "🎨"
DIED = "the process died"

# The chat and the number of a message that asks.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that asks for `count` pictures."""

    chat: int
    message: int
    count: int


@dataclass(slots=True)
class Report:
    figures: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=lambda: ["nothing was played"])
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.wrong

    def text(self) -> str:
        width = max(map(len, self.figures), default=0)
        lines = [f"{name:<{width}}  {value}" for name, value in self.figures.items()]
        lines += [f"  {note}" for note in self.notes]
        lines += [f"WRONG: {line}" for line in self.wrong]
        return "\n".join(lines)


@dataclass(eq=False)
class Ledger:
    asked: list[Asked] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    # What the bot's log says about a task, and the jobs whose acceptance it has seen.
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    accepted: set[str] = field(default_factory=set)

    def hear(self, line: dict[str, Any]) -> None:
        event = str(line.get("event"))
        self.events[event] += 1
        if task := line.get("task"):
            self.lines[str(task)].append(line)
        if event == "submitted":
            self.accepted.add(str(line["job"]))

    def report(self, database: Path, telegram: BotApiServer, generator: GeneratorServer) -> Report:
        tasks = _tasks(database)
        pictures, told, cards = answers(telegram)
        left = Counter(self._why_left(tasks.get(place)) for place in cards.elements())
        report = Report(wrong=[])
        delivered = doubled = unsaid = lost = partly = died = 0
        for one in self.asked:
            place = one.chat, one.message
            task = tasks.get(place)
            got, said = pictures[place], told[place]
            delivered += got > 0
            if task is None:
                lost += 1
                report.wrong.append(f"lost: {one}")
            elif not got and not said:
                unsaid += 1
                report.wrong.append(f"unsaid: {one}, {task}: {self._story(task)}")
            stored = min(one.count, got)
            partly += bool(got) and stored < one.count
            if got > one.count or said > 1:
                doubled += 1
                why = self._why_again(task or "")
                died += why == DIED
                report.notes.append(f"doubled: {task}, {got} of {one.count}, told {said}: {why}")
                if not why:
                    report.wrong.append(f"doubled without a word: {task}: {self._story(task)}")
        excused, wrongly = self._paid_twice(generator)
        report.wrong += wrongly
        report.notes += excused
        if telegram.problems:
            report.wrong.append(f"Telegram saw: {telegram.problems[:5]}")
        if generator.problems:
            report.wrong.append(f"the generator saw: {generator.problems[:5]}")
        report.figures = {
            "tasks asked": str(len(self.asked)),
            "pictures asked": str(sum(one.count for one in self.asked)),
            "delivered": f"{delivered}, {partly} of them in part",
            "told why not": str(sum(1 for one in self.asked if told[one.chat, one.message])),
            "lost": str(lost),
            "unsaid": str(unsaid),
            "doubled": f"{doubled}: {died} where the process died after sending, "
            f"{doubled - died} where Telegram's answer was lost",
            "paid twice": f"{len(wrongly)} wrongly, {len(excused)} that could not be found",
            "cards left behind": f"{left.total()}: "
            + (", ".join(f"{count} where {why}" for why, count in left.items()) or "none"),
            "jobs": str(len(generator.jobs)),
            "submissions unanswered": str(self.events["submission unanswered"]),
            "put off": str(self.events["put off"] + self.events["delivery put off"]),
            "delivering again": str(self.events["delivering again"]),
            "stumbled": str(self.events["stumbled"]),
        }
        return report

    def _why_again(self, task: str) -> str:
        """What stands before each second time: an answer that was lost, or nothing."""
        reasons: list[str] = []
        before: dict[str, Any] = {}
        for line in self.lines[task]:
            if line["event"] in ("delivering again", "telling again"):
                lost = before.get("event") == "delivery put off"
                reasons.append(str(before["detail"]) if lost else DIED)
            before = line
        return "; ".join(reasons)

    def _why_left(self, task: str | None) -> str:
        """Why a card is still there."""
        events = {str(line["event"]): line for line in self.lines[task or ""]}
        if "card not shown" in events:
            return "Telegram's answer to it was lost"
        return "it could not be removed" if "card stays" in events else DIED

    def _story(self, task: str | None) -> list[str]:
        return [str(line["event"]) for line in self.lines[task or ""]]

    def _paid_twice(self, generator: GeneratorServer) -> tuple[list[str], list[str]]:
        """Pictures with more than one paid job: the first could not be found, or it could."""
        by_picture: dict[str, list[Job]] = defaultdict(list)
        for job in generator.jobs.values():
            if job.credits:
                query = parse_qs(urlsplit(job.callback_url or "").query)
                by_picture[query["picture"][0]].append(job)
        heard = {call.job_id for call in generator.callbacks if call.status == 200}
        excused, wrongly = [], []
        for picture, jobs in by_picture.items():
            for first, second in itertools.pairwise(jobs):
                known = first.id in self.accepted or first.id in heard
                times = f"{first.created:%H:%M:%S} and {second.created:%H:%M:%S}"
                (wrongly if known else excused).append(f"paid twice: {picture}, {times}")
        return excused, wrongly


def _tasks(database: Path) -> dict[Place, str]:
    """The task of each message that has one."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, key FROM tasks").fetchall()
    found = {}
    for task, key in rows:
        _, chat, message = key.split(":")
        found[int(chat), int(message)] = task
    return found


def answers(
    telegram: BotApiServer,
) -> tuple[Counter[Place], Counter[Place], Counter[Place]]:
    """Pictures, words and cards in reply to each message."""
    pictures: Counter[Place] = Counter()
    told: Counter[Place] = Counter()
    cards: Counter[Place] = Counter()
    for message in telegram.messages():
        original = message.get("reply_to_message")
        if not message["from"]["is_bot"] or original is None:
            continue
        place = message["chat"]["id"], original["message_id"]
        if "photo" in message or "document" in message:
            pictures[place] += 1
        elif CARD in message.get("text", ""):
            cards[place] += 1
        else:
            told[place] += 1
    return pictures, told, cards
