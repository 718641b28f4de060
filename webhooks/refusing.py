"""Why a wish over HTTP is not carried out: which field is at fault, and what would do instead."""

from collections.abc import Mapping
from datetime import datetime

from bot.access import Barrier, Denied
from bot.errors import Reason, Refused
from bot.prompt import Mistake, Objection, Wrong
from bot.public import words
from webhooks.answers import Problem

_FIELDS: Mapping[str, str] = {"--ar": "aspectRatio", "--size": "size", "--format": "format"}
_MAINTENANCE_SECONDS = 60.0
_PAUSED_SECONDS = 300.0


def of_objection(why: Objection, now: datetime) -> Problem:
    if isinstance(why, Denied):
        return _denied(why, now)
    if isinstance(why, Mistake):
        return of_mistake(why)
    raise TypeError(f"no words for {type(why).__name__}")


def of_mistake(why: Mistake) -> Problem:
    accepted, whose = ", ".join(why.accepted), why.model or "this model"
    match why.wrong:
        case Wrong.EMPTY:
            return invalid("prompt", "is missing: say what is to be drawn")
        case Wrong.TOO_LONG:
            return invalid("prompt", f"has {why.value} characters; {whose} reads {accepted}")
        case Wrong.NEEDS_PICTURE:
            return invalid("image", f"is missing: {whose} works on a picture")
        case Wrong.TOO_MANY_PICTURES:
            return invalid("image", f"{why.value} are too many; {whose} takes {accepted}")
        case _:
            name = _FIELDS.get(why.flag, why.flag)
            shown = why.value[:50]
            return invalid(name, f"cannot be {shown!r} here; {whose} accepts: {accepted}")


def of_picture(failure: Refused, field: str) -> Problem:
    """A reference that was not kept."""
    too_big = failure.reason is Reason.REFERENCE_TOO_BIG
    code = "image_too_large" if too_big else "not_a_picture"
    return Problem(413 if too_big else 422, code, words(failure.reason), field)


def invalid(field: str, what: str) -> Problem:
    return Problem(422, "invalid", f"{field} {what}", field)


def _denied(why: Denied, now: datetime) -> Problem:
    match why.barrier:
        case Barrier.BANNED:
            return Problem(403, "banned", "the owner of this bot lets you draw no more")
        case Barrier.CLOSED:
            return Problem(403, "closed", "this bot draws only for people its owner has let in")
        case Barrier.MAINTENANCE:
            said = why.words or "the bot is being worked on: come back a little later"
            return Problem(503, "maintenance", said, retry_after=_MAINTENANCE_SECONDS)
        case Barrier.PAUSED:
            said = "nothing new is drawn at the moment: try again later"
            return Problem(503, "paused", said, retry_after=_PAUSED_SECONDS)
        case Barrier.MODEL_OFF:
            said = f"{why.model} is switched off at the moment: choose another model"
            return Problem(403, "model_off", said, "model")
        case _:
            return _too_dear(why, now)


def _too_dear(why: Denied, now: datetime) -> Problem:
    said = f"this costs {why.needed} credits, and {why.left} are left"
    renews, wait = None, None
    if why.until is not None:
        renews, wait = why.until.isoformat(), (why.until - now).total_seconds()
        said += f"; new ones come at {renews}"
    numbers = {"needed": why.needed, "left": why.left, "renewsAt": renews}
    return Problem(402, "not_enough_credits", said, credits_=numbers, retry_after=wait)
