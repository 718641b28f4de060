"""Sheets of settings: whose they are, what may be chosen, and how buttons say so. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bot import models, preferences
from bot.preferences import Preferences
from bot.prompt import COUNT_MAX
from bot.telegram.texts import languages

Value = str | int | bool

# A word for nothing chosen; no value looks like it.
UNSET = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something to choose: what the buttons carry, and what it means; `row` buttons side by side."""

    name: str
    choices: Mapping[str, Value]
    row: int = 2


_SWITCH: Mapping[str, Value] = {"yes": True, "no": False}


def _words(values: Sequence[str]) -> Mapping[str, Value]:
    return {value: value for value in values}


# `edit` steps in for `banana` by itself, and without a picture it can do nothing.
_MODELS = [key for key, model in models.CATALOGUE.items() if not model.references_min]

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(name="model", choices=_words(_MODELS)),
        Field(name="ratio", choices=_words(models.WIDE_RATIOS), row=5),
        Field(name="size", choices=_words(models.SIZES), row=3),
        Field(name="count", choices={str(n): n for n in range(1, COUNT_MAX + 1)}, row=5),
        Field(name="format", choices=_words(models.FORMATS)),
        Field(name="as_file", choices=_SWITCH),
        Field(name="spoiler", choices=_SWITCH),
        Field(name="language", choices=_words(languages())),
    )
}
_OF_PEOPLE = ("model", "ratio", "size", "count", "format", "as_file", "language")
_OF_GROUPS = ("model", "ratio", "size", "count", "as_file", "spoiler", "language")

_DATA = re.compile(
    r"set:(?P<whose>p|c[1-9][0-9]{0,9}|c|t[1-9][0-9]{0,9})"
    r"(?::(?P<field>[a-z_]{1,10})(?::(?P<value>[A-Za-z0-9_.:-]{1,12}))?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One person's settings, a group's or a topic's.

    `topic` is where the sheet was opened; `whole` shows the group's all the same.
    """

    person: bool = False
    topic: int | None = None
    whole: bool = False

    @property
    def is_topics(self) -> bool:
        return self.topic is not None and not self.whole

    @property
    def fields(self) -> list[Field]:
        return [FIELDS[name] for name in (_OF_PEOPLE if self.person else _OF_GROUPS)]

    def scope(self, chat: int) -> str:
        """Where it is kept. A private chat has the number of its person."""
        if self.person:
            return preferences.person(chat)
        if self.topic is not None and not self.whole:
            return preferences.topic(chat, self.topic)
        return preferences.chat(chat)

    def other(self) -> Self:
        """The group's for the topic's, and back."""
        return type(self)(topic=self.topic, whole=not self.whole)

    def data(self, field: str = "", value: str = "") -> str:
        """What a button of this sheet carries."""
        whose = "p" if self.person else f"{'t' if self.is_topics else 'c'}{self.topic or ''}"
        return ":".join(part for part in ("set", whose, field, value) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button asks for: a sheet, one field of it, or a value for that; see `UNSET`."""

    sheet: Sheet
    field: Field | None = None
    value: str | None = None

    @property
    def chosen(self) -> Value | None:
        return self.field.choices.get(self.value or "") if self.field else None


def read(data: str) -> Press | None:
    """The opposite of `Sheet.data`; None for anything a sheet would not offer."""
    found = _DATA.fullmatch(data)
    if found is None:
        return None
    whose = found["whose"]
    topic = int(whose[1:]) if whose[1:] else None
    sheet = Sheet(person=whose == "p", topic=topic, whole=whose.startswith("c"))
    field = next((one for one in sheet.fields if one.name == found["field"]), None)
    value = found["value"]
    if found["field"] and field is None:
        return None
    if value and field and value != UNSET and value not in field.choices:
        return None
    return Press(sheet=sheet, field=field, value=value)


def present(chosen: Preferences, field: Field) -> Value | None:
    """What is set for a field."""
    body: Mapping[str, Any] = chosen.body()
    return body.get(field.name)
