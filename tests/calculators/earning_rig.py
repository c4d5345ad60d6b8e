"""A rig whose estimates are tried, and a sum of an estimate worked out anew."""

from datetime import timedelta
from typing import Any

from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.exchange import Rate, Rates
from calculators.money import Money
from tests.quotes import NOON, quote, usd

RIG = Operation(
    hashes_per_second=600e6,
    power_watts=1320,
    uptime_ratio=0.98,
    dev_fee_ratio=0.01,
    stale_ratio=0.015,
    rejected_ratio=0.002,
    pool_scheme="pps+",
    pool_fee_ratio=0.02,
    orphan_ratio=0.01,
    payout_fee_coins=0.002,
    days_between_payouts=4,
    exchange_fee_ratio=0.003,
)
PLAIN_RIG = Operation(hashes_per_second=600e6, power_watts=1320)
ENERGY = usd("5.151168")  # 31.68 kWh at 16.26 ct
RATES = Rates(
    [
        Rate(currency="BTC", worth=usd(85_218), taken_at=NOON - timedelta(minutes=4), source="coingecko"),
        Rate(currency="EUR", worth=usd("1.1742"), taken_at=NOON - timedelta(days=1), source="ecb"),
    ]
)


def earn(*quotes: Quote, operation: Operation = RIG, energy: Money = ENERGY, **more: Any) -> Estimate:
    return estimate(quotes=quotes or (quote(),), operation=operation, energy_cost_per_day=energy, now=NOON, **more)


def number(value: float | Money) -> float:
    return float(value)


def recalculated(found: Estimate) -> dict[str, float]:
    """Every line of the sum by name, those with a formula worked out anew from the lines above."""
    lines: dict[str, float] = {}
    for term in found.terms:
        lines[term.name] = number(term.value) if term.formula is None else eval(term.formula, {}, dict(lines))
    return lines
