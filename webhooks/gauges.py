"""How things stand, as numbers that go up and down. What cannot be read is NaN, never a lie."""

from prometheus_client import CollectorRegistry, Gauge

from bot.credits import TOTALS
from bot.life import PictureState, TaskState
from bot.readiness import NAMES, Wrong
from bot.watching import Look

_UNKNOWN = float("nan")


class Gauges:
    """Gauges that show the look they were given last."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, what: str, *labels: str) -> Gauge:
            return Gauge(f"nano_banana_{name}", what, labels, registry=registry)

        self._tasks = gauge("tasks", "Tasks on disk, by state.", "state")
        self._pictures = gauge("pictures", "Pictures on disk, by state.", "state")
        self._line = gauge("line_length", "Pictures that stand in line.")
        self._running = gauge("at_generator", "Pictures at the generator, or about to be.")
        self._undelivered = gauge("undelivered_pictures", "Drawn, and not with the person.")
        self._oldest = gauge("oldest_task_seconds", "Age of the oldest unfinished task.")
        self._overdue = gauge("overdue_seconds", "Since when the worker has something to do.")
        self._waiting = gauge("updates_waiting", "Updates that wait to be handled.")
        self._parked = gauge("updates_parked", "Updates that could not be handled.")
        self._update = gauge("oldest_update_seconds", "Age of the oldest waiting update.")
        self._free = gauge("disk_free_bytes", "Room on the disk of the database.")
        self._size = gauge("database_size_bytes", "What the database takes.")
        self._balance = gauge("generator_balance_credits", "Our credits at the generator.")
        self._credits = gauge("credits", "Credits of people, by account.", "account")
        self._wrong = gauge("wrong", "1 while /readyz says that this is wrong.", "what")

    def show(self, look: Look | None, *, balance: float | None, wrong: list[Wrong]) -> None:
        """`look` is None while nothing can be read."""
        self._balance.set(_UNKNOWN if balance is None else balance)
        for what in NAMES:
            self._wrong.labels(what).set(what in [one.what for one in wrong])
        if look is None:
            self._forget()
            return
        now = look.snapshot
        for account, held in look.credits.items():
            # What was given out, as a number of its own.
            self._credits.labels(account).set(abs(held))
        for task_state in TaskState:
            self._tasks.labels(task_state.value).set(now.tasks[task_state])
        for state in PictureState:
            self._pictures.labels(state.value).set(now.pictures[state])
        self._line.set(now.in_line)
        self._running.set(now.at_generator)
        self._undelivered.set(now.undelivered)
        self._oldest.set((look.at - (now.oldest or look.at)).total_seconds())
        # What is due later is not overdue.
        self._overdue.set(max(0.0, (look.at - (now.overdue or look.at)).total_seconds()))
        self._waiting.set(now.updates_waiting)
        self._parked.set(now.updates_parked)
        self._update.set((look.at - (now.oldest_update or look.at)).total_seconds())
        self._free.set(look.room.free)
        self._size.set(look.room.database)

    def _forget(self) -> None:
        for task_state in TaskState:
            self._tasks.labels(task_state.value).set(_UNKNOWN)
        for state in PictureState:
            self._pictures.labels(state.value).set(_UNKNOWN)
        for account in TOTALS:
            self._credits.labels(account).set(_UNKNOWN)
        for one in (
            *(self._line, self._running, self._undelivered, self._oldest, self._overdue),
            *(self._waiting, self._parked, self._update, self._free, self._size),
        ):
            one.set(_UNKNOWN)
