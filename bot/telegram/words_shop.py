"""What we say about buying credits with Telegram Stars."""

from collections.abc import Sequence
from datetime import datetime

from telegram import MessageEntity

from bot.shop import Obstacle, Package, Purchase
from bot.telegram import figures, joining
from bot.telegram.rich import Rich, rich
from bot.telegram.texts import Texts

# https://core.telegram.org/bots/api#sendinvoice
TITLE_MAX, DESCRIPTION_MAX = 32, 255


def nothing_sold(t: Texts) -> str:
    return t.gettext("🛒 Nothing is sold here. /balance shows what you have.")


def offer(t: Texts, left: int, lines: Sequence[str]) -> Rich:
    """Above the buttons with the packages; `lines` tell what each of them is good for."""
    top = t.gettext("⭐ Credits for Telegram Stars. You have {left}.").format(
        left=figures.credits(t, left)
    )
    below = t.gettext(
        "What you buy is yours until you spend it: after your free credits, and only for pictures "
        "that arrive. /terms has the rest, /paysupport helps."
    )
    return Rich("\n".join([top, "", *(f"• {line}" for line in lines), "", below]))


def line(t: Texts, offered: Package, pictures: int) -> str:
    text = t.ngettext(
        "{credits}: about {count} picture", "{credits}: about {count} pictures", pictures
    )
    if offered.monthly:
        text = t.ngettext(
            "{credits} every 30 days: about {count} picture each time",
            "{credits} every 30 days: about {count} pictures each time",
            pictures,
        )
    return text.format(
        credits=figures.credits(t, offered.credits), count=figures.number(t, pictures)
    )


def package(t: Texts, offered: Package) -> str:
    """On a button."""
    text = (
        t.gettext("🔁 ⭐ {stars} a month: {credits}")
        if offered.monthly
        else t.gettext("⭐ {stars}: {credits}")
    )
    return text.format(
        stars=figures.number(t, offered.stars), credits=figures.credits(t, offered.credits)
    )


def title(t: Texts, offered: Package) -> str:
    """Of an invoice, and of its one price."""
    return figures.credits(t, offered.credits)[:TITLE_MAX]


def description(t: Texts, offered: Package, pictures: int) -> str:
    """Under the title."""
    text = t.ngettext(
        "For about {count} picture. Yours until you spend them.",
        "For about {count} pictures. Yours until you spend them.",
        pictures,
    ).format(count=figures.number(t, pictures))
    if offered.monthly:
        monthly = t.gettext("They come every 30 days until you end it in Telegram.")
        text = joining.sentences(t, text, monthly)
    return text[:DESCRIPTION_MAX]


def subscribe(t: Texts, offered: Package) -> str:
    """Above the button that opens the payment of a subscription."""
    return t.gettext(
        "🔁 {credits} every 30 days for ⭐ {stars}. You end it in Telegram whenever you like: "
        "Settings, My Stars."
    ).format(credits=figures.credits(t, offered.credits), stars=figures.number(t, offered.stars))


def pay(t: Texts, offered: Package) -> str:
    return t.gettext("Pay ⭐ {stars} a month").format(stars=figures.number(t, offered.stars))


def buy(t: Texts) -> str:
    return t.gettext("⭐ Buy credits")


def obstacle(t: Texts, why: Obstacle) -> str:
    """To whoever is about to pay."""
    match why:
        case Obstacle.FOR_ANOTHER:
            return t.gettext("This invoice is for somebody else. Write /buy for one of your own.")
        case Obstacle.SOLD_NO_MORE:
            return t.gettext("This is sold no more. Write /buy to see what there is.")
        case _:
            return t.gettext("I do not know this invoice. Write /buy for a new one.")


def banned(t: Texts) -> str:
    return t.gettext("🚫 I sell nothing to you: I would not draw for it.")


def try_again(t: Texts) -> str:
    return t.gettext("I could not check this just now. Nothing was paid; please try again.")


def not_offered(t: Texts) -> str:
    return t.gettext("This cannot be sold at the moment. Please try again later.")


def thanks(t: Texts, bought: Purchase, left: int, *, until: datetime | None) -> str:
    """A payment has arrived; `until` is when a subscription goes on."""
    if not bought.credits:
        return t.gettext(
            "⭐ {stars} arrived, but I cannot tell what they are for. "
            "Nothing is lost: /paysupport helps."
        ).format(stars=figures.number(t, bought.stars))
    text = t.gettext("✅ Thank you! {credits} came in for ⭐ {stars}; you have {left} now.").format(
        credits=figures.credits(t, bought.credits),
        stars=figures.number(t, bought.stars),
        left=figures.number(t, left),
    )
    if until is not None:
        text += "\n" + t.gettext("Your subscription goes on at {time}.").format(
            time=figures.moment(t, until)
        )
    return text


def refunded(t: Texts, bought: Purchase, left: int) -> str:
    return t.gettext(
        "↩️ ⭐ {stars} were paid back to you, and {credits} taken back for them. "
        "You have {left} now."
    ).format(
        stars=figures.number(t, bought.stars),
        credits=figures.credits(t, bought.taken),
        left=figures.number(t, left),
    )


def payments(t: Texts, bought: Sequence[Purchase]) -> Rich:
    """The newest payments; each number is copied at a tap."""
    if not bought:
        return Rich(t.gettext("🧾 You have bought nothing here yet."))
    pieces = [rich(t.gettext("🧾 Your payments, newest first:"))]
    for one in bought:
        line = (
            t.gettext("{time}: ⭐ {stars} for {credits}, paid back\n`{charge}`")
            if one.refunded_at
            else t.gettext("{time}: ⭐ {stars} for {credits}\n`{charge}`")
        )
        pieces.append(
            rich(
                line,
                time=figures.moment(t, one.at),
                stars=figures.number(t, one.stars),
                credits=figures.credits(t, one.credits),
                charge=one.charge,
            )
        )
    pieces.append(Rich(t.gettext("Something is wrong with one of them? /paysupport")))
    return _joined(pieces)


def support(t: Texts, contact: str | None) -> str:
    """https://core.telegram.org/bots/payments-stars: every seller answers /paysupport."""
    who = (
        t.gettext("Write to {contact}").format(contact=contact)
        if contact
        else t.gettext("Write to whoever runs this bot")
    )
    return t.gettext(
        "💬 Something is wrong with a payment? {who}, with the number of the payment from "
        "/payments. What you have not spent can be paid back.\n\n"
        "Telegram's own support cannot help with what bots sell."
    ).format(who=who)


def terms(t: Texts, url: str | None) -> str:
    text = t.gettext(
        "📜 Terms\n\n"
        "• Credits draw pictures here, and nothing else. They do not expire and cannot be passed "
        "on.\n"
        "• A picture is paid when it arrives. For one that does not, nothing is charged. One that "
        "was already being drawn when you cancelled it waits in /history, and is paid when you look "
        "at it or delete it.\n"
        "• A subscription gives its credits every 30 days, until you end it in Telegram: "
        "Settings, My Stars.\n"
        "• For what you have not spent you can ask your Stars back: /paysupport.\n"
        "• Prices in credits may change; what you have keeps its number.\n"
        "• The generator's rules hold for what you ask for, and who breaks them may be shut out."
    )
    if url:
        text += "\n\n" + t.gettext("All of it: {url}").format(url=url)
    return text


def _joined(pieces: Sequence[Rich]) -> Rich:
    """One below the other, with a line between them."""
    gaps = [("", ()) if number == 0 else ("\n\n", ()) for number in range(len(pieces))]
    with_gaps = [
        one
        for gap, piece in zip(gaps, pieces, strict=True)
        for one in (gap, (piece.text, piece.entities))
    ]
    text, entities = MessageEntity.concatenate(*with_gaps)
    return Rich(text, tuple(entities))
