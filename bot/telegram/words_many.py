"""What we say where one wish stands for many pictures: albums that came, lists that are to be drawn."""

from collections.abc import Sequence

from bot.errors import Reason
from bot.prompt import AT_ONCE_MAX, Mistake
from bot.telegram import figures, words
from bot.telegram.texts import Texts

_SHOWN = 5
_LINE = 120
_NAME = 60


def came_too_late(t: Texts) -> str:
    return t.gettext(
        "Some pictures of your album came too late: I was drawing already. "
        "To use them too, reply to the result with one of them."
    )


def album_refused(t: Texts, parts: Sequence[tuple[str, Reason]]) -> str:
    """Which parts of an album cannot be used, and why."""
    lines = [t.gettext("I cannot use everything in this album:")]
    lines += [
        (
            t.gettext("{name}: larger than 20 MB")
            if why is Reason.REFERENCE_TOO_BIG
            else t.gettext("{name}: not a picture")
        ).format(name=_shortened(name, _NAME))
        for name, why in parts
    ]
    lines.append(t.gettext("Please send the others again, with what to do as the caption."))
    return "\n".join(lines)


def shall_i_draw(t: Texts, prompts: Sequence[str], *, credits_: int) -> str:
    """The list of what would be drawn, and its price, 0 where there is none."""
    lines = [
        t.ngettext("This is {count} picture:", "These are {count} pictures:", len(prompts)).format(
            count=len(prompts)
        )
    ]
    lines += [f"{number}. {_shortened(one)}" for number, one in enumerate(prompts[:_SHOWN], 1)]
    if (more := len(prompts) - _SHOWN) > 0:
        lines.append(t.gettext("… and {count} more").format(count=more))
    question = t.gettext("Shall I draw them?")
    if credits_:
        price = t.gettext("Together {credits}. Shall I draw them?")
        question = price.format(credits=figures.credits(t, credits_))
    lines += ["", question]
    return "\n".join(lines)


def draw(t: Texts, count: int) -> str:
    """What stands on a button."""
    return t.gettext("✅ Draw {count}").format(count=count)


def never_mind(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("✖ Never mind")


def drawing_them(t: Texts) -> str:
    return t.gettext("I am on it.")


def left_undone(t: Texts) -> str:
    return t.gettext("Nothing is drawn, nothing is charged.")


def not_yours(t: Texts) -> str:
    return t.gettext("Only the person who asked can answer this.")


def answered_already(t: Texts) -> str:
    return t.gettext("This has been answered already.")


def how_to_batch(t: Texts) -> str:
    return t.gettext(
        "Write /batch and below it one prompt per line, up to {most}. "
        "Options behind the command hold for all:\n\n"
        "/batch --ar 16:9\n"
        "a red fox\n"
        "a blue whale\n\n"
        "Or send a .txt or .csv file with /batch as its caption, or reply to one with /batch."
    ).format(most=AT_ONCE_MAX)


def file_too_long(t: Texts) -> str:
    return t.gettext("This file is too long for a list of prompts: up to 100 kB, please.")


def file_unreadable(t: Texts) -> str:
    return t.gettext("I cannot read this file. Please send a .txt or .csv in UTF-8.")


def batch_refused(t: Texts, mistakes: Sequence[tuple[int, Mistake | None]]) -> str:
    """The lines that cannot be drawn; nothing is begun then. None stands for a flag in a line."""
    lines = [t.gettext("Nothing is begun yet, some lines need a change:")]
    for number, mistake in mistakes[:_SHOWN]:
        why = (
            words.mistake(t, mistake)
            if mistake
            else t.gettext("options go behind /batch and hold for all lines")
        )
        lines.append(t.gettext("Line {number}: {why}").format(number=number, why=why[:300]))
    if (more := len(mistakes) - _SHOWN) > 0:
        lines.append(t.gettext("… and {count} more").format(count=more))
    return "\n".join(lines)


def _shortened(text: str, most: int = _LINE) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
