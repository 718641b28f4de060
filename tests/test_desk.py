"""/admin: how the bot does today, and its switches, for those who run it and for nobody else."""

import pytest

from bot.sandbox.jobs import Fault
from bot.telegram.desk_sheets import price_change
from tests.conftest import Studio
from tests.operating import ended
from tests.pressing import Message, forge, labels, now, press, toast

COMMANDS = ("admin", "maintenance", "price", "task", "user", "ban", "unban", "allow", "grant")


async def card(studio: Studio, command: str = "/admin") -> Message:
    studio.telegram.say(studio.bob, command)
    return await studio.words(studio.chat(studio.bob), "🗂")


async def tap(studio: Studio, message: Message, label: str, expected: str) -> Message:
    """Bob presses; returns the card once it says what is expected."""
    await toast(studio, press(studio, studio.bob, message, label))
    await studio.telegram.wait_until(lambda: expected in str(now(studio, message)))
    return now(studio, message)


async def refusal(studio: Studio, said: str, expected: str) -> None:
    studio.telegram.say(studio.ann, said)
    await studio.words(studio.chat(studio.ann), expected)


@pytest.mark.parametrize("command", [*COMMANDS, "broadcast"])
async def test_to_anybody_else_these_commands_do_not_exist(studio: Studio, command: str) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    studio.telegram.say(studio.ann, f"/{command} 5 40")
    answer = await studio.words(studio.chat(studio.ann), "I do not know this command")
    studio.telegram.say(studio.bob, f"/{command}")
    await studio.telegram.wait_until(lambda: studio.from_bot(studio.chat(studio.bob)))
    assert studio.from_bot(studio.chat(studio.bob))[0]["text"] != answer["text"]


async def test_in_a_group_they_do_not_exist_either(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.bob])
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    studio.telegram.say(studio.bob, "/admin", chat=group)
    studio.telegram.say(studio.bob, "/imagine a dog", chat=group)
    await studio.picture(group, "a dog")
    assert not any("🗂" in one.get("text", "") for one in studio.from_bot(group))


async def test_a_strangers_press_does_nothing(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    shown = await card(studio)
    told = await forge(studio, studio.ann, shown, "desk:maintenance:on")
    assert not told.get("text")
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")


async def test_the_card_tells_of_the_day(studio: Studio) -> None:
    studio.generator.faults.add(
        Fault(where="outcome", kind="fail", code="422", text="CONTENT_POLICY_BLOCKED: sensitive.")
    )
    # It is called back before anybody looks it up.
    await studio.start(admin_ids=frozenset({studio.bob.id}), task_poll_seconds=30)
    studio.telegram.say(studio.ann, "a red fox")
    await studio.words(studio.chat(studio.ann), "🚫")
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")
    await ended(studio, 2)
    text = (await card(studio))["text"]
    assert "Tasks: 2, of which 1 delivered (50%), 1 failed (50%)" in text
    assert "• filtered: 1 (50%)" in text or "• prompt_refused: 1 (50%)" in text
    assert "Pictures: 2 asked for, 1 drawn, 1 delivered" in text
    assert "Heard by webhook 100%, found by lookup 0%" in text
    assert "Tasks under way: 0; pictures in line: 0, at the generator: 0" in text
    assert "🍌 Nano Banana: 1 drawn, median" in text
    assert "kie.ai: 5,450.6 credits ($27.25) left, 4 credits ($0.02) spent today" in text
    assert "Credits today: 0 given, 0 sold, 4 spent" in text


async def test_refresh_tells_how_it_is_by_now(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    shown = await card(studio)
    assert "Tasks: 0" in shown["text"]
    studio.telegram.say(studio.ann, "a red fox")
    await studio.picture(studio.chat(studio.ann), "a red fox")
    await ended(studio)
    await tap(studio, shown, "Refresh", "Tasks: 1, of which 1 delivered (100%)")


async def test_a_balance_nobody_tells_is_unknown(studio: Studio) -> None:
    await studio.start(
        admin_ids=frozenset({studio.bob.id}), nano_banana_api_url="http://127.0.0.1:9"
    )
    assert "kie.ai: unknown left" in (await card(studio))["text"]


async def test_maintenance_goes_on_and_off(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    shown = await tap(studio, await card(studio), "🛠 Maintenance", "nobody but operators")
    await refusal(studio, "a red fox", "I am being worked on")
    await tap(studio, shown, "End maintenance", "🛠 Maintenance")
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")


async def test_maintenance_may_have_words_of_its_own(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    await card(studio, "/maintenance Back at noon.")
    await refusal(studio, "a red fox", "Back at noon.")
    studio.telegram.say(studio.bob, "/maintenance off")
    await studio.telegram.wait_until(lambda: len(studio.from_bot(studio.chat(studio.bob))) == 2)
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")


async def test_the_house_closes_and_opens(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    shown = await tap(studio, await card(studio), "🔒 Close", "🔒 Closed")
    await refusal(studio, "a red fox", "only for people its owner has let in")
    await tap(studio, shown, "🔓 Open", "🔒 Close")
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")


async def test_a_model_is_switched_off_and_on(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}))
    sheet = await tap(studio, await card(studio), "🍌 Models", "✅ Nano Banana Pro")
    sheet = await tap(studio, sheet, "Nano Banana Pro", "🚫 Nano Banana Pro")
    await refusal(studio, "a red fox --model pro", "Nano Banana Pro is switched off")
    sheet = await tap(studio, sheet, "🚫 Nano Banana Pro", "✅ Nano Banana Pro")
    await tap(studio, sheet, "Back", "🗂 Today")
    studio.telegram.say(studio.ann, "a blue fox --model pro")
    await studio.picture(studio.chat(studio.ann), "a blue fox")


async def test_a_price_is_changed_and_taken_back(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.bob.id}), free_credits_daily=40)
    sheet = await tap(studio, await card(studio), "🏷 Prices", "• pro: 1K 18 (18)")
    assert any("Back" in label for label in labels(sheet))
    studio.telegram.say(studio.bob, "/price banana 41")
    await studio.words(studio.chat(studio.bob), "Changed here: banana=41")
    await refusal(studio, "a red fox", "This costs 41 credits")
    studio.telegram.say(studio.bob, "/price banana -")
    await studio.telegram.wait_until(lambda: len(studio.from_bot(studio.chat(studio.bob))) == 3)
    studio.telegram.say(studio.ann, "a blue fox")
    await studio.picture(studio.chat(studio.ann), "a blue fox")
    studio.telegram.say(studio.bob, "/price banana much")
    await studio.words(studio.chat(studio.bob), "/price pro 20 sets a price")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("pro 20", ("pro", 20)),
        ("PRO 0", ("pro", 0)),
        ("2:4k 24", ("2:4k", 24)),
        ("2:4K 24", ("2:4k", 24)),
        ("pro -", ("pro", None)),
        ("pro —", ("pro", None)),
        ("2.1  1000000", ("2.1", 1_000_000)),
        ("pro 1000001", None),
        ("pro -5", None),
        ("pro", None),
        ("", None),
        ("dalle 5", None),
        ("banana:4k 5", None),
        ("pro ٣", None),
    ],
)
def test_what_a_change_of_price_looks_like(said: str, expected: object) -> None:
    assert price_change(said) == expected


async def test_operators_read_their_language(studio: Studio) -> None:
    await studio.start(admin_ids=frozenset({studio.mei.id}))
    studio.telegram.say(studio.mei, "/admin")
    shown = await studio.words(studio.chat(studio.mei), "🗂 今天")
    assert "🔄 刷新" in labels(shown)


async def test_operators_have_a_menu_of_their_own(studio: Studio) -> None:
    studio.telegram.say(studio.bob, "/start")
    await studio.start(admin_ids=frozenset({studio.bob.id, studio.ann.id}))

    def scopes() -> list[str]:
        calls = [one for one in studio.telegram.calls if one.method == "setMyCommands"]
        return [one.params["scope"] for one in calls if '"admin"' in one.params["commands"]]

    await studio.telegram.wait_until(lambda: len(scopes()) >= 2)
    assert all(str(studio.bob.id) in one or str(studio.ann.id) in one for one in scopes())
