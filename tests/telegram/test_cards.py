"""The card in the chat: what it says, how it changes, and that it goes."""

from dataclasses import replace

import pytest

from bot.errors import Refused, Transient
from bot.life import PictureState
from bot.outlook import Outlook
from bot.sandbox.bot_api import Fault
from bot.telegram import words_cards
from bot.telegram.texts import texts

NOTHING_KNOWN = Outlook()


@pytest.fixture
async def shown(post, chat):
    """A task whose card is in the chat."""
    task = post.task(chat)
    return replace(task, card=await post.board.show(task, NOTHING_KNOWN))


def edits(post) -> int:
    return sum(call.method == "editMessageText" for call in post.server.calls)


async def test_the_card_comes_changes_and_goes(post, chat):
    task = post.task(chat, language="zh-hans")
    task = replace(task, card=await post.board.show(task, NOTHING_KNOWN))
    assert task.card == post.messages(chat)[0]["message_id"]
    assert post.arrived(chat) == ["🎨 正在画 1 张：a fox"]
    await post.board.update(task, Outlook(elapsed=42, expected=20))
    assert post.arrived(chat) == ["🎨 正在画 1 张：a fox\n已用 40 秒 · 通常约 20 秒"]
    await post.board.remove(task)
    assert post.arrived(chat) == []


async def test_the_card_has_a_button_to_cancel(post, chat, shown):
    ((button,),) = post.messages(chat)[0]["reply_markup"]["inline_keyboard"]
    assert button == {"text": "✖ Cancel", "callback_data": f"cancel:{shown.id}"}


async def test_a_card_that_would_say_the_same_is_not_edited(post, shown):
    await post.board.update(shown, NOTHING_KNOWN)
    assert edits(post) == 0
    await post.board.update(shown, Outlook(elapsed=40))
    await post.board.update(shown, Outlook(elapsed=41))
    assert edits(post) == 1


async def test_a_card_whose_text_is_not_known_any_more_is_edited_once(post, shown):
    """After a restart; Telegram's complaint that nothing changed is none."""
    post.board._shown.clear()
    await post.board.update(shown, NOTHING_KNOWN)
    assert edits(post) == 1


async def test_a_card_of_a_cancelled_task_says_so_without_a_button(post, chat, shown):
    await post.board.close(replace(shown, cancelled="ann"))
    (card,) = post.messages(chat)
    assert card["text"].splitlines() == [
        "✖ Cancelled: a fox",
        "What was already being drawn will be in /history.",
    ]
    assert "reply_markup" not in card


async def test_a_card_that_is_already_gone_is_not_tried_again(post, chat, shown):
    await post.board.remove(shown)
    with pytest.raises(Refused, match="Message to delete not found"):
        await post.board.remove(shown)
    with pytest.raises(Refused, match="Message to edit not found"):
        await post.board.update(shown, Outlook(elapsed=60))
    assert post.arrived(chat) == []


async def test_a_card_that_cannot_be_removed_now_is_removed_later(post, shown):
    post.server.faults.add(
        Fault(method="deleteMessage", status=429, description="Too Many Requests", retry_after=4)
    )
    with pytest.raises(Transient) as failure:
        await post.board.remove(shown)
    assert failure.value.retry_after == 4


async def test_without_a_card_nothing_is_called(post, chat):
    task = post.task(chat)
    await post.board.update(task, Outlook(elapsed=9))
    await post.board.close(task)
    await post.board.remove(task)
    assert post.server.calls == []


async def test_a_card_for_a_closed_chat_is_refused(post, ann, chat):
    post.server.block(ann)
    with pytest.raises(Refused):
        await post.board.show(post.task(chat), NOTHING_KNOWN)


SLOW = "This is taking longer than usual. You need not do anything, I will send it here."
QUEUED, WAY, DONE = (
    {"state": PictureState.CREATED, "due_at": None},
    {"state": PictureState.SUBMITTED},
    {"state": PictureState.STORED},
)


@pytest.mark.parametrize(
    ("pictures", "outlook", "said"),
    [
        ([QUEUED], Outlook(place=12, expected=84), "🎨 In line, number 12: a fox\nusually 85 s"),
        ([QUEUED, WAY], Outlook(place=3), "🎨 Drawing 2 pictures: a fox"),
        ([WAY], Outlook(expected=20), "🎨 Drawing: a fox\nusually 20 s"),
        ([WAY], Outlook(elapsed=8.4), "🎨 Drawing: a fox\n8 s so far"),
        ([WAY], Outlook(elapsed=7_000), "🎨 Drawing: a fox\n2 h so far"),
        (
            [DONE, DONE, WAY],
            Outlook(elapsed=130, expected=100),
            "🎨 Drawing 3 pictures: a fox\n2 of 3 done · 2 min so far · usually 2 min",
        ),
        (
            [WAY],
            Outlook(elapsed=200, expected=20, slow=True),
            "🎨 Drawing: a fox\n3 min so far\n" + SLOW,
        ),
    ],
)
def test_what_a_card_says(post, group, pictures, outlook, said):
    task = post.task(group)
    several = tuple(replace(task.pictures[0], number=n, **to) for n, to in enumerate(pictures, 1))
    assert words_cards.card(texts("en"), replace(task, pictures=several), outlook) == said
