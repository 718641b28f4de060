"""What the admins of groups have decided: a row per group that has decided anything."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from bot.group_rules import TOPICS_MAX, GroupRules
from bot.storage.database import Connection, Database

# A group that has moved left its rules under its new number.
_HOME = "coalesce((SELECT moved_to FROM chats WHERE id = :chat), :chat)"
_GET = f"SELECT body FROM group_rules WHERE chat = {_HOME}"  # noqa: S608 - our own words
_SET = (
    f"INSERT INTO group_rules (chat, body, changed_at) VALUES ({_HOME}, :body, :now)"  # noqa: S608
    " ON CONFLICT (chat) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at"
)
_DROP = f"DELETE FROM group_rules WHERE chat = {_HOME}"  # noqa: S608 - our own words
_USUAL = asdict(GroupRules())
_NAMES_MAX = 200


class GroupRulesStore:
    """Fits `group_rules.GroupRulesStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, chat: int) -> GroupRules:
        rows = await self._database.read(_GET, {"chat": chat})
        return _read(rows[0]["body"]) if rows else GroupRules()

    async def change(self, chat: int, fields: Mapping[str, Any], now: datetime) -> None:
        await self._alter(chat, now, lambda rules: replace(rules, **fields))

    async def allow(self, chat: int, topic: int, now: datetime) -> bool:
        def alter(rules: GroupRules) -> GroupRules:
            topics = dict.fromkeys((*rules.topics, topic))
            return replace(rules, topics=tuple(topics)) if len(topics) <= TOPICS_MAX else rules

        return topic in (await self._alter(chat, now, alter)).topics

    async def disallow(self, chat: int, topic: int, now: datetime) -> None:
        def alter(rules: GroupRules) -> GroupRules:
            return replace(rules, topics=tuple(one for one in rules.topics if one != topic))

        await self._alter(chat, now, alter)

    async def name(self, chat: int, topic: int, name: str, now: datetime) -> None:
        def alter(rules: GroupRules) -> GroupRules:
            others = {number: known for number, known in rules.names.items() if number != topic}
            newest = list({**others, topic: name}.items())[-_NAMES_MAX:]
            return replace(rules, names=dict(newest))

        await self._alter(chat, now, alter)

    async def _alter(
        self, chat: int, now: datetime, alter: Callable[[GroupRules], GroupRules]
    ) -> GroupRules:
        def work(connection: Connection) -> GroupRules:
            row = connection.execute(_GET, {"chat": chat}).fetchone()
            rules = alter(_read(row["body"]) if row else GroupRules())
            said = {name: value for name, value in asdict(rules).items() if value != _USUAL[name]}
            body = json.dumps(said, ensure_ascii=False)
            values = {"chat": chat, "body": body, "now": now.timestamp()}
            connection.execute(_SET if said else _DROP, values)
            return rules

        return await self._database.write(work)


def _read(body: str) -> GroupRules:
    said: dict[str, Any] = json.loads(body)
    # JSON knows neither tuples nor keys that are numbers.
    names = {int(number): name for number, name in said.pop("names", {}).items()}
    return GroupRules(**{**said, "topics": tuple(said.get("topics", ())), "names": names})
