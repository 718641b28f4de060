"""The fault panel: one table from what a person can order to what the servers do wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.sandbox import faults as telegram_faults
from bot.sandbox import jobs
from bot.sandbox.bot_api import BotApiServer
from bot.sandbox.generator import GeneratorServer
from bot.sandbox.refusals import Json

AnyFault = telegram_faults.Fault | jobs.Fault
PICTURES = "sendPhoto|sendDocument|sendMediaGroup"
PAYMENTS = "sendInvoice|createInvoiceLink|answerPreCheckoutQuery|refundStarPayment"
POLICY = "The input was rejected because it does not comply with our content policies."
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head></html>"
LATE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One line of the panel."""

    id: str
    side: str
    title: str
    hint: str
    fault: AnyFault

    @property
    def json(self) -> Json:
        return {name: getattr(self, name) for name in ("id", "title", "side", "hint")}


def _create(code: int, title: str, hint: str) -> Kind:
    fault = jobs.Fault(where="create", kind="code", code=code)
    return Kind(id=f"create_{code}", side="generator", title=title, hint=hint, fault=fault)


def _job(name: str, code: str, text: str, title: str, hint: str) -> Kind:
    fault = jobs.Fault(where="outcome", kind="fail", code=code, text=text)
    return Kind(id=f"job_{name}", side="generator", title=title, hint=hint, fault=fault)


def _callback(kind: str, title: str, hint: str, seconds: float = 0.0) -> Kind:
    fault = jobs.Fault(where="callback", kind=kind, seconds=seconds)
    return Kind(id=f"callback_{kind}", side="callback", title=title, hint=hint, fault=fault)


def _result(name: str, kind: str, title: str, hint: str) -> Kind:
    fault = jobs.Fault(where="result", kind=kind, code=404)
    return Kind(id=f"result_{name}", side="result", title=title, hint=hint, fault=fault)


def _telegram(name: str, title: str, hint: str, fault: telegram_faults.Fault) -> Kind:
    return Kind(id=f"telegram_{name}", side="telegram", title=title, hint=hint, fault=fault)


def kinds(*, slow_seconds: float, checkout_seconds: float) -> dict[str, Kind]:
    """The whole panel by id; `slow_seconds` is how much longer a slow picture takes,
    `checkout_seconds` what the bot has to confirm a payment.
    """
    slow = jobs.Fault(where="outcome", kind="slow", seconds=slow_seconds)
    both = f"{PICTURES}|{PAYMENTS}"
    too_many = telegram_faults.Fault(
        method=both,
        status=429,
        description="Too Many Requests: retry after 3",
        retry_after=3,
    )
    blocked = telegram_faults.Fault(
        method=f"{PICTURES}|sendInvoice",
        status=403,
        description="Forbidden: bot was blocked by the user",
    )
    gateway = telegram_faults.Fault(method=both, status=502, body=BAD_GATEWAY)
    dropped = telegram_faults.Fault(method=both, close=True, before=False)
    late = telegram_faults.Fault(method="answerPreCheckoutQuery", delay=checkout_seconds + 0.5)
    down = jobs.Fault(where="create", kind="closed")
    rows = [
        _job("policy", "400", POLICY, "Prompt refused", "The next job fails for its content."),
        _job("internal", "500", "", "Job fails", "The next job ends with an internal error."),
        _create(402, "No credits", "The next order is refused: the account is empty."),
        _create(429, "Too many orders", "The next order is refused as one too many."),
        _create(455, "Maintenance", "The next order is refused: the service is down for repair."),
        _create(500, "Order fails", "The next order is answered with a server error."),
        Kind(
            id="generator_down",
            side="generator",
            title="Generator down",
            hint="The next order finds nobody there.",
            fault=down,
        ),
        Kind(
            id="result_slow",
            side="result",
            title="Slow picture",
            hint=f"The next picture takes {slow_seconds:.0f} s longer.",
            fault=slow,
        ),
        _result("gone", "status", "Picture gone", "The next picture cannot be fetched: 404."),
        _result("broken", "truncated", "Half a picture", "The next picture breaks off half-way."),
        _callback("lost", "Callback lost", "Nobody says that the next picture is ready."),
        _callback("doubled", "Callback doubled", "The next callback comes twice."),
        _callback(
            "late",
            "Callback late",
            f"The next callback comes {LATE_SECONDS:.0f} s late.",
            LATE_SECONDS,
        ),
        _callback("forged", "Callback forged", "Somebody else claims that the next job failed."),
        _callback("early", "Callback early", "The next callback comes before the order's answer."),
        _telegram("429", "Too fast", "The next picture or payment is refused for 3 s.", too_many),
        _telegram("403", "Blocked", "The next picture or invoice is refused for good.", blocked),
        _telegram(
            "502", "Bad gateway", "The next picture or payment meets a broken server.", gateway
        ),
        _telegram(
            "drop",
            "Answer lost",
            "The next picture or payment arrives, its answer does not.",
            dropped,
        ),
        _telegram(
            "checkout",
            "Confirmed too late",
            "The bot's word on the next payment comes when its time is over.",
            late,
        ),
    ]
    return {row.id: row for row in rows}


class Panel:
    """Orders trouble from both servers and counts what is still to come."""

    def __init__(
        self, telegram: BotApiServer, generator: GeneratorServer, *, slow_seconds: float
    ) -> None:
        checkout_seconds = telegram.world.stars.checkout_seconds
        self.kinds = kinds(slow_seconds=slow_seconds, checkout_seconds=checkout_seconds)
        self._telegram, self._generator = telegram.faults, generator.faults

    @property
    def pending(self) -> list[Json]:
        """`[{id, times}]` of what is still to happen, in the order of the panel."""
        queue: list[tuple[AnyFault, int]] = [*self._telegram.pending, *self._generator.pending]
        counts = {
            name: sum(left for fault, left in queue if replace(fault, times=1) == kind.fault)
            for name, kind in self.kinds.items()
        }
        return [{"id": name, "times": times} for name, times in counts.items() if times]

    def order(self, kind_id: str, times: int) -> None:
        """More of one kind. Raises KeyError."""
        fault = replace(self.kinds[kind_id].fault, times=times)
        if isinstance(fault, telegram_faults.Fault):
            self._telegram.add(fault)
        else:
            self._generator.add(fault)

    def clear(self) -> None:
        """No more trouble."""
        self._telegram.clear()
        self._generator.clear()
