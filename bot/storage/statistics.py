"""Counting what is on disk, by indexes, on a connection of its own: nobody waits for it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.errors import Reason
from bot.life import PictureState, TaskState
from bot.models import CATALOGUE
from bot.statistics import DELIVERED, ModelReport, Report, Snapshot, quantile
from bot.storage.database import Connection, Database, Row

# Whatever a hostile or careless caller asks for.
_BUCKETS_MAX = 10_000

_TASKS = "SELECT state, count(*) FROM tasks INDEXED BY tasks_by_state GROUP BY state"
_OLDEST = (
    "SELECT min(created_at) FROM tasks INDEXED BY tasks_by_state"
    " WHERE state = 'created' UNION ALL"
    " SELECT min(created_at) FROM tasks INDEXED BY tasks_by_state WHERE state = 'working'"
)
_OVERDUE = "SELECT min(due_at) FROM tasks WHERE due_at IS NOT NULL"
_DELIVERED = "SELECT max(delivered_at) FROM tasks WHERE delivered_at IS NOT NULL"
_PICTURES = "SELECT state, count(*) FROM pictures INDEXED BY pictures_by_state GROUP BY state"
_IN_LINE = (
    "SELECT count(*), coalesce(sum(queued), 0) FROM pictures INDEXED BY pictures_under_way"
    " WHERE state IN ('created', 'submitting', 'submitted')"
)
_UNDELIVERED = (
    "SELECT count(*) FROM pictures INDEXED BY pictures_unseen"
    " WHERE state = 'stored' AND json_extract(body, '$.message') IS NULL"
)
_WAITING = "SELECT count(*), min(received_at) FROM updates WHERE state = 'new'"
_PARKED = "SELECT count(*) FROM updates INDEXED BY updates_parked WHERE state = 'parked'"

_BUCKET = "CAST((tasks.created_at - :since) / :step AS INTEGER)"
_ASKED = " WHERE tasks.created_at >= :since AND tasks.created_at < :until"
_ENDINGS = (
    f"SELECT {_BUCKET}, state, reason, count(*)"  # noqa: S608 - our own words
    f" FROM tasks INDEXED BY tasks_counted{_ASKED} GROUP BY 1, 2, 3"
)
_JOINED = (
    " FROM tasks INDEXED BY tasks_counted CROSS JOIN pictures INDEXED BY pictures_counted"
    " ON pictures.task = tasks.id"
)
_OUTCOMES = (
    f"SELECT {_BUCKET}, model, size, pictures.state, pictures.failure, sent, heard, drawn, count(*)"
    f"{_JOINED}{_ASKED} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
)
_SECONDS = (
    f"SELECT {_BUCKET}, model, CAST(seconds * 10 AS INTEGER), count(*)"
    f"{_JOINED}{_ASKED} AND seconds IS NOT NULL GROUP BY 1, 2, 3"
)

Price = Callable[[str, str], float]


def list_price(model: str, size: str) -> float:
    """The generator's credits for one picture; 0 for what it sells no more."""
    known = CATALOGUE.get(model)
    return known.credits.get(size, 0.0) if known else 0.0


class StatisticsStore:
    """Fits `statistics.Statistics`."""

    def __init__(self, database: Database, price: Price = list_price) -> None:
        self._database = database
        self._price = price

    async def snapshot(self) -> Snapshot:
        return await self._database.look(_snapshot)

    async def report(self, since: datetime, until: datetime) -> Report:
        (report,) = await self.buckets(since, until, until - since)
        return report

    async def buckets(self, since: datetime, until: datetime, step: timedelta) -> list[Report]:
        if step <= timedelta() or until <= since or (until - since) / step > _BUCKETS_MAX:
            raise ValueError("must be a time in pieces, not too many of them")
        return await self._database.look(
            lambda connection: self._buckets(connection, since, until, step)
        )

    def _buckets(
        self, connection: Connection, since: datetime, until: datetime, step: timedelta
    ) -> list[Report]:
        spans: list[_Span] = []
        while (begin := since + len(spans) * step) < until:
            spans.append(_Span(since=begin, until=min(begin + step, until)))
        asked = {
            "since": since.timestamp(),
            "until": until.timestamp(),
            "step": step.total_seconds(),
        }
        for bucket, state, reason, count in connection.execute(_ENDINGS, asked):
            _span(spans, bucket).task(state, reason, count)
        for bucket, *outcome, count in connection.execute(_OUTCOMES, asked):
            _span(spans, bucket).picture(outcome, count)
        for bucket, model, tenths, count in connection.execute(_SECONDS, asked):
            _span(spans, bucket).seconds[model][tenths / 10] += count
        return [one.report(self._price) for one in spans]


@dataclass(slots=True, kw_only=True)
class _Span:
    """The counts of one piece of time."""

    since: datetime
    until: datetime
    counts: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    asked: set[str] = field(default_factory=set)
    drawn: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: defaultdict[str, Counter[float]] = field(default_factory=lambda: defaultdict(Counter))

    def task(self, state: str, reason: str | None, count: int) -> None:
        self.counts["tasks"] += count
        if state == TaskState.DELIVERED:
            self.endings[DELIVERED] += count
        elif state == TaskState.REPORTED:
            self.endings[reason or Reason.INTERNAL.value] += count

    def picture(self, outcome: list[object], count: int) -> None:
        model, size, state, failure, sent, heard, drawn = outcome
        self.counts["pictures"] += count
        self.asked.add(str(model))
        if sent:
            self.counts["delivered"] += count
        if drawn:
            self.counts["drawn"] += count
            self.drawn[str(model), str(size)] += count
            if heard:
                self.counts["heard"] += count
        if state == PictureState.FAILED:
            self.failures[str(failure or Reason.INTERNAL.value)] += count

    def report(self, price: Price) -> Report:
        return Report(
            since=self.since,
            until=self.until,
            tasks=self.counts["tasks"],
            pictures=self.counts["pictures"],
            drawn=self.counts["drawn"],
            delivered=self.counts["delivered"],
            heard=self.counts["heard"],
            endings=dict(self.endings),
            failures=dict(self.failures),
            models={model: self._model(model, price) for model in sorted(self.asked)},
        )

    def _model(self, asked: str, price: Price) -> ModelReport:
        drawn = {size: count for (model, size), count in self.drawn.items() if model == asked}
        return ModelReport(
            drawn=sum(drawn.values()),
            credits=sum(price(asked, size) * count for size, count in drawn.items()),
            median=quantile(self.seconds[asked], 0.5),
            p95=quantile(self.seconds[asked], 0.95),
        )


def _span(spans: list[_Span], bucket: int) -> _Span:
    # A sum of fractions may fall beside the last one.
    return spans[min(bucket, len(spans) - 1)]


def _snapshot(connection: Connection) -> Snapshot:
    def first(sql: str) -> Row:
        row: Row = connection.execute(sql).fetchone()
        return row

    tasks = _counts(connection, _TASKS)
    pictures = _counts(connection, _PICTURES)
    under_way, in_line = first(_IN_LINE)
    waiting, oldest_update = first(_WAITING)
    ages = [age for (age,) in connection.execute(_OLDEST) if age is not None]
    return Snapshot(
        tasks={state: tasks.get(state, 0) for state in TaskState},
        pictures={state: pictures.get(state, 0) for state in PictureState},
        in_line=in_line,
        at_generator=under_way - in_line,
        undelivered=first(_UNDELIVERED)[0],
        oldest=_moment(min(ages, default=None)),
        overdue=_moment(first(_OVERDUE)[0]),
        delivered_at=_moment(first(_DELIVERED)[0]),
        updates_waiting=waiting,
        updates_parked=first(_PARKED)[0],
        oldest_update=_moment(oldest_update),
    )


def _counts(connection: Connection, sql: str) -> Mapping[str, int]:
    return {row[0]: row[1] for row in connection.execute(sql)}


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
