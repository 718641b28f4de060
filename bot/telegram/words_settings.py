"""What stands on the sheets of settings."""

from collections.abc import Mapping

from bot import models
from bot.telegram import figures, joining
from bot.telegram.rich import Rich, rich
from bot.telegram.settings_sheets import Field, Sheet, Value
from bot.telegram.texts import Texts
from bot.telegram.words import N_

_LABELS: Mapping[str, str] = {
    "model": N_("🤖 Model"),
    "ratio": N_("📐 Shape"),
    "size": N_("🔎 Size"),
    "count": N_("🔢 How many"),
    "format": N_("🗂 File format"),
    "as_file": N_("📎 Sent as"),
    "spoiler": N_("🙈 Spoiler"),
    "language": N_("🌐 Language"),
}
_HINTS: Mapping[str, str] = {
    "model": N_("Who draws. What this model cannot do, the first that can does instead."),
    "ratio": N_("The shape of a new picture. One that is changed keeps its own."),
    "size": N_("How large a picture is, where the model has a choice."),
    "count": N_("How many pictures one request makes. Each of them is paid for."),
    "format": N_("What kind of file is drawn, where the model has a choice."),
    "as_file": N_("Photos are quick to look at, files keep every pixel."),
    "spoiler": N_("Hidden pictures show themselves at a tap."),
    "language": N_("The language I speak. As usual, I follow each person's Telegram."),
}
_SWITCHES: Mapping[tuple[str, bool], str] = {
    ("as_file", True): N_("file"),
    ("as_file", False): N_("photo"),
    ("spoiler", True): N_("hidden"),
    ("spoiler", False): N_("shown"),
}


def sheet(t: Texts, whose: Sheet, title: str) -> Rich:
    """The whole sheet; `title` is that of the group."""
    if whose.person:
        return rich(
            t.gettext(
                "⚙️ Your settings\n\n"
                "They count wherever you ask, unless your request says otherwise."
            )
        )
    if whose.is_topics:
        return rich(
            t.gettext(
                "⚙️ Settings of this topic\n\n"
                "They go before those of the whole group, "
                "and count for everybody who has not chosen otherwise. Admins can change them."
            )
        )
    return rich(
        t.gettext(
            "⚙️ Settings of {title}\n\n"
            "They count for everybody here who has not chosen otherwise. Admins can change them."
        ),
        title=title,
    )


def choice(t: Texts, field: Field) -> Rich:
    """One setting, above the buttons to choose from."""
    return rich(f"{label(t, field)}\n\n{t.gettext(_HINTS[field.name])}")


def label(t: Texts, field: Field) -> str:
    return t.gettext(_LABELS[field.name])


def line(t: Texts, field: Field, value: Value | None) -> str:
    """A setting and what it is at."""
    return joining.entry(t, label(t, field), value_of(t, field, value))


def value_of(t: Texts, field: Field, value: Value | None) -> str:
    if value is None:
        return t.gettext("as usual")
    if isinstance(value, bool):
        return t.gettext(_SWITCHES[field.name, value])
    match field.name:
        case "model":
            return models.CATALOGUE[str(value)].label if value in models.CATALOGUE else str(value)
        case "language":
            return figures.language_name(str(value))
        case "size" | "format":
            return str(value).upper()
    return t.gettext("auto") if value == "auto" else str(value)


def whole_group(t: Texts) -> str:
    return t.gettext("👥 The whole group")


def this_topic(t: Texts) -> str:
    return t.gettext("💬 This topic")


def back(t: Texts) -> str:
    return t.gettext("‹ Back")


def only_admins(t: Texts) -> str:
    return t.gettext("Only admins of this group can change this.")


def not_yours(t: Texts) -> str:
    return t.gettext("These are somebody else's settings.")
