"""Telegram Stars: what is for sale, who is asked, and every Star that went over. State, no I/O."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from bot.sandbox.refusals import OLD_QUERY, Json, bad_request

CHECKOUT_SECONDS = 10.0
FIRST_BALANCE = 1_000
PERIOD = 2_592_000  # 30 days, the only period there is

Place = tuple[int, int]  # chat id, message id


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Something to pay for; `period` in seconds is that of a subscription, else 0."""

    title: str
    description: str
    payload: str
    amount: int
    period: int = 0
    start_parameter: str = ""

    @property
    def json(self) -> Json:
        """The `Invoice` object, which does not tell the payload."""
        shown = {"title": self.title, "description": self.description}
        price = {"currency": "XTR", "total_amount": self.amount}
        return {**shown, "start_parameter": self.start_parameter, **price}


@dataclass(slots=True, kw_only=True)
class Checkout:
    """Somebody pays and the bot is asked whether they may.

    `outcome` is "" while the bot may answer, then "paid" or a code of Telegram's in capitals;
    `words` are the bot's when it refused.
    """

    id: str
    at: float
    person_id: int
    invoice: Invoice
    place: Place | None
    outcome: str = ""
    words: str = ""
    charge_id: str = ""


@dataclass(slots=True, kw_only=True)
class Charge:
    """One payment that was made."""

    id: str
    person_id: int
    invoice: Invoice
    refunded: bool = False


@dataclass(slots=True, kw_only=True)
class Subscription:
    """What somebody pays for every 30 days until it is cancelled."""

    person_id: int
    invoice: Invoice
    until: int
    canceled: bool = False


@dataclass(slots=True)
class Stars:
    """All of it. `shown` are the invoices of messages, `links` those of links by slug, `paid`
    says who paid which message; subscriptions go by the id of their first charge.
    """

    checkout_seconds: float = CHECKOUT_SECONDS
    first_balance: int = FIRST_BALANCE
    balances: dict[int, int] = field(default_factory=dict)
    shown: dict[Place, Invoice] = field(default_factory=dict)
    links: dict[str, Invoice] = field(default_factory=dict)
    paid: set[tuple[Place, int]] = field(default_factory=set)
    checkouts: dict[str, Checkout] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    transactions: list[Json] = field(default_factory=list)

    def balance(self, person_id: int) -> int:
        """How many Stars a person has."""
        return self.balances.get(person_id, self.first_balance)

    @property
    def earned(self) -> int:
        """How many Stars the bot has."""
        return sum(one["amount"] * (1 if "source" in one else -1) for one in self.transactions)

    def link(self, invoice: Invoice) -> str:
        """A new link to pay by."""
        slug = secrets.token_urlsafe(16)
        self.links[slug] = invoice
        return f"https://t.me/${slug}"

    def follow(self, original: Json, copied: Json) -> None:
        """A forwarded invoice is paid like the one it was made from."""
        invoice = self.shown.get(place_of(original))
        if invoice is not None and "invoice" in copied:
            self.shown[place_of(copied)] = invoice

    def checkout_to_answer(self, query_id: str, now: float) -> Checkout:
        """The pre-checkout query; ApiError when it is unknown, answered or too old."""
        checkout = self.checkouts.get(query_id)
        if checkout is None or checkout.outcome or now - checkout.at > self.checkout_seconds:
            raise bad_request(OLD_QUERY)
        return checkout

    def take(self, user: Json, invoice: Invoice, now: int) -> Charge:
        """The price goes from the person to the bot."""
        charge_id = f"stx{secrets.token_urlsafe(84)}"
        charge = Charge(id=charge_id, person_id=user["id"], invoice=invoice)
        self.charges[charge.id] = charge
        self.balances[user["id"]] = self.balance(user["id"]) - invoice.amount
        self._note(charge, "source", user, now)
        return charge

    def give_back(self, charge: Charge, user: Json, now: int) -> None:
        """And back again."""
        charge.refunded = True
        self.balances[user["id"]] = self.balance(user["id"]) + charge.invoice.amount
        self._note(charge, "receiver", user, now)

    def _note(self, charge: Charge, side: str, user: Json, now: int) -> None:
        invoice = charge.invoice
        partner: Json = {"type": "user", "transaction_type": "invoice_payment", "user": user}
        partner["invoice_payload"] = invoice.payload
        partner |= {"subscription_period": invoice.period} if invoice.period else {}
        moved = {"id": charge.id, "amount": invoice.amount, "date": now, side: partner}
        self.transactions.append(moved)


def place_of(message: Json) -> Place:
    """Where a message is."""
    return message["chat"]["id"], message["message_id"]
