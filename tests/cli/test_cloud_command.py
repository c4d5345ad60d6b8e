"""`miner-agent cloud`, every figure worked out by hand. The market's figures are invented."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.profit_asked import FRESH, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
HASHES = 2**48 / 65535
"""Of one unit of Bitcoin's difficulty, as nodes write it."""
NETWORK = 1.5e14 * HASHES / 600
"""[H/s]"""
PAID = 200e12 / (NETWORK + 200e12) * 144 * 3.125 * 90_000
"""What the network pays 200 TH/s in a day, before any fee. [USD]"""
KEPT = PAID * (1 - 0.2)
DAYS = 50
BITCOIN = ("cloud", "--coin", "BTC", "--hashrate", "200T", "--days", str(DAYS), "--pool-fee", "20%")


def asked(tmp_path: Path, *more: str) -> Any:
    head = "coin,difficulty,hashes_per_difficulty,block_reward_coins,price,currency,taken_at,height\n"
    market = written(tmp_path, "market.csv", f"{head}BTC,1.5e14,{HASHES},3.125,90000,USD,{FRESH},900000\n")
    return answered(*BITCOIN, "--market", market, *more)


def amount(money: dict[str, str]) -> float:
    return float(Decimal(money["amount"]))


def test_a_contract_pays_what_the_pool_leaves(tmp_path: Path) -> None:
    found = asked(tmp_path, "--price", "100", "--fee-per-day", "2", "--promised-per-day", "30")
    left = KEPT - 2

    assert left > 0
    assert amount(found["network_pay_per_day"]) == pytest.approx(PAID)
    assert amount(found["after_pool_fee_per_day"]) == pytest.approx(KEPT)
    assert found["static_break_even_days"] == pytest.approx(100 / left)
    assert amount(found["static_net_revenue"]) == pytest.approx(DAYS * left - 100)
    assert amount(found["received"]) == pytest.approx(DAYS * left)
    assert amount(found["net_revenue"]) == pytest.approx(DAYS * left - 100)
    assert found["coins_received"] == pytest.approx(DAYS * left / 90_000)
    assert found["coins_bought_instead"] == pytest.approx(100 / 90_000)
    assert found["promise_over_pay"] == pytest.approx(30 / PAID)


def test_rented_hashrate_pays_the_fee_of_the_pool_once(tmp_path: Path) -> None:
    order = ("--rent-per-day", "5", "--market-fee", "3%", "--order-fee", "1", "--rejected", "2%")
    found = asked(tmp_path, *order)
    kept = PAID * 0.8 * 0.98

    assert amount(found["network_pay_per_day"]) == pytest.approx(PAID)
    assert amount(found["edge"]) == pytest.approx(DAYS * (kept - 5 * 1.03) - 1)
    assert amount(found["break_even_price_per_day"]) == pytest.approx((kept - 1 / DAYS) / 1.03)


def test_a_row_of_csv_is_a_figure_with_its_unit(tmp_path: Path) -> None:
    contract = ("--price", "100", "--fee-per-day", "2")
    document = asked(tmp_path, *contract)
    table = run(*BITCOIN, *contract, "--market", str(tmp_path / "market.csv"), "--csv").stdout
    rows = {row["figure"]: row for row in csv.DictReader(table.splitlines())}

    assert (rows["received"]["value"], rows["received"]["unit"]) == tuple(document["received"].values())
    assert float(rows["static_break_even_days"]["value"]) == pytest.approx(document["static_break_even_days"])
    assert rows["static_break_even_days"]["unit"] == "d"
    assert (rows["ended_by_clause"]["value"], rows["coins_received"]["unit"]) == ("0", "BTC")
