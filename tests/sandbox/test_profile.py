"""What the bot says about itself, its menus as each person sees them, and its drafts."""

import pytest
from telegram import (
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatAdministrators,
    BotCommandScopeChatMember,
    MenuButtonCommands,
    MenuButtonDefault,
    MenuButtonWebApp,
    WebAppInfo,
)
from telegram.error import BadRequest

from bot.sandbox.commands import seen_by


async def test_names_and_descriptions_by_language(bot, telegram):
    assert (await bot.get_my_name()).name == "Nano Banana"
    await bot.set_my_name("Banana")
    await bot.set_my_name("香蕉", language_code="zh")
    await bot.set_my_description("Draws")
    assert (await bot.get_my_name(language_code="zh")).name == "香蕉"
    assert (await bot.get_my_name(language_code="de")).name == "Banana"
    assert (await bot.get_my_description()).description == "Draws"
    assert (await bot.get_my_short_description()).short_description == ""
    with pytest.raises(BadRequest, match="Bot_name_too_long"):
        await bot.set_my_name("x" * 65)
    assert telegram.problems == []


async def test_the_menu_button_of_one_person_and_of_all(bot, ann, bob, group, started):
    app = MenuButtonWebApp("Studio", WebAppInfo("https://example.org"))
    await bot.set_chat_menu_button(menu_button=app)
    await bot.set_chat_menu_button(ann.id, MenuButtonCommands())
    assert isinstance(await bot.get_chat_menu_button(ann.id), MenuButtonCommands)
    assert (await bot.get_chat_menu_button(bob.id)).text == "Studio"
    await bot.set_chat_menu_button(ann.id, MenuButtonDefault())
    assert (await bot.get_chat_menu_button(ann.id)).text == "Studio"
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.set_chat_menu_button(group.id, app)
    with pytest.raises(BadRequest, match="only https links are allowed"):
        await bot.set_chat_menu_button(
            menu_button=MenuButtonWebApp("x", WebAppInfo("http://example.org"))
        )


async def test_everybody_sees_the_narrowest_menu_in_their_language(
    bot, telegram, ann, bob, group, started
):
    def menu(person, chat):
        return [one["command"] for one in seen_by(telegram.world, person, chat)]

    async def put(command, *scope, code=""):
        await bot.set_my_commands([(command, "x")], *scope, language_code=code)

    private = telegram.world.private
    assert menu(ann, started) == []
    await put("default")
    await put("default_de", code="de")
    assert (menu(ann, started), menu(bob, private(bob))) == (["default"], ["default_de"])
    await put("private", BotCommandScopeAllPrivateChats())
    assert menu(bob, private(bob)) == ["private"]
    await put("only_ann", BotCommandScopeChat(ann.id))
    assert (menu(ann, started), menu(bob, private(bob))) == (["only_ann"], ["private"])
    await put("groups", BotCommandScopeAllGroupChats())
    await put("admins", BotCommandScopeAllChatAdministrators())
    assert (menu(ann, group), menu(bob, group)) == (["admins"], ["groups"])
    await put("here", BotCommandScopeChat(group.id))
    await put("here_admins", BotCommandScopeChatAdministrators(group.id))
    assert (menu(ann, group), menu(bob, group)) == (["here_admins"], ["here"])
    await put("just_bob", BotCommandScopeChatMember(group.id, bob.id))
    assert menu(bob, group) == ["just_bob"]


async def test_drafts_are_shown_in_private_chats_and_are_no_messages(
    bot, telegram, ann, group, started
):
    seen = []
    telegram.on_change(seen.append)
    assert await bot.send_message_draft(ann.id, 7, "a fox…")
    assert await bot.send_message_draft(ann.id, 7, "")
    assert [(one.kind, one.data["text"]) for one in seen] == [("draft", "a fox…"), ("draft", "")]
    assert len(started.messages) == 1
    with pytest.raises(BadRequest, match="only to private chats"):
        await bot.send_message_draft(group.id, 7, "x")
    with pytest.raises(BadRequest, match="non-zero"):
        await bot.send_message_draft(ann.id, 0, "x")
