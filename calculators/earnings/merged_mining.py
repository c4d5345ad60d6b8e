"""Chains that one hashrate mines together, as one estimate.

Source: https://en.bitcoin.it/wiki/Merged_mining_specification.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from calculators.chain.coin import Coin
from calculators.chain.confidence import LEVELS, Confidence, Finding, Level, findings_of, judged, of_all
from calculators.earnings import break_even
from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.sum_sheet import Sheet, add_profit, energy_terms, identifier
from calculators.money import Money

SMALL_PART = 0.05
"""Of the revenue of merged mining: a chain that brings less cannot make the whole doubtful."""


def merged(parts: Sequence[Estimate]) -> Estimate:
    """Chains that one hashrate mines together: every chain's revenue, and the power once.

    A refused chain beside the first is left out, with the reason; where the first is refused, all are.

    Args:
        parts: estimates of the chains on the same hashrate and at the same cost, the one first whose work the others
            take.

    Raises:
        ValueError: there are no parts, or they differ in algorithm, hashrate, power, cost or currency, or name a coin
            twice.

    One coin of each a day, and the energy once:

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.chain.quote import Quote
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.money import Money
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> def mined(coin: str, price: int) -> Estimate:
    ...     quote = Quote(coin=coin, algorithm="scrypt", source="file", taken_at=noon, difficulty=864e6,
    ...                   hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(price), "USD"))
    ...     return estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                     energy_cost_per_day=Money(Decimal(3), "USD"))
    >>> both = merged([mined("LTC", 10), mined("DOGE", 5)])
    >>> print(both.revenue_per_day, both.energy_cost_per_day, both.profit_per_day, both.chains)
    15 USD 3 USD 12 USD ('LTC', 'DOGE')
    """
    _one_operation(parts)
    first = parts[0]
    kept = (first, *(part for part in parts[1:] if part.confidence.level != "refused"))
    currency = first.revenue_per_day.currency
    sheet = Sheet(currency=currency)
    names = [f"revenue_{identifier(part.coin)}_per_day" for part in kept]
    for name, part in zip(names, kept, strict=True):
        sheet.given(name, part.revenue_per_day, f"{currency}/d", f"sum of {part.coin}", part.oldest_taken_at)
    total = first.revenue_per_day
    for part in kept[1:]:
        total += part.revenue_per_day
    sheet.computed_money("revenue_per_day", total, " + ".join(names))
    profit = add_profit(
        sheet, total, first.operation, first.energy_cost_per_day, first.fixed_cost_per_day, energy_terms(first.terms)
    )
    cost = first.energy_cost_per_day + first.fixed_cost_per_day
    uncovered = cost - (total - first.revenue_per_day)
    operation = first.operation
    difficulty_ratio = break_even.difficulty_ratio(
        after_pool_coins=first.coins_per_day + operation.payout_coins_per_day,
        payout_coins=operation.payout_coins_per_day,
        price=first.price,
        cost=uncovered,
        exchange_fee_ratio=operation.exchange_fee_ratio,
        own_ratio=own_ratio_of(first.terms),
    )
    per_ratio = _quotient(first.break_even_difficulty, first.break_even_difficulty_ratio)
    return replace(
        first,
        revenue_per_day=total,
        profit_per_day=profit,
        break_even_price_per_kilowatt_hour=break_even.energy_price(
            earned=total - first.fixed_cost_per_day, power_watts=operation.power_watts
        ),
        break_even_coin_price=break_even.coin_price(
            cost=uncovered, coins=first.coins_per_day, exchange_fee_ratio=operation.exchange_fee_ratio
        ),
        break_even_difficulty=per_ratio * difficulty_ratio if per_ratio and difficulty_ratio else None,
        break_even_difficulty_ratio=difficulty_ratio,
        cost_per_coin=first.cost_per_coin if len(kept) == 1 else None,
        confidence=_merged_confidence(parts, kept, total),
        terms=tuple(sheet.terms),
        parts=kept,
    )


def with_merged_mining(*, estimates: Sequence[Estimate], coins: Mapping[str, Coin]) -> tuple[Estimate, ...]:
    """The estimates, where every chain that is merged with another of them is in that one's sum, and not by itself.

    A refused first chain stands alone; the others then are summed without it, for the work is the same.

    Args:
        estimates: one of each coin, on one machine.
        coins: the table of coins by ticker, which says what is merged with what.

    Raises:
        ValueError: as of ``merged``.

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.chain.quote import Quote
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.money import Money
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> def mined(coin: str, price: int) -> Estimate:
    ...     quote = Quote(coin=coin, algorithm="scrypt", source="file", taken_at=noon, difficulty=864e6,
    ...                   hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(price), "USD"))
    ...     return estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                     energy_cost_per_day=Money(Decimal(3), "USD"))
    >>> dogecoin = Coin(ticker="DOGE", name="Dogecoin", algorithm="scrypt", merged_with="LTC")
    >>> found = with_merged_mining(estimates=[mined("LTC", 10), mined("DOGE", 5)], coins={"DOGE": dogecoin})
    >>> [each.chains for each in found]
    [('LTC', 'DOGE')]
    """
    known = {(each.coin, each.algorithm) for each in estimates}
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for each in estimates:
        first = _first_chain(each.coin, each.algorithm, known, coins)
        group = groups.setdefault((first, each.algorithm), [])
        group.insert(0 if each.coin == first else len(group), each)
    found: list[Estimate] = []
    for group in groups.values():
        refused = 1 if group[0].confidence.level == "refused" else 0
        found.extend(group[:refused])
        rest = group[refused:]
        found.extend([merged(rest)] if len(rest) > 1 else rest)
    return tuple(found)


def _first_chain(ticker: str, algorithm: str, known: AbstractSet[tuple[str, str]], coins: Mapping[str, Coin]) -> str:
    """The chain whose work this one takes, as far as estimates of those between are at hand."""
    passed = [ticker]
    while (row := coins.get(passed[-1])) is not None and row.merged_with is not None:
        if row.merged_with in passed or (row.merged_with, algorithm) not in known:
            break
        passed.append(row.merged_with)
    return passed[-1]


def _one_operation(parts: Sequence[Estimate]) -> None:
    if not parts:
        raise ValueError("there is nothing to merge")
    first = parts[0]
    if any(part.parts for part in parts):
        raise ValueError(f"{first.coin}: a sum of merged chains cannot be merged again; give the chains' own estimates")
    for part in parts[1:]:
        same = (
            part.algorithm == first.algorithm
            and part.operation.hashes_per_second == first.operation.hashes_per_second
            and part.operation.power_watts == first.operation.power_watts
            and part.energy_cost_per_day == first.energy_cost_per_day
            and part.fixed_cost_per_day == first.fixed_cost_per_day
        )
        if not same:
            raise ValueError(
                f"{first.coin} and {part.coin} cannot be merged: they differ in algorithm, hashrate, power or cost"
            )
    tickers = [part.coin for part in parts]
    if len(set(tickers)) < len(tickers):
        raise ValueError(f"a chain is merged with itself: {', '.join(tickers)}")


def _merged_confidence(parts: Sequence[Estimate], kept: Sequence[Estimate], total: Money) -> Confidence:
    findings: list[Finding] = []
    of_their_day: list[Finding] = []
    for part in kept:
        small = part is not parts[0] and float(part.revenue_per_day) < SMALL_PART * float(total)
        level = _of_a_part(part.confidence.level, small=small)
        findings.extend(findings_of(part.confidence, level=level))
        then = _of_a_part(part.confidence.of_its_day, small=small)
        of_their_day.append(Finding(level=then, reason=part.coin, kind="left_out"))
    for part in parts[1:]:
        if part.confidence.level == "refused":
            reasons = "; ".join(part.confidence.reasons)
            findings.append(
                Finding(level="medium", reason=f"{part.coin} is left out of the sum: {reasons}", kind="left_out")
            )
            of_their_day.append(findings[-1])
    return of_all(judged(findings), [judged(of_their_day)])


def _of_a_part(level: Level, *, small: bool) -> Level:
    """What a part's confidence is for the whole: a small one takes little from it."""
    return "medium" if small and LEVELS.index(level) > LEVELS.index("medium") else level


def _quotient(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None
