"""What the admins of a group have decided about drawing there. Pure, but for the stores it names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# Telegram gives this topic of a forum no number. https://core.telegram.org/bots/api#message
GENERAL, GENERAL_NAME = 0, "General"
# A sheet has room for so many, with a button each.
TOPICS_MAX = 40
# How many are named to whoever asks elsewhere.
_NAMED_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    """`topics` are those in which people may ask; where there are none, they may everywhere.

    `names` are those of topics, as far as we have heard them. `cool_down` is how many seconds lie
    between two requests of one person. `pool` limits the credits which the group has for all its
    people a day; None: as many as the operator gives. With `for_asker` the buttons that draw are
    for whoever asked for the picture.
    """

    on: bool = True
    admins_only: bool = False
    topics: tuple[int, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    cool_down: int = 0
    pool: int | None = None
    for_asker: bool = False

    def welcomes(self, topic: int | None) -> bool:
        """Whether people may ask in this topic; None is General, or no forum at all."""
        return not self.topics or (topic or GENERAL) in self.topics

    def pool_of(self, given: int) -> int:
        """Credits a day for all together, where the operator gives so many."""
        return given if self.pool is None else min(self.pool, given)

    def name_of(self, chat: int, topic: int) -> str:
        """A topic as its group knows it; one we know no name of has a link that leads there."""
        if topic == GENERAL:
            return GENERAL_NAME
        # https://core.telegram.org/api/links#message-links
        link = f"https://t.me/c/{str(chat).removeprefix('-100')}/{topic}"
        return self.names.get(topic) or link

    def places(self, chat: int) -> str:
        """The first of the topics in which people may ask."""
        shown = [self.name_of(chat, one) for one in self.topics[:_NAMED_MAX]]
        return ", ".join(shown) + (", …" if len(self.topics) > _NAMED_MAX else "")


class GroupRulesStore(Protocol):
    """On disk. A group that has moved is known under either number. Raises Transient."""

    async def get(self, chat: int) -> GroupRules: ...

    async def change(self, chat: int, fields: Mapping[str, Any], now: datetime) -> None:
        """Set these and leave the others, whoever else changes them."""

    async def allow(self, chat: int, topic: int, now: datetime) -> bool:
        """Let people ask in this topic too; False where there are too many already."""

    async def disallow(self, chat: int, topic: int, now: datetime) -> None: ...

    async def name(self, chat: int, topic: int, name: str, now: datetime) -> None:
        """Note what a topic is called."""


class Members(Protocol):
    """Who is who in a group. Raises Transient."""

    async def decides(self, chat: int, person: int) -> bool:
        """Whether this person is one of its admins now."""


class Requests(Protocol):
    """What was asked for, on disk. Raises Transient."""

    async def last_asked(self, chat: int, person: int, since: datetime) -> datetime | None:
        """When this person last asked there for something that did not fail."""
