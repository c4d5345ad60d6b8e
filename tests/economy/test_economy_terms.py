"""What the daemon makes of amounts in several currencies, of coins that nobody knows, and of a host that draws on."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.exchange import Rate
from calculators.money import Money
from miner_agent import drivers
from miner_agent.config import loading
from miner_agent.config.entries import FeedEntry
from miner_agent.economy.advice import Adviser
from miner_agent.economy.messages import Return
from miner_agent.economy.settings import Settings
from miner_agent.economy.sums import Summed, sum_up
from miner_agent.market.feed import FeedReading, PriceSlot
from tests.log_ticks import device, miner_work, tick
from tests.quotes import NOON, PLAIN

CROWNS = Rate(currency="EUR", worth=Money(Decimal(25), "CZK"), taken_at=NOON, source="ecb")
DOLLARS = Rate(currency="EUR", worth=Money(Decimal("1.25"), "USD"), taken_at=NOON, source="ecb")
HOUR = timedelta(hours=1)
Ask = Callable[..., Summed]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    def summed(text: str, *rates: Rate) -> Summed:
        path = tmp_path / "config.toml"
        path.write_text(text)
        known = Settings.of(loading.load([path], environment={}, known_drivers=drivers.names()))
        said = Return(name="market", reading=FeedReading(quotes=(PLAIN,), rates=rates), taken_at=NOON)
        works = [miner_work("cards", "etchash", hashes_per_second=600e6, coin="ETC")]
        snapshot = tick(0, [device("GPU-a", power_watts=900.0)], works, start=NOON)
        return sum_up(known, [(FeedEntry(feed="file", name="market", place=""), said)], snapshot, now=NOON)

    return summed


MIXED = (
    '[profit]\ncurrency = "CZK"\nfixed_cost_per_day = "10"\n[power]\npsu = "none"\n'
    '[tariff]\ncurrency = "EUR"\nprice_per_kilowatt_hour = "0.20"\n'
)


def test_each_amount_is_brought_into_the_currency_of_the_answer(ask: Ask) -> None:
    found = ask(MIXED, CROWNS, DOLLARS).economy

    (etc,) = found.candidates
    assert found.tariff is not None
    assert found.tariff.import_price == Money(Decimal("5.00"), "CZK")
    spent = Decimal("0.9") * 24 * Decimal("0.20") * 25 + 10
    assert etc.profit_per_day.currency == "CZK"
    assert abs((etc.revenue_per_day - etc.profit_per_day).amount - spent) < Decimal("1e-9")


def test_the_log_keeps_what_energy_is_paid_as_not_what_it_is_worth_less_its_heat(ask: Ask) -> None:
    """Bills and books go by it; three quarters of the heat save gas at 0.12 in a boiler of 0.9: 0.10 a kilowatt-hour."""
    tariff = '[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "0.30"\n'
    heat = '[site]\nheat_useful_ratio = 0.75\nheat_price_per_kilowatt_hour = "0.12"\nheater_efficiency = 0.9\n'
    found = ask(tariff + heat).economy

    assert found.tariff is not None
    assert found.tariff.import_price == Money(Decimal("0.20"), "USD")
    assert [note.price_per_kilowatt_hour for note in found.market_notes] == [Money(Decimal("0.30"), "USD")]


def test_fees_of_hours_come_on_top_of_a_feeds_prices_each_in_its_currency(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[profit]\ncurrency = "CZK"\n[power]\npsu = "none"\n[tariff]\nkind = "dynamic"\nfeed = "spot"\ncurrency = "CZK"\n'
        'zone = "Europe/Prague"\ngrid_fee_per_kilowatt_hour = "1"\nvat_ratio = "0.20"\n'
        '[[tariff.bands]]\nname = "day"\nprice_per_kilowatt_hour = "2"\nstart = "06:00"\nend = "22:00"\n'
        '[[feeds]]\nfeed = "energy_charts"\nname = "spot"\n'
    )
    known = Settings.of(loading.load([path], environment={}, known_drivers=drivers.names()))
    (spot,) = known.loaded.feeds
    first = NOON - timedelta(hours=12)
    hours = tuple(
        PriceSlot(first + hour * HOUR, first + (hour + 1) * HOUR, Money(Decimal("0.10"), "EUR")) for hour in range(48)
    )
    returns = [
        (spot, Return(name="spot", reading=FeedReading(slots=hours), taken_at=NOON)),
        (
            FeedEntry(feed="file", name="market", place=""),
            Return(name="market", reading=FeedReading(quotes=(PLAIN,), rates=(CROWNS, DOLLARS)), taken_at=NOON),
        ),
    ]
    works = [miner_work("cards", "etchash", hashes_per_second=600e6, coin="ETC")]
    snapshot = tick(0, [device("GPU-a", power_watts=900.0)], works, start=NOON)

    found = sum_up(known, returns, snapshot, now=NOON)

    assert found.problems == ()
    assert found.economy.tariff is not None
    assert found.economy.tariff.import_price == Money(Decimal("6.60"), "CZK")  # (2.50 + 1 + 2) * 1.20
    (etc,) = found.economy.candidates
    mean = (Decimal("2.5") + 1 + 2 * Decimal(16) / 24) * Decimal("1.2")
    assert abs((etc.revenue_per_day - etc.profit_per_day).amount - Decimal("0.9") * 24 * mean) < Decimal("1e-6")


def test_what_no_rate_leads_from_is_no_money_and_a_sentence_with_both_currencies(ask: Ask) -> None:
    found = ask(MIXED, DOLLARS)

    assert found.economy.candidates == ()
    assert found.economy.tariff is None
    (problem,) = found.problems
    assert problem.startswith("[tariff]: the price of energy is in EUR, money is asked for in CZK: no rate")


def test_a_coin_that_nobody_knows_is_said(ask: Ask) -> None:
    flat = '[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "0.20"\n'

    assert ask(f'[profit]\ncoins = ["ETC"]\n{flat}').problems == ()
    assert ask(f'[profit]\ncoins = ["ETC", "XXX"]\n{flat}').problems == (
        "[profit] coins: XXX is in no table of coins, and no feed tells of it",
    )


def test_what_pays_for_more_than_the_host_that_draws_on_is_not_advised_against(ask: Ask) -> None:
    def advised(price: str, host_watts: int, site: str = "") -> str | None:
        power = f'[power]\npsu = "none"\nhost_watts = {host_watts}\n'
        found = ask(f'{power}{site}[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "{price}"\n')
        (mined,) = found.mined.values()
        assert mined.profit_per_day.amount < 0
        (note,) = Adviser().follow(found, now=NOON)
        return note.after

    assert advised("0.01", 3000) == "ETC"  # the card alone costs less than it earns
    assert advised("0.1", 3000) is None
    assert advised("0.1", 0) is None
    assert advised("0.01", 3000, '[site]\ndemand_charge_per_kilowatt_per_month = "9"\n') is None  # owed by who runs
