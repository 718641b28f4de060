"""What we say to people who may not ask, or not now, or have not enough credits."""

from datetime import datetime, timedelta

from bot.access import Barrier, Denied
from bot.prompt import Mistake, Objection
from bot.telegram import figures, joining, words, words_group
from bot.telegram.presses import ANSWER_MAX
from bot.telegram.texts import Texts


def objection(t: Texts, why: Objection, now: datetime) -> str:
    """One or two lines about a wish that is not carried out."""
    if isinstance(why, Denied):
        return denied(t, why, now)
    if isinstance(why, Mistake):
        return words.mistake(t, why)
    raise TypeError(f"no words for {type(why).__name__}")


def denied(t: Texts, why: Denied, now: datetime) -> str:
    """It fits into an alert."""
    match why.barrier:
        case Barrier.BANNED:
            text = t.gettext("🚫 I do not draw for you any more. The owner of this bot decided so.")
        case Barrier.CLOSED:
            text = t.gettext(
                "🔒 This bot draws only for people its owner has let in. Your number is {number}."
            ).format(number=why.person)
        case Barrier.MAINTENANCE:
            text = why.words or t.gettext(
                "🛠 I am being worked on. Please come back a little later."
            )
        case Barrier.PAUSED:
            text = t.gettext(
                "🪫 I draw nothing new at the moment: my account with the picture generator "
                "is running low. Its owner has been told. Please try again later."
            )
        case Barrier.MODEL_OFF:
            text = t.gettext("{model} is switched off at the moment. Please choose another model.")
            text = text.format(model=why.model)
        case Barrier.GROUP_OFF | Barrier.ADMINS_ONLY | Barrier.WRONG_TOPIC | Barrier.COOLING:
            text = words_group.denied(t, why, now)
        case _:
            text = not_enough(t, why, now)
    return text[:ANSWER_MAX]


def not_enough(t: Texts, why: Denied, now: datetime) -> str:
    text = t.gettext("🪙 This costs {needed}, and {left} are left.").format(
        needed=figures.credits(t, why.needed), left=figures.number(t, why.left)
    )
    if why.person < 0:
        why_so = t.gettext(
            "Who writes as a group or channel draws on this group's credits alone. "
            "To use your own, write as yourself."
        )
        return joining.sentences(t, text, why_so)
    if why.until is None:
        return text
    wait = max(why.until - now, timedelta(minutes=1))
    more = t.gettext("New ones come in {time}. /balance shows more.")
    return joining.sentences(t, text, more.format(time=figures.duration(t, wait)))
