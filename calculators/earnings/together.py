"""What several devices mine at the same time, or the same ones by two algorithms, as one estimate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from calculators.chain.confidence import findings_of, judged, of_all
from calculators.earnings import break_even
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Sheet
from calculators.money import Money
from calculators.units import HOURS_PER_DAY, WATTS_PER_KILOWATT


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStill:
    """What is paid for devices that mine nothing meanwhile: their part of the host and of what is fixed."""

    power_watts: float
    energy_cost_per_day: Money
    fixed_cost_per_day: Money


def together(sides: Sequence[Estimate], *, devices: str, standing_still: StandingStill | None = None) -> Estimate:
    """All that is mined at the same time, added up: what each brings and costs is its own.

    The side that brings most lends its coin, hashrate and price. The price of a coin at which all of it stops is told
    where all of it mines that one.

    Args:
        sides: what is mined; of two algorithms on one device the power stands in one of them.
        devices: what mines it all.
        standing_still: what is paid for the rest.

    Raises:
        ValueError: there is nothing to add, or money is in several currencies.

    >>> from datetime import UTC, datetime
    >>> from calculators.chain.quote import Quote
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> card = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                 energy_cost_per_day=Money(Decimal("2.40"), "USD"))
    >>> both = together([card, card], devices="two cards")
    >>> str(both.profit_per_day.amount), both.operation.power_watts, both.chains
    ('15.20', 2000, ('ETC',))
    >>> str(both.break_even_coin_price) == str(card.break_even_coin_price) == "2.4 USD"
    True
    """
    if not sides:
        raise ValueError("nothing is mined that could be added up")
    first = max(sides, key=lambda side: side.revenue_per_day.amount)
    currency = first.revenue_per_day.currency
    sheet = Sheet(currency=currency)
    numbered = list(enumerate(sides, start=1))

    def total(name: str) -> Money:
        """One amount of every side, with its line."""
        amounts, lines = [], []
        for number, side in numbered:
            lines.append(f"{name}_{number}")
            amounts.append(getattr(side, name))
            sheet.given(lines[-1], amounts[-1], f"{currency}/d", _sum_of(side), side.oldest_taken_at)
        if standing_still is not None and name != "revenue_per_day":
            lines.append(f"{name}_of_the_rest")
            amounts.append(getattr(standing_still, name))
            sheet.given(lines[-1], amounts[-1], f"{currency}/d", "what stands still")
        return sheet.computed_money(name, sum(amounts, Money(Decimal(0), currency)), " + ".join(lines))

    revenue = total("revenue_per_day")
    power_watts = _power(sheet, sides, standing_still)
    energy, fixed = total("energy_cost_per_day"), total("fixed_cost_per_day")
    profit = sheet.computed_money(
        "profit_per_day", revenue - energy - fixed, "revenue_per_day - energy_cost_per_day - fixed_cost_per_day"
    )
    parts = tuple(part for side in sides for part in side.parts or (side,))
    return replace(
        first,
        algorithm="+".join(dict.fromkeys(side.algorithm for side in sides)),
        operation=replace(first.operation, power_watts=power_watts),
        revenue_per_day=revenue,
        energy_cost_per_day=energy,
        fixed_cost_per_day=fixed,
        profit_per_day=profit,
        break_even_price_per_kilowatt_hour=break_even.energy_price(earned=revenue - fixed, power_watts=power_watts),
        break_even_coin_price=_coin_price(parts, energy + fixed),
        break_even_difficulty=None,
        break_even_difficulty_ratio=None,
        cost_per_coin=None,
        confidence=of_all(
            judged([finding for side in sides for finding in findings_of(side.confidence)]),
            [side.confidence for side in sides],
        ),
        terms=tuple(sheet.terms),
        parts=parts,
        sides=tuple(sides),
        devices=devices,
    )


def _coin_price(parts: Sequence[Estimate], cost: Money) -> Money | None:
    """At which one coin pays all of it; ``None``: there are several, or they are not sold alike."""
    sold = {(part.coin, part.operation.exchange_fee_ratio) for part in parts}
    if len(sold) > 1:
        return None
    coins = sum(part.coins_per_day for part in parts)
    return break_even.coin_price(cost=cost, coins=coins, exchange_fee_ratio=parts[0].operation.exchange_fee_ratio)


def _power(sheet: Sheet, sides: Sequence[Estimate], standing_still: StandingStill | None) -> float:
    lines = []
    for number, side in enumerate(sides, start=1):
        lines.append(f"power_watts_{number}")
        sheet.given(lines[-1], side.operation.power_watts, "W", _sum_of(side))
    watts = sum(side.operation.power_watts for side in sides)
    if standing_still is not None:
        lines.append("power_watts_of_the_rest")
        sheet.given(lines[-1], standing_still.power_watts, "W", "what stands still")
        watts += standing_still.power_watts
    sheet.computed("power_watts", watts, "W", " + ".join(lines))
    sheet.computed(
        "kilowatt_hours_per_day",
        watts / WATTS_PER_KILOWATT * HOURS_PER_DAY,
        "kWh/d",
        f"power_watts / {WATTS_PER_KILOWATT} * {HOURS_PER_DAY}",
    )
    return watts


def _sum_of(side: Estimate) -> str:
    return f"sum of {'+'.join(side.chains)} on {side.devices or side.algorithm}"
