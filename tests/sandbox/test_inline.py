"""Inline mode: people type the bot's name, choose a result, and the bot changes it later."""

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultPhoto,
    InlineQueryResultsButton,
    InputMediaPhoto,
    InputTextMessageContent,
)
from telegram.error import BadRequest

DRAW = InlineKeyboardMarkup([[InlineKeyboardButton("Draw", callback_data="draw")]])
WORDS = InputTextMessageContent("<b>drawing…</b>", parse_mode="HTML")


def article(name="1", **more):
    content = {"input_message_content": WORDS, "title": "A fox"} | more
    return InlineQueryResultArticle(id=name, **content)


async def asked(bot):
    """The newest update, confirmed."""
    updates = await bot.get_updates(allowed_updates=[])
    await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates


@pytest.fixture
async def photo_id(bot, started, picture):
    sent = await bot.send_photo(started.id, picture(), filename="a.jpg")
    return sent.photo[-1].file_id


async def test_the_bot_hears_who_asks_what_and_where(bot, telegram, ann, group, started):
    telegram.ask_inline(ann, "a fox", chat=group, offset="20")
    telegram.ask_inline(ann, "")
    first, second = (update.inline_query for update in await asked(bot))
    assert (first.query, first.offset, first.chat_type) == ("a fox", "20", "group")
    assert (second.query, second.offset, second.chat_type) == ("", "", "sender")
    assert (first.from_user.id, first.id != second.id) == (ann.id, True)


async def test_results_of_every_kind_can_be_sent(bot, telegram, ann, started, photo_id, picture):
    document = await bot.send_document(ann.id, picture(), filename="a.jpg")
    file_id = document.document.file_id
    query_id = telegram.ask_inline(ann)
    results = [
        article(),
        InlineQueryResultCachedPhoto("2", photo_id, caption="<i>fox</i>", parse_mode="HTML"),
        InlineQueryResultCachedDocument("3", title="File", document_file_id=file_id),
        InlineQueryResultCachedPhoto("4", photo_id, input_message_content=WORDS),
    ]
    button = InlineQueryResultsButton("Settings", start_parameter="settings")
    await bot.answer_inline_query(query_id, results, next_offset="4", button=button)
    answer = telegram.world.queries.inline[query_id].answer
    assert (answer.next_offset, answer.button["start_parameter"]) == ("4", "settings")
    sent = [telegram.choose(ann, query_id, str(number)) for number in range(1, 5)]
    assert [m.get("text") or m.get("caption") for m in sent] == [
        "drawing…", "fox", None, "drawing…",
    ]  # fmt: skip
    assert [m["from"]["id"] for m in sent] == [ann.id] * 4
    assert {m["via_bot"]["id"] for m in sent} == {bot.id}
    assert (sent[1]["photo"][-1]["file_id"], sent[2]["document"]["file_id"]) == (photo_id, file_id)
    with pytest.raises(LookupError, match="no result '5'"):
        telegram.choose(ann, query_id, "5")
    assert telegram.problems == []


async def test_the_bot_hears_of_a_choice_and_changes_the_message(
    bot, telegram, ann, group, photo_id
):
    query_id = telegram.ask_inline(ann, "a fox", chat=group)
    await bot.answer_inline_query(query_id, [article(reply_markup=DRAW), article("2")])
    message = telegram.choose(ann, query_id, "1", chat=group)
    telegram.choose(ann, query_id, "2", chat=group)
    updates = await asked(bot)
    first, second = (u.chosen_inline_result for u in updates if u.chosen_inline_result)
    assert (first.result_id, first.query, second.inline_message_id) == ("1", "a fox", None)
    assert [u.message.via_bot.id for u in updates if u.message] == [bot.id, bot.id]
    inline_id = first.inline_message_id
    assert await bot.edit_message_text("slow…", inline_message_id=inline_id, reply_markup=DRAW)
    media = InputMediaPhoto(photo_id, caption="done")
    assert await bot.edit_message_media(media, inline_message_id=inline_id) is True
    assert await bot.edit_message_caption(inline_message_id=inline_id, caption="a fox") is True
    assert await bot.edit_message_reply_markup(inline_message_id=inline_id, reply_markup=DRAW)
    shown = group.messages[message["message_id"]]
    assert (shown["caption"], shown["photo"][-1]["file_id"]) == ("a fox", photo_id)
    assert ("text" in shown, shown["from"]["id"], "edit_date" in shown) == (False, ann.id, True)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_caption(
            inline_message_id=inline_id, caption="a fox", reply_markup=DRAW
        )


async def test_nothing_is_uploaded_into_an_inline_message(bot, telegram, ann, started, picture):
    query_id = telegram.ask_inline(ann)
    await bot.answer_inline_query(query_id, [article(reply_markup=DRAW)])
    message = telegram.choose(ann, query_id, "1")
    inline_id = (await asked(bot))[-1].chosen_inline_result.inline_message_id
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.edit_message_media(InputMediaPhoto(picture()), inline_message_id=inline_id)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", ann.id, message["message_id"])
    telegram.delete(message)
    for gone in (inline_id, "unknown"):
        with pytest.raises(BadRequest, match="Message_id_invalid"):
            await bot.edit_message_text("x", inline_message_id=gone)


async def test_a_press_under_an_inline_message_names_no_chat(bot, telegram, ann, bob, group):
    query_id = telegram.ask_inline(ann, chat=group)
    await bot.answer_inline_query(query_id, [article(reply_markup=DRAW)])
    message = telegram.choose(ann, query_id, "1", chat=group)
    telegram.press(bob, message, "draw")
    pressed = (await asked(bot))[-1].callback_query
    assert (pressed.message, pressed.data, pressed.from_user.id) == (None, "draw", bob.id)
    assert pressed.inline_message_id
    assert pressed.chat_instance


async def test_answers_come_once_and_in_time(bot, telegram, clock, ann, started):
    query_id = telegram.ask_inline(ann)
    await bot.answer_inline_query(query_id, [])
    for late in (query_id, "nothing"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_inline_query(late, [])
    query_id = telegram.ask_inline(ann, "slow")
    clock.now += 31
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_inline_query(query_id, [])
    assert await bot.get_updates() == ()  # and the query was dropped


@pytest.mark.parametrize(
    ("options", "later", "kept_for"),
    [
        ({}, 299, ["Ann", "Bob"]),
        ({}, 300, []),
        ({"cache_time": 10}, 9, ["Ann", "Bob"]),
        ({"cache_time": 0}, 0, []),
        ({"is_personal": True}, 1, ["Ann"]),
    ],
)
async def test_answers_are_kept_as_long_as_the_bot_says(
    bot, telegram, clock, ann, bob, options, later, kept_for
):
    query_id = telegram.ask_inline(ann, "fox")
    await bot.answer_inline_query(query_id, [article()], **options)
    clock.now += later
    for person in (ann, bob):
        kept = person.first_name in kept_for
        telegram.updates.drop()
        again = telegram.ask_inline(person, "fox")
        assert (telegram.world.queries.inline[again].answer is not None) is kept
        assert bool(telegram.updates.pending) is not kept
    other = telegram.ask_inline(ann, "fox", offset="1")
    assert telegram.world.queries.inline[other].answer is None


BAD = [
    ([article(), article()], {}, "result_id_duplicate"),
    ([article("é" * 33)], {}, "result_id_invalid"),
    ([article(reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="d" * 65)]]))], {}, "button_data_invalid"),
    ([article(input_message_content=InputTextMessageContent("x" * 4097))], {}, "message is too long"),
    ([article(title="")], {}, "can't find field"),
    ([InlineQueryResultCachedPhoto("1", "AgACnone")], {}, "wrong file identifier"),
    ([InlineQueryResultPhoto("1", "https://example.org/a.jpg", "https://example.org/t.jpg")], {}, "failed to get http url content"),
    ([], {"next_offset": "é" * 33}, "next_offset_invalid"),
    ([], {"button": InlineQueryResultsButton("x", start_parameter="a b")}, "start_param_invalid"),
    ([], {"button": InlineQueryResultsButton("x")}, "exactly one action"),
]  # fmt: skip


@pytest.mark.parametrize(("results", "options", "words"), BAD)
async def test_what_telegram_refuses(bot, telegram, ann, results, options, words):
    query_id = telegram.ask_inline(ann)
    with pytest.raises(BadRequest) as refusal:
        await bot.answer_inline_query(query_id, results, **options)
    assert words in refusal.value.message.lower()
    assert telegram.world.queries.inline[query_id].answer is None


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([{"type": "voice", "id": "1", "voice_url": "https://x.org/a.ogg"}], "is unsupported"),
        ([{"type": "article", "id": "1", "title": "x"}], "content is not specified"),
        ([{"type": "article", "id": str(n), "title": "x"} for n in range(51)], "RESULTS_TOO_MUCH"),
        (["x"], "expected an Object"),
        ({}, "expected an Array"),
    ],
)
async def test_results_that_make_no_sense(telegram, http, ann, results, words):
    params = {"inline_query_id": telegram.ask_inline(ann), "results": results}
    address = f"{telegram.url}/bot123456:secret/answerInlineQuery"
    async with http.post(address, json=params) as answer:
        assert (answer.status, words in (await answer.json())["description"]) == (400, True)


async def test_kinds_that_are_not_played_here_are_problems(telegram, http, ann):
    item = {"type": "voice", "id": "1", "voice_url": "https://x.org/a.ogg", "title": "x"}
    params = {"inline_query_id": telegram.ask_inline(ann), "results": [item]}
    async with http.post(f"{telegram.url}/bot123456:secret/answerInlineQuery", json=params):
        problem = "results: inline results of type voice are not played here"
        assert telegram.problems == [problem]


async def test_a_prepared_message_is_shared_by_its_person_only(
    bot, telegram, clock, ann, bob, group, photo_id
):
    result = InlineQueryResultCachedPhoto("1", photo_id, caption="fox")
    prepared = await bot.save_prepared_inline_message(ann.id, result, allow_group_chats=True)
    with pytest.raises(LookupError, match="no prepared message"):
        telegram.share(bob, prepared.id, chat=group)
    message = telegram.share(ann, prepared.id, chat=group)
    assert (message["caption"], message["via_bot"]["id"]) == ("fox", bot.id)
    clock.now += 86_400
    with pytest.raises(LookupError, match="no prepared message"):
        telegram.share(ann, prepared.id, chat=group)
    with pytest.raises(BadRequest, match="Peer_types_invalid"):
        await bot.save_prepared_inline_message(ann.id, result)
    with pytest.raises(BadRequest, match="User not found"):
        await bot.save_prepared_inline_message(5, result, allow_group_chats=True)
