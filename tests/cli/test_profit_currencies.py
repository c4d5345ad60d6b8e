"""Amounts of several currencies in one answer: each is converted at a dated rate, or refused with both named."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.money import Money
from miner_agent.config import loading
from miner_agent.posting.book_prices import prices_of_book
from miner_agent.profit.energy_cost import mean_price
from tests.cli.profit_asked import ECB, PRICE, RIG, answered, run, slots_of, written

pytestmark = pytest.mark.usefixtures("no_configuration")
USD_FOR_A_EURO, CZK_FOR_A_EURO = Decimal("1.1225"), Decimal("24.47")  # built in, of 2026-10-02
FILE = {"USD": Decimal("1.1610"), "CZK": Decimal("24.310")}  # of the file of rates
MORE = ("--watts", "1000")


def best(*arguments: str) -> Any:
    return answered("profit", *RIG, *MORE, *arguments)["ranking"][0]


def amount(found: dict[str, str]) -> Decimal:
    return Decimal(found["amount"])


def near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= abs(other) * Decimal("1e-9")


def config(tmp_path: Path, text: str) -> tuple[str, str]:
    return "--config", written(tmp_path, "money.toml", text)


def test_the_built_in_market_comes_in_another_currency_and_tells_how_old_its_rate_is() -> None:
    told = run("profit", *RIG, *PRICE, "--currency", "EUR").stdout
    found = answered("profit", *RIG, *PRICE, "--currency", "EUR")
    dollars = answered("profit", *RIG, *PRICE)

    assert "rates of exchange (EUR in USD) are of 2026-10-02" in told
    assert "built-in, European Central Bank" in told
    one, other = (amount(each["ranking"][0]["revenue_per_day"]) for each in (found, dollars))
    assert near(one * USD_FOR_A_EURO, other)


def test_a_fee_in_crowns_on_a_market_in_euros_is_a_fee_in_crowns(tmp_path: Path) -> None:
    written(tmp_path, "hours.csv", slots_of("EUR"))
    crowns = config(
        tmp_path,
        '[profit]\ncurrency = "CZK"\n[tariff]\nkind = "dynamic"\nfeed = "hours"\ngrid_fee_per_kilowatt_hour = "2.5"\n'
        'vat_ratio = "0.21"\n[[feeds]]\nfeed = "tariff_csv"\nname = "hours"\nfile = "hours.csv"\n',
    )
    found = best(*crowns, "--rates", ECB)

    assert found["energy_cost_per_day"]["currency"] == "CZK"
    assert near(
        amount(found["energy_cost_per_day"]), 24 * (Decimal("0.20") * FILE["CZK"] + Decimal("2.5")) * Decimal("1.21")
    )
    assert near(
        24 * (Decimal("0.20") * CZK_FOR_A_EURO + Decimal("2.5")) * Decimal("1.21"),
        amount(best(*crowns)["energy_cost_per_day"]),
    )


def test_a_fee_on_the_command_line_is_in_the_currency_of_the_answer(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("EUR"))
    found = best("--tariff", slots, "--currency", "CZK", "--grid-fee", "2.5", "--rates", ECB)

    assert near(amount(found["energy_cost_per_day"]), 24 * (Decimal("0.20") * FILE["CZK"] + Decimal("2.5")))


@pytest.mark.parametrize(
    "tariff",
    [
        'currency = "USD"\nprice_per_kilowatt_hour = "0.10"\n',
        'kind = "tiers"\ncurrency = "USD"\n[[tariff.tiers]]\nover_kilowatt_hours = "0"\nprice_per_kilowatt_hour = "0.10"\n',
        'kind = "time-of-use"\ncurrency = "USD"\n[[tariff.bands]]\nname = "x"\nprice_per_kilowatt_hour = "0.10"\n',
    ],
    ids=["flat", "tiers", "bands"],
)
def test_a_tariff_in_dollars_beside_costs_in_euros(tmp_path: Path, tariff: str) -> None:
    found = best(
        *config(tmp_path, f'[profit]\ncurrency = "EUR"\nfixed_cost_per_day = "3"\n[tariff]\n{tariff}'), "--rates", ECB
    )

    assert near(amount(found["energy_cost_per_day"]), Decimal("2.40") / FILE["USD"])
    assert amount(found["fixed_cost_per_day"]) == 3
    assert found["profit_per_day"]["currency"] == "EUR"
    assert near(amount(found["profit_per_day"]), amount(found["revenue_per_day"]) - Decimal("2.40") / FILE["USD"] - 3)


def test_the_currency_that_is_asked_for_converts_what_is_configured(tmp_path: Path) -> None:
    text = '[profit]\ncurrency = "EUR"\nfixed_cost_per_day = "3"\n[tariff]\nprice_per_kilowatt_hour = "0.10"\n'
    found = best(*config(tmp_path, text), "--currency", "USD", "--rates", ECB)

    assert near(amount(found["energy_cost_per_day"]), Decimal("2.40") * FILE["USD"])
    assert near(amount(found["fixed_cost_per_day"]), 3 * FILE["USD"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[profit]\ncurrency = "USD"\n[tariff]\ncurrency = "XDR"\nprice_per_kilowatt_hour = "0.1"\n',
            "[tariff]: the price of energy is in XDR, money is asked for in USD: no rates lead",
        ),
        (
            '[profit]\ncurrency = "XDR"\nfixed_cost_per_day = "1"\n[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "1"\n',
            "the fixed cost of a day is in XDR, money is asked for in USD: no rates lead",
        ),
    ],
)
def test_what_no_rate_leads_from_is_refused_with_both_currencies(tmp_path: Path, text: str, sentence: str) -> None:
    result = run("profit", *RIG, *config(tmp_path, text), "--currency", "USD")

    assert result.exit_code == 69
    assert sentence in result.stderr


def test_nothing_is_nothing_in_any_currency(tmp_path: Path) -> None:
    text = '[profit]\ncurrency = "XDR"\nfixed_cost_per_day = "0"\n[tariff]\ncurrency = "USD"\nprice_per_kilowatt_hour = "0.1"\n'

    assert amount(best(*config(tmp_path, text), "--currency", "USD")["fixed_cost_per_day"]) == 0


def test_a_tariff_is_shown_in_the_currency_that_is_asked_for(tmp_path: Path) -> None:
    slots = written(tmp_path, "slots.csv", slots_of("EUR"))
    found = answered("tariff", "show", "--tariff", slots, "--currency", "CZK", "--grid-fee", "2.5")

    assert found["currency"] == "CZK"
    assert near(amount(found["mean_price_per_kilowatt_hour"]), Decimal("0.20") * CZK_FOR_A_EURO + Decimal("2.5"))


def test_every_answer_takes_the_rates_of_a_file_of_ones_own_among_the_feeds(tmp_path: Path) -> None:
    written(
        tmp_path,
        "own.toml",
        f'[[quotes]]\ncoin = "RVN"\ndifficulty = 60000\nblock_reward_coins = 1250\nprice = "0.02"\ncurrency = "USD"\n'
        f'[[rates]]\ndate = {datetime.now(UTC):%Y-%m-%d}\nfrom = "EUR"\nto = "USD"\nrate = "1.25"\n',
    )
    text = (
        f'[agent]\nstate_directory = "{tmp_path / "state"}"\n[profit]\ncurrency = "USD"\n[tariff]\ncurrency = "EUR"\n'
        'price_per_kilowatt_hour = "0.30"\n[[feeds]]\nfeed = "file"\nname = "own"\nfile = "own.toml"\n'
    )
    configured = config(tmp_path, text)
    loaded = loading.load([Path(configured[1])], environment={}, known_drivers=())
    now = datetime.now(UTC)
    of_the_book = prices_of_book(loaded, "USD", state_directory=tmp_path, now=now)

    assert amount(best(*configured)["energy_cost_per_day"]) == 24 * Decimal("0.375")
    assert amount(answered("tariff", "show", *configured)["mean_price_per_kilowatt_hour"]) == Decimal("0.375")
    assert mean_price(of_the_book, power_watts=1000, now=now) == Money(Decimal("0.375"), "USD")
