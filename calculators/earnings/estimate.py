"""What a coin earns on a hashrate, with every input of the sum, its source and its age, and how far to trust it."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.chain.crosscheck import (
    LEVELS,
    STALE,
    Checked,
    Confidence,
    Finding,
    Level,
    aged,
    crosscheck,
    judged,
    price_findings,
    price_of,
    price_taken_at,
)
from calculators.chain.network import HOURS_PER_DAY, SECONDS_PER_DAY, WATTS_PER_KILOWATT
from calculators.chain.pools import SchemeName, effective_hashes_per_second, part_paid, scheme
from calculators.chain.quote import LARGEST, Quote
from calculators.chain.rewards import BlockReward
from calculators.earnings import break_even
from calculators.exchange import Converted, Rates
from calculators.given import above_zero, not_negative, ratio
from calculators.money import Money

LONG_WEEKEND = timedelta(days=5)
"""Central banks set no rate on a holiday: from the first moment of Thursday to the end of Easter Monday."""
SMALL_PART = 0.05
"""Of the revenue of merged mining: a chain that brings less cannot make the whole doubtful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How one hashrate is run and paid: everything that is not the market's.

    Power is at the wall and on average over the day, and does not fall with a dev fee: the cards work on through it.
    """

    hashes_per_second: float
    power_watts: float
    uptime_ratio: float = 1
    dev_fee_ratio: float = 0
    stale_ratio: float = 0
    rejected_ratio: float = 0
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: float = 0
    orphan_ratio: float = 0  # blocks that the chain does not keep, where the miner bears them
    payout_fee_coins: float = 0  # for each payout
    days_between_payouts: float = 1
    exchange_fee_ratio: float = 0  # for selling, the spread in it

    def __post_init__(self) -> None:
        not_negative(
            hashes_per_second=self.hashes_per_second,
            power_watts=self.power_watts,
            payout_fee_coins=self.payout_fee_coins,
        )
        above_zero(days_between_payouts=self.days_between_payouts)
        for name, value in (("hashes_per_second", self.hashes_per_second), ("power_watts", self.power_watts)):
            if value > LARGEST:
                raise ValueError(f"{name} is {value:g}, which no machine has")
        ratio(
            pool_fee_ratio=self.pool_fee_ratio,
            orphan_ratio=self.orphan_ratio,
            exchange_fee_ratio=self.exchange_fee_ratio,
        )
        scheme(self.pool_scheme)
        self.effective_hashes_per_second()

    @property
    def payout_coins_per_day(self) -> float:
        """What taking coins out costs. [coin/d]"""
        return self.payout_fee_coins / self.days_between_payouts

    def effective_hashes_per_second(self) -> float:
        """What of the hashrate is paid for. [H/s]"""
        return effective_hashes_per_second(
            hashes_per_second=self.hashes_per_second,
            uptime_ratio=self.uptime_ratio,
            dev_fee_ratio=self.dev_fee_ratio,
            stale_ratio=self.stale_ratio,
            rejected_ratio=self.rejected_ratio,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One line of the sum. A line with a formula was computed from lines above it; others were given."""

    name: str  # as formulas spell it
    value: float | Money
    unit: str
    source: str | None = None
    taken_at: datetime | None = None
    formula: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What one coin, or chains that are mined together, are expected to earn. All money is in one currency.

    A refused estimate keeps its figures, so that a person can see why; it has no place in a ranking. Break-evens are
    ``None`` where nothing reaches them: without power, without coins, or where energy costs nothing or less.
    """

    coin: str  # of merged mining the first chain, whose work the others take
    algorithm: str
    operation: Operation
    coins_per_day: float  # after fees
    price: Money  # of one coin
    revenue_per_day: Money  # after every fee
    energy_cost_per_day: Money
    fixed_cost_per_day: Money
    profit_per_day: Money
    break_even_price_per_kilowatt_hour: Money | None
    break_even_coin_price: Money | None  # of merged mining the first chain's, the others as they are
    break_even_difficulty: float | None  # in the source's unit
    break_even_difficulty_ratio: float | None  # of today's: above 1 there is room
    cost_per_coin: Money | None  # energy and fixed cost for one coin; of merged mining not known
    confidence: Confidence
    terms: tuple[Term, ...]
    parts: tuple["Estimate", ...] = ()  # of merged mining

    @property
    def chains(self) -> tuple[str, ...]:
        """Tickers of all chains that are in it."""
        return tuple(part.coin for part in self.parts) or (self.coin,)

    @property
    def oldest_taken_at(self) -> datetime | None:
        """Age of the oldest figure in the sum."""
        return min((term.taken_at for term in self.terms if term.taken_at is not None), default=None)


def estimate(
    *,
    quotes: Sequence[Quote],
    operation: Operation,
    energy_cost_per_day: Money,
    now: datetime,
    fixed_cost_per_day: Money | None = None,
    coin: Coin | None = None,
    reward_by_rule: BlockReward | None = None,
    rates: Rates | None = None,
    energy_terms: Sequence[Term] = (),
) -> Estimate:
    """What a coin is expected to earn in a day, in the currency of the energy's cost.

    Luck, what difficulty and price do next, tax, the machine's price and idling in dear hours are not in it.

    Args:
        quotes: what the sources say of the coin, the most trusted first.
        operation: hashrate, power, fees.
        energy_cost_per_day: cost of the day's energy. [currency/d] Negative where the tariff pays for it.
        now: this moment, aware.
        fixed_cost_per_day: rent and the like that is paid in any case. [currency/d]
        coin: its row in the table of coins.
        reward_by_rule: what a block pays by the chain's rule. ``None``: not known.
        rates: rates of exchange for prices in another currency, such as BTC.
        energy_terms: how the cost of energy came about, for the sum.

    Raises:
        ValueError: with the coin's name: no source tells enough or a price, or no rate of exchange leads from the
            price's currency to that of the energy's cost.

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> found = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                  energy_cost_per_day=Money(Decimal("2.40"), "USD"))
    >>> found.coins_per_day, found.profit_per_day, found.break_even_price_per_kilowatt_hour
    (1.0, Money(amount=Decimal('7.60'), currency='USD'), Money(amount=Decimal('0.416666666667'), currency='USD'))
    """
    checked = crosscheck(quotes=quotes, now=now, coin=coin, reward_by_rule=reward_by_rule)
    name = quotes[0].coin
    currency = energy_cost_per_day.currency
    fixed = fixed_cost_per_day if fixed_cost_per_day is not None else Money(Decimal(0), currency)
    if fixed.currency != currency:
        raise ValueError(f"{name}: energy is paid in {currency} and fixed cost in {fixed.currency}; convert one")
    sheet = _Sheet(currency=currency)
    gross = _coins_found(sheet, checked, operation)
    fees_part, fee_findings = _fees_part(name, checked, operation, reward_by_rule)
    after_pool = _coins_paid(sheet, gross, operation, name, fees_part)
    coins = sheet.computed(
        "coins_per_day",
        after_pool - operation.payout_coins_per_day,
        f"{name}/d",
        "coins_after_pool_per_day - payout_fee_coins / days_between_payouts",
    )
    priced, price_problems = _priced(quotes, currency, rates, now)
    price = _price_terms(sheet, priced)
    revenue = _revenue(sheet, coins, price, operation)
    profit = _profit(sheet, revenue, operation, energy_cost_per_day, fixed, energy_terms)
    cost = energy_cost_per_day + fixed
    difficulty_ratio = break_even.difficulty_ratio(
        after_pool=after_pool,
        payouts=operation.payout_coins_per_day,
        price=price,
        cost=cost,
        exchange_fee_ratio=operation.exchange_fee_ratio,
    )
    difficulty = checked.witness.quote.difficulty
    findings = [
        *checked.findings,
        *fee_findings,
        *price_problems,
        *_rate_findings(name, priced, now),
        *price_findings(
            quotes=_priced_alike(quotes, priced.quote, rates, now),
            priced=priced.quote,
            now=now,
            coins_per_day=max(coins, 0),
        ),
        *_payout_findings(name, coins, operation),
    ]
    return Estimate(
        coin=name,
        algorithm=quotes[0].algorithm,
        operation=operation,
        coins_per_day=coins,
        price=price,
        revenue_per_day=revenue,
        energy_cost_per_day=energy_cost_per_day,
        fixed_cost_per_day=fixed,
        profit_per_day=profit,
        break_even_price_per_kilowatt_hour=break_even.energy_price(
            earned=revenue - fixed, power_watts=operation.power_watts
        ),
        break_even_coin_price=break_even.coin_price(
            cost=cost, coins=coins, exchange_fee_ratio=operation.exchange_fee_ratio
        ),
        break_even_difficulty=difficulty * difficulty_ratio if difficulty and difficulty_ratio else None,
        break_even_difficulty_ratio=difficulty_ratio,
        cost_per_coin=Money.estimated(float(cost) / coins, currency) if coins > 0 else None,
        confidence=judged(findings),
        terms=tuple(sheet.terms),
    )


def merged(parts: Sequence[Estimate]) -> Estimate:
    """Chains that one hashrate mines together: every chain's revenue, and the power once.

    A refused chain beside the first is left out, with the reason; where the first is refused, all are.

    Args:
        parts: estimates of the chains on the same hashrate and at the same cost, the one first whose work the others
            take.

    Raises:
        ValueError: there are no parts, or they differ in algorithm, hashrate, power, cost or currency, or name a coin
            twice.
    """
    _one_operation(parts)
    first = parts[0]
    kept = (first, *(part for part in parts[1:] if part.confidence.level != "refused"))
    currency = first.revenue_per_day.currency
    sheet = _Sheet(currency=currency)
    names = [f"revenue_{_identifier(part.coin)}_per_day" for part in kept]
    for name, part in zip(names, kept, strict=True):
        sheet.given(name, part.revenue_per_day, f"{currency}/d", f"sum of {part.coin}", part.oldest_taken_at)
    total = first.revenue_per_day
    for part in kept[1:]:
        total += part.revenue_per_day
    sheet.computed_money("revenue_per_day", total, " + ".join(names))
    profit = _profit(
        sheet, total, first.operation, first.energy_cost_per_day, first.fixed_cost_per_day, _energy_terms(first)
    )
    cost = first.energy_cost_per_day + first.fixed_cost_per_day
    uncovered = cost - (total - first.revenue_per_day)
    operation = first.operation
    difficulty_ratio = break_even.difficulty_ratio(
        after_pool=first.coins_per_day + operation.payout_coins_per_day,
        payouts=operation.payout_coins_per_day,
        price=first.price,
        cost=uncovered,
        exchange_fee_ratio=operation.exchange_fee_ratio,
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


class _Sheet:
    """The lines of a sum, as they come about."""

    def __init__(self, *, currency: str) -> None:
        self.currency = currency
        self.terms: list[Term] = []

    def given(self, name: str, value: float | Money, unit: str, source: str, taken_at: datetime | None = None) -> None:
        self.terms.append(Term(name=name, value=value, unit=unit, source=source, taken_at=taken_at))

    def computed(self, name: str, value: float, unit: str, formula: str) -> float:
        self.terms.append(Term(name=name, value=value, unit=unit, formula=formula))
        return value

    def computed_money(self, name: str, value: Money, formula: str, unit: str | None = None) -> Money:
        self.terms.append(Term(name=name, value=value, unit=unit or f"{self.currency}/d", formula=formula))
        return value


def _coins_found(sheet: _Sheet, checked: Checked, operation: Operation) -> float:
    """Coins that the hashrate finds in a day, and how that came about."""
    for name, value, unit in (
        ("hashes_per_second", operation.hashes_per_second, "H/s"),
        ("uptime_ratio", operation.uptime_ratio, "1"),
        ("dev_fee_ratio", operation.dev_fee_ratio, "1"),
        ("stale_ratio", operation.stale_ratio, "1"),
        ("rejected_ratio", operation.rejected_ratio, "1"),
    ):
        sheet.given(name, value, unit, "operation")
    effective = sheet.computed(
        "effective_hashes_per_second",
        operation.effective_hashes_per_second(),
        "H/s",
        "hashes_per_second * uptime_ratio * (1 - dev_fee_ratio) * (1 - stale_ratio - rejected_ratio)",
    )
    witness, quote = checked.witness, checked.witness.quote
    work, blocks = (
        "(difficulty * hashes_per_difficulty)",
        f"{SECONDS_PER_DAY} / block_time_seconds * block_reward_coins",
    )
    inputs, formula = {
        "difficulty": (
            (("difficulty", "1"), ("hashes_per_difficulty", "H"), ("block_reward_coins", quote.coin)),
            f"effective_hashes_per_second * {SECONDS_PER_DAY} * block_reward_coins / {work}",
        ),
        "network": (
            (("network_hashes_per_second", "H/s"), ("block_time_seconds", "s"), ("block_reward_coins", quote.coin)),
            f"effective_hashes_per_second / network_hashes_per_second * {blocks}",
        ),
        "published": (
            (("coins_per_hash_per_second_per_day", f"{quote.coin}/(H/s)/d"),),
            "effective_hashes_per_second * coins_per_hash_per_second_per_day",
        ),
    }[witness.method]
    for name, unit in inputs:
        sheet.given(name, getattr(quote, name), unit, witness.filled_from.get(name, quote.source), quote.taken_at)
    return sheet.computed(
        "coins_found_per_day", effective * witness.coins_per_hash_per_second_per_day, f"{quote.coin}/d", formula
    )


def _fees_part(
    name: str, checked: Checked, operation: Operation, reward_by_rule: BlockReward | None
) -> tuple[float, list[Finding]]:
    """What part of the listed reward is fees of transactions."""
    listed = checked.witness.quote.block_reward_coins
    if listed is not None and reward_by_rule is not None:
        return max(0.0, 1 - reward_by_rule.miner_coins / listed), []
    if scheme(operation.pool_scheme).pays_transaction_fees:
        return 0.0, []
    reason = f"{name}: {operation.pool_scheme.upper()} keeps fees of transactions; what part they are is not known"
    return 0.0, [Finding(level="medium", reason=reason)]


def _coins_paid(sheet: _Sheet, gross: float, operation: Operation, name: str, fees_part: float) -> float:
    """Coins after the pool's part, and what taking them out costs."""
    pool = f"{operation.pool_scheme.upper()} pool"
    sheet.given("fees_part", fees_part, "1", "reward as listed less reward by rule" if fees_part else "taken as none")
    sheet.given("orphan_ratio", operation.orphan_ratio, "1", "operation")
    sheet.given("pool_fee_ratio", operation.pool_fee_ratio, "1", pool)
    part = sheet.computed(
        "part_paid",
        part_paid(
            pool_scheme=operation.pool_scheme,
            fees_part=fees_part,
            pool_fee_ratio=operation.pool_fee_ratio,
            orphan_ratio=operation.orphan_ratio,
        ),
        "1",
        scheme(operation.pool_scheme).part_paid,
    )
    after_pool = sheet.computed(
        "coins_after_pool_per_day", gross * part, f"{name}/d", "coins_found_per_day * part_paid"
    )
    sheet.given("payout_fee_coins", operation.payout_fee_coins, name, pool)
    sheet.given("days_between_payouts", operation.days_between_payouts, "d", "operation")
    return after_pool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Price:
    quote: Quote
    in_currency: Converted


def _priced(quotes: Sequence[Quote], currency: str, rates: Rates | None, now: datetime) -> tuple[_Price, list[Finding]]:
    """The first price of those that are as fresh as the freshest and lead to the currency, and why others did not."""
    with_price = [quote for quote in quotes if quote.price is not None]
    newest = max((min(price_taken_at(quote), now) for quote in with_price), default=now)
    with_price.sort(key=lambda quote: price_taken_at(quote) < newest - STALE)
    problems: list[str] = []
    for quote in with_price or quotes[:1]:
        try:
            converted = _converted(price_of(quote), currency, rates, now)
        except ValueError as error:
            sentence = str(error)
            problems.append(sentence if sentence.startswith(quote.coin) else f"{quote.coin}: {sentence}")
            continue
        findings = [Finding(level="medium", reason=problem) for problem in problems]
        return _Price(quote=quote, in_currency=converted), findings
    raise ValueError("; ".join(problems))


def _priced_alike(quotes: Sequence[Quote], priced: Quote, rates: Rates | None, now: datetime) -> list[Quote]:
    """The quotes with their prices in the currency of the one that is used, as far as rates lead there."""
    currency = price_of(priced).currency
    found: list[Quote] = []
    for quote in quotes:
        try:
            price = _converted(price_of(quote), currency, rates, now).money
        except ValueError:  # it has no price, or nothing leads from its currency
            found.append(quote)
        else:
            found.append(replace(quote, price=price))
    return found


def _converted(price: Money, currency: str, rates: Rates | None, now: datetime) -> Converted:
    if price.currency == currency:
        return Converted(money=price, steps=())
    if rates is None:
        raise ValueError(f"the price is in {price.currency}, costs are in {currency}; give rates of exchange")
    return rates.convert(price, currency, now)


def _rate_findings(name: str, priced: _Price, now: datetime) -> list[Finding]:
    """Ages of rates of exchange. Rates of a whole day hold over a long weekend; others age as prices do."""
    findings: list[Finding] = []
    for rate in priced.in_currency.steps:
        of_a_day = rate.taken_at == rate.taken_at.replace(hour=0, minute=0, second=0, microsecond=0)
        if of_a_day and timedelta(0) <= now - rate.taken_at <= LONG_WEEKEND:
            continue
        what = f"{name}: {rate.source}'s rate of {rate.currency} in {rate.worth.currency}"
        findings.extend(aged(what=what, taken_at=rate.taken_at, now=now))
    return findings


def _price_terms(sheet: _Sheet, priced: _Price) -> Money:
    quote, money = priced.quote, priced.in_currency.money
    listed = price_of(quote)
    unit = f"{sheet.currency}/{quote.coin}"
    if not priced.in_currency.steps:
        sheet.given("price", money, unit, quote.source, price_taken_at(quote))
        return money
    sheet.given("listed_price", listed, f"{listed.currency}/{quote.coin}", quote.source, price_taken_at(quote))
    formula, currency = "listed_price", listed.currency
    for rate in priced.in_currency.steps:
        name = f"rate_{_identifier(rate.currency)}_in_{_identifier(rate.worth.currency)}"
        sheet.given(name, rate.worth, f"{rate.worth.currency}/{rate.currency}", rate.source, rate.taken_at)
        forward = rate.currency == currency
        formula += f" {'*' if forward else '/'} {name}"
        currency = rate.worth.currency if forward else rate.currency
    return sheet.computed_money("price", money, formula, unit)


def _revenue(sheet: _Sheet, coins: float, price: Money, operation: Operation) -> Money:
    sheet.given("exchange_fee_ratio", operation.exchange_fee_ratio, "1", "operation")
    return sheet.computed_money(
        "revenue_per_day",
        Money.estimated(coins * float(price) * (1 - operation.exchange_fee_ratio), sheet.currency),
        "coins_per_day * price * (1 - exchange_fee_ratio)",
    )


def _profit(
    sheet: _Sheet, revenue: Money, operation: Operation, energy: Money, fixed: Money, energy_terms: Sequence[Term]
) -> Money:
    sheet.given("power_watts", operation.power_watts, "W", "operation")
    sheet.computed(
        "kilowatt_hours_per_day",
        operation.power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY,
        "kWh/d",
        f"power_watts / {WATTS_PER_KILOWATT} * {HOURS_PER_DAY}",
    )
    sheet.terms.extend(energy_terms)
    sheet.given("energy_cost_per_day", energy, f"{sheet.currency}/d", "tariff")
    sheet.given("fixed_cost_per_day", fixed, f"{sheet.currency}/d", "operation")
    profit = revenue - energy - fixed
    return sheet.computed_money("profit_per_day", profit, "revenue_per_day - energy_cost_per_day - fixed_cost_per_day")


def _energy_terms(found: Estimate) -> tuple[Term, ...]:
    """The lines that `_profit` was given."""
    names = [term.name for term in found.terms]
    return found.terms[names.index("kilowatt_hours_per_day") + 1 : names.index("energy_cost_per_day")]


def _payout_findings(name: str, coins: float, operation: Operation) -> list[Finding]:
    if coins >= 0:
        return []
    reason = (
        f"{name}: the fee of a payout, {operation.payout_fee_coins:g} coins, is more than is earned between two; "
        "let more days pass between payouts"
    )
    return [Finding(level="low", reason=reason)]


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
    for part in kept:
        small = part is not parts[0] and float(part.revenue_per_day) < SMALL_PART * float(total)
        level: Level = part.confidence.level
        if small and LEVELS.index(level) > LEVELS.index("medium"):
            level = "medium"
        findings.extend(Finding(level=level, reason=reason) for reason in part.confidence.reasons)
    for part in parts[1:]:
        if part.confidence.level == "refused":
            reasons = "; ".join(part.confidence.reasons)
            findings.append(Finding(level="medium", reason=f"{part.coin} is left out of the sum: {reasons}"))
    return judged(findings)


def _quotient(one: float | None, other: float | None) -> float | None:
    return one / other if one and other else None


def _identifier(text: str) -> str:
    return re.sub(r"\W", "_", text)
