"""What stands on a card, and what is said about cancelling."""

from bot.life import PictureState
from bot.outlook import Outlook
from bot.task import Task
from bot.telegram import joining
from bot.telegram.texts import Texts
from bot.telegram.words import subject


def card(t: Texts, task: Task, outlook: Outlook) -> str:
    """How a task stands: in line or being drawn, since when, and how long it should take."""
    count, prompt = len(task.pictures), subject(task.order)
    if outlook.place is not None and all(picture.queued for picture in task.pictures):
        head = t.gettext("🎨 In line, number {place}: {prompt}")
    else:
        head = t.ngettext("🎨 Drawing: {prompt}", "🎨 Drawing {count} pictures: {prompt}", count)
    lines = [head.format(prompt=prompt, count=count, place=outlook.place)]
    if facts := _facts(t, task, outlook):
        lines.append(" · ".join(facts))
    if outlook.slow:
        lines.append(
            t.gettext(
                "This is taking longer than usual. You need not do anything, I will send it here."
            )
        )
    return "\n".join(lines)


def _facts(t: Texts, task: Task, outlook: Outlook) -> list[str]:
    facts = []
    count = len(task.pictures)
    done = sum(picture.state is PictureState.STORED for picture in task.pictures)
    if count > 1 and done:
        facts.append(t.gettext("{done} of {count} done").format(done=done, count=count))
    if outlook.elapsed >= _WORTH_SAYING:
        facts.append(t.gettext("{time} so far").format(time=duration(t, outlook.elapsed)))
    if outlook.expected is not None and not outlook.slow:
        facts.append(t.gettext("usually {time}").format(time=duration(t, outlook.expected)))
    return facts


_WORTH_SAYING = 3.0


def duration(t: Texts, seconds: float) -> str:
    """A time as people say it: `20 s`, `3 min`."""
    if seconds < 10:
        return t.gettext("{count} s").format(count=max(1, round(seconds)))
    if seconds < 100:
        return t.gettext("{count} s").format(count=5 * round(seconds / 5))
    if seconds < 5_400:
        return t.gettext("{count} min").format(count=round(seconds / 60))
    return t.gettext("{count} h").format(count=round(seconds / 3_600))


def cancelled(t: Texts, task: Task) -> str:
    text = t.gettext("✖ Cancelled: {prompt}").format(prompt=subject(task.order))
    if task.settled:
        return text
    under_way = t.gettext("What was already being drawn will be in /history.")
    if task.price:
        charged = t.gettext(
            "It is charged when you look at it there, and also if you delete it unseen."
        )
        under_way = joining.sentences(t, under_way, charged)
    return f"{text}\n{under_way}"


def cancel(t: Texts) -> str:
    """What stands on the button."""
    return t.gettext("✖ Cancel")


def cancelled_now(t: Texts) -> str:
    return t.gettext("Cancelled.")


def too_late_to_cancel(t: Texts) -> str:
    return t.gettext("Too late: it is on its way already.")


def not_yours_to_cancel(t: Texts) -> str:
    return t.gettext("Only whoever asked for it, or an admin, can cancel this.")


def all_cancelled(t: Texts, count: int) -> str:
    return t.ngettext("✖ Cancelled one request.", "✖ Cancelled {count} requests.", count).format(
        count=count
    )


def nothing_to_cancel(t: Texts) -> str:
    return t.gettext("Nothing of yours is under way here.")
