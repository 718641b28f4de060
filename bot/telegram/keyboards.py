"""Buttons under results, and what stands in their data. Pure.

The data of a button is `<action>:<id>`, the id of a picture or of a whole task; nothing else is
remembered, so a button works as long as what it names is known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot import redrawing
from bot.life import PictureState
from bot.redrawing import VARIATIONS
from bot.task import Picture, Task
from bot.telegram import words_gallery
from bot.telegram import words_results as words
from bot.telegram.texts import Texts

# https://core.telegram.org/bots/api#copytextbutton
COPY_MAX = 256
_IN_A_ROW = 5

Row = list[InlineKeyboardButton]


class Action(StrEnum):
    """What a button does; the values stand in chats for ever."""

    AGAIN = "again"
    VARY = "vary"
    EDIT = "edit"
    LARGER = "4k"
    RATIO = "ratio"  # show the shapes
    SHAPE = "shape"  # take one
    ORIGINAL = "file"
    FAVOURITE = "star"
    DETAILS = "info"
    DROP = "drop"  # ask whether to delete
    GONE = "gone"  # delete
    PANEL = "panel"  # show the buttons of a picture, or of an album
    RETRY = "retry"
    REWORD = "reword"


_TAIL = (
    r"(?:(?P<picture>[0-9a-f]{16})|(?P<task>[0-9a-f]{12}))(?::(?P<shape>[0-9]{1,2}:[0-9]{1,2}))?"
)
_FOR_TASKS = frozenset(
    {Action.AGAIN, Action.DETAILS, Action.DROP, Action.GONE, Action.PANEL}
    | {Action.RETRY, Action.REWORD}
)
_ONLY_FOR_TASKS = frozenset({Action.RETRY, Action.REWORD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What a button is about: a picture, or a task."""

    action: Action
    picture: str | None = None
    task: str | None = None
    shape: str | None = None


def pattern(*actions: Action) -> re.Pattern[str]:
    """The data of buttons with these actions, and of no others."""
    return re.compile(rf"(?P<action>{'|'.join(actions)}):{_TAIL}\Z", re.ASCII)


_ANY = pattern(*Action)


def read(data: str | None) -> Button | None:
    """The button with this data, which comes from outside; None when it is none of ours."""
    found = _ANY.match(data or "")
    if found is None:
        return None
    action = Action(found["action"])
    fits = (
        (found["shape"] is not None) == (action is Action.SHAPE)
        and (found["task"] is None or action in _FOR_TASKS)
        and (found["picture"] is None or action not in _ONLY_FOR_TASKS)
    )
    if not fits:
        return None
    return Button(action=action, picture=found["picture"], task=found["task"], shape=found["shape"])


def under(
    t: Texts, picture_id: str, *, inline: bool, retry: str | None = None
) -> InlineKeyboardMarkup:
    """The buttons of one picture. `inline`: whether we have inline mode, which sharing needs.

    `retry` is the id of its task, where others of it have failed.
    """
    return InlineKeyboardMarkup(_panel(t, picture_id, inline=inline) + _retry(t, retry))


def of_album(t: Texts, task: Task, picture_id: str, *, inline: bool) -> InlineKeyboardMarkup:
    """The same in the message under an album, with the way back to the whole of it."""
    back = [_button(words.back(t), Action.PANEL, task.id)]
    return InlineKeyboardMarkup([*_panel(t, picture_id, inline=inline), back])


def album(t: Texts, task: Task, shown: Sequence[Picture]) -> InlineKeyboardMarkup:
    """The buttons of a whole album: a number for each picture that is shown, in its order."""
    numbers = [
        _button(str(place), Action.PANEL, one.id) for place, one in enumerate(shown, start=1)
    ]
    for_all = [
        _button(words.again(t), Action.AGAIN, task.id),
        _button(words.details(t), Action.DETAILS, task.id),
        _button(words.delete(t), Action.DROP, task.id),
    ]
    return InlineKeyboardMarkup([*_rows(numbers), for_all, *_retry(t, with_failures(task))])


def shapes(t: Texts, task: Task, picture_id: str) -> InlineKeyboardMarkup:
    """The shapes a picture can be given."""
    choices = [
        _button(shape, Action.SHAPE, f"{picture_id}:{shape}") for shape in redrawing.shapes(task)
    ]
    back = [_button(words.back(t), Action.PANEL, picture_id)]
    return InlineKeyboardMarkup([*_rows(choices), back])


def sure(t: Texts, about: str) -> InlineKeyboardMarkup:
    """Asks once more before a picture, or an album, is deleted."""
    yes = _button(words.really_delete(t), Action.GONE, about)
    return InlineKeyboardMarkup([[yes, _button(words.keep(t), Action.PANEL, about)]])


def failed(t: Texts, task: Task) -> InlineKeyboardMarkup:
    """The buttons of the message that says why there is no picture."""
    rows = [
        [
            _button(words.try_again(t), Action.RETRY, task.id),
            _button(words.edit_prompt(t), Action.REWORD, task.id),
        ]
    ]
    return InlineKeyboardMarkup(rows + copying(t, task.order.prompt))


def kept(t: Texts, task: Task, username: str) -> InlineKeyboardMarkup:
    """Under the words that no pictures may be sent where this one was asked for: the ways to it."""
    here = InlineKeyboardButton(words_gallery.bring_here(t), callback_data=f"show:{task.id}")
    return InlineKeyboardMarkup([[door(t, task, username)], [here]])


def door(t: Texts, task: Task, username: str) -> InlineKeyboardButton:
    """Leads to the pictures of a task in the private chat with us."""
    address = f"https://t.me/{username}?start=show_{task.id}"
    return InlineKeyboardButton(words_gallery.get_it(t), url=address)


def copying(t: Texts, prompt: str) -> list[Row]:
    """A button that copies a prompt, where it is short enough for one."""
    if not prompt.strip() or len(prompt) > COPY_MAX:
        return []
    return [[InlineKeyboardButton(words.copy_prompt(t), copy_text=CopyTextButton(prompt))]]


def shown(task: Task) -> list[Picture]:
    """The pictures of a task that people still have."""
    return [
        one
        for one in task.pictures
        if one.state is PictureState.STORED and one.file_id and not one.deleted
    ]


def with_failures(task: Task) -> str | None:
    """The id of a task of which some pictures have failed."""
    lost = any(one.state is PictureState.FAILED for one in task.pictures)
    return task.id if lost else None


def names(keyboard: InlineKeyboardMarkup | None) -> frozenset[str]:
    """The ids of the pictures and tasks whose buttons these are."""
    if keyboard is None:
        return frozenset()
    rows = keyboard.inline_keyboard
    found = [read(str(one.callback_data)) for row in rows for one in row]
    return frozenset(one.picture or one.task or "" for one in found if one)


def is_panel(message: Message) -> bool:
    """Whether this is the message under an album, which is no picture itself."""
    if message.text is None or message.reply_markup is None:
        return False
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return any(str(one.callback_data or "").startswith(f"{Action.PANEL}:") for one in buttons)


def _panel(t: Texts, picture_id: str, *, inline: bool) -> list[Row]:
    def button(text: str, action: Action) -> InlineKeyboardButton:
        return _button(text, action, picture_id)

    last = [button(words.details(t), Action.DETAILS), button(words.delete(t), Action.DROP)]
    if inline:
        share = InlineKeyboardButton(words.share(t), switch_inline_query=f"#{picture_id}")
        last.insert(1, share)
    return [
        [
            button(words.again(t), Action.AGAIN),
            button(words.variations(t, VARIATIONS), Action.VARY),
        ],
        [
            button(words.edit(t), Action.EDIT),
            button(words.larger(t), Action.LARGER),
            button(words.ratio(t), Action.RATIO),
        ],
        [
            button(words.original(t), Action.ORIGINAL),
            button(words.favourite(t), Action.FAVOURITE),
        ],
        last,
    ]


def _retry(t: Texts, task_id: str | None) -> list[Row]:
    return [[_button(words.retry_failed(t), Action.RETRY, task_id)]] if task_id else []


def _button(text: str, action: Action, about: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=f"{action}:{about}")


def _rows(buttons: Row) -> list[Row]:
    return [buttons[at : at + _IN_A_ROW] for at in range(0, len(buttons), _IN_A_ROW)]
