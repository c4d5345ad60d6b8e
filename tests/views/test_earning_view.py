"""What a day leaves, between what it may come out, and to whom it is shown."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from calculators.money import Money
from miner_agent.model.finances import Candidate, Economy, Present, TariffSeen
from miner_agent.model.ledger_status import BookStatus, LedgerStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import AgentStatus
from miner_agent.views.earning_view import NO_ECONOMY, earning_view
from miner_agent.views.expected_pay_view import NO_BOOK, SEVERAL_CURRENCIES, UNPRICED, expected_pay_view
from miner_agent.views.figures import NOT_SHOWN, Circumstances, MoneyFigure
from miner_agent.views.ledger_view import NOT_COUNTED_YET
from tests.log_ticks import START, tick

OWNER = Circumstances(taken_at=START, sees_money=True)
GUEST = Circumstances(taken_at=START)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def candidate(part: str, coin: str, profit: str, *, mined: bool, stray: str | None = "2") -> Candidate:
    return Candidate(
        part=part,
        coin=coin,
        algorithm="any",
        revenue_per_day=euro("9"),
        profit_per_day=euro(profit),
        selected=mined,
        profit_p5_per_day=None if stray is None else euro(profit) - euro(stray),
        profit_p95_per_day=None if stray is None else euro(profit) + euro(stray),
        why_unclear="best on 77 % of the paths, not on 95 %",
    )


MINED = (candidate("a", "RVN", "3", mined=True), candidate("b", "ETC", "1", mined=True))
ECONOMY = Economy(
    computed_at=START - timedelta(seconds=50),
    present=Present(
        power_watts=1000.0,
        power_source="meter",
        revenue_per_day=euro("9.5"),
        energy_cost_per_day=euro("5"),
        break_even_price_per_kilowatt_hour=euro("0.39"),
    ),
    tariff=TariffSeen(
        tariff="fixed", currency="EUR", import_price=euro("0.21"), slot_end_at=None, forecast_end_at=None
    ),
    candidates=(*MINED, candidate("b", "RVN", "1.5", mined=False), candidate("a", "ETC", "3.1", mined=False)),
    revenue_estimated_total={"EUR": 4.0},
)


def rig(economy: Economy | None = ECONOMY) -> RigSnapshot:
    return replace(tick(0), economy=economy)


def amount(figure: MoneyFigure) -> str | None:
    return None if figure.value is None else figure.value.amount


def test_the_day_of_the_rig_is_told_with_its_range() -> None:
    view = earning_view(rig(), OWNER)

    assert [amount(one) for one in (view.net_per_day, view.net_p5_per_day, view.net_p95_per_day)] == [
        "4.5",
        "0.5",
        "8.5",
    ]
    assert (view.net_per_day.source, view.net_per_day.taken_at) == ("estimate", ECONOMY.computed_at)
    assert (amount(view.energy_price_per_kilowatt_hour), view.energy_price_per_kilowatt_hour.source) == (
        "0.21",
        "fixed",
    )


def test_energy_in_another_currency_is_taken_from_nothing() -> None:
    abroad = replace(ECONOMY, present=replace(ECONOMY.present, energy_cost_per_day=Money(Decimal(5), "USD")))
    view = earning_view(rig(abroad), OWNER)
    assert (view.net_per_day.value, view.net_p5_per_day.value, amount(view.revenue_per_day)) == (None, None, "9.5")


def test_the_coin_that_would_leave_most_more_is_told_and_that_it_is_not_sure() -> None:
    best = earning_view(rig(), OWNER).best

    assert best is not None
    assert (best.part, best.coin, amount(best.more_per_day)) == ("b", "RVN", "0.5")
    assert best.why_unclear == "best on 77 % of the paths, not on 95 %"
    assert earning_view(rig(replace(ECONOMY, candidates=MINED)), OWNER).best is None


def test_no_range_is_made_up_where_one_part_has_none() -> None:
    economy = replace(ECONOMY, candidates=(MINED[0], candidate("b", "ETC", "1", mined=True, stray=None)))

    assert earning_view(rig(economy), OWNER).net_p5_per_day.value is None


def test_who_may_not_see_money_sees_none_of_it() -> None:
    view = earning_view(rig(), GUEST)
    figures = [getattr(view, name) for name in view.__struct_fields__]

    assert {one.reason for one in figures if isinstance(one, MoneyFigure)} == {NOT_SHOWN}
    assert view.best is None
    assert expected_pay_view(rig(), GUEST).expected.reason == NOT_SHOWN


def test_without_a_tariff_the_page_says_where_it_comes_from() -> None:
    assert earning_view(rig(None), OWNER).net_per_day.reason == NO_ECONOMY


def test_what_was_paid_stands_beside_what_was_to_be_earned() -> None:
    book = BookStatus(
        book="home", entries=3, head_known=True, unpriced=0, open_items=0, currency="EUR", paid_value_since_start=3.0
    )

    def paid(*books: BookStatus) -> RigSnapshot:
        status = AgentStatus(version="1", python_version="3", config_loaded_at=START, ledger=LedgerStatus(books=books))
        return replace(rig(), agent=status)

    view = expected_pay_view(paid(book), OWNER)
    assert (amount(view.expected), amount(view.paid), view.paid_ratio.value) == ("4", "3", 0.75)
    unpriced = replace(book, unpriced=1, paid_value_since_start=None)
    assert expected_pay_view(paid(unpriced), OWNER).paid.reason == UNPRICED
    uncounted = replace(book, paid_value_since_start=None)
    assert expected_pay_view(paid(uncounted), OWNER).paid.reason == NOT_COUNTED_YET
    assert expected_pay_view(paid(replace(book, currency="USD")), OWNER).paid.reason == NO_BOOK
    assert expected_pay_view(paid(book), GUEST).paid_ratio.value is None
    abroad = replace(book, book="abroad", currency="USD")
    unestimated = expected_pay_view(replace(paid(book, abroad), economy=None), OWNER)
    assert (unestimated.paid.value, unestimated.paid.reason) == (None, SEVERAL_CURRENCIES)
    assert amount(expected_pay_view(replace(paid(book, book), economy=None), OWNER).paid) == "6"
