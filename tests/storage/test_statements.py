"""Every statement that stands in a store is understood by both engines."""

import importlib
import pkgutil
import re

from bot import storage
from bot.storage.database import Database

# What belongs to one engine alone.
_ENGINES = ("sqlite", "dialect", "checking", "copies", "migrations", "moving", "rest", "shape")
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


# A beginning that others go on from.
_BEGINNINGS = ("line._TURNS",)
# What is counted with; anything else may be a text that looks like a number.
_NUMBERS = ("now", "created_at", "pause", "since", "until", "step", "before")


def statements() -> dict[str, str]:
    found = {}
    for module in pkgutil.iter_modules(storage.__path__):
        if module.name in _ENGINES or module.name.startswith("postgres"):
            continue
        room = importlib.import_module(f"bot.storage.{module.name}")
        for name, value in vars(room).items():
            for number, text in enumerate(value if isinstance(value, tuple) else [value]):
                # What has holes is filled in by its room, and tried by the tests of that.
                if isinstance(text, str) and _SQL.match(text) and "{" not in text:
                    found[f"{module.name}.{name}.{number}"] = text
    return {name: sql for name, sql in found.items() if not name.startswith(_BEGINNINGS)}


async def test_it_is_understood(database: Database) -> None:
    known = statements()
    assert len(known) > 80
    for name, sql in known.items():
        names = re.findall(r"(?<!:):([a-z]\w*)", re.sub(r"'[^']*'", "", sql))
        values = {one: 1 if one in _NUMBERS else "1" for one in names} or ["1"] * sql.count("?")
        try:
            await database.write(lambda one, sql=sql, values=values: _explain(one, sql, values))
        except Exception as error:
            raise AssertionError(f"{name}: {sql}") from error


def _explain(connection, sql: str, values) -> None:
    # How it would be done; nothing is.
    connection.execute(f"EXPLAIN {sql}", values).fetchall()
