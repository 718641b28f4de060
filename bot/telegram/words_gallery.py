"""What we say about pictures that are looked for again, and in other people's chats."""

from bot import models
from bot.errors import Reason
from bot.gallery import Shot, Spot, View
from bot.life import TaskState
from bot.task import Task
from bot.telegram import words
from bot.telegram.texts import Texts
from bot.telegram.words import shortened

# https://core.telegram.org/bots/api#answercallbackquery
_ANSWER_MAX = 200
_TITLE_MAX = 60


def shot(one: Shot) -> str:
    """What stands under a picture: the prompt, and how it was made."""
    return "\n".join((words.subject(one.order), _made_with(one)))


def entry(spot: Spot, view: View) -> str:
    """The same on a page of the history, with what is being looked for."""
    lines = [shot(spot.shot) + (" · ⭐" if spot.shot.starred else "")]
    if view.words:
        lines.append(f"🔎 {shortened(view.words)}")
    return "\n".join(lines)


def _made_with(one: Shot) -> str:
    model = models.CATALOGUE.get(one.order.model)
    parts = [model.label if model else one.order.model]
    if one.order.ratio != "auto":
        parts.append(one.order.ratio)
    if model and model.takes_resolution:
        parts.append(one.order.size.upper())
    return " · ".join(parts)


# --- /history and /show ----------------------------------------------------------------------


def nothing_there(t: Texts, view: View) -> str:
    """Why this view of a gallery is empty."""
    if view.words and view.starred:
        text = t.gettext("None of your favourites has “{words}” in its prompt.")
    elif view.words:
        text = t.gettext("None of your pictures has “{words}” in its prompt.")
    elif view.starred:
        text = t.gettext("No favourites yet. Press ⭐ under a picture you like.")
    else:
        text = t.gettext(
            "No pictures yet. Tell me what you would like to see, and the first one is yours."
        )
    return text.format(words=shortened(view.words)[:_TITLE_MAX])


def favourites(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("⭐ Favourites")


def all_pictures(t: Texts) -> str:
    return t.gettext("🖼 All pictures")


def with_buttons(t: Texts) -> str:
    return t.gettext("⤵ Show with buttons")


def old_page(t: Texts) -> str:
    return t.gettext("This page is too old. Please send /history again.")


def sent_in_private(t: Texts) -> str:
    return t.gettext("📬 Your pictures are in our private chat.")


def only_in_private(t: Texts) -> str:
    return t.gettext(
        "🔒 I show your pictures in our private chat only, and may not write to you yet."
    )


def open_chat(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("💬 Open our chat")


def lost(t: Texts) -> str:
    return t.gettext("🗑 The file of this picture is no longer kept.")


def unknown_task(t: Texts) -> str:
    return t.gettext("I know no pictures of yours under this number. /history shows what you have.")


def which_task(t: Texts) -> str:
    return t.gettext("Which pictures? Send /show with their number; /history shows what you have.")


def nothing_to_show(t: Texts, task: Task) -> str:
    """Why a task has no picture."""
    if not task.ended:
        return t.gettext("🎨 This is still being drawn.")
    if any(one.deleted for one in task.pictures):
        return t.gettext("🗑 You have deleted these pictures.")
    return words.failure(t, task)


# --- inline mode -----------------------------------------------------------------------------


def draw_here(t: Texts, prompt: str) -> str:
    return t.gettext("🎨 Draw it here: {prompt}").format(prompt=shortened(prompt)[:_TITLE_MAX])


def how_drawn(t: Texts, task: Task) -> str:
    """Under the title: who draws it, and how many."""
    made = models.CATALOGUE[task.order.model].label
    if task.order.ratio != "auto":
        made = f"{made} · {task.order.ratio}"
    count = len(task.pictures)
    if count == 1:
        return made
    return t.ngettext(
        "{made} · the other picture comes to you in private",
        "{made} · the other {count} pictures come to you in private",
        count - 1,
    ).format(made=made, count=count - 1)


def not_like_this(t: Texts) -> str:
    return t.gettext("⚠️ I cannot draw it like this yet")


def drawing_here(t: Texts, prompt: str) -> str:
    return t.gettext("🎨 {prompt}\n\nDrawing… The picture will appear right here.").format(
        prompt=shortened(prompt)
    )


def not_for_masks(t: Texts) -> str:
    """To anonymous admins and channels, where we are guests."""
    return t.gettext(
        "🎭 As a guest here I draw only for people who write under their own name: "
        "the picture goes through their private chat with me."
    )


def how_does_it_go(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("⏳ How is it going?")


def comes_in_private(t: Texts, task: Task) -> str:
    return t.gettext(
        "📬 {prompt}\n\nThe picture is ready and waits in my chat with whoever asked for it."
    ).format(prompt=shortened(task.order.prompt))


def kept(t: Texts) -> str:
    return t.gettext(
        "🔒 It is ready, but I may not send pictures here. I keep it for you: get it in our private "
        "chat, or ask an admin to allow pictures, then press “Bring it here”."
    )


def bring_here(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("📥 Bring it here")


def get_it(t: Texts) -> str:
    """What stands on a button."""
    return t.gettext("📥 Get the picture")


def state(t: Texts, task: Task | None, seconds: int) -> str:
    """How it goes with a picture, after so many seconds, in an answer that is gone at a touch."""
    if task is None:
        text = t.gettext("I have not begun yet. One moment, please.")
    elif not task.ended:
        text = t.gettext("🎨 I am drawing it, for {seconds} seconds so far.")
    elif task.state is TaskState.DELIVERED:
        text = t.gettext("✅ It is done.")
    elif task.unheard:
        text = t.gettext("📬 It is ready and waits in my chat with whoever asked for it.")
    else:
        return words.refusal(t, task.reason or Reason.INTERNAL)[:_ANSWER_MAX]
    return text.format(seconds=seconds)


def no_pictures_yet(t: Texts) -> str:
    """What stands on a button above an empty list."""
    return t.gettext("🎨 Draw your first picture")


def not_yours_to_send(t: Texts) -> str:
    return t.gettext("🔒 Not yours to send · draw your own")
