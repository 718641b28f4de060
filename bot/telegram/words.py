"""What we say, in one place: every sentence a person may read from us.

Each function gets the texts of a language and returns plain text that fits Telegram's limits.
"""

from collections.abc import Mapping

from bot import models
from bot.errors import Reason
from bot.life import PictureState
from bot.prompt import Mistake, Order, Wrong
from bot.task import Task
from bot.telegram import joining
from bot.telegram.texts import Texts

# https://core.telegram.org/bots/api#sendphoto
CAPTION_MAX = 1024
_PROMPT_SHOWN = 200


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Marks a text for translation that is looked up later."""
    return text


_TRY_LATER = N_(
    "🪫 My account with the picture generator needs its owner's attention. Please try again later."
)
_BROKEN = N_("💥 Something broke on our side. Please try again.")
_REASONS: Mapping[Reason, str] = {
    Reason.PROMPT_REFUSED: N_(
        "🚫 The generator refused this prompt: it breaks its rules. Please say it differently."
    ),
    Reason.FILTERED: N_(
        "🚫 The generator's safety filter held this picture back. "
        "Please change your prompt or your picture a little."
    ),
    Reason.BAD_REFERENCE: N_("🖼 Your picture could not be used. Please send it again."),
    Reason.REFERENCE_TOO_BIG: N_(
        "🖼 Your picture is too big. Please send one of up to 20 MB and 25 megapixels."
    ),
    Reason.NOT_A_PICTURE: N_(
        "🖼 I cannot read this file as a picture. Please send a JPEG, PNG or WebP."
    ),
    Reason.BAD_OPTIONS: N_(
        "⚙️ The generator does not accept these options. Please try again without them."
    ),
    Reason.OVERLOADED: N_("⏳ The generator is overloaded. Please try again in a few minutes."),
    Reason.MAINTENANCE: N_("🔧 The generator is down for maintenance. Please try again later."),
    Reason.NO_CREDITS: _TRY_LATER,
    Reason.NO_ACCESS: _TRY_LATER,
    Reason.GENERATOR_FAILED: N_("💥 The generator could not draw this. Please try again."),
    Reason.BAD_RESULT: N_("💥 What the generator drew arrived damaged. Please try again."),
    Reason.TIMEOUT: N_(
        "⌛ The generator has not answered in time. "
        "If the picture still comes, I will send it here; if not, please try again."
    ),
    Reason.CANCELLED: N_("✖ Cancelled."),
    Reason.INTERNAL: _BROKEN,
    Reason.UNDELIVERABLE: _BROKEN,
}

_MISTAKES: Mapping[Wrong, str] = {
    Wrong.EMPTY: N_("What would you like to see? For example: /imagine a red fox --ar 16:9"),
    Wrong.TOO_LONG: N_(
        "This prompt has {value} characters; {model} takes up to {accepted}. Please shorten it."
    ),
    Wrong.UNKNOWN_FLAG: N_("I do not know {flag}. You can use: {accepted}"),
    Wrong.MISSING_VALUE: N_("{flag} needs a value: {accepted}"),
    Wrong.BAD_VALUE: N_("{flag} cannot be {value}. Accepted: {accepted}"),
    Wrong.NEEDS_PICTURE: N_(
        "{model} works on a picture: send one with your prompt as its caption, or reply to one."
    ),
    Wrong.TOO_MANY_PICTURES: N_("{value} pictures are too many: {model} takes up to {accepted}."),
    Wrong.TOO_MANY_AT_ONCE: N_(
        "These would be {value} pictures, and I draw up to {accepted} at once. Please ask for fewer."
    ),
}
_TYPO = N_("I do not know {flag}. Did you mean {accepted}?")
_BAD_FOR_MODEL = N_("{flag} {value} does not go with {model}. Accepted: {accepted}")


def caption(t: Texts, task: Task, prompt: str | None = None) -> str:
    """What stands under a picture: its prompt, how it was made, and what is missing."""
    order = task.order
    made_with = [models.CATALOGUE[order.model].label]
    if order.ratio != "auto":
        # It says nothing: the picture can be seen.
        made_with.append(order.ratio)
    if models.CATALOGUE[order.model].takes_resolution:
        made_with.append(order.size.upper())
    lines = [subject(order) if prompt is None else shortened(prompt), " · ".join(made_with)]
    failed = [one for one in task.pictures if one.state is PictureState.FAILED]
    if failed and failed[0].reason:
        count = len(task.pictures)
        missing = t.ngettext(
            "{done} of {count} done, {failed} failed and was not charged. {why}",
            "{done} of {count} done, {failed} failed and were not charged. {why}",
            len(failed),
        )
        why = refusal(t, failed[0].reason)
        done = count - len(failed)
        lines.append(missing.format(done=done, count=count, failed=len(failed), why=why))
    return "\n".join(lines)[:CAPTION_MAX]


def failure(t: Texts, task: Task) -> str:
    """Why there is no picture, and what to do next."""
    why = refusal(t, task.reason or Reason.INTERNAL)
    if task.price:
        why = joining.sentences(t, why, t.gettext("Nothing was charged."))
    return f"{why}\n\n{subject(task.order)}"


def refusal(t: Texts, reason: Reason) -> str:
    """One reason in words, with a next step."""
    return t.gettext(_REASONS[reason])


def mistake(t: Texts, wrong: Mistake) -> str:
    """One line about a wish that cannot be carried out, with what would be accepted."""
    kind = _MISTAKES[wrong.wrong]
    if wrong.wrong is Wrong.BAD_VALUE and wrong.model:
        kind = _BAD_FOR_MODEL
    if wrong.wrong is Wrong.UNKNOWN_FLAG and len(wrong.accepted) == 1:
        kind = _TYPO
    return t.gettext(kind).format(
        flag=wrong.flag[:40],
        value=wrong.value[:40],
        accepted=joining.listed(t, wrong.accepted),
        model=wrong.model,
    )


def what_to_do(t: Texts, count: int) -> str:
    if count == 1:
        # Also where a language knows no plural one does not count to one.
        return t.gettext("What shall I do with this picture? Answer here in your own words.")
    return t.ngettext(
        "What shall I do with {count} picture? Answer here in your own words.",
        "What shall I do with these {count} pictures? Answer here in your own words.",
        count,
    ).format(count=count)


def not_for_me(t: Texts) -> str:
    return t.gettext(
        "I draw from words and pictures. Write what you would like to see, or send /help."
    )


def may_not_send(t: Texts) -> str:
    return t.gettext(
        "🔒 The picture is ready, but I may not send pictures here. "
        "Please ask an admin to allow it, then try again."
    )


def pictures_wait(t: Texts, count: int) -> str:
    return t.ngettext(
        "📬 A picture is waiting: I could not bring it when it was ready.",
        "📬 {count} pictures are waiting: I could not bring them when they were ready.",
        count,
    ).format(count=count)


def ends_wait(t: Texts, count: int) -> str:
    return t.ngettext(
        "📬 A request ended without a picture, and I could not say so.",
        "📬 {count} requests ended without a picture, and I could not say so.",
        count,
    ).format(count=count)


def bring(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("📥 Show me")


def on_their_way(t: Texts) -> str:
    return t.gettext("They are on their way.")


def nothing_waits(t: Texts) -> str:
    return t.gettext("Nothing is waiting any more.")


def unknown_command(t: Texts) -> str:
    return t.gettext("I do not know this command. /help shows what I can do.")


def broken(t: Texts) -> str:
    return t.gettext("💥 I stumbled over this message. Please send it again in other words.")


def subject(order: Order) -> str:
    """What is drawn: the prompt, or the style where nothing else was said."""
    return shortened(order.prompt or order.style or "")


def shortened(prompt: str) -> str:
    """A prompt on one line, cut at a word."""
    line = " ".join(prompt.split())
    if len(line) <= _PROMPT_SHOWN:
        return line
    head = line[: _PROMPT_SHOWN - 1]
    cut = head.rpartition(" ")[0]
    # Chinese has no spaces to cut at, and some prompts are one long word.
    return (cut if len(cut) > _PROMPT_SHOWN // 2 else head) + "…"
