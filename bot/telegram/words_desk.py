"""What operators read about the day, and about what they have switched."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import models
from bot.access import Switches
from bot.bookkeeping import Turnover
from bot.credits import PriceList
from bot.statistics import DELIVERED, ModelReport, Report, Snapshot
from bot.telegram import figures, joining
from bot.telegram.texts import Texts

_FAILURES_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How things stand, and the day so far. `balance` is None where it is not known."""

    now: datetime
    today: Report
    snapshot: Snapshot
    turnover: Turnover
    balance: float | None
    switches: Switches
    closed: bool


def card(t: Texts, sight: Sight) -> str:
    parts = [_day(t, sight.today), _standing(t, sight), _models(t, sight.today)]
    parts += [_money(t, sight), "\n".join(_switched(t, sight))]
    moment = t.gettext("As of {moment}").format(moment=figures.moment(t, sight.now))
    return "\n\n".join(part for part in (*parts, moment) if part)


def _day(t: Texts, day: Report) -> str:
    ended, done = sum(day.endings.values()), day.endings.get(DELIVERED, 0)
    lines = [
        t.gettext("🗂 Today, since midnight UTC"),
        t.gettext(
            "Tasks: {tasks}, of which {done} delivered ({good}), {failed} failed ({bad})"
        ).format(
            tasks=figures.number(t, day.tasks),
            done=figures.number(t, done),
            good=figures.percent(t, done, ended),
            failed=figures.number(t, day.failed),
            bad=figures.percent(t, day.failed, ended),
        ),
    ]
    reasons = {why: count for why, count in day.endings.items() if why != DELIVERED}
    for why, count in sorted(reasons.items(), key=lambda one: -one[1])[:_FAILURES_SHOWN]:
        share = f"{figures.number(t, count)} ({figures.percent(t, count, ended)})"
        lines.append("• " + joining.entry(t, why, share))
    pictures = t.gettext("Pictures: {pictures} asked for, {drawn} drawn, {delivered} delivered")
    lines.append(
        pictures.format(
            pictures=figures.number(t, day.pictures),
            drawn=figures.number(t, day.drawn),
            delivered=figures.number(t, day.delivered),
        )
    )
    if day.drawn:
        heard = t.gettext("Heard by webhook {heard}, found by lookup {looked_up}")
        lines.append(
            heard.format(
                heard=figures.percent(t, day.heard, day.drawn),
                looked_up=figures.percent(t, day.looked_up, day.drawn),
            )
        )
    return "\n".join(lines)


def _standing(t: Texts, sight: Sight) -> str:
    now = sight.snapshot
    line = t.gettext(
        "⏳ Tasks under way: {tasks}; pictures in line: {in_line}, at the generator: {drawing}"
    )
    text = line.format(
        tasks=figures.number(t, now.unfinished),
        in_line=figures.number(t, now.in_line),
        drawing=figures.number(t, now.at_generator),
    )
    if now.oldest:
        age = figures.duration(t, sight.now - now.oldest)
        text += "\n" + t.gettext("The oldest was asked for {age} ago").format(age=age)
    if now.undelivered:
        count = figures.number(t, now.undelivered)
        text += "\n" + t.gettext("Drawn, and not with their people: {count}").format(count=count)
    return text


def _models(t: Texts, day: Report) -> str:
    return "\n".join(_model(t, key, one) for key, one in day.models.items() if one.drawn)


def _model(t: Texts, key: str, report: ModelReport) -> str:
    line = t.gettext("🍌 {model}: {drawn} drawn, median {median} s, 95% within {p95} s")
    label = models.CATALOGUE[key].label if key in models.CATALOGUE else key
    return line.format(
        model=label,
        drawn=figures.number(t, report.drawn),
        median=figures.number(t, report.median or 0),
        p95=figures.number(t, report.p95 or 0),
    )


def _money(t: Texts, sight: Sight) -> str:
    turnover = sight.turnover
    left = t.gettext("💰 kie.ai: {balance} left, {spend} spent today").format(
        balance=worth(t, sight.balance), spend=worth(t, sight.today.credits)
    )
    ours = t.gettext("Credits today: {given} given, {sold} sold, {spent} spent").format(
        given=figures.number(t, turnover.given),
        sold=figures.number(t, turnover.sold),
        spent=figures.number(t, turnover.spent),
    )
    return f"{left}\n{ours}"


def worth(t: Texts, credits_: float | None) -> str:
    """Credits of the generator, and what they are in dollars."""
    if credits_ is None:
        return t.gettext("unknown")
    return f"{figures.credits(t, round(credits_, 1))} (${credits_ * models.CREDIT_USD:.2f})"


def _switched(t: Texts, sight: Sight) -> list[str]:
    switches = sight.switches
    lines = []
    if switches.maintenance is not None:
        lines.append(t.gettext("🛠 Maintenance: nobody but operators may ask"))
    if switches.paused is not None:
        lines.append(t.gettext("🪫 Paused: the account at kie.ai is nearly empty"))
    if sight.closed:
        lines.append(t.gettext("🔒 Closed: only those who are let in may ask"))
    if switches.models_off:
        off = joining.listed(t, switches.models_off)
        lines.append(t.gettext("🚫 Models off: {models}").format(models=off))
    return lines


def refresh_button(t: Texts) -> str:
    return t.gettext("🔄 Refresh")


def charts_button(t: Texts) -> str:
    return t.gettext("📈 Charts")


def maintenance_button(t: Texts, *, on: bool) -> str:
    return t.gettext("▶️ End maintenance") if on else t.gettext("🛠 Maintenance")


def closed_button(t: Texts, *, on: bool) -> str:
    return t.gettext("🔓 Open to everybody") if on else t.gettext("🔒 Close")


def models_button(t: Texts) -> str:
    return t.gettext("🍌 Models")


def prices_button(t: Texts) -> str:
    return t.gettext("🏷 Prices")


def back_button(t: Texts) -> str:
    return t.gettext("‹ Back")


def models_sheet(t: Texts) -> str:
    return t.gettext("🍌 Which models may be asked for? A tap switches one off or on.")


def prices_sheet(t: Texts, prices: PriceList, changed: Mapping[str, int]) -> str:
    """What each model costs people, with what it costs us, and how to change it."""
    lines = [t.gettext("🏷 Credits for one picture, and in brackets what kie.ai takes:")]
    for key, model in models.CATALOGUE.items():
        costs = [
            f"{size.upper()} {figures.number(t, prices.of(key, size))}"
            f" ({figures.number(t, model.credits[size])})"
            for size in model.sizes
        ]
        lines.append("• " + joining.entry(t, key, " · ".join(costs)))
    if changed:
        listed = joining.listed(t, [f"{name}={price}" for name, price in changed.items()])
        lines.append(t.gettext("Changed here: {prices}").format(prices=listed))
    return "\n".join([*lines, "", price_usage(t)])


def price_usage(t: Texts) -> str:
    return t.gettext(
        "/price pro 20 sets a price, /price 2:4k 24 that of one size, "
        "/price pro - takes it back. Prices go from 0 to 1,000,000."
    )


def charts(t: Texts, now: datetime) -> str:
    return t.gettext("📈 The last 24 hours and 30 days, UTC. As of {moment}").format(
        moment=figures.moment(t, now)
    )


def no_charts(t: Texts) -> str:
    return t.gettext(
        "📈 Charts need a library that is not installed: {command}, then start me again."
    ).format(command=".venv/bin/pip install '.[charts]'")
