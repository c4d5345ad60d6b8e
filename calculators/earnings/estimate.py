"""What a coin earns on a hashrate, with every input of the sum, its source and its age, and how far to trust it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.chain.confidence import Confidence, Finding, judged, span
from calculators.chain.crosscheck import Checked, crosscheck
from calculators.chain.pools import part_paid, scheme
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward
from calculators.earnings import break_even
from calculators.earnings.coin_price import price_terms, priced_findings, priced_in
from calculators.earnings.operation import Operation
from calculators.earnings.own_hashrate import add_own_network_ratio, own_findings, own_network_ratio
from calculators.earnings.sum_sheet import Sheet, Term, add_profit
from calculators.exchange import Rates
from calculators.money import Money
from calculators.told_figures import significant
from calculators.units import SECONDS_PER_DAY

LUCKY_DAYS = 1  # of waiting for a block: with less, a day's income is near its mean
RARE_DAYS = 30


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
    parts: tuple["Estimate", ...] = ()  # of merged mining: each chain by itself
    sides: tuple["Estimate", ...] = ()  # of what is mined at the same time: each by itself
    devices: str = ""  # what mines it, as who asks calls it

    @property
    def chains(self) -> tuple[str, ...]:
        """Tickers of all chains that are in it."""
        return tuple(dict.fromkeys(part.coin for part in self.parts)) or (self.coin,)

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
    hashes_per_second_beside: float = 0,
    running_ratio: float = 1,
) -> Estimate:
    """What a coin is expected to earn in a day, in the currency of the energy's cost.

    The hashrate is taken as new to the network: blocks come as often as before, so that what it adds takes from every
    hash. Luck, what difficulty and price do next, tax, the machine's price and idling in dear hours are not in it.

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
        hashes_per_second_beside: of other devices of the same owner on the same chain. [H/s]
        running_ratio: of the time that the hashrate is part of the network; the day that is told runs through. [1]

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
    sheet = Sheet(currency=currency)
    own_ratio = own_network_ratio(checked.witness, coin, operation, hashes_per_second_beside, running_ratio)
    gross = _coins_found(sheet, checked, operation, own_ratio, coin, hashes_per_second_beside, running_ratio)
    fees_part, fee_findings = _fees_part(name, checked, operation, reward_by_rule)
    after_pool = _coins_paid(sheet, gross, operation, name, fees_part)
    coins = sheet.computed(
        "coins_per_day",
        after_pool - operation.payout_coins_per_day,
        f"{name}/d",
        "coins_after_pool_per_day - payout_fee_coins / days_between_payouts",
    )
    priced, price_problems = priced_in(quotes, currency, rates, now)
    price = price_terms(sheet, priced)
    revenue = _revenue(sheet, coins, price, operation)
    profit = add_profit(sheet, revenue, operation, energy_cost_per_day, fixed, energy_terms)
    cost = energy_cost_per_day + fixed
    difficulty_ratio = break_even.difficulty_ratio(
        after_pool_coins=after_pool,
        payout_coins=operation.payout_coins_per_day,
        price=price,
        cost=cost,
        exchange_fee_ratio=operation.exchange_fee_ratio,
        own_ratio=own_ratio or 0.0,
    )
    difficulty = checked.witness.quote.difficulty
    findings = [  # of two that weigh the same the first is told
        *own_findings(name, own_ratio),
        *_luck_findings(name, gross, checked, operation),
        *checked.findings,
        *fee_findings,
        *price_problems,
        *priced_findings(quotes, priced, rates, now, coins_per_day=max(coins, 0)),
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


def _coins_found(
    sheet: Sheet,
    checked: Checked,
    operation: Operation,
    own_ratio: float | None,
    coin: Coin | None,
    hashes_per_second_beside: float,
    running_ratio: float,
) -> float:
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
        sheet.given(name, getattr(quote, name), unit, witness.filled_from.get(name, quote.source), quote.told_at)
    coins = effective * witness.coins_per_hash_per_second_per_day
    if own_ratio is not None:
        add_own_network_ratio(sheet, witness, coin, own_ratio, hashes_per_second_beside, running_ratio)
        coins, formula = coins / (1 + own_ratio), f"{formula} / (1 + own_network_ratio)"
    return sheet.computed("coins_found_per_day", coins, f"{quote.coin}/d", formula)


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
    return 0.0, [Finding(level="medium", reason=reason, kind="fees")]


def _coins_paid(sheet: Sheet, gross: float, operation: Operation, name: str, fees_part: float) -> float:
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


def _revenue(sheet: Sheet, coins: float, price: Money, operation: Operation) -> Money:
    sheet.given("exchange_fee_ratio", operation.exchange_fee_ratio, "1", "operation")
    return sheet.computed_money(
        "revenue_per_day",
        Money.estimated(coins * float(price) * (1 - operation.exchange_fee_ratio), sheet.currency),
        "coins_per_day * price * (1 - exchange_fee_ratio)",
    )


def _luck_findings(name: str, coins_found: float, checked: Checked, operation: Operation) -> list[Finding]:
    """How long the one miner waits for a block where nothing is shared: a day's mean is no day's income."""
    if scheme(operation.pool_scheme).luck_of_subsidy != "miner" or not coins_found:
        return []
    reward = checked.witness.quote.block_reward_coins
    if reward is None:
        return [
            Finding(level="low", reason=f"{name}: mined alone; how long a block takes is not known", kind="rare_blocks")
        ]
    days = min(reward / coins_found / (1 - operation.orphan_ratio or 1), timedelta.max.days)
    if days <= LUCKY_DAYS:
        return []
    wait = span(timedelta(days=days))
    reason = f"{name}: mined alone, a block comes every {wait} on average, and nothing before it"
    return [Finding(level="low" if days > RARE_DAYS else "medium", reason=reason, kind="rare_blocks")]


def _payout_findings(name: str, coins: float, operation: Operation) -> list[Finding]:
    if coins >= 0:
        return []
    reason = (
        f"{name}: the fee of a payout, {significant(operation.payout_fee_coins)} coins, is more than is earned between "
        "two; let more days pass between payouts"
    )
    return [Finding(level="low", reason=reason, kind="fees")]
