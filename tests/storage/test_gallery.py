"""Galleries on disk: what is in them, in which order, and how it is found again quickly."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database as File

from bot.errors import Reason
from bot.gallery import Shot, View, to_send
from bot.life import PictureState, TaskState
from bot.origin import Origin
from bot.prompt import Order
from bot.storage.database import Database
from bot.storage.gallery import GalleryStore, query
from bot.storage.migrations import migrations
from bot.storage.sqlite import connect, migrate
from bot.storage.tasks import TaskStore
from bot.task import Picture, StoredFile, Task, new_task

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ORDER = Order(prompt="a red fox", model="banana", ratio="1:1", size="1k", format="png")
FILE = StoredFile(name="images/a.png", media_type="image/png", size=9, width=8, height=8)
ANN, BOB = 5, 6


@pytest.fixture
def gallery(database: Database) -> GalleryStore:
    return GalleryStore(database)


class Drawn:
    """Tasks with pictures that are with their person, a minute apart."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tasks = TaskStore(database)
        self.count = 0

    def task(self, prompt: str = "a red fox", *, count: int = 1, **origin: int) -> Task:
        self.count += 1
        where = {"chat": ANN, "person": ANN, "message": 1} | origin
        return new_task(
            key=str(self.count),
            origin=Origin(**where, private=where["chat"] > 0),
            order=replace(ORDER, prompt=prompt, count=count),
            now=NOW + timedelta(minutes=self.count),
        )

    def sent(self, picture: Picture) -> Picture:
        return replace(
            picture,
            state=PictureState.STORED,
            file=FILE,
            message=7,
            file_id=f"file-{picture.id}",
            as_photo=True,
            due_at=None,
        )

    async def __call__(self, prompt: str = "a red fox", **more: int) -> list[str]:
        task = self.task(prompt, **more)
        pictures = tuple(self.sent(one) for one in task.pictures)
        return await self.keep(replace(task, state=TaskState.DELIVERED, pictures=pictures))

    async def keep(self, task: Task) -> list[str]:
        await self.tasks.add(task)
        return [one.id for one in task.pictures]

    async def star(self, person: int, *pictures: str) -> None:
        rows = [(person, one, 0.0) for one in pictures]
        sql = "INSERT INTO favourites (person, picture, added_at) VALUES (?, ?, ?)"
        await self.database.write(lambda connection: connection.executemany(sql, rows))


@pytest.fixture
def draw(database: Database) -> Drawn:
    return Drawn(database)


def ids(shots: list[Shot]) -> list[str]:
    return [one.id for one in shots]


async def found(gallery: GalleryStore, **view: object) -> list[str]:
    return ids(await gallery.find(View(**{"person": ANN, **view}), limit=99))


async def test_a_gallery_is_newest_first_and_each_task_in_its_own_order(gallery, draw) -> None:
    old, several, new = await draw(), await draw(count=3), await draw("a wolf")
    assert await found(gallery) == new + several + old
    assert await found(gallery, person=BOB) == []
    assert await gallery.count(View(person=ANN)) == 5


async def test_a_shot_says_all_there_is_to_know(gallery, draw) -> None:
    task = draw.task("foxes", chat=-100)
    picture = replace(draw.sent(task.pictures[0]), prompt="a blue fox", as_photo=False)
    await draw.keep(replace(task, pictures=(picture,)))
    (shot,) = await gallery.find(View(person=ANN), limit=9)
    assert shot == Shot(
        id=picture.id,
        task=task.id,
        person=ANN,
        order=replace(task.order, prompt="a blue fox"),
        file_id=f"file-{picture.id}",
        as_photo=False,
        file=FILE,
        chat=-100,
        message=7,
        created_at=task.created_at,
    )
    assert shot.in_a_group
    assert await gallery.get(picture.id) == shot
    assert await gallery.get("nobody") is None


async def test_what_was_deleted_is_in_no_gallery(gallery, draw) -> None:
    (picture,) = await draw()
    task = await draw.tasks.find(picture)
    gone = replace(task.pictures[0], deleted=True)
    await draw.tasks.save(replace(task, pictures=(gone,)))
    assert await found(gallery) == []
    assert await gallery.count(View(person=ANN)) == 0
    assert await gallery.get(picture) is None


async def test_what_was_drawn_and_never_brought_is_there_once_its_task_has_ended(
    gallery, draw
) -> None:
    task = draw.task()
    kept = replace(task.pictures[0], state=PictureState.STORED, file=FILE, due_at=None)
    task = replace(task, state=TaskState.WORKING, pictures=(kept,), cancelled=True)
    await draw.keep(task)
    assert await found(gallery) == []
    ended = replace(task, state=TaskState.REPORTED, reason=Reason.CANCELLED)
    assert await draw.tasks.save(ended)
    assert await found(gallery) == [kept.id]


async def test_what_failed_or_was_refused_by_telegram_is_not(gallery, draw) -> None:
    failed = draw.task()
    pictures = (replace(failed.pictures[0], state=PictureState.FAILED),)
    await draw.keep(replace(failed, state=TaskState.REPORTED, pictures=pictures))
    refused = draw.task()
    pictures = (replace(draw.sent(refused.pictures[0]), file_id=None),)
    await draw.keep(replace(refused, state=TaskState.DELIVERED, pictures=pictures))
    assert await found(gallery) == []


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("fox", True),
        ("FOX snow", True),
        ("snow fox", True),
        ("wolf", False),
        ("fox wolf", False),
        ("雪地", True),
        ("狐", True),
        ("雪狐", False),
        ("ｆｏｘ", True),
        ("straße", True),
        ("STRASSE", True),
        ("100%", True),
        ("_", False),
        ("   ", True),
    ],
)
async def test_words_are_found_in_any_language_and_case(gallery, draw, words, finds) -> None:
    picture = await draw("A Red Fox in the snow, 雪地里的狐狸, Straße, 100% real")
    assert await found(gallery, words=words) == (picture if finds else [])
    assert await gallery.count(View(person=ANN, words=words)) == int(finds)


async def test_stars_are_ones_own_and_also_on_what_others_posted_in_a_group(gallery, draw) -> None:
    mine, plain = await draw(), await draw()
    in_group = await draw("a whale", person=BOB, chat=-100)
    in_private = await draw("a secret", person=BOB, chat=BOB)
    await draw.star(ANN, *mine, *in_group, *in_private)
    await draw.star(BOB, *plain)
    assert await found(gallery, starred=True) == in_group + mine
    assert await found(gallery, starred=True, words="whale") == in_group
    assert await found(gallery, starred=False) == plain
    assert await found(gallery) == plain + mine
    shots = await gallery.find(View(person=ANN), limit=9)
    assert [one.starred for one in shots] == [False, True]


async def test_paging_goes_from_the_newest_to_the_oldest_and_back(gallery, draw) -> None:
    pictures = [(await draw())[0] for _ in range(3)][::-1]
    view, here, seen = View(person=ANN), None, []
    while spot := await gallery.at(view, here):
        seen.append((spot.shot.id, spot.position, spot.total))
        here = spot.older
        if here is None:
            break
    assert seen == [(one, number, 3) for number, one in enumerate(pictures, 1)]
    middle = await gallery.at(view, pictures[1])
    assert (middle.newer, middle.older) == (pictures[0], pictures[2])
    assert (await gallery.at(view, pictures[0])).newer is None
    assert await gallery.at(View(person=BOB), None) is None


async def test_where_a_picture_went_away_the_next_one_stands(gallery, draw) -> None:
    pictures = [(await draw())[0] for _ in range(3)][::-1]

    async def delete(picture: str) -> None:
        task = await draw.tasks.find(picture)
        gone = replace(task.pictures[0], deleted=True)
        await draw.tasks.save(replace(task, pictures=(gone,)))

    view = View(person=ANN)
    await delete(pictures[1])
    spot = await gallery.at(view, pictures[1])
    assert (spot.shot.id, spot.position, spot.total) == (pictures[2], 2, 2)
    await delete(pictures[2])
    spot = await gallery.at(view, pictures[2])
    assert (spot.shot.id, spot.position, spot.total) == (pictures[0], 1, 1)
    assert (spot.newer, spot.older) == (None, None)
    await delete(pictures[0])
    assert await gallery.at(view, pictures[0]) is None


async def test_an_unknown_picture_leads_to_the_newest(gallery, draw) -> None:
    (newest,) = await draw()
    spot = await gallery.at(View(person=ANN), "0123456789abcdef")
    assert spot.shot.id == newest


async def test_words_are_remembered_for_their_person_only(gallery) -> None:
    name = await gallery.remember(ANN, "red fox", NOW)
    assert await gallery.remember(ANN, "red fox", NOW) == name
    assert await gallery.recall(ANN, name) == "red fox"
    assert await gallery.recall(BOB, name) is None
    assert len(name) == 10


async def test_to_send_the_newest_come_first_then_the_favourites_then_the_rest(
    gallery, draw
) -> None:
    pictures = [(await draw())[0] for _ in range(120)][::-1]
    starred = pictures[3:4] + pictures[20:110:2]
    await draw.star(ANN, *starred)
    shown, offset, pages = [], "", []
    while True:
        shots, offset = await to_send(gallery, ANN, offset)
        shown += ids(shots)
        pages.append(len(shots))
        if not offset:
            break
    assert shown[:10] == pictures[:10]
    assert shown[10:55] == starred[1:]
    assert sorted(shown) == sorted(pictures)
    assert max(pages) <= 50


async def test_to_send_few_pictures_is_one_page(gallery, draw) -> None:
    assert await to_send(gallery, ANN, "") == ([], "")
    pictures = await draw(count=3)
    shots, offset = await to_send(gallery, ANN, "")
    assert (ids(shots), offset) == (pictures, "")
    assert (await to_send(gallery, ANN, "nonsense"))[1] == ""


# --- speed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", "red fox"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_gallery_is_read_from_its_index_alone_in_its_order(database, words) -> None:
    """What a hundred thousand pictures of one person need to be quick."""
    source, parameters = query(View(person=ANN, words=words))
    page = f"SELECT p.id, p.shelf FROM {source} ORDER BY p.shelf DESC, p.id DESC LIMIT 50"
    for sql in (f"SELECT count(*) FROM {source}", page):
        (plan,) = await database.read(f"EXPLAIN QUERY PLAN {sql}", parameters)
        assert "USING COVERING INDEX pictures_in_gallery (person=?" in plan["detail"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_favourites_are_read_from_the_few_that_are(database) -> None:
    source, parameters = query(View(person=ANN, starred=True))
    plan = await database.read(f"EXPLAIN QUERY PLAN SELECT p.id FROM {source}", parameters)
    assert [row["detail"].partition(" USING")[0] for row in plan] == ["SEARCH f", "SEARCH p"]


# --- what is there already -------------------------------------------------------------------


def test_pictures_of_earlier_versions_are_put_on_their_shelves(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(connect(path)) as connection:
        migrations.apply(File(connection), stop_before="m007_galleries")
        task = {"order": {"prompt": "A Red FOX 狐"}}
        for number, state in ((1, "delivered"), (2, "reported"), (3, "working")):
            connection.execute(
                "INSERT INTO tasks (id, key, version, state, created_at, chat, person, body)"
                " VALUES (?, ?, 0, ?, ?, 5, 5, ?)",
                [number, number, state, 1000.5 + number, json.dumps(task)],
            )
            file_id = "sent" if number == 1 else None
            connection.execute(
                "INSERT INTO pictures (id, task, number, state, body) VALUES (?, ?, 1, 'stored', ?)",
                [f"p{number}", number, json.dumps({"file_id": file_id, "prompt": None})],
            )
        connection.commit()
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT id, person, words, shelf FROM pictures").fetchall()
    assert rows == [
        ("p1", 5, "a red fox 狐", 1_001_499_999),
        ("p2", 5, "a red fox 狐", 1_002_499_999),
        ("p3", 5, "a red fox 狐", None),
    ]
