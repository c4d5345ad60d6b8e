"""Which coins came, left and moved by each event."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from calculators.books.exact import EXACT
from calculators.books.movements import Disposal, DisposalKind, Move, Movement, Receipt, ReceiptKind
from calculators.local_time import instant
from miner_agent.model.book.events import (
    ARRIVED,
    Event,
    Fee,
    Gift,
    Loss,
    OpeningLot,
    OtherIncome,
    Payout,
    PoolCredit,
    Purchase,
    Sale,
    Spend,
    Swap,
    Transfer,
    ValuedEvent,
)

_RECEIVED: Mapping[type[Event], ReceiptKind] = {
    Payout: "mining",
    PoolCredit: "mining",
    OtherIncome: "other_income",
    OpeningLot: "opening",
}
_GIVEN: Mapping[type[Event], DisposalKind] = {Fee: "fee", Spend: "spend", Gift: "gift", Loss: "loss"}


def movements_of(events: Iterable[Event]) -> Iterator[Movement]:
    """Of all events, in their order."""
    for event in events:
        if type(event) is Payout:  # nearly all are
            yield _receipt(event, "mining", event.value)
            continue
        match event:
            case Transfer():
                yield Move(
                    id=event.id,
                    at=instant(event.time),
                    wallet=event.wallet,
                    to_wallet=event.to_wallet,
                    asset=event.asset,
                    amount=event.amount,
                )
            case ValuedEvent() if counts(event):
                yield from _valued(event)
            case _:
                pass


def counts(event: ValuedEvent) -> bool:
    """Whether its coins are in the books: what a pool owes is, where that is what is recognised."""
    return not isinstance(event, PoolCredit) or event.recognised


def _valued(event: ValuedEvent) -> Iterator[Movement]:
    match event:
        case Purchase():
            yield _receipt(event, "purchase", _with(event.value, event.fee_fiat))
        case Sale():
            yield _disposal(event, "sale", _without(event.value, event.fee_fiat))
        case Swap():
            yield _disposal(event, "swap_out", _without(event.value, event.fee_fiat))
            yield Receipt(
                id=f"{event.id}{ARRIVED}",
                at=instant(event.time),
                wallet=event.to_wallet or event.wallet,
                asset=event.to_asset,
                amount=event.to_amount,
                basis=event.value,
                kind="swap_in",
            )
        case _ if type(event) in _GIVEN:
            yield _disposal(event, _GIVEN[type(event)], event.value)
        case _:
            yield _receipt(event, _RECEIVED[type(event)], event.value)


def _with(value: Decimal | None, fee: Decimal) -> Decimal | None:
    return None if value is None else EXACT.add(value, fee)


def _without(value: Decimal | None, fee: Decimal) -> Decimal | None:
    return None if value is None else EXACT.subtract(value, fee)


def _receipt(event: ValuedEvent, kind: ReceiptKind, basis: Decimal | None) -> Receipt:
    return Receipt(
        id=event.id,
        at=instant(event.time),
        wallet=event.wallet,
        asset=event.asset,
        amount=event.amount,
        basis=basis,
        kind=kind,
    )


def _disposal(event: ValuedEvent, kind: DisposalKind, proceeds: Decimal | None) -> Disposal:
    return Disposal(
        id=event.id,
        at=instant(event.time),
        wallet=event.wallet,
        asset=event.asset,
        amount=event.amount,
        proceeds=proceeds,
        kind=kind,
    )
