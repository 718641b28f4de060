"""What became of all that was asked of many machines: brought, paid, in order, and how fast."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from bot.origin import API
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.limits import COUNTED, FREE
from tests.faults.ledger import Place, Report, answers
from tests.fleet.crowd import Crowd
from tests.fleet.machines import Machines
from tests.keeping import Keeping, unbalanced

_TASKS = (
    "SELECT id, key, state, json_extract(body, '$.sends'), json_extract(body, '$.origin.via'), chat,"
    " json_extract(body, '$.origin.message') FROM tasks ORDER BY rowid"
)
_PICTURES = "SELECT id FROM pictures"
_PAID = (
    "SELECT coalesce((SELECT balance FROM accounts WHERE name = 'spent'), 0),"
    " coalesce((SELECT balance FROM accounts WHERE name = 'held'), 0),"
    " (SELECT sum(CAST(json_extract(tasks.body, '$.price') AS INTEGER)) FROM pictures"
    " JOIN tasks ON tasks.id = task)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A task, in the order in which they were made. `place` is that of the message that asked, None
    where a program did.
    """

    id: str
    place: Place | None
    album: bool
    state: str
    sends: int


def made(keeping: Keeping) -> list[Made]:
    return [
        Made(
            id=id_,
            place=None if via == API else (chat, int(message)),
            album=key.startswith("album"),
            state=state,
            sends=int(sends),
        )
        for id_, key, state, sends, via, chat, message in keeping.rows(_TASKS)
    ]


def being_sent(keeping: Keeping) -> set[Place]:
    """Where something is under way to, as far as anybody has noted."""
    return {
        one.place
        for one in made(keeping)
        if one.place and one.sends and one.state in ("created", "working")
    }


async def account(machines: Machines, crowd: Crowd, at_death: set[Place]) -> Report:
    """`at_death`: where something was being sent to when a worker died."""
    report, tasks = Report(wrong=[]), made(machines.keeping)
    _brought(report, machines, crowd, tasks, at_death)
    _made(report, crowd, tasks)
    _paid(report, machines)
    _limits_kept(report, machines)
    report.wrong += await unbalanced(machines.keeping.url)
    report.wrong += machines.telegram.problems[:5] + machines.generator.problems[:5]
    return report


_LATE = "of your album came too late"


def _words(machines: Machines, place: Place) -> list[str]:
    """What the bot has answered to this message in words."""
    chat, number = place
    return [
        message["text"]
        for message in machines.telegram.messages(machines.telegram.world.chats[chat])
        if message["from"]["is_bot"]
        and "text" in message
        and message.get("reply_to_message", {}).get("message_id") == number
    ]


def _brought(
    report: Report, machines: Machines, crowd: Crowd, tasks: list[Made], at_death: set[Place]
) -> None:
    pictures, told, cards = answers(machines.telegram)
    twice = {place for place in crowd.asked if pictures[place] > 1}
    report.wrong += [f"not delivered: {one}" for one in crowd.asked if not pictures[one]]
    report.wrong += [
        f"told instead: {one}: {words}"
        for one in crowd.asked
        if told[one]
        # An album is not waited for through an outage; that some of it was left out has to be said.
        and (words := [text for text in _words(machines, one) if _LATE not in text])
    ]
    report.wrong += [f"twice, and no worker died of it: {one}" for one in twice - at_death]
    ready = {one.id for one in tasks if one.state == "delivered"}
    report.wrong += [f"not made for the program: {one}" for one in crowd.called if one not in ready]
    brought = sum(bool(pictures[place]) for place in crowd.asked)
    report.figures |= {
        "asked": ", ".join(f"{count} {kind}" for kind, count in crowd.kinds.most_common()),
        "delivered": f"{brought} of {len(crowd.asked)} in chats, "
        f"{len(ready.intersection(crowd.called))} of {crowd.kinds['program']} to the program",
        "delivered twice": f"{len(twice)}; {len(at_death)} were being sent when the worker died",
        "cards left behind": str(cards.total()),
        "calls repeated by the program": str(crowd.again),
    }


def _made(report: Report, crowd: Crowd, tasks: list[Made]) -> None:
    """One for each that was asked for, and in each chat in the order of its messages. An album
    waits for the last of its pictures, and what is said meanwhile may go first.
    """
    asked = Counter(one.place for one in tasks if one.place)
    if asked != Counter(crowd.asked):
        report.wrong.append(f"{asked.total()} tasks of chats, {len(crowd.asked)} were asked for")
    called = {one.id for one in tasks if not one.place}
    if called != set(crowd.called) or len(called) != crowd.kinds["program"]:
        report.wrong.append(f"{len(called)} tasks of the program, not {crowd.kinds['program']}")
    last: dict[int, int] = {}
    for one in tasks:
        if one.place and not one.album:
            chat, message = one.place
            if message < last.get(chat, 0):
                report.wrong.append(f"out of order: {one}")
            last[chat] = message


def _paid(report: Report, machines: Machines) -> None:
    jobs = Counter(
        parse_qs(urlsplit(job.callback_url or "").query)["picture"][0]
        for job in machines.generator.jobs.values()
    )
    pictures = {picture for (picture,) in machines.keeping.rows(_PICTURES)}
    report.figures["jobs paid"] = f"{jobs.total()} for {len(pictures)} pictures"
    report.wrong += [f"paid {count} times: {one}" for one, count in jobs.items() if count > 1]
    if jobs.keys() != pictures:
        report.wrong.append(f"{len(jobs.keys() ^ pictures)} pictures and jobs that do not match")
    ((spent, held, price),) = machines.keeping.rows(_PAID)
    if (spent, held) != (price, 0):
        report.wrong.append(f"{spent} credits spent, {held} held, {price} is the price")


def _limits_kept(report: Report, machines: Machines) -> None:
    generator, calls = machines.generator, machines.telegram.calls
    sent = [one for one in calls if one.status == 200 and _counts(one.method)]
    refused = Counter(one.method for one in calls if one.status == 429)
    named = "".join(f", {count} {name}" for name, count in refused.items())
    report.figures |= {
        "refused by the generator": f"{generator.too_fast} of {_submissions(generator)}",
        "most jobs begun in 10 s": str(
            _most((job.created.timestamp() for job in generator.jobs.values()), 10.0)
        ),
        "refused by Telegram": f"{refused.total()} of {len(sent) + refused.total()}{named}",
        "most messages in 1 s": str(_most((one.at for one in sent), 1.0)),
    }


def _counts(method: str) -> bool:
    name = method.lower()
    return name.startswith(COUNTED) and name not in FREE


def _submissions(generator: GeneratorServer) -> int:
    return sum(one.path.endswith("createTask") for one in generator.requests)


def _most(moments: Iterable[float], seconds: float) -> int:
    """How many were in any so many seconds."""
    ordered = sorted(moments)
    counts = (end - bisect_left(ordered, at - seconds) for end, at in enumerate(ordered, start=1))
    return max(counts, default=0)
