"""`--file` and `--spoiler`, end to end, and the captions that go with them."""

from tests.conftest import Studio
from tests.pressing import labels


async def test_a_file_is_the_original_with_buttons(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --file")
    picture = await studio.picture(studio.chat(studio.ann))
    (stored,) = (studio.folder / "pictures" / "images").iterdir()
    assert studio.telegram.file_bytes(picture["document"]["file_id"]) == stored.read_bytes()
    assert "🔁 Again" in labels(picture)


async def test_several_files_are_an_album_of_files_with_its_panel(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --file --n 2")
    chat = studio.chat(studio.ann)
    await studio.words(chat, "🖼 2 pictures")
    files = [one for one in studio.from_bot(chat) if "document" in one]
    assert len({one["media_group_id"] for one in files}) == 1


async def test_a_spoiler_is_hidden_until_it_is_tapped_alone_and_in_albums(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox --spoiler")
    studio.telegram.say(studio.bob, "a red fox --spoiler --n 2")
    alone = await studio.picture(studio.chat(studio.ann))
    assert alone["has_media_spoiler"] is True
    chat = studio.chat(studio.bob)
    await studio.words(chat, "🖼 2 pictures")
    photos = [one for one in studio.from_bot(chat) if "photo" in one]
    assert [one["has_media_spoiler"] for one in photos] == [True, True]


async def test_without_being_asked_nothing_is_hidden(studio: Studio) -> None:
    await studio.start()
    studio.telegram.say(studio.ann, "a red fox")
    assert "has_media_spoiler" not in await studio.picture(studio.chat(studio.ann))
