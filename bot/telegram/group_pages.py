"""The pages of /group: the whole sheet, and one rule of it with what may be chosen. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.group_rules import GroupRules
from bot.telegram import words_group as words
from bot.telegram import words_settings
from bot.telegram.group_sheets import (
    ADD,
    EVERYWHERE,
    FIELDS,
    OPEN,
    POOL,
    TAKE_OUT,
    TOPICS,
    data,
    present,
)
from bot.telegram.pages import Page
from bot.telegram.settings_sheets import UNSET, Field, Value
from bot.telegram.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What counts in a group at this moment; `pool` is None where it has none to share."""

    chat: int
    title: str
    rules: GroupRules
    spoiler: bool | None
    pool: words.Pool | None

    @property
    def given(self) -> int:
        return self.pool.given if self.pool else 0


def whole(t: Texts, topic: int | None, now: Now) -> Page:
    """The sheet that was opened in this topic."""
    rows = [
        [
            _button(
                words.line(t, field, present(now.rules, field, spoiler=now.spoiler), now.given),
                data(topic, field.name),
            )
        ]
        for field in FIELDS.values()
        if _is_of_use(field, topic, now)
    ]
    return Page(words.sheet(t, now.title, now.pool), InlineKeyboardMarkup(rows))


def _is_of_use(field: Field, topic: int | None, now: Now) -> bool:
    if field.name == TOPICS:
        # A group that is no forum any more may still have to take back what it chose as one.
        return topic is not None or bool(now.rules.topics)
    return field.name != POOL or now.pool is not None


def choice(t: Texts, topic: int | None, field: Field, now: Now) -> Page:
    """One rule; what is chosen has a mark."""
    buttons = _topics(t, topic, now) if field.name == TOPICS else _values(t, topic, field, now)
    rows = [*_rows(buttons, field.row), [_button(words_settings.back(t), data(topic))]]
    return Page(words.choice(t, field), InlineKeyboardMarkup(rows))


def _values(t: Texts, topic: int | None, field: Field, now: Now) -> list[InlineKeyboardButton]:
    chosen = present(now.rules, field, spoiler=now.spoiler)
    if field.name == POOL and isinstance(chosen, int) and chosen >= now.given:
        chosen = None
    choices: list[tuple[str, Value | None]] = [
        (word, value)
        for word, value in field.choices.items()
        if field.name != POOL or int(value) < now.given
    ]
    if field.name in OPEN:
        choices.append((UNSET, None))
    return [
        _button(
            _marked(words.value_of(t, field, value, now.given), is_chosen=value == chosen),
            data(topic, field.name, word),
        )
        for word, value in choices
    ]


def _topics(t: Texts, topic: int | None, now: Now) -> list[InlineKeyboardButton]:
    rules = now.rules
    everywhere = _marked(words.everywhere(t), is_chosen=not rules.topics)
    buttons = [_button(everywhere, data(topic, TOPICS, EVERYWHERE))]
    if topic is not None and topic not in rules.topics:
        here = words.add_topic(t, rules, topic)
        buttons.append(_button(here, data(topic, TOPICS, f"{ADD}{topic}")))
    return buttons + [
        _button(words.take_out(rules, one), data(topic, TOPICS, f"{TAKE_OUT}{one}"))
        for one in rules.topics
    ]


def _marked(text: str, *, is_chosen: bool) -> str:
    return f"✓ {text}" if is_chosen else text


def _button(text: str, callback_data: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=callback_data)


def _rows(
    buttons: Sequence[InlineKeyboardButton], width: int
) -> Iterator[Sequence[InlineKeyboardButton]]:
    for start in range(0, len(buttons), width):
        yield buttons[start : start + width]
