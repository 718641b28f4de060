"""The rooms of those who run this bot, put together."""

from dataclasses import dataclass

from bot.bookkeeping import Bookkeeping
from bot.broadcasts import Broadcasts
from bot.credits import Books
from bot.dossiers import Dossiers
from bot.neighbours import Chats, Store
from bot.ordering import Ordering
from bot.statistics import Statistics
from bot.telegram.application import Room
from bot.telegram.broadcasting import Broadcasting
from bot.telegram.desk import Balance, Desk
from bot.telegram.desk_broadcast import DeskBroadcast
from bot.telegram.desk_charts import DeskCharts
from bot.telegram.desk_people import DeskPeople
from bot.telegram.desk_sheets import DeskSheets
from bot.telegram.desk_tasks import DeskTasks
from bot.telegram.operators import Operators
from bot.telegram.presses import Taps, TapStore
from bot.telegram.showing import Showing
from bot.telegram.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskNeeds:
    """What these rooms alone need. `balance` asks the generator for our credits there."""

    bookkeeping: Bookkeeping
    statistics: Statistics
    dossiers: Dossiers
    broadcasts: Broadcasts
    taps: TapStore
    balance: Balance


def desk_rooms(
    needs: DeskNeeds,
    *,
    ordering: Ordering,
    tasks: Store,
    chats: Chats,
    books: Books,
    showing: Showing,
    broadcasting: Broadcasting,
    speech: Speech,
) -> list[Room]:
    access, clock = ordering.access, ordering.clock
    operators, taps = Operators(access.terms.operators), Taps(clock, needs.taps)
    return [
        Desk(
            operators=operators,
            access=access,
            statistics=needs.statistics,
            books=needs.bookkeeping,
            balance=needs.balance,
            speech=speech,
            clock=clock,
        ),
        DeskSheets(operators=operators, access=access, speech=speech, clock=clock),
        DeskCharts(
            operators=operators,
            statistics=needs.statistics,
            books=needs.bookkeeping,
            taps=taps,
            speech=speech,
            clock=clock,
        ),
        DeskTasks(
            operators=operators,
            tasks=tasks,
            chats=chats,
            books=needs.bookkeeping,
            showing=showing,
            taps=taps,
            speech=speech,
            clock=clock,
        ),
        DeskPeople(
            operators=operators,
            access=access,
            books=books,
            dossiers=needs.dossiers,
            tasks=tasks,
            chats=chats,
            taps=taps,
            speech=speech,
            clock=clock,
        ),
        DeskBroadcast(
            operators=operators,
            broadcasts=needs.broadcasts,
            broadcasting=broadcasting,
            taps=taps,
            speech=speech,
            clock=clock,
        ),
    ]
