"""What we say about credits: what is left and what things cost."""

from datetime import timedelta

from bot import models
from bot.access import Switches
from bot.credits import PriceList, Purse, Statement, is_daily, lasting
from bot.origin import Origin
from bot.telegram import figures, joining
from bot.telegram.texts import Texts


def nothing_to_pay(t: Texts) -> str:
    return t.gettext("🪙 You need no credits here: draw as much as you like.")


def balance(
    t: Texts,
    origin: Origin,
    statement: Statement,
    prices: PriceList,
    *,
    switches: Switches,
    until_refill: timedelta,
) -> str:
    """What is left and where, when new ones come, and a line for each model."""
    left = figures.credits(t, statement.left)
    lines = [t.gettext("🪙 {credits} left").format(credits=left)]
    for purse, amount in statement.purses:
        if amount or (is_daily(purse.account) and purse.daily):
            lines.append("• " + _purse(t, origin, purse, amount, until_refill))
    if statement.held:
        held = t.gettext("{credits} reserved for pictures that are on their way")
        lines.append("• " + held.format(credits=figures.credits(t, statement.held)))
    lines += ["", t.gettext("A picture costs:")]
    for key, model in models.CATALOGUE.items():
        if key not in switches.models_off and not model.references_min:
            lines.append("• " + joining.entry(t, model.label, _cost(t, prices, key)))
    paid = t.gettext("You pay only for pictures that arrive.")
    lines += ["", joining.sentences(t, paid, _cancelled_late(t))]
    return "\n".join(lines)


def _cancelled_late(t: Texts) -> str:
    return t.gettext(
        "What was already being drawn when you cancelled waits in /history; deleting it unseen "
        "gives no credits back."
    )


def _purse(t: Texts, origin: Origin, purse: Purse, amount: int, refill: timedelta) -> str:
    theirs = purse.account.startswith("day:") or purse.account == lasting(origin.person)
    credits_ = figures.credits(t, amount)
    if not is_daily(purse.account):
        text = (
            t.gettext("{credits} of yours to keep")
            if theirs
            else t.gettext("{credits} of this group to keep")
        )
        return text.format(credits=credits_)
    text = (
        t.gettext("{credits} of your {all} for today")
        if theirs
        else t.gettext("{credits} of this group's {all} for today")
    )
    new = t.gettext("new ones in {time}").format(time=figures.duration(t, refill))
    text = text.format(credits=credits_, all=figures.number(t, purse.daily or 0))
    return joining.clauses(t, text, new)


def _cost(t: Texts, prices: PriceList, key: str) -> str:
    """`4 credits`, or `8 (1K), 12 (2K), 18 credits (4K)`."""
    sizes = models.CATALOGUE[key].sizes
    costs = {size: prices.of(key, size) for size in sizes}
    if len(set(costs.values())) == 1:
        return figures.credits(t, costs[sizes[0]])
    return " · ".join(f"{size.upper()} {figures.number(t, cost)}" for size, cost in costs.items())
