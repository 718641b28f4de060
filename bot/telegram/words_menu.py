"""The command menus: what each command does, in a few words, where it is of use."""

from collections.abc import Mapping
from enum import Enum, auto

from bot.telegram.rich import Rich
from bot.telegram.texts import Texts
from bot.telegram.words import N_


class Menu(Enum):
    """Who sees it, and where."""

    PRIVATE = auto()
    GROUP = auto()
    ADMINS = auto()
    OPERATORS = auto()


_DESK = ("admin", "charts", "task", "user", "ban", "unban", "allow", "grant", "price", "broadcast")
_COMMANDS = {
    Menu.PRIVATE: (
        *("imagine", "batch", "presets", "history", "settings", "balance"),
        *("cancel", "help", "privacy"),
    ),
    Menu.GROUP: ("imagine", "batch", "cancel", "settings", "help"),
    Menu.ADMINS: ("imagine", "batch", "cancel", "settings", "group", "help"),
}
_COMMANDS[Menu.OPERATORS] = _COMMANDS[Menu.PRIVATE] + _DESK


# Telegram wants both of the others of whoever sells.
_SELLING = ("buy", "terms", "paysupport")
_WHAT_THEY_DO: Mapping[str, str] = {
    "imagine": N_("Draw a picture"),
    "batch": N_("Draw many, one for each line"),
    "presets": N_("Choose a style"),
    "history": N_("Your pictures and favourites"),
    "studio": N_("Draw on a page of its own"),
    "settings": N_("Your usual model, shape, language"),
    "balance": N_("What is left, and what pictures cost"),
    "buy": N_("Get credits for Telegram Stars"),
    "terms": N_("What holds for what you buy"),
    "paysupport": N_("Help with a payment"),
    "cancel": N_("Stop what you have asked for"),
    "help": N_("How to ask for pictures"),
    "group": N_("Who may ask here, where and how often"),
    "admin": N_("How the bot does today, and its switches"),
    "charts": N_("The last day and month as charts"),
    "task": N_("All about one task"),
    "user": N_("All about a person or group"),
    "ban": N_("Draw for somebody no more"),
    "unban": N_("Draw for them again"),
    "allow": N_("Let somebody in"),
    "grant": N_("Give somebody credits"),
    "price": N_("Change a price"),
    "broadcast": N_("A message to everybody"),
    "privacy": N_("What I know about you, and how to delete it"),
}
_FOR_ADMINS: Mapping[str, str] = {"settings": N_("What is usual in this group")}


def menu(t: Texts, where: Menu, *, selling: bool = False, studio: bool = False) -> dict[str, str]:
    """Command and what it does."""
    first, *others = _COMMANDS[where]
    names = (
        *(first, *(("studio",) if studio else ()), *others),
        *(_SELLING if selling and where in (Menu.PRIVATE, Menu.OPERATORS) else ()),
    )
    words = {**_WHAT_THEY_DO, **(_FOR_ADMINS if where is Menu.ADMINS else {})}
    return {name: t.gettext(words[name]) for name in names}


def studio(t: Texts) -> Rich:
    return Rich(
        t.gettext(
            "🎨 The Studio is a page of its own: choose model and shape, drop in your pictures, and"
            " find all you have had drawn."
        )
    )


def open_studio(t: Texts) -> str:
    return t.gettext("🎨 Open the Studio")


def menu_button(t: Texts) -> str:
    """Beside the input line there is room for a word."""
    return t.gettext("Studio")


def no_studio(t: Texts) -> Rich:
    return Rich(t.gettext("This bot has no Studio: ask me here, in words."))
