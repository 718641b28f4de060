"""What we say about styles: the list, its buttons, and the question behind each of them."""

from collections.abc import Mapping

from bot.presets import Preset
from bot.telegram import joining
from bot.telegram.texts import Texts


def or_a_style(t: Texts) -> str:
    return t.gettext("… or pick a style:")


def styles(t: Texts, presets: Mapping[str, Preset], language: str) -> str:
    """Every style, and how to ask for it."""
    if not presets:
        return t.gettext("There are no styles here.")
    lines = [t.gettext("Styles, with --style anywhere in your text or by a button:"), ""]
    lines += [
        joining.entry(t, one.label(language), f"--style {one.key}") for one in presets.values()
    ]
    first = next(iter(presets))
    example = t.gettext("For example: /imagine a lighthouse --style {key}").format(key=first)
    return "\n".join([*lines, "", example])


def what_in_style(t: Texts, label: str) -> str:
    return t.gettext(
        "{label}: what would you like to see? Answer here, in words or with a picture."
    ).format(label=label)


def which_picture(t: Texts, label: str) -> str:
    return t.gettext("{label}: please answer here with the picture.").format(label=label)


def no_such_style(t: Texts) -> str:
    return t.gettext("This style is gone. /styles shows those there are.")
