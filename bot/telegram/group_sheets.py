"""The sheet of a group's rules: what may be chosen, and how buttons say so. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.group_rules import GroupRules
from bot.telegram.settings_sheets import UNSET, Field, Value

SPOILER = "spoiler"
TOPICS = "topics"
POOL = "pool"
# What a pool may be limited to, where the operator gives more.
POOLS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)
# Topics: in all of them, in this one too, not in this one.
EVERYWHERE, ADD, TAKE_OUT = "all", "+", "-"
_PAUSES = (0, 10, 30, 60, 300, 3600)

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(name="on", choices={"yes": True, "no": False}),
        Field(name="admins_only", choices={"no": False, "yes": True}),
        # What is to be chosen here are the topics of the group.
        Field(name=TOPICS, choices={}, row=1),
        Field(name="cool_down", choices={str(one): one for one in _PAUSES}, row=3),
        # Where nothing is chosen, it is what the operator gives.
        Field(name=POOL, choices={str(one): one for one in POOLS}, row=4),
        Field(name="for_asker", choices={"no": False, "yes": True}),
        Field(name=SPOILER, choices={"yes": True, "no": False}),
    )
}
# Those of which nothing may be chosen, too.
OPEN = frozenset({POOL, SPOILER})

_DATA = re.compile(
    r"group:(?P<topic>x|0|[1-9][0-9]{0,9})"
    r"(?::(?P<field>[a-z_]{1,11})(?::(?P<value>[a-z0-9+-]{1,11}))?)?",
    re.ASCII,
)
_TOPIC = re.compile(r"(?P<sign>[+-])(?P<topic>0|[1-9][0-9]{0,9})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button asks for: the sheet, one field of it, or a value for that.

    `topic` is where the sheet was opened, None where there are no topics.
    """

    topic: int | None = None
    field: Field | None = None
    value: str | None = None

    @property
    def chosen(self) -> Value | None:
        return self.field.choices.get(self.value or "") if self.field else None

    @property
    def change(self) -> tuple[str, int] | None:
        """Of a press about topics: `ADD` or `TAKE_OUT`, and which one."""
        found = _TOPIC.fullmatch(self.value or "")
        return (found["sign"], int(found["topic"])) if found else None


def data(topic: int | None, field: str = "", value: str = "") -> str:
    """What a button of a sheet carries that was opened in this topic."""
    place = "x" if topic is None else str(topic)
    return ":".join(part for part in ("group", place, field, value) if part)


def read(text: str) -> Press | None:
    """The opposite of `data`; None for anything a sheet would not offer."""
    found = _DATA.fullmatch(text)
    if found is None:
        return None
    topic = None if found["topic"] == "x" else int(found["topic"])
    field, value = FIELDS.get(found["field"] or ""), found["value"]
    if found["field"] and field is None:
        return None
    press = Press(topic=topic, field=field, value=value)
    return press if field is None or value is None or _offered(press, field, value) else None


def _offered(press: Press, field: Field, value: str) -> bool:
    if field.name != TOPICS:
        return value in field.choices or (field.name in OPEN and value == UNSET)
    if press.change is None:
        return value == EVERYWHERE
    sign, topic = press.change
    return sign == TAKE_OUT or topic == press.topic


def present(rules: GroupRules, field: Field, *, spoiler: bool | None) -> Value | None:
    """What a field is at; of topics, in how many people may ask."""
    if field.name == SPOILER:
        return spoiler
    if field.name == TOPICS:
        return len(rules.topics)
    value: Value | None = getattr(rules, field.name)
    return value
