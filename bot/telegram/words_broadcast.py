"""What operators read about a message to everybody."""

from bot.broadcasts import Broadcast, Stage
from bot.telegram import figures
from bot.telegram.texts import Texts

_STEPS = 12


def usage(t: Texts) -> str:
    return t.gettext(
        "/broadcast and the text, or reply with it to the message that everybody is to get. "
        "You see how many they are before anything is sent."
    )


def preview(t: Texts, audience: int) -> str:
    text = t.ngettext(
        "📣 This goes to {count} private chat: of people who have asked for something and are "
        "open to us.",
        "📣 This goes to {count} private chats: of people who have asked for something and are "
        "open to us.",
        audience,
    )
    return text.format(count=figures.number(t, audience))


def progress(t: Texts, one: Broadcast) -> str:
    if one.card is None:
        return t.gettext("✖ Discarded.")
    head = {
        Stage.DRAFT: "📣",
        Stage.RUNNING: t.gettext("📣 Being sent…"),
        Stage.STOPPED: t.gettext("⏹ Stopped."),
        Stage.DONE: t.gettext("✅ Sent."),
    }[one.stage]
    passed = one.reached + one.closed
    # Who asks for the first time meanwhile gets it, too.
    total = max(one.total, passed)
    share = passed / total if total else 1
    full = round(share * _STEPS)
    counts = t.gettext("{reached} have it, {closed} were closed, of {total}").format(
        reached=figures.number(t, one.reached),
        closed=figures.number(t, one.closed),
        total=figures.number(t, total),
    )
    bar = "▓" * full + "░" * (_STEPS - full)
    return f"{head}\n{bar} {figures.percent(t, passed, total)}\n{counts}"


def test_button(t: Texts) -> str:
    return t.gettext("🧪 Only to me")


def send_button(t: Texts) -> str:
    return t.gettext("📣 Send to all")


def discard_button(t: Texts) -> str:
    return t.gettext("✖ Discard")


def stop_button(t: Texts) -> str:
    return t.gettext("⏹ Stop")
