"""The rooms of the shop put together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.access import Access
from bot.credits import Books
from bot.shop import Purchases, Shop
from bot.telegram.application import AnyApplication, Room
from bot.telegram.buying import Buying
from bot.telegram.checkout import Checkout
from bot.telegram.duties import Duties
from bot.telegram.payments import Payments
from bot.telegram.presses import Taps
from bot.telegram.reconciling import Reconciling
from bot.telegram.refunding import Refunding
from bot.telegram.speech import Speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Selling:
    """Also where nothing is sold: what was bought goes on to be looked after."""

    shop: Shop
    purchases: Purchases
    access: Access
    books: Books
    speech: Speech
    taps: Taps
    clock: Callable[[], datetime]

    @property
    def buying(self) -> Buying:
        return Buying(
            shop=self.shop,
            access=self.access,
            books=self.books,
            speech=self.speech,
            taps=self.taps,
            clock=self.clock,
        )

    @property
    def payments(self) -> Payments:
        return Payments(
            shop=self.shop,
            purchases=self.purchases,
            books=self.books,
            allowances=self.access.terms.allowances,
            speech=self.speech,
            clock=self.clock,
        )

    @property
    def checkout(self) -> Checkout:
        return Checkout(shop=self.shop, standings=self.access.standings, speech=self.speech)

    def reconciling(self, application: AnyApplication) -> Reconciling:
        return Reconciling(application=application, payments=self.payments, clock=self.clock)

    def rooms(self) -> list[Room]:
        return [
            self.buying,
            self.payments,
            Duties(shop=self.shop, purchases=self.purchases, speech=self.speech),
            Refunding(
                access=self.access,
                purchases=self.purchases,
                speech=self.speech,
                clock=self.clock,
            ),
        ]
