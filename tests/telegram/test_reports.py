"""The words when there is no picture, and fetching what a person sent."""

from dataclasses import replace

import pytest

from bot.errors import Reason, Refused, Transient
from bot.sandbox.bot_api import Fault
from bot.telegram import words
from bot.telegram.texts import texts
from tests.conftest import photo


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_report_says_why_in_the_persons_language(post, chat, language):
    task = replace(post.task(chat, language=language), reason=Reason.OVERLOADED)
    await post.delivery.report(task)
    assert post.arrived(chat) == [words.failure(texts(language), task)]


async def test_what_a_person_sent_is_fetched_as_it_is(post, server, ann):
    content = photo(kind="PNG")
    sent = server.send_document(ann, content, filename="a.png", mime_type="image/png")
    assert await post.delivery.fetch(sent["document"]["file_id"]) == content


async def test_what_is_too_big_to_fetch_is_refused_as_that(post, server, ann):
    huge = bytes((20 << 20) + 1)
    sent = server.send_document(ann, huge, filename="a.png", mime_type="image/png")
    with pytest.raises(Refused) as refusal:
        await post.delivery.fetch(sent["document"]["file_id"])
    assert refusal.value.reason is Reason.REFERENCE_TOO_BIG


async def test_what_telegram_no_longer_has_is_to_be_sent_again(post):
    with pytest.raises(Refused) as refusal:
        await post.delivery.fetch("AgACunknown")
    assert refusal.value.reason is Reason.BAD_REFERENCE


@pytest.mark.parametrize("method", ["getFile", "file"])
async def test_a_fetch_that_fails_for_now_is_tried_again(post, server, ann, method):
    sent = server.send_photo(ann, photo())["photo"][-1]["file_id"]
    server.faults.add(Fault(method=method, status=502, body="<html>Bad Gateway</html>"))
    with pytest.raises(Transient):
        await post.delivery.fetch(sent)
    assert await post.delivery.fetch(sent)
