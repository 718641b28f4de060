"""Albums in the hands of the bot: a clock that is set by hand, and a disk that is real."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from telegram import Bot, Update

from bot.errors import Reason, Transient
from bot.journal import Journal
from bot.life import PictureState
from bot.sandbox.bot_api import BotApiServer, Fault
from bot.storage.albums import AlbumStore
from bot.storage.sqlite import SQLite
from bot.storage.tasks import TaskStore
from bot.task import Task
from bot.telegram.album_wishes import AlbumWishes
from bot.telegram.albums import Collecting
from tests.telegram.conftest import NOW
from tests.telegram.messages import OTHER_BOT, document, raw, size
from tests.telegram.rooms import asking_room

ALBUM = "13800000000000777"


@dataclass
class Pipeline:
    """Writes tasks down, and moves none of them."""

    tasks: TaskStore
    broken: list[Exception] = field(default_factory=list)

    async def request(self, task: Task, _payment: object = None) -> Task:
        if self.broken:
            raise self.broken.pop()
        return await self.tasks.add(task)


@dataclass
class Desk:
    """Parts come in at `now`; `start` is what a restart does."""

    server: BotApiServer
    bot: Bot
    database: SQLite
    now: datetime = NOW
    collecting: Collecting = field(init=False)
    pipeline: Pipeline = field(init=False)

    def __post_init__(self) -> None:
        self.tasks = TaskStore(self.database)
        self.pipeline = Pipeline(self.tasks)
        self.start()

    def start(self) -> None:
        asking = asking_room(self.database, self.pipeline, self.clock)
        wishes = AlbumWishes(
            bot=self.bot,
            ordering=asking.confirming.ordering,
            confirming=asking.confirming,
            choosing=asking.choosing,
            inquiries=asking.inquiries,
            journal=Journal(self.tasks),
            objections=asking.objections,
            speech=asking.speech,
        )
        self.collecting = Collecting(
            albums=AlbumStore(self.database), wishes=wishes, asking=asking, clock=self.clock
        )

    def clock(self) -> datetime:
        return self.now

    async def take(self, person, number: int, caption: str = "", *, chat=None, **fields) -> None:
        where = chat.json if chat else {"id": person.id, "type": "private"}
        content = {"media_group_id": ALBUM} | (
            fields or {"photo": [size(f"photo-{number}", 1280, 700)]}
        )
        message = raw(caption, chat=where, **({"sender": person.user} | content))
        update = Update.de_json(
            {"update_id": 1, "message": message | {"message_id": number}}, self.bot
        )
        await self.collecting.on_part(update, SimpleNamespace(bot=self.bot))

    async def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await self.collecting.settle_due()

    async def all_tasks(self) -> list[Task]:
        rows = await self.database.read("SELECT id FROM tasks")
        return [await self.tasks.get(row["id"]) for row in rows]

    async def the_task(self) -> Task:
        (task,) = await self.all_tasks()
        return task

    @property
    def answers(self) -> list[str]:
        return [one["text"] for one in self.server.messages() if one["from"]["is_bot"]]


@pytest.fixture
def desk(server: BotApiServer, bot: Bot, database: SQLite) -> Desk:
    return Desk(server, bot, database)


def names(*numbers: int) -> tuple[str, ...]:
    return tuple(f"photo-{number}" for number in numbers)


@pytest.mark.parametrize("seed", range(5))
async def test_ten_parts_in_any_order_over_five_seconds_are_one_task(desk, ann, seed):
    order = random.Random(seed).sample(range(11, 21), 10)
    for number in order:
        await desk.take(ann, number, "one big family" if number == 17 else "")
        await desk.wait(0.5)
        if number == order[4]:
            desk.start()
        assert await desk.all_tasks() == []
    await desk.wait(1.0)
    task = await desk.the_task()
    assert task.sources == names(*range(11, 21))
    assert (task.key, task.order.prompt) == (f"album:{ann.id}:{ALBUM}", "one big family")
    assert task.origin.message == 17


async def test_a_part_that_is_handled_again_changes_nothing(desk, ann):
    for number in (11, 12, 12, 11):
        await desk.take(ann, number, "a stamp")
    await desk.wait(1.5)
    assert (await desk.the_task()).sources == names(11, 12)
    await desk.take(ann, 12, "a stamp")
    await desk.wait(5)
    assert (desk.answers, len(await desk.all_tasks())) == ([], 1)


async def test_a_late_part_joins_the_task_at_its_place_until_it_begins(desk, ann):
    for number in (11, 13):
        await desk.take(ann, number, "a stamp")
    await desk.wait(1.5)
    task = await desk.the_task()
    # What is fetched already is not fetched again.
    fetched = replace(task.references[0], name="references/a.jpg")
    await desk.tasks.save(replace(task, references=(fetched, *task.references[1:])))
    await desk.take(ann, 12)
    await desk.wait(0)
    task = await desk.the_task()
    assert task.sources == names(11, 12, 13)
    assert [one.name for one in task.references] == ["references/a.jpg", None, None]
    assert desk.answers == []


@pytest.mark.parametrize(
    "begun",
    [{"state": PictureState.SUBMITTING}, {"submissions": 1}, {"state": PictureState.FAILED}],
)
async def test_a_part_that_comes_after_that_is_told_so_once(desk, ann, begun):
    for number in (11, 12):
        await desk.take(ann, number, "a stamp")
    await desk.wait(1.5)
    task = await desk.the_task()
    await desk.tasks.save(replace(task, pictures=(replace(task.pictures[0], **begun),)))
    for number in (13, 14):
        await desk.take(ann, number)
        await desk.wait(0)
    assert [text[:32] for text in desk.answers] == ["Some pictures of your album came"]
    assert (await desk.the_task()).sources == names(11, 12)


async def test_a_part_that_comes_when_the_task_is_cancelled_does_not_join_it(desk, ann):
    await desk.take(ann, 11, "a stamp")
    await desk.wait(1.5)
    await desk.tasks.save(replace(await desk.the_task(), cancelled=True))
    await desk.take(ann, 12)
    await desk.wait(0)
    assert (await desk.the_task()).sources == names(11)
    assert len(desk.answers) == 1


async def test_a_part_that_comes_while_we_ask_counts_for_the_answer(desk, ann):
    for number in (11, 12):
        await desk.take(ann, number)
        await desk.wait(1.5)
    assert len(desk.answers) == 2
    (row,) = await desk.database.read("SELECT id FROM questions WHERE message IS NOT NULL")
    question = await desk.collecting.wishes.inquiries.questions.get(row["id"])
    assert tuple(one.source for one in question.references) == names(11, 12)


async def test_what_may_be_many_pictures_is_confirmed_with_all_parts(desk, ann):
    for number in (11, 12):
        await desk.take(ann, number, "a {red,blue} stamp")
        await desk.wait(1.5)
    assert len(desk.answers) == 1
    assert "2. a blue stamp" in desk.answers[0]
    (row,) = await desk.database.read("SELECT id FROM questions WHERE message IS NOT NULL")
    question = await desk.collecting.wishes.inquiries.questions.get(row["id"])
    assert tuple(one.source for one in question.references) == names(11, 12)
    await desk.collecting.wishes.inquiries.close(desk.bot, question, "press:1")
    await desk.take(ann, 13)
    await desk.wait(0)
    assert [text[:32] for text in desk.answers] == ["Some pictures of your album came"]


async def test_an_album_nobody_addressed_is_dropped_silently_until_somebody_does(desk, ann, group):
    for number in (11, 12):
        await desk.take(ann, number, chat=group)
    await desk.wait(1.5)
    assert (await desk.all_tasks(), desk.answers) == ([], [])
    assert await desk.collecting.albums.due(desk.now + timedelta(days=1), 10) == ([], None)
    await desk.take(ann, 13, "/imagine a stamp", chat=group)
    await desk.wait(0)
    assert (await desk.the_task()).sources == names(11, 12, 13)


async def test_what_cannot_be_used_is_named_once(desk, mei):
    huge = document("huge", size=20 * 1024 * 1024 + 1)
    huge["document"]["file_name"] = "巨大.png"
    await desk.take(mei, 11, "a stamp", **huge)
    await desk.take(mei, 12, video=size("film", 640, 800) | {"duration": 3})
    await desk.take(mei, 13, audio=size("song", 1) | {"duration": 3})
    await desk.take(mei, 14)
    await desk.wait(1.5)
    await desk.take(mei, 15)
    await desk.wait(5)
    (told,) = desk.answers
    assert told.splitlines()[1:4] == ["巨大.png：超过 20 MB", "№ 2：不是图片", "№ 3：不是图片"]
    assert await desk.all_tasks() == []


async def test_a_mistake_in_the_caption_is_said_once(desk, ann):
    for number in (11, 12):
        await desk.take(ann, number, "a stamp --ar 7:8")
    await desk.wait(1.5)
    await desk.take(ann, 13)
    await desk.wait(5)
    assert [text[:22] for text in desk.answers] == ["--ar cannot be 7:8. Ac"]


async def test_trouble_that_passes_is_waited_for(desk, ann):
    desk.server.faults.add(Fault(method="sendMessage", status=502, description="Bad Gateway"))
    await desk.take(ann, 11)
    await desk.wait(1.5)
    assert desk.answers == []
    await desk.wait(1)
    assert len(desk.answers) == 2


async def test_an_album_that_breaks_us_is_given_up_in_words(desk, ann):
    desk.pipeline.broken = [RuntimeError("what now?")] * 3
    await desk.take(ann, 11, "a stamp")
    for _ in range(5):
        await desk.wait(1.5)
    assert [text[:12] for text in desk.answers] == ["💥 I stumbled"]
    assert desk.pipeline.broken == []
    assert await desk.collecting.albums.due(desk.now, 10) == ([], None)


async def test_what_is_due_is_looked_after_again_soon_where_it_could_not_be_settled(desk, ann):
    desk.pipeline.broken = [Transient(Reason.INTERNAL, "disk full")]
    await desk.take(ann, 11, "a stamp")
    desk.now += timedelta(seconds=1.5)
    assert await desk.collecting.settle_due() == 1.0
    desk.now += timedelta(seconds=1)
    assert await desk.collecting.settle_due() == 30.0
    assert len(await desk.all_tasks()) == 1


class Stuck(AlbumStore):
    """A store that reads and settles, and cannot put off."""

    async def put_off(self, album, until):
        raise Transient(Reason.INTERNAL, "disk full")


async def test_one_that_cannot_be_put_off_leaves_no_other_at_work(desk, ann, mei):
    desk.pipeline.broken = [Transient(Reason.INTERNAL, "disk full")]
    await desk.take(ann, 11, "a stamp")
    await desk.take(mei, 12, "a coin")
    desk.now += timedelta(seconds=1.5)
    room = desk.collecting
    collecting = Collecting(
        albums=Stuck(desk.database), wishes=room.wishes, asking=room.asking, clock=desk.clock
    )
    at_work = asyncio.all_tasks()
    with pytest.raises(Transient):
        await collecting.settle_due()
    assert asyncio.all_tasks() == at_work
    assert len(await desk.all_tasks()) == 1


async def test_albums_of_bots_are_left_alone(desk, ann):
    await desk.take(ann, 11, "a stamp", sender=OTHER_BOT, photo=[size("p", 90)])
    assert await desk.collecting.albums.due(desk.now + timedelta(days=1), 10) == ([], None)


async def test_the_loop_ends_when_it_is_told_to(desk):
    await desk.collecting.stop(within=0)
    await desk.collecting.run()


async def test_an_album_that_waits_out_a_flood_is_in_nobodys_way(desk, ann, group):
    """More of them than are looked after at once, and none of them before its time."""
    desk.server.faults.add(
        Fault(
            method="sendMessage",
            times=99,
            status=429,
            description="Too Many Requests: retry after 600",
            retry_after=600,
            chat_id=group.id,
        )
    )
    for number in range(20):
        await desk.take(
            ann,
            number + 1,
            "/img a stamp --ar 7:8",
            chat=group,
            media_group_id=str(number),
            photo=[size("p", 90)],
        )
    await desk.wait(1.5)
    await desk.take(ann, 50, "a stamp")
    for _ in range(3):
        await desk.wait(1.5)
    assert len(await desk.all_tasks()) == 1
    assert await desk.collecting.settle_due() == 30.0


async def test_an_album_that_cannot_even_be_given_up_ends_nothing_else(desk, ann):
    desk.pipeline.broken = [RuntimeError("what now?")] * 3
    fault = Fault(method="sendMessage", times=99, status=400, description="Bad Request: STRANGE")
    desk.server.faults.add(fault)
    await desk.take(ann, 11, "a stamp")
    for _ in range(5):
        await desk.wait(1.5)
    assert await desk.collecting.albums.due(desk.now, 10) == ([], None)
    await desk.take(ann, 12, "a stamp", media_group_id="2", photo=[size("p", 90)])
    await desk.wait(1.5)
    assert len(await desk.all_tasks()) == 1
