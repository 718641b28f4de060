"""A group in which one member says more than may be answered there."""

from bot.telegram.traffic import TELEGRAMS
from tests.conftest import Studio

# More than two minutes of answers, as Telegram's limits are.
MANY = 40


async def test_whoever_wants_help_without_end_keeps_nobody_else_waiting(studio: Studio) -> None:
    group = studio.telegram.world.add_group("Friends", members=[studio.ann, studio.bob])
    studio.pace = TELEGRAMS
    await studio.start()
    for _ in range(MANY):
        studio.telegram.say(studio.bob, "/help", chat=group)
    await studio.words(group, "/imagine")
    studio.telegram.say(studio.ann, "/imagine a red fox", chat=group)
    await studio.picture(group, "a red fox")
    answers = [one for one in studio.from_bot(group) if "/imagine" in one.get("text", "")]
    assert len(answers) < MANY
