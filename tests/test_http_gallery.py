"""What the Mini App does with pictures that are there: finds, keeps, shares, redraws, deletes."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from bot.sandbox.job_faults import Fault
from tests.calling import TOKENS, Program
from tests.conftest import TOKEN, Studio, eventually
from webhooks.init_data import MiniAppUser
from webhooks.sessions import HOLDS, Sessions

NO_PICTURE = "0123456789abcdef"


async def gallery(program: Program, query: str = "") -> list[dict[str, Any]]:
    status, said = await program.json("GET", f"/api/pictures{query}")
    assert status == 200, said
    return list(said["data"])


async def drawn(program: Program, **wish: Any) -> dict[str, Any]:
    """A task that has ended well."""
    task = await program.ended(await program.drawn(**wish))
    assert task["status"] == "completed", task
    return task


async def taken(program: Program, path: str, **more: Any) -> dict[str, Any]:
    """A task made by a call to `path`, once it has ended."""
    status, said = await program.json("POST", path, json=more)
    assert status == 200, said
    return await program.ended(said["taskId"])


# --- a session -------------------------------------------------------------------------------


async def test_init_data_opens_one_session_and_is_worth_nothing_after_that(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        status, said = await ann.json("POST", "/api/session")
        assert status == 200
        for method, path in (("POST", "/api/session"), ("GET", "/api/me")):
            status, refused = await ann.json(method, path)
            assert (status, refused["error"]["code"]) == (401, "replayed")
        ann.authorization = f"Bearer {said['token']}"
        assert (await ann.json("GET", "/api/me"))[1]["data"]["name"] == "Ann"
        await studio.stop()
        await studio.start()
        assert (await drawn(ann))["result"]


async def test_a_session_cannot_be_forged_and_does_not_last(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        token = (await ann.json("POST", "/api/session"))[1]["token"]
        other = token[:-1] + ("0" if token[-1] != "0" else "1")
        for wrong in (other, "e30." + token.partition(".")[2], token.partition(".")[0], "." * 9):
            ann.authorization = f"Bearer {wrong}"
            assert (await ann.json("GET", "/api/me"))[0] == 401


def test_a_session_holds_for_twelve_hours() -> None:
    sessions, now = Sessions(TOKEN), datetime(2026, 11, 22, 12, tzinfo=UTC)
    user = MiniAppUser(id=7, name="Ann", language="en")
    token = sessions.issue(user, now + HOLDS)
    assert sessions.holder(token, now + timedelta(hours=11, minutes=59)) == user
    assert sessions.holder(token, now + timedelta(hours=12)) is None
    assert Sessions("1:other").holder(token, now) is None


async def test_a_session_opens_no_other(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    async with Program.of(studio, studio.ann) as ann, Program(studio) as shop:
        ann.authorization = "Bearer " + (await ann.json("POST", "/api/session"))[1]["token"]
        assert (await ann.json("POST", "/api/session"))[0] == 401
        assert (await shop.json("POST", "/api/session"))[0] == 401


# --- found again -----------------------------------------------------------------------------


async def test_pictures_from_chats_and_from_the_page_are_in_one_gallery(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --ar 16:9")
    await studio.noted(await studio.picture(studio.chat(studio.ann), "a red fox"))
    async with Program.of(studio, studio.ann) as ann, Program.of(studio, studio.bob) as bob:
        task = await drawn(ann, prompt="a blue owl", n=2)
        pictures = await gallery(ann)
        assert [one["prompt"] for one in pictures] == ["a blue owl", "a blue owl", "a red fox"]
        assert [one["id"] for one in pictures[:2]] == [
            one["id"] for one in task["generation"]["images"]
        ]
        assert pictures[2]["aspectRatio"] == "16:9"
        for one in pictures:
            assert len(await ann.fetch(one["url"])) == one["bytes"]
        assert [one["prompt"] for one in await gallery(ann, "?q=OWL")] == ["a blue owl"] * 2
        assert await gallery(bob) == []


async def test_the_gallery_comes_page_by_page_whatever_is_deleted_meanwhile(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        task = await drawn(ann, n=4)
        ids = [one["id"] for one in task["generation"]["images"]]
        _, first = await ann.json("GET", "/api/pictures?limit=2")
        assert [one["id"] for one in first["data"]] == ids[:2]
        assert (await ann.json("DELETE", f"/api/picture/{first['next']}"))[0] == 200
        _, second = await ann.json("GET", f"/api/pictures?limit=2&cursor={first['next']}")
        assert [one["id"] for one in second["data"]] == ids[2:]
        assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("starred=perhaps", "starred"),
    ],
)
async def test_an_odd_question_is_refused(studio: Studio, query: str, field: str) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        status, said = await ann.json("GET", f"/api/pictures?{query}")
    assert (status, said["error"]["field"]) == (422, field)


async def test_a_favourite_is_one_until_it_is_none(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        picture = (await drawn(ann))["generation"]["images"][0]["id"]
        await drawn(ann)
        path = f"/api/picture/{picture}/favourite"
        for _ in range(2):
            assert (await ann.json("PUT", path))[1]["starred"] is True
        assert [one["id"] for one in await gallery(ann, "?starred=true")] == [picture]
        assert [one["starred"] for one in await gallery(ann)] == [False, True]
        for _ in range(2):
            assert (await ann.json("DELETE", path))[1]["starred"] is False
        assert await gallery(ann, "?starred=true") == []


async def test_what_is_kept_no_more_comes_from_telegram_or_is_said_to_be_gone(
    studio: Studio,
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    await studio.noted(await studio.picture(studio.chat(studio.ann), "a red fox"))
    async with Program.of(studio, studio.ann) as ann:
        await drawn(ann, prompt="a blue owl")
        owl, fox = await gallery(ann)
        for one in (owl, fox):
            (studio.folder / "pictures" / one["url"].removeprefix("/uploads/")).unlink()
        assert len(await ann.file(fox["id"])) > 1000
        status, said = await ann.json("GET", f"/api/picture/{owl['id']}/file")
        assert (status, said["error"]["code"]) == (410, "gone")


async def test_after_the_time_files_are_kept_no_address_is_promised(studio: Studio) -> None:
    await studio.start(file_retention_hours=1e-6)
    async with Program.of(studio, studio.ann) as ann:
        await drawn(ann)
        assert (await gallery(ann))[0]["url"] is None


async def test_what_was_cancelled_too_late_is_paid_for_by_whoever_looks_at_it(
    studio: Studio,
) -> None:
    studio.generator.hold()
    await studio.start(free_credits_daily=40)
    async with Program.of(studio, studio.ann) as ann:
        task = await ann.drawn(model="nano-banana")
        await eventually(lambda: studio.generator.jobs)
        assert (await ann.json("DELETE", f"/api/task/{task}"))[1]["action"] == "cancelled"
        studio.generator.release()
        assert (await ann.ended(task))["result"] is None
        (left,) = await gallery(ann)
        assert (left["url"], left["preview"]) == (None, None)
        me = (await ann.json("GET", "/api/me"))[1]["data"]["credits"]
        assert (me["left"], me["held"]) == (36, 4)
        assert len(await ann.file(left["id"])) == left["bytes"]
        me = (await ann.json("GET", "/api/me"))[1]["data"]["credits"]
        assert (me["left"], me["held"]) == (36, 0)
        assert (await gallery(ann))[0]["url"]


async def cancelled_too_late(studio: Studio, ann: Program) -> dict[str, Any]:
    """The picture that was being drawn already, as it waits in the gallery."""
    studio.generator.hold()
    task = await ann.drawn(model="nano-banana")
    await eventually(lambda: studio.generator.jobs)
    assert (await ann.json("DELETE", f"/api/task/{task}"))[1]["action"] == "cancelled"
    studio.generator.release()
    await ann.ended(task)
    (left,) = await gallery(ann)
    return left


async def test_what_cannot_be_handed_over_is_not_paid_for(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    async with Program.of(studio, studio.ann) as ann:
        waiting = await cancelled_too_late(studio, ann)
        (file,) = (studio.folder / "pictures" / "images").iterdir()
        content = file.read_bytes()
        file.unlink()
        status, said = await ann.json("GET", f"/api/picture/{waiting['id']}/file")
        assert (status, said["error"]["code"]) == (410, "gone")
        assert (await ann.json("GET", "/api/me"))[1]["data"]["credits"]["held"] == 4
        # The disk was away for a while.
        file.write_bytes(content)
        assert await ann.file(waiting["id"]) == content
        assert (await ann.json("GET", "/api/me"))[1]["data"]["credits"]["held"] == 0


async def test_who_asks_only_for_the_head_of_a_picture_pays_for_nothing(studio: Studio) -> None:
    await studio.start(free_credits_daily=40)
    async with Program.of(studio, studio.ann) as ann:
        waiting = await cancelled_too_late(studio, ann)
        assert await ann.head(f"/api/picture/{waiting['id']}/file") == 405
        assert (await ann.json("GET", "/api/me"))[1]["data"]["credits"]["held"] == 4


@pytest.mark.parametrize("what", ["task", "picture"])
async def test_what_was_cancelled_too_late_is_paid_for_by_whoever_deletes_it_unseen(
    studio: Studio, what: str
) -> None:
    await studio.start(free_credits_daily=40)
    async with Program.of(studio, studio.ann) as ann:
        waiting = await cancelled_too_late(studio, ann)
        doomed = waiting["task" if what == "task" else "id"]
        assert (await ann.json("DELETE", f"/api/{what}/{doomed}"))[1]["action"] == "deleted"
        me = (await ann.json("GET", "/api/me"))[1]["data"]["credits"]
        assert (me["left"], me["held"]) == (36, 0)


# --- made of what is there -------------------------------------------------------------------


async def test_from_a_picture_others_are_drawn(studio: Studio) -> None:
    await studio.start(free_credits_daily=None)
    async with Program.of(studio, studio.ann) as ann:
        picture = (await drawn(ann, aspectRatio="16:9"))["generation"]["images"][0]["id"]
        path = f"/api/picture/{picture}/redraw"
        again = (await taken(ann, path, **{"as": "again"}))["generation"]
        assert (again["prompt"], again["aspectRatio"]) == ("a red fox", "16:9")
        assert again["mode"] == "text-to-image"
        four = (await taken(ann, path, **{"as": "variations"}))["generation"]
        assert (four["count"], four["mode"]) == (4, "image-to-image")
        larger = (await taken(ann, path, **{"as": "larger"}))["generation"]
        assert larger["size"] == "4k"
        tall = (await taken(ann, path, **{"as": "reshaped", "aspectRatio": "9:16"}))["generation"]
        assert tall["aspectRatio"] == "9:16"


async def test_the_same_key_draws_once(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        picture = (await drawn(ann))["generation"]["images"][0]["id"]
        path, key = f"/api/picture/{picture}/redraw", {"Idempotency-Key": "one"}
        more: dict[str, Any] = {"json": {"as": "again"}, "headers": key}
        first, second = [(await ann.json("POST", path, **more))[1] for _ in range(2)]
        assert first["taskId"] == second["taskId"]
        more["json"] = {"as": "variations"}
        status, said = await ann.json("POST", path, **more)
        assert (status, said["error"]["code"]) == (422, "idempotency_key_reused")


async def test_a_key_is_the_same_for_the_same_picture_only(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        images = (await drawn(ann, n=2))["generation"]["images"]
        more: dict[str, Any] = {
            "json": {"as": "again", "picture": "mine", "task": "mine"},
            "headers": {"Idempotency-Key": "one"},
        }
        paths = [f"/api/picture/{one['id']}/redraw" for one in images]
        assert (await ann.json("POST", paths[0], **more))[0] == 200
        status, said = await ann.json("POST", paths[1], **more)
    assert (status, said["error"]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "as"),
        ({"as": "better"}, "as"),
        ({"as": "reshaped"}, "aspectRatio"),
        ({"as": "reshaped", "aspectRatio": "7:5"}, "aspectRatio"),
        ({"as": "again", "deliver": "perhaps"}, "deliver"),
    ],
)
async def test_an_odd_wish_is_refused(studio: Studio, said: dict[str, str], field: str) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        picture = (await drawn(ann))["generation"]["images"][0]["id"]
        status, refused = await ann.json("POST", f"/api/picture/{picture}/redraw", json=said)
    assert (status, refused["error"]["field"]) == (422, field)


async def test_what_has_failed_is_drawn_once_more(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        studio.generator.faults.add(Fault(where="outcome", kind="fail", code="422", text="flagged"))
        task = await ann.ended(await ann.drawn())
        assert task["status"] == "failed"
        retried = await taken(ann, f"/api/task/{task['id']}/retry")
        assert retried["status"] == "completed"
        status, said = await ann.json("POST", f"/api/task/{retried['id']}/retry")
        assert (status, said["error"]["code"]) == (409, "nothing_failed")


async def test_ones_own_pictures_are_references_in_the_order_they_are_named(
    studio: Studio,
) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann, Program.of(studio, studio.bob) as bob:
        wide = (await drawn(ann, aspectRatio="16:9"))["generation"]["images"][0]["id"]
        tall = (await drawn(ann, aspectRatio="9:16"))["generation"]["images"][0]["id"]
        task = await drawn(
            ann,
            prompt="both",
            mode="image-to-image",
            images=[f"picture:{tall}", f"picture:{wide}"],
        )
        assert task["generation"]["references"] == 2
        form = {"prompt": "again", "image": f"picture:{tall}"}
        status, said = await ann.post(data=form)
        assert (await ann.ended(said["taskId"]))["generation"]["references"] == 1
        status, said = await bob.post(json={"prompt": "mine", "image": f"picture:{wide}"})
        assert (status, said["error"]["field"]) == (422, "image")
    (both,) = [one for one in studio.generator.jobs.values() if one.prompt == "both"]
    sizes = [Image.open(io.BytesIO(content)).size for content in both.references]
    assert [width > height for width, height in sizes] == [False, True]


# --- shared and deleted ----------------------------------------------------------------------


async def test_a_picture_telegram_has_not_seen_is_brought_before_it_is_shared(
    studio: Studio,
) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "/start")
    welcome = await studio.words(studio.chat(studio.ann), "")
    async with Program.of(studio, studio.ann) as ann:
        picture = (await drawn(ann))["generation"]["images"][0]["id"]
        for _ in range(2):
            status, answer = await ann.json("POST", f"/api/picture/{picture}/share")
            assert status == 200, answer
            prepared = studio.telegram.world.queries.prepared[answer["preparedMessageId"]]
            assert prepared.person_id == studio.ann.id
    said, shown = studio.from_bot(studio.chat(studio.ann))
    assert said == welcome
    assert shown["caption"].startswith("a red fox")


async def test_who_blocked_the_bot_is_told_how_to_share(studio: Studio) -> None:
    await studio.start(api_tokens=TOKENS)
    studio.telegram.block(studio.ann)
    async with Program.of(studio, studio.ann) as ann, Program(studio) as shop:
        picture = (await drawn(ann))["generation"]["images"][0]["id"]
        status, said = await ann.json("POST", f"/api/picture/{picture}/share")
        assert (status, said["error"]["code"]) == (409, "chat_closed")
        status, said = await shop.json("POST", f"/api/picture/{picture}/share")
        assert (status, said["error"]["code"]) == (403, "needs_telegram")


async def test_a_deleted_picture_is_gone_from_page_chat_and_disk(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann:
        studio.telegram.say(studio.ann, "a red fox")
        message = await studio.picture(studio.chat(studio.ann), "a red fox")
        await studio.noted(message)
        (fox,) = await gallery(ann)
        assert (await ann.json("DELETE", f"/api/picture/{fox['id']}"))[0] == 200
        assert await gallery(ann) == []
        assert message not in studio.from_bot(studio.chat(studio.ann))
        assert (await ann.json("DELETE", f"/api/picture/{fox['id']}"))[0] == 404
    assert not list((studio.folder / "pictures" / "images").iterdir())


async def test_nobody_elses_picture_is_there(studio: Studio) -> None:
    await studio.start()
    async with Program.of(studio, studio.ann) as ann, Program.of(studio, studio.bob) as bob:
        task = await drawn(ann)
        theirs = task["generation"]["images"][0]["id"]
        for picture in (theirs, NO_PICTURE, "x"):
            path = f"/api/picture/{picture}"
            calls = [
                ("GET", f"{path}/file"), ("PUT", f"{path}/favourite"), ("DELETE", path),
                ("DELETE", f"{path}/favourite"), ("POST", f"{path}/redraw"),
                ("POST", f"{path}/share"),
            ]  # fmt: skip
            answers = [await bob.json(*one) for one in calls]
            assert {status for status, _ in answers} == {404}
        assert (await bob.json("POST", f"/api/task/{task['id']}/retry"))[0] == 404
        assert len(await gallery(ann)) == 1


async def test_a_favourite_from_a_group_is_there_but_not_to_be_deleted(studio: Studio) -> None:
    await studio.start()
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    message = await studio.picture(group, "a red fox")
    await studio.noted(message)
    await studio.press(studio.bob, message, "⭐ Favourite")
    async with Program.of(studio, studio.bob) as bob:
        (fox,) = await gallery(bob, "?starred=true")
        assert await bob.file(fox["id"])
        assert (await bob.json("DELETE", f"/api/picture/{fox['id']}"))[0] == 404
