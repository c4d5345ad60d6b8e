"""Every line of an estimate's sum, with those at which it stops paying."""

from collections.abc import Iterator

from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import NAME as OWN_RATIO
from calculators.earnings.sum_sheet import Term, identifier


def sum_of(found: Estimate) -> tuple[Term, ...]:
    """Every line of an estimate's sum in the order in which it can be done again, break-evens last."""
    return (*found.terms, *_break_evens(found))


def _break_evens(found: Estimate) -> Iterator[Term]:
    """How the prices and the difficulty at which it stops came about."""
    currency, spent = found.revenue_per_day.currency, "energy_cost_per_day + fixed_cost_per_day"
    if (price := found.break_even_price_per_kilowatt_hour) is not None:
        formula = "(revenue_per_day - fixed_cost_per_day) / kilowatt_hours_per_day"
        yield Term(name="break_even_price_per_kilowatt_hour", value=price, unit=f"{currency}/kWh", formula=formula)
    if found.parts:
        first = found.parts[0]
        of_one_coin = found.sides and found.break_even_coin_price is not None
        sold = sum(part.coins_per_day for part in found.parts) if of_one_coin else first.coins_per_day
        for name, value, unit in (
            ("coins_per_day", sold, f"{first.coin}/d"),
            ("exchange_fee_ratio", found.operation.exchange_fee_ratio, "1"),
        ):
            yield Term(name=name, value=value, unit=unit, source=f"sum of {first.coin}")
        if not found.sides:
            spent += f" - (revenue_per_day - revenue_{identifier(first.coin)}_per_day)"
    if (price := found.break_even_coin_price) is not None:
        formula = f"({spent}) / (coins_per_day * (1 - exchange_fee_ratio))"
        yield Term(name="break_even_coin_price", value=price, unit=f"{currency}/{found.coin}", formula=formula)
    by_difficulty = any(term.name == "difficulty" for term in found.terms)
    if by_difficulty and (difficulty := found.break_even_difficulty) is not None:
        coins = f"({spent}) / (price * (1 - exchange_fee_ratio)) + payout_fee_coins / days_between_payouts"
        ratio = f"coins_after_pool_per_day / ({coins})"
        if any(term.name == OWN_RATIO for term in found.terms):
            ratio = f"((1 + {OWN_RATIO}) * {ratio} - {OWN_RATIO})"
        formula = f"difficulty * {ratio}"
        yield Term(name="break_even_difficulty", value=difficulty, unit="1", formula=formula)
