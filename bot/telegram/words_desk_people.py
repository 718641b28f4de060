"""What operators read about a person or a group, and what people hear who are given credits."""

from dataclasses import dataclass

from bot.access import Standing
from bot.credits import Statement, is_daily
from bot.dossiers import Dossier
from bot.statistics import DELIVERED
from bot.telegram import figures, joining
from bot.telegram.texts import Texts

_ENDINGS_SHOWN = 8
_REASON_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Somebody as operators see them. `statement` is None where nobody pays, `closed` says why
    nothing can be sent there.
    """

    number: int
    standing: Standing | None
    reason: str
    operator: bool
    statement: Statement | None
    dossier: Dossier
    closed: str | None
    days: int


def profile(t: Texts, who: Profile) -> str:
    return "\n\n".join((_standing(t, who), _credits(t, who.statement), _tasks(t, who)))


def _standing(t: Texts, who: Profile) -> str:
    head = t.gettext("👤 Person {number}") if who.number > 0 else t.gettext("👥 Group {number}")
    lines = [head.format(number=who.number)]
    if who.operator:
        lines.append(t.gettext("Runs this bot: may always ask, and pays nothing"))
    if who.standing is Standing.BANNED:
        lines.append(t.gettext("🚫 Banned"))
    elif who.standing is Standing.ALLOWED:
        lines.append(t.gettext("✅ Let in"))
    if who.reason:
        lines.append(f"“{who.reason[:_REASON_SHOWN]}”")
    if who.closed:
        lines.append(t.gettext("The chat is closed to us: {why}").format(why=who.closed))
    return "\n".join(lines)


def _credits(t: Texts, statement: Statement | None) -> str:
    if statement is None:
        return t.gettext("🪙 Pays nothing")
    lasting = sum(left for purse, left in statement.purses if not is_daily(purse.account))
    today = sum(left for purse, left in statement.purses if is_daily(purse.account))
    text = t.gettext("🪙 {lasting} to keep, {today} of today, {held} reserved")
    return text.format(
        lasting=figures.credits(t, lasting),
        today=figures.number(t, today),
        held=figures.number(t, statement.held),
    )


def _tasks(t: Texts, who: Profile) -> str:
    dossier = who.dossier
    text = t.gettext("🗂 Tasks of the last {days} days: {tasks}, of which {done} delivered")
    lines = [
        text.format(
            days=who.days,
            tasks=figures.number(t, dossier.tasks),
            done=figures.number(t, dossier.endings.get(DELIVERED, 0)),
        )
    ]
    failures = [(why, count) for why, count in dossier.endings.items() if why != DELIVERED]
    for why, count in failures[:_ENDINGS_SHOWN]:
        lines.append("• " + joining.entry(t, why, figures.number(t, count)))
    lines += [f"{one.task} · {one.at:%m-%d %H:%M} · {one.ending or '…'}" for one in dossier.newest]
    return "\n".join(lines)


def ban_button(t: Texts) -> str:
    return t.gettext("🚫 Ban")


def unban_button(t: Texts) -> str:
    return t.gettext("↩️ Unban")


def allow_button(t: Texts) -> str:
    return t.gettext("✅ Let in")


def grant_button(t: Texts, amount: int) -> str:
    return t.gettext("🎁 +{credits}").format(credits=figures.credits(t, amount))


def who(t: Texts) -> str:
    return t.gettext(
        "Whom? Write their number behind the command, or reply with it to a message of theirs "
        "that you have forwarded here. Telegram hides who wrote it where they wish so."
    )


def grant_usage(t: Texts) -> str:
    return t.gettext(
        "/grant and a number and how many credits, like /grant 5000001 40; "
        "with a minus they are taken back. Up to 1,000,000 at once."
    )


def banned(t: Texts, number: int) -> str:
    return t.gettext("🚫 {number} is banned.").format(number=number)


def unbanned(t: Texts, number: int) -> str:
    return t.gettext("{number} is banned no more.").format(number=number)


def allowed(t: Texts, number: int) -> str:
    return t.gettext("✅ {number} is let in.").format(number=number)


def granted(t: Texts, number: int, left: int) -> str:
    text = t.gettext("🪙 {number} has {credits} to keep now.")
    return text.format(number=number, credits=figures.credits(t, left))


def gift(t: Texts, amount: int) -> str:
    """To the person who was given something."""
    text = t.gettext("🎁 You have been given {credits}. They are yours to keep: /balance")
    return text.format(credits=figures.credits(t, amount))
