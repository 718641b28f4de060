"""What people and chats like when they do not say otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol, Self

from bot.origin import Origin
from bot.prompt import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """`language` is one of ours, None where nobody chose one."""

    options: Options = field(default_factory=Options)
    language: str | None = None

    def over(self, others: Self) -> Self:
        """These, and those of `others` where these say nothing."""
        return type(self)(
            options=self.options.over(others.options), language=self.language or others.language
        )

    def body(self) -> dict[str, Any]:
        """What is set, as plain values."""
        said = {name: value for name, value in asdict(self.options).items() if value is not None}
        return said | ({"language": self.language} if self.language else {})


def read(body: Mapping[str, Any]) -> Preferences:
    """The opposite of `body`."""
    options = {name: value for name, value in body.items() if name != "language"}
    return Preferences(options=Options(**options), language=body.get("language"))


class PreferenceStore(Protocol):
    """On disk, by scope. Raises Transient."""

    async def get(self, scopes: tuple[str, ...]) -> Preferences:
        """Those of several scopes, the first of which counts most."""

    async def set(self, scope: str, preferences: Preferences, now: datetime) -> None: ...

    async def change(self, scope: str, fields: Mapping[str, Any], now: datetime) -> None:
        """Set these and leave the others, whoever else changes them; None takes one back."""


def scopes(origin: Origin) -> tuple[str, ...]:
    """Whose preferences count for a wish from here, most important first."""
    if origin.private:
        return (person(origin.person),)
    places = (topic(origin.chat, origin.topic),) if origin.topic else ()
    return (person(origin.person), *places, chat(origin.chat))


def person(number: int) -> str:
    return f"person:{number}"


def chat(number: int) -> str:
    return f"chat:{number}"


def topic(chat_number: int, number: int) -> str:
    return f"topic:{chat_number}:{number}"
