"""Credits for Telegram Stars: what is sold, what an invoice says, and what was bought. Pure.

An invoice carries a payload that Telegram hands back with the payment. It names the buyer and the
package, so that a payment is credited as it was offered, whatever is sold by then; it is signed,
so that nobody is asked to pay what we have not offered.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Protocol

# The only period there is. https://core.telegram.org/bots/api#createinvoicelink
MONTH = timedelta(days=30)
CURRENCY = "XTR"

_CODE = r"(?P<stars>[1-9][0-9]{0,5})-(?P<credits>[1-9][0-9]{0,6})-(?P<how>once|monthly)"
_PACKAGE = re.compile(_CODE)
_PAYLOAD = re.compile(rf"buy:(?P<person>[1-9][0-9]{{0,15}}):{_CODE}:(?P<signature>[0-9a-f]{{32}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """So many credits for so many Stars, once or every 30 days."""

    stars: int
    credits: int
    monthly: bool = False

    @property
    def code(self) -> str:
        """Short, in plain letters: for buttons and payloads."""
        return f"{self.stars}-{self.credits}-{'monthly' if self.monthly else 'once'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a payload says: who buys what. `genuine` if we have signed it."""

    person: int
    package: Package
    genuine: bool


class Obstacle(Enum):
    """Why a payment may not be made."""

    STRANGE = auto()
    FOR_ANOTHER = auto()
    SOLD_NO_MORE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One payment. `person` is 0 once they are forgotten; `told` once they have been thanked;
    `taken` are the credits that went back with the refund, at once.
    """

    charge: str
    person: int
    stars: int
    credits: int
    at: datetime
    told: bool = False
    refunded_at: datetime | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is sold; nothing where there are no packages. `key` signs payloads."""

    packages: tuple[Package, ...] = ()
    key: str = field(default="", repr=False)
    terms_url: str | None = None
    contact: str | None = None

    @property
    def is_open(self) -> bool:
        return bool(self.packages)

    def find(self, code: str) -> Package | None:
        """The package with this code, if it is sold."""
        package = read_package(code)
        return package if package in self.packages else None

    def payload(self, person: int, package: Package) -> str:
        """About 70 bytes, where 128 may be. https://core.telegram.org/bots/api#sendinvoice"""
        said = f"buy:{person}:{package.code}"
        return f"{said}:{self._sign(said)}"

    def read(self, payload: str) -> Sale | None:
        """None: this is no payload of ours."""
        found = _PAYLOAD.fullmatch(payload)
        if found is None:
            return None
        expected = self._sign(payload.rpartition(":")[0])
        return Sale(
            person=int(found["person"]),
            package=_package(found),
            genuine=hmac.compare_digest(expected, found["signature"]),
        )

    def obstacle(self, payload: str, *, payer: int, amount: int, currency: str) -> Obstacle | None:
        """Why this must not be paid; None if it may."""
        sale = self.read(payload)
        if sale is None or not sale.genuine or (amount, currency) != (sale.package.stars, CURRENCY):
            return Obstacle.STRANGE
        if sale.person != payer:
            # A forwarded invoice: the credits would go to whoever did not pay.
            return Obstacle.FOR_ANOTHER
        return None if sale.package in self.packages else Obstacle.SOLD_NO_MORE

    def purchase(
        self, payload: str, *, charge: str, payer: int, stars: int, at: datetime
    ) -> Purchase:
        """What a payment buys that was made. Its payload is taken at its word, whatever is sold by
        now and whoever signed it: it was checked before, and the Stars are gone. What nobody can
        read buys nothing.
        """
        sale = self.read(payload)
        bought = sale.package.credits if sale and sale.package.stars == stars else 0
        return Purchase(charge=charge, person=payer, stars=stars, credits=bought, at=at)

    def _sign(self, said: str) -> str:
        # What is derived from the bot's token does not give it away.
        return hmac.digest(self.key.encode(), f"invoice {said}".encode(), hashlib.sha256).hex()[:32]


def read_package(code: str) -> Package | None:
    """What a code says, whether it is sold or not."""
    found = _PACKAGE.fullmatch(code)
    return _package(found) if found else None


def _package(found: re.Match[str]) -> Package:
    return Package(
        stars=int(found["stars"]),
        credits=int(found["credits"]),
        monthly=found["how"] == "monthly",
    )


class Purchases(Protocol):
    """Payments on disk, and their credits in the books. Raises Transient."""

    async def add(self, purchase: Purchase) -> Purchase:
        """Write a payment down and credit it, once per charge. Gives what is written."""

    async def told(self, charge: str) -> None:
        """The person has been thanked."""

    async def refund(self, charge: str, now: datetime) -> Purchase | None:
        """Note that it was paid back, and take back the credits that are left of it, once; those
        reserved for pictures later, if nothing comes of these. Gives the payment as it is now;
        None if it is not known.
        """

    async def get(self, charge: str) -> Purchase | None: ...

    async def of(self, person: int, most: int) -> list[Purchase]:
        """The newest payments of a person."""

    async def any(self) -> bool:
        """Whether anything was ever sold."""
