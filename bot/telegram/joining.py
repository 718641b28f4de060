"""How texts are put together: not every language does it with the same signs, or with spaces."""

from collections.abc import Iterable

from bot.telegram.texts import Texts


def sentences(t: Texts, first: str, second: str) -> str:
    """One after the other."""
    return t.gettext("{first} {second}").format(first=first, second=second)


def clauses(t: Texts, first: str, second: str) -> str:
    """Two halves of a sentence."""
    return t.gettext("{first}; {second}").format(first=first, second=second)


def entry(t: Texts, name: str, value: str) -> str:
    """A name, and what it is."""
    return t.gettext("{name}: {value}").format(name=name, value=value)


def listed(t: Texts, words: Iterable[str]) -> str:
    between = t.gettext("{some}, {one}").format(some="", one="")
    return between.join(words)
