"""The command menus: what each command does, in a few words, where it is of use."""

from enum import Enum, auto

from bot.telegram.texts import Texts


class Menu(Enum):
    """Who sees it, and where."""

    PRIVATE = auto()
    GROUP = auto()
    ADMINS = auto()


_COMMANDS = {
    Menu.PRIVATE: (
        *("imagine", "batch", "presets", "history", "settings", "cancel", "help", "privacy"),
    ),
    Menu.GROUP: ("imagine", "batch", "cancel", "settings", "help"),
    Menu.ADMINS: ("imagine", "batch", "cancel", "settings", "help"),
}


def menu(t: Texts, where: Menu) -> dict[str, str]:
    """Command and what it does."""
    return {name: what_it_does(t, name, where) for name in _COMMANDS[where]}


def what_it_does(t: Texts, command: str, where: Menu) -> str:
    match command:
        case "imagine":
            return t.gettext("Draw a picture")
        case "batch":
            return t.gettext("Draw many, one for each line")
        case "presets":
            return t.gettext("Choose a style")
        case "history":
            return t.gettext("Your pictures and favourites")
        case "settings" if where is Menu.ADMINS:
            return t.gettext("What is usual in this group")
        case "settings":
            return t.gettext("Your usual model, shape, language")
        case "cancel":
            return t.gettext("Stop what you have asked for")
        case "help":
            return t.gettext("How to ask for pictures")
        case "privacy":
            return t.gettext("What I know about you, and how to delete it")
    raise ValueError(f"no words for /{command}")
