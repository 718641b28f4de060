"""What we say about what we keep, and about forgetting it."""

from datetime import timedelta

from bot.forgetting import Parcel
from bot.telegram.figures import hours_or_days
from bot.telegram.rich import Rich, rich
from bot.telegram.texts import Texts


def privacy(t: Texts, *, files_kept: timedelta, history_kept: timedelta) -> Rich:
    return rich(
        t.gettext(
            "🔒 Privacy\n\n"
            "What I keep:\n"
            "• your requests, with your Telegram id and language: {history}\n"
            "• your pictures: {files}; those I could not bring you wait longer\n"
            "• your settings: until you change them\n"
            "• your favourites: as long as their requests\n"
            "• your credits: what you have to keep, and for two days what you spent of a day's\n"
            "• what you have paid in Stars: 400 days; /forget takes your name off it\n\n"
            "Who sees it:\n"
            "• kie.ai, the generator: prompts, and the pictures you send along, "
            "without what a camera writes into them. "
            "Never your name or your Telegram id. It keeps them for a while, by its own rules.\n"
            "• Telegram, through which we talk\n"
            "• whoever runs this bot\n"
            "• nobody else\n\n"
            "/forget deletes all that I keep, but for what you have spent today, "
            "and that you are banned, if you are."
        ),
        files=hours_or_days(t, files_kept),
        history=hours_or_days(t, history_kept),
    )


def forget(t: Texts) -> Rich:
    """Asked for the first time."""
    return rich(
        t.gettext(
            "🗑 Shall I forget you?\n\n"
            "I delete your requests, pictures, favourites, settings and credits to keep, "
            "and stop what is being drawn for you. Credits for what is being drawn already, or was "
            "when you cancelled it, do not come back.\n\n"
            "What was sent to chats stays there: delete it there yourself."
        )
    )


def really(t: Texts) -> Rich:
    """Asked for the second time."""
    return rich(t.gettext("⚠️ Really? What is deleted cannot be brought back by anybody."))


def forgotten(t: Texts) -> Rich:
    return rich(
        t.gettext(
            "✓ You are forgotten. What was sent to chats is still there.\n\n"
            "Write to me whenever you like: we begin anew."
        )
    )


def kept(t: Texts) -> Rich:
    return rich(t.gettext("👍 Everything stays as it is."))


def parcel(t: Texts, sent: Parcel) -> str:
    """Under the file with everything."""
    lines = [
        t.ngettext(
            "📦 Everything I know about you, with {count} picture.",
            "📦 Everything I know about you, with {count} pictures.",
            sent.pictures,
        ).format(count=sent.pictures)
    ]
    if sent.left_out:
        more = t.ngettext(
            "{count} older picture found no room in it.",
            "{count} older pictures found no room in it.",
            sent.left_out,
        )
        lines.append(more.format(count=sent.left_out))
    if sent.unseen:
        waiting = t.ngettext(
            "{count} picture you have not looked at yet is not in it: it is in /history, "
            "and charged when you look at it.",
            "{count} pictures you have not looked at yet are not in it: they are in /history, "
            "and charged when you look at them.",
            sent.unseen,
        )
        lines.append(waiting.format(count=sent.unseen))
    return "\n".join(lines)


def packing(t: Texts) -> str:
    return t.gettext("📦 I am packing it for you.")


def export_button(t: Texts) -> str:
    return t.gettext("📦 Send me everything first")


def delete_button(t: Texts) -> str:
    return t.gettext("🗑 Forget me")


def really_button(t: Texts) -> str:
    return t.gettext("🗑 Yes, delete everything")


def keep_button(t: Texts) -> str:
    return t.gettext("✖ No, keep it")


def not_yours(t: Texts) -> str:
    return t.gettext("This concerns somebody else.")
