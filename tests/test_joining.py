"""Pictures that join a task at the last moment are drawn from too, or not at all."""

from dataclasses import replace

from bot.life import PictureState, TaskState
from bot.origin import Reference
from bot.task import Task
from tests.stage import Stage


def joined_by(*sources: str):
    """What an album does when another of its pictures comes."""

    def alter(task: Task) -> Task:
        known = {one.source: one for one in task.references}
        references = tuple(known.get(one, Reference(source=one)) for one in sources)
        return replace(task, references=references)

    return alter


def addresses(stage: Stage) -> list[int]:
    return [len(addresses) for _order, addresses, _callback in stage.generator.submissions]


async def draw(stage: Stage) -> None:
    stage.generator.instant = True
    await stage.ask(sources=["a", "c"])
    await stage.go()
    assert stage.task.state is TaskState.DELIVERED


async def test_one_that_joins_while_the_others_are_fetched_is_drawn_from():
    stage = Stage()
    stage.store.intruders.extend([None, joined_by("a", "b", "c")])
    await draw(stage)
    assert addresses(stage) == [3]
    assert stage.task.sources == ("a", "b", "c")
    assert all(one.name for one in stage.task.references)
    assert len({one.name for one in stage.task.references}) == 3


async def test_one_that_joins_just_before_the_submission_is_drawn_from():
    for before in range(1, 8):
        stage = Stage()
        stage.doors.public = before % 2 == 0
        stage.store.intruders.extend([None] * before)

        def late(task: Task) -> Task:
            if any(one.state is not PictureState.CREATED for one in task.pictures):
                return task
            return joined_by("a", "b", "c")(task)

        stage.store.intruders.append(late)
        await draw(stage)
        assert addresses(stage) == [len(stage.task.references)]
        fetched = [stage.pictures.files[one.name] for one in stage.task.references]
        assert fetched == [f"bytes of {one}".encode() for one in stage.task.sources]


async def test_the_picture_of_a_style_is_not_fetched_from_people():
    stage = Stage()
    stage.pipeline.references.styles["style:tile"] = b"a tile"
    stage.generator.instant = True
    await stage.ask(sources=["a", "style:tile"])
    await stage.go()
    fetched = [stage.pictures.files[one.name] for one in stage.task.references]
    assert fetched == [b"bytes of a", b"a tile"]
