"""`tasks retry`: what was not brought is brought again, and what failed is drawn anew.

Both only write down what is to be done; the bot that runs finds it there and does it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot import redrawing
from bot.console.desk import Desk, Trouble
from bot.journal import Journal
from bot.life import OddMove, PictureState
from bot.patience import LOOK_AGAIN
from bot.storage.chats import ChatStore
from bot.task import Task, new_task
from bot.waiting import revived


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """`brought`: how many pictures are sent once more; `told`: that there are none is said once
    more. `anew`: the task in which what failed is drawn, `pictures` many of them.
    """

    task: str
    brought: int = 0
    told: bool = False
    anew: str | None = None
    pictures: int = 0

    def lines(self) -> list[str]:
        said = []
        if self.brought:
            said.append(f"{_pictures(self.brought)} of {self.task} brought again")
        if self.told:
            said.append(f"how {self.task} ended is told again")
        if self.anew:
            said.append(f"{_pictures(self.pictures)} of {self.task} drawn anew as {self.anew}")
        soon = f"A bot that runs begins within {LOOK_AGAIN:.0f} seconds, another at its next start."
        return [*said, soon]


async def retry(desk: Desk, task: Task, now: datetime) -> Retried:
    """Raises Trouble, which says why nothing is done."""
    if task.cancelled:
        raise Trouble(f"{task.id}: was cancelled by whoever asked; nothing is drawn for it")
    if not task.ended:
        raise Trouble(f"{task.id}: is under way ({task.state}) and goes on by itself")
    undelivered = sum(one.deliverable for one in task.pictures)
    if not undelivered and not task.unheard and not _failed(task):
        raise Trouble(f"{task.id}: everything was delivered; there is nothing to retry")
    await _must_be_open(desk, task)
    done = Retried(task=task.id)
    if undelivered or task.unheard:
        await _bring(desk, task, now)
        done = replace(done, brought=undelivered, told=not undelivered)
    if not _failed(task):
        return done
    fresh = _anew(task, now)
    placed = await desk.tasks.add(fresh)
    if placed.id == fresh.id:
        return replace(done, anew=fresh.id, pictures=len(fresh.pictures))
    if done.brought or done.told:
        return done
    # Once only, so that nobody pays twice: that one has a life of its own by now.
    raise Trouble(
        f"{task.id}: was drawn anew before, as {placed.id} ({placed.ending or placed.state});"
        f" if that has failed too: tasks retry {placed.id}"
    )


def _failed(task: Task) -> int:
    return sum(one.state is PictureState.FAILED for one in task.pictures)


async def _must_be_open(desk: Desk, task: Task) -> None:
    chat = task.origin.chat
    known = await ChatStore(desk.database).get(chat)
    if known.closed is not None:
        raise Trouble(
            f"{task.id}: chat {chat} is closed to the bot ({known.closed});"
            " what waits for it is offered there as soon as it is open again"
        )


async def _bring(desk: Desk, task: Task, now: datetime) -> None:
    def alter(fresh: Task) -> Task:
        if not fresh.unheard and not any(one.deliverable for one in fresh.pictures):
            raise OddMove(f"task {fresh.id} has been brought")
        return revived(fresh, now)

    try:
        await Journal(desk.tasks).change(task.id, alter)
    except OddMove as move:
        raise Trouble(f"{task.id}: has changed this moment; look again ({move})") from move


def _anew(task: Task, now: datetime) -> Task:
    wish = redrawing.failed(task)
    assert wish is not None  # noqa: S101 - asked before
    origin = task.origin
    if any(one.state is PictureState.STORED for one in task.pictures):
        # Its message in another chat shows one of those that were drawn.
        origin = replace(origin, inline=None)
    fresh = new_task(
        key=f"console:{task.id}",
        origin=origin,
        order=wish.order,
        references=wish.references,
        prompts=wish.prompts,
        now=now,
    )
    return replace(fresh, parent=wish.parent)


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
