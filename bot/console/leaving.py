"""`users forget`: rows and files, and then the messages that announce what will not come."""

from bot.console.desk import Desk, now
from bot.console.exporting import selected
from bot.storage.forgetting import PersonalMemory
from bot.storage.pictures import PictureStore, open_store
from bot.storage.reports import Selection
from bot.telegram.leftovers import take_away_beside


async def forget(desk: Desk, person: int) -> int:
    """Returns how many messages could not be taken away. Raises Transient."""
    pictures = PictureStore(open_store(desk.settings.pictures_url, desk.settings.pictures_access))
    asked = [one async for one in selected(desk, Selection(person=person), most=1)]
    cards = await PersonalMemory(desk.database, pictures).forget(person, now())
    if not cards:
        return 0
    token = desk.settings.telegram_bot_token.get_secret_value()
    return await take_away_beside(
        cards,
        language=asked[0].origin.language if asked else None,
        token=token,
        api_url=desk.settings.telegram_api_url,
    )
