"""What operators read about one task: everything that happened, in raw codes."""

from datetime import datetime, timedelta

from bot.bookkeeping import Entry, Money
from bot.task import Picture, Task
from bot.telegram import figures
from bot.telegram.lengths import cut
from bot.telegram.texts import Texts

_MESSAGE_MAX = 4096
_PROMPT_SHOWN = 200
_DETAIL_SHOWN = 160
_PICTURES_SHOWN = 12
_EVENTS_SHOWN = 30


def task(t: Texts, one: Task, money: Money) -> str:
    parts = [_head(t, one), _paid(t, money), _pictures(one), _timeline(one, money)]
    return cut("\n\n".join(part for part in parts if part), _MESSAGE_MAX)[0]


def _head(t: Texts, one: Task) -> str:
    order, origin = one.order, one.origin
    options = [order.model, order.ratio, order.size, f"×{len(one.pictures)}"]
    where = f"chat {origin.chat}"
    where += f" topic {origin.topic}" if origin.topic else ""
    where += f" message {origin.message}" if origin.message else ""
    where += " inline" if origin.inline else ""
    lines = [
        t.gettext("🔎 Task {task}: {state}").format(task=one.id, state=_state(one)),
        t.gettext("Who: {person}, where: {where}").format(person=origin.person, where=where),
        f"{' · '.join(options)}" + (f" · {len(one.references)} 🖼" if one.references else ""),
        f"key {one.key}" + (f" · parent {one.parent}" if one.parent else ""),
        f"sends {one.sends} · tries {one.tries}"
        + (f" · due {_clock(due)}" if (due := one.next_due) else ""),
        f"“{' '.join(order.prompt.split())[:_PROMPT_SHOWN]}”",
    ]
    return "\n".join(lines)


def _state(one: Task) -> str:
    parts = [
        one.state.value,
        one.reason.value if one.reason else "",
        "cancelled" if one.cancelled else "",
    ]
    return " ".join(dict.fromkeys(part for part in parts if part))


def _paid(t: Texts, money: Money) -> str:
    if not money.entries:
        return t.gettext("💰 Nothing was charged.")
    text = t.gettext("💰 {held} reserved, {spent} spent, {refunded} refunded")
    return text.format(
        held=figures.credits(t, money.held),
        spent=figures.number(t, money.spent),
        refunded=figures.number(t, money.refunded),
    )


def _pictures(one: Task) -> str:
    lines = [_picture(picture) for picture in one.pictures[:_PICTURES_SHOWN]]
    if len(one.pictures) > _PICTURES_SHOWN:
        lines.append("…")
    return "\n".join(lines)


def _picture(picture: Picture) -> str:
    facts = [
        f"#{picture.number} {picture.id} {picture.state.value}",
        picture.reason.value if picture.reason else "",
        f"job {picture.job}" if picture.job else "",
        f"submissions {picture.submissions}" if picture.submissions else "",
        f"tries {picture.tries}" if picture.tries else "",
        f"{picture.seconds:.1f} s" if picture.seconds is not None else "",
        ("webhook" if picture.heard else "lookup") if picture.result else "",
        f"message {picture.message}" if picture.message is not None else "",
        "late" if picture.late else "",
        "deleted" if picture.deleted else "",
    ]
    line = " · ".join(fact for fact in facts if fact)
    return line + (f"\n   {picture.detail[:_DETAIL_SHOWN]}" if picture.detail else "")


def _timeline(one: Task, money: Money) -> str:
    """What is known to have happened, oldest first."""
    events = [(one.created_at, "asked"), *((entry.at, _entry(entry)) for entry in money.entries)]
    for picture in one.pictures:
        if picture.submitted_at:
            events.append((picture.submitted_at, f"#{picture.number} submitted"))
        if picture.submitted_at and picture.seconds is not None:
            drawn = picture.submitted_at + timedelta(seconds=picture.seconds)
            events.append((drawn, f"#{picture.number} generated"))
    if one.revived_at:
        events.append((one.revived_at, "revived"))
    events.sort(key=lambda event: event[0])
    lines = [f"{_clock(at)} {what}" for at, what in events[-_EVENTS_SHOWN:]]
    return "\n".join([f"🕑 {one.created_at:%Y-%m-%d} UTC", *lines])


def _entry(entry: Entry) -> str:
    return f"{entry.movement.value} {entry.amount}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}.{at.microsecond // 100_000}"


def again_button(t: Texts) -> str:
    return t.gettext("📬 Deliver again")


def refund_button(t: Texts, money: Money) -> str:
    return t.gettext("↩️ Refund {credits}").format(credits=figures.credits(t, money.spent))


def usage(t: Texts) -> str:
    return t.gettext("/task and the number of a task or a picture, like /task 0123456789ab")


def unknown(t: Texts) -> str:
    return t.gettext("There is no such task: it had its time, or its person is forgotten.")


def on_its_way(t: Texts) -> str:
    return t.gettext("It is on its way once more.")


def sent_again(t: Texts, count: int) -> str:
    return t.ngettext(
        "{count} picture was sent again.", "{count} pictures were sent again.", count
    ).format(count=count)


def nothing_to_send(t: Texts) -> str:
    return t.gettext("There is nothing to send.")


def closed(t: Texts) -> str:
    return t.gettext("That chat is closed to us: nothing can be sent there.")


def refunded(t: Texts, amount: int) -> str:
    return t.gettext("{credits} given back.").format(credits=figures.credits(t, amount))


def not_refunded(t: Texts) -> str:
    return t.gettext("There is nothing to give back, or it was given back before.")
