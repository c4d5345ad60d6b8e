"""A ranking as a test asks for it, and its sums computed again."""

import math
from dataclasses import replace
from decimal import Decimal

from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.electricity.tariff import FlatTariff
from calculators.equipment.rigs import parse_rig
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import Rig, rig_of
from miner_agent.profit.whole_sum import sum_of
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from tests.quotes import NOON

COINS = load_coins()
NOWHERE = {ticker: replace(coin, known_heights=()) for ticker, coin in COINS.items()}
"""Chains of which nobody knows where they stand."""
HARDWARE = load_hardware()
BUILT_IN = Market(quotes=builtin_market())


def flat(price: str, currency: str = "USD") -> Prices:
    return Prices(tariff=FlatTariff(Money(Decimal(price), currency)), source="a test")


def rig(text: str) -> Rig:
    return rig_of(parse_rig(text, HARDWARE))


def ranking(
    market: Market = BUILT_IN, *, hardware: str = "6x rtx3080", prices: Prices | None = None, **given: object
) -> Ranking:
    conditions = Conditions(prices=prices or flat("0.1626"), **given.pop("conditions", {}))  # type: ignore[arg-type]
    now, coins = given.pop("now", NOON), given.pop("coins", COINS)
    return rank(Question(market=market, rig=rig(hardware), conditions=conditions, coins=coins, now=now, **given))  # type: ignore[arg-type]


def recomputed(terms: tuple[Term, ...]) -> dict[str, float]:
    """Every line of a sum, those with a formula computed from the lines above; each must come out as it stands."""
    values: dict[str, float] = {}
    for term in terms:
        value = float(term.value)
        if term.formula is not None:
            computed = eval(term.formula, {"__builtins__": {}}, values)
            assert math.isclose(computed, value, rel_tol=1e-9, abs_tol=1e-12), term
            value = computed
        else:
            assert term.source, term
        values[term.name] = value
    return values


def check_by_hand(found: Estimate) -> None:
    values = recomputed(sum_of(found))
    for name in ("profit_per_day", "revenue_per_day", "energy_cost_per_day", "break_even_price_per_kilowatt_hour"):
        told = getattr(found, name)
        if told is not None:
            assert math.isclose(values[name], float(told), rel_tol=1e-9), name
    if found.break_even_coin_price is not None:
        assert math.isclose(values["break_even_coin_price"], float(found.break_even_coin_price), rel_tol=1e-9)
    for part in found.parts:
        check_by_hand(part)
        assert math.isclose(float(part.revenue_per_day), recomputed(sum_of(part))["revenue_per_day"], rel_tol=1e-9)
