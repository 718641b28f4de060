"""What we say about pictures that are there: buttons, toasts, details."""

from bot import models
from bot.life import PictureState
from bot.task import Picture, Task
from bot.telegram import figures
from bot.telegram.texts import Texts
from bot.telegram.words import shortened

# --- what stands on buttons ------------------------------------------------------------------


def again(t: Texts) -> str:
    return t.gettext("🔁 Again")


def variations(t: Texts, count: int) -> str:
    return t.gettext("🎲 Variations ×{count}").format(count=count)


def edit(t: Texts) -> str:
    return t.gettext("✏️ Edit")


def larger(t: Texts) -> str:
    return t.gettext("⬆️ 4K")


def ratio(t: Texts) -> str:
    return t.gettext("📐 Ratio")


def original(t: Texts) -> str:
    return t.gettext("📄 Original")


def favourite(t: Texts) -> str:
    return t.gettext("⭐ Favourite")


def details(t: Texts) -> str:
    return t.gettext("ℹ️ Details")


def share(t: Texts) -> str:
    return t.gettext("↗ Share")


def delete(t: Texts) -> str:
    return t.gettext("🗑 Delete")


def really_delete(t: Texts) -> str:
    return t.gettext("🗑 Really delete")


def keep(t: Texts) -> str:
    return t.gettext("‹ Keep")


def back(t: Texts) -> str:
    return t.gettext("‹ Back")


def try_again(t: Texts) -> str:
    return t.gettext("🔁 Try again")


def retry_failed(t: Texts) -> str:
    return t.gettext("🔁 Retry failed")


def edit_prompt(t: Texts) -> str:
    return t.gettext("✏️ Edit the prompt")


def copy_prompt(t: Texts) -> str:
    return t.gettext("📋 Copy the prompt")


# --- what a press is answered with -----------------------------------------------------------


def drawing_again(t: Texts) -> str:
    return t.gettext("Drawing again…")


def drawing_variations(t: Texts) -> str:
    return t.gettext("Drawing variations…")


def drawing_larger(t: Texts) -> str:
    return t.gettext("Drawing it in 4K, as a file…")


def drawing_reshaped(t: Texts, shape: str) -> str:
    return t.gettext("Drawing it in {shape}…").format(shape=shape)


def nothing_failed(t: Texts) -> str:
    return t.gettext("Nothing is missing any more.")


def favoured(t: Texts, *, kept: bool) -> str:
    if kept:
        return t.gettext("⭐ Added to your favourites.")
    return t.gettext("Taken out of your favourites.")


def deleted(t: Texts) -> str:
    return t.gettext("🗑 Deleted.")


def too_old_to_delete(t: Texts) -> str:
    return t.gettext(
        "Telegram lets me delete messages for two days only. I have forgotten the picture and "
        "taken its words away; please delete the message yourself, or ask an admin."
    )


def not_yours_to_delete(t: Texts) -> str:
    return t.gettext("Only whoever asked for this picture, or an admin, can delete it.")


def forgotten(t: Texts) -> str:
    return t.gettext(
        "I no longer know this picture: it is too old. "
        "Reply to it with what to change, and I will still do that."
    )


def is_deleted(t: Texts) -> str:
    return t.gettext("This picture was deleted.")


def not_yours(t: Texts) -> str:
    return t.gettext("This picture is somebody else's.")


def not_here(t: Texts) -> str:
    return t.gettext("These buttons work in the chat where the picture was drawn.")


def original_gone(t: Texts, hours: int) -> str:
    return t.ngettext(
        "I keep originals for {hours} hour, and this one is gone. The picture in the chat stays.",
        "I keep originals for {hours} hours, and this one is gone. The picture in the chat stays.",
        hours,
    ).format(hours=hours)


def sent_in_private(t: Texts) -> str:
    return t.gettext("I have sent it to you in private.")


# --- messages --------------------------------------------------------------------------------


def album(t: Texts, count: int) -> str:
    """The message under an album, which can have no buttons of its own."""
    return t.ngettext(
        "🖼 {count} picture. Tap its number for its buttons.",
        "🖼 {count} pictures. Tap a number for the buttons of that one.",
        count,
    ).format(count=count)


def one_of_album(t: Texts, number: int, count: int, prompt: str | None) -> str:
    """The same while the buttons of one picture stand under it; `prompt` where it has its own."""
    text = t.gettext("🖼 Picture {number} of {count}:").format(number=number, count=count)
    return f"{text}\n{shortened(prompt)}" if prompt else text


def reply_to_the_picture(t: Texts) -> str:
    return t.gettext("Please reply to the picture itself that you would like to change.")


def what_to_change(t: Texts) -> str:
    return t.gettext("What shall I change in this picture? Answer here in your own words.")


def what_instead(t: Texts) -> str:
    return t.gettext("How shall I put it instead? Answer here with the new prompt.")


def for_name(t: Texts, name: str, text: str) -> str:
    """The same, said to one among several. It begins with the name."""
    return t.gettext("{name}: {text}").format(name=name, text=text)


def facts(t: Texts, task: Task, picture: Picture | None) -> str:
    """How a picture, or all of a task, came about; the prompt comes after it."""
    order, model = task.order, models.CATALOGUE[task.order.model]
    done = [one for one in task.pictures if one.state is PictureState.STORED]
    pictures = [picture] if picture else done
    lines = [
        t.gettext("ℹ️ Model: {model}").format(model=model.label),
        t.gettext("Ratio: {ratio}").format(
            ratio=t.gettext("auto") if order.ratio == "auto" else order.ratio
        ),
        t.gettext("Size: {size}").format(size=_size(order.size, picture)),
    ]
    if order.style:
        lines.append(t.gettext("Style: {style}").format(style=order.style))
    if order.avoid:
        lines.append(t.gettext("Left out: {avoid}").format(avoid=order.avoid))
    if task.price:
        brought = sum(one.brought and not one.late for one in pictures)
        cost = figures.credits(t, task.price * brought)
        lines.append(t.gettext("Cost: {credits}").format(credits=cost))
    times = [one.seconds for one in pictures if one.seconds is not None]
    if times:
        lines.append(t.gettext("Drawn in: {seconds} s").format(seconds=round(max(times))))
    lines.append(
        t.gettext("Asked for: {date} UTC").format(date=f"{task.created_at:%Y-%m-%d %H:%M}")
    )
    lines.append(t.gettext("Task: {task}").format(task=task.id))
    return "\n".join(lines)


def _size(size: str, picture: Picture | None) -> str:
    file = picture.file if picture else None
    return f"{size.upper()}, {file.width}×{file.height}" if file else size.upper()
