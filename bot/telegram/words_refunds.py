"""What we say to operators who pay Stars back."""

from bot.shop import Purchase
from bot.telegram import figures, joining
from bot.telegram.rich import Rich, rich
from bot.telegram.texts import Texts


def how_to_refund(t: Texts) -> Rich:
    return rich(
        t.gettext(
            "↩️ Write `/refund` and the number of the payment, as /payments shows it to people."
        )
    )


def unknown_payment(t: Texts) -> Rich:
    return rich(
        t.gettext(
            "I know nobody who made this payment. If you do, add their number: "
            "`/refund PAYMENT PERSON`"
        )
    )


def already_refunded(t: Texts, bought: Purchase) -> str:
    return t.gettext("↩️ ⭐ {stars} were paid back already, on {time}.").format(
        stars=figures.number(t, bought.stars),
        time=figures.moment(t, bought.refunded_at or bought.at),
    )


def paid_back(t: Texts, bought: Purchase | None) -> str:
    if bought is None:
        return t.gettext("↩️ Paid back.")
    text = t.gettext(
        "↩️ ⭐ {stars} are paid back to {person}. Of {credits}, {taken} were left and are taken back."
    ).format(
        stars=figures.number(t, bought.stars),
        person=bought.person,
        credits=figures.credits(t, bought.credits),
        taken=figures.number(t, bought.taken),
    )
    if bought.taken == bought.credits:
        return text
    reserved = t.gettext(
        "What is reserved for pictures now is taken back, too, if they do not come."
    )
    return joining.sentences(t, text, reserved)


def not_paid_back(t: Texts, why: str) -> str:
    return t.gettext("Telegram did not pay it back: {why}").format(why=why)
