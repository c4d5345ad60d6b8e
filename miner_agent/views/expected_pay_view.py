"""What the rig should have earned beside what was paid, since the agent started: whether the sums are honest."""

from collections.abc import Sequence

import msgspec

from calculators.money import Money
from miner_agent.model.ledger_status import BookStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import NOT_SHOWN, Circumstances, Figure, MoneyFigure, figure, money_figure
from miner_agent.views.ledger_view import NOT_COUNTED_YET

NO_ESTIMATE = "what the mined coins bring is not known yet"
NO_BOOK = (
    "no book tells what was paid (books are looked at once a minute): name a pool under [[payouts]], or book it by "
    "`miner-agent payouts add`"
)
SEVERAL_CURRENCIES = "the books are in several currencies: the page Books tells each"
UNPRICED = "some of what was paid has no price yet: the page Books counts it"
NO_RATIO = "both have to be known, and in one currency"


class ExpectedPayView(msgspec.Struct, frozen=True, kw_only=True):
    """One currency, since the agent started. What is paid is behind by what a pool still holds."""

    expected: MoneyFigure
    paid: MoneyFigure
    paid_ratio: Figure


def expected_pay_view(snapshot: RigSnapshot, at: Circumstances) -> ExpectedPayView:
    """Both sums, in the currency of the estimate."""
    if not at.sees_money:
        hidden = MoneyFigure(value=None, reason=NOT_SHOWN)
        nothing = figure("paid_ratio", None, source=None, taken_at=None, at=at, reason=NOT_SHOWN)
        return ExpectedPayView(expected=hidden, paid=hidden, paid_ratio=nothing)
    agent, economy = snapshot.agent, snapshot.economy
    books = () if agent is None or agent.ledger is None else agent.ledger.books
    estimated = {} if economy is None else economy.revenue_estimated_total
    currency, amount = next(iter(estimated.items()), (None, None))
    expected = None if currency is None or amount is None else Money.estimated(amount, currency)
    of_books = [one for one in books if currency is None or one.currency == currency]
    paid = _paid(of_books)
    ratio = None
    if paid is not None and expected is not None and expected.amount > 0:
        ratio = float(paid.amount / expected.amount)
    return ExpectedPayView(
        expected=money_figure(expected, source="estimate", taken_at=snapshot.taken_at, at=at, reason=NO_ESTIMATE),
        paid=money_figure(paid, source="books", taken_at=snapshot.taken_at, at=at, reason=_why_no_sum(of_books)),
        paid_ratio=figure("paid_ratio", ratio, source="books", taken_at=snapshot.taken_at, at=at, reason=NO_RATIO),
    )


def _paid(books: Sequence[BookStatus]) -> Money | None:
    currencies = {one.currency for one in books}
    currency = next(iter(currencies), None)
    sums = [one.paid_value_since_start for one in books]
    if currency is None or len(currencies) > 1 or any(one is None for one in sums):
        return None
    return Money.estimated(sum(one for one in sums if one is not None), currency)


def _why_no_sum(books: Sequence[BookStatus]) -> str:
    if len({one.currency for one in books}) > 1:
        return SEVERAL_CURRENCIES
    if not books:
        return NO_BOOK
    return UNPRICED if any(one.unpriced for one in books) else NOT_COUNTED_YET
