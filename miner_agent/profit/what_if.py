"""What a profit becomes when an input is another: one value, a row of them, two inputs at once, or each up and down."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.electricity.tariff import FlatTariff
from calculators.money import Money, decimal_of
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import Question, rank
from miner_agent.profit.rig_figures import Power, Work

GIVEN = "what if"
MOST_VALUES = 1000
_REWARD_FIGURES = frozenset({"coins", "coins_per_second", "tail_coins"})
Set = Callable[[Question, Estimate, float], Question]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of the sum. ``today`` tells what it is, ``set`` answers with the question in which it is another."""

    key: str
    unit: str  # CURRENCY stands for the question's
    meaning: str
    today: Callable[[Question, Estimate], float]
    set: Set
    most: float = math.inf
    swings: bool = True  # it is one of those whose weight is told; the others say the same in another way


def inputs() -> Mapping[str, Input]:
    """All of them, by key."""
    return _INPUTS


def estimate_of(asked: Question, coin: str) -> Estimate:
    """What one coin, with the chains that are mined together with it, earns: refused or not.

    Raises:
        ValueError: nothing can be computed for it; the sentence says why.
    """
    ranking = rank(asked)
    found = ranking.found(coin)
    if found is None:
        raise ValueError("; ".join(ranking.problems) or f"{coin}: {asked.rig.name} has no figure for it")
    return found


def narrowed(asked: Question, base: Estimate) -> Question:
    """The question about the chains of one estimate alone."""
    quotes = tuple(each for each in asked.market.quotes if each.coin in base.chains)
    market = replace(asked.market, quotes=quotes, problems=())
    return replace(asked, market=market, only=(), rig=replace(asked.rig, problems=()))


def changed(asked: Question, base: Estimate, key: str, value: float) -> Question:
    """The question in which one input has another value.

    Args:
        asked: the question as it is.
        base: its answer, for inputs that are told as a share of today's.
        key: one of ``inputs``.
        value: in that input's unit.

    Raises:
        ValueError: the value is not possible.
    """
    told = _INPUTS[key]
    if not math.isfinite(value) or (value < 0 and key != "kwh_price") or value > told.most:
        limit = f" to {told.most:g}" if math.isfinite(told.most) else " or more"
        raise ValueError(f"{key} = {value:g} is not possible; expected 0{limit}")
    if value == 0 and key in _ABOVE_ZERO:
        raise ValueError(f"{key} = 0 is not possible; expected a number above zero")
    return told.set(asked, base, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The values of one input, evenly spaced."""

    key: str
    values: tuple[float, ...]


def parse_range(text: str) -> Range:
    """``kwh_price=0.05:0.30:0.01``: from, to and step, both ends in it.

    Raises:
        ValueError: it is not written so, or holds too many values.

    >>> parse_range("kwh_price=0.10:0.14:0.02").values
    (0.1, 0.12, 0.14)
    """
    key, equals, rest = text.partition("=")
    parts = rest.split(":")
    if not equals or len(parts) != 3:
        raise ValueError(f"{text[:60]!r} is no row of values; write it as kwh_price=0.05:0.30:0.01")
    _known(key)
    low, high, step = (_decimal(part, text) for part in parts)
    if step <= 0 or high < low:
        raise ValueError(f"{text[:60]!r}: expected FROM:TO:STEP with a step above zero and an end above the start")
    count = int((high - low) / step) + 1
    if count > MOST_VALUES:
        raise ValueError(f"{text[:60]!r} holds {count} values; at most {MOST_VALUES}: take larger steps")
    return Range(key=key.strip(), values=tuple(float(low + step * number) for number in range(count)))


def parse_setting(text: str) -> tuple[str, float]:
    """``kwh_price=0.20``.

    Raises:
        ValueError: it is not written so, or the input is not known.

    >>> parse_setting("pool_fee=2%")
    ('pool_fee', 0.02)
    """
    key, equals, rest = text.partition("=")
    if not equals:
        raise ValueError(f"{text[:60]!r} sets nothing; write it as kwh_price=0.20")
    _known(key)
    percent = rest.strip().endswith("%")
    number = _decimal(rest.strip().removesuffix("%"), text)
    return key.strip(), float(number / 100 if percent else number)


def sweep(asked: Question, base: Estimate, along: Range) -> Iterator[tuple[float, Estimate]]:
    """The estimate at each value of one input.

    Raises:
        ValueError: a value is not possible.
    """
    for value in along.values:
        yield value, estimate_of(changed(asked, base, along.key, value), base.coin)


def sweep_two(asked: Question, base: Estimate, across: Range, up: Range) -> Iterator[list[Estimate]]:
    """For each value of ``up`` the estimates at each value of ``across``.

    Raises:
        ValueError: a value is not possible.
    """
    for high in up.values:
        row = changed(asked, base, up.key, high)
        yield [estimate_of(changed(row, base, across.key, value), base.coin) for value in across.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What an input's going down and up by the same share does to the profit."""

    input: Input
    low: float  # the input's values
    high: float
    profit_at_low: Money
    profit_at_high: Money

    @property
    def swing(self) -> Decimal:
        """How much lies between the two."""
        return abs((self.profit_at_high - self.profit_at_low).amount)


def weights(asked: Question, base: Estimate, *, share: float) -> tuple[Weight, ...]:
    """Each input ``share`` lower and higher, all else as it is; the weightiest first. What is zero today stays.

    Args:
        asked: the question.
        base: its answer.
        share: how far. [1] 0.1 for a tenth.
    """
    found: list[Weight] = []
    for each in _INPUTS.values():
        today = each.today(asked, base)
        if not each.swings or today == 0 or not math.isfinite(today):
            continue
        low, high = sorted((today * (1 - share), min(today * (1 + share), each.most)))
        try:
            at = [estimate_of(changed(asked, base, each.key, value), base.coin) for value in (low, high)]
        except ValueError:  # this market does not tell what it takes
            continue
        found.append(
            Weight(
                input=each, low=low, high=high, profit_at_low=at[0].profit_per_day, profit_at_high=at[1].profit_per_day
            )
        )
    return tuple(sorted(found, key=lambda weight: -weight.swing))


def crossings(rows: Sequence[tuple[float, Estimate]]) -> Iterator[tuple[float, float]]:
    """Between which values of an input gain turns into loss, or loss into gain."""
    for (one, before), (other, after) in pairwise(rows):
        if (before.profit_per_day.amount > 0) != (after.profit_per_day.amount > 0):
            yield one, other


def _known(key: str) -> None:
    if key.strip() not in _INPUTS:
        raise ValueError(f"{key.strip()[:40]!r} is no input; known: {', '.join(_INPUTS)}")


def _decimal(text: str, whole: str) -> Decimal:
    try:
        number = Decimal(text.strip()) if len(text) <= 40 else Decimal("NaN")
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > Decimal("1e30") or 0 < abs(number) < Decimal("1e-30"):
        raise ValueError(f"{whole[:60]!r}: {text.strip()[:40]!r} is not a number")
    return number


# How each input is set.


def _kwh_price(asked: Question, base: Estimate, value: float) -> Question:
    price = Money(decimal_of(value), base.revenue_per_day.currency)
    prices = Prices(tariff=FlatTariff(price), source=GIVEN)
    return replace(asked, conditions=replace(asked.conditions, prices=prices))


def _of_coin(asked: Question, coin: str, change: Callable[[Quote], Quote]) -> Question:
    quotes = tuple(change(quote) if quote.coin == coin else quote for quote in asked.market.quotes)
    return replace(asked, market=replace(asked.market, quotes=quotes))


def _coin_price(asked: Question, base: Estimate, value: float) -> Question:
    price = Money(decimal_of(value), base.revenue_per_day.currency)
    return _of_coin(asked, base.coin, lambda quote: replace(quote, price=price, price_taken_at=asked.now))


def _coin_price_ratio(asked: Question, base: Estimate, value: float) -> Question:
    return _of_coin(
        asked, base.coin, lambda quote: replace(quote, price=quote.price.scaled(value) if quote.price else None)
    )


def _difficulty_ratio(asked: Question, base: Estimate, value: float) -> Question:
    def harder(quote: Quote) -> Quote:
        """Every figure that tells how much work a block takes, so that they still agree."""
        network, yielded = quote.network_hashes_per_second, quote.coins_per_hash_per_second_per_day
        return replace(
            quote,
            difficulty=quote.difficulty and quote.difficulty * value,
            network_hashes_per_second=network and network * value,
            coins_per_hash_per_second_per_day=yielded and yielded / value,
        )

    return _of_coin(asked, base.coin, harder)


def _difficulty(asked: Question, base: Estimate, value: float) -> Question:
    return _difficulty_ratio(asked, base, value / _difficulty_today(asked, base))


def _difficulty_today(_asked: Question, base: Estimate) -> float:
    first = base.parts[0] if base.parts else base
    for term in first.terms:
        if term.name == "difficulty":
            return float(term.value)
    raise ValueError(f"{base.coin}: its estimate does not rest on a difficulty; set difficulty_ratio")


def _block_reward_ratio(asked: Question, base: Estimate, value: float) -> Question:
    def paid(quote: Quote) -> Quote:
        reward, yielded = quote.block_reward_coins, quote.coins_per_hash_per_second_per_day
        return replace(
            quote,
            block_reward_coins=reward and reward * value,
            coins_per_hash_per_second_per_day=yielded and yielded * value,
        )

    return replace(_of_coin(asked, base.coin, paid), coins=_with_reward(asked.coins, base.coin, value))


def _with_reward(coins: Mapping[str, Coin], ticker: str, factor: float) -> Mapping[str, Coin]:
    """The table of coins where the rule of one chain pays another reward, so that sources and rule still agree."""
    coin = coins.get(ticker)
    if coin is None:
        return coins
    figures = {
        name: figure * factor if name in _REWARD_FIGURES else figure for name, figure in coin.reward_parameters.items()
    }
    return {**coins, ticker: replace(coin, reward_parameters=figures)}


def _of_work(asked: Question, base: Estimate, change: Callable[[Work], Work]) -> Question:
    works = tuple(change(work) if work.algorithm == base.algorithm else work for work in asked.rig.works)
    return replace(asked, rig=replace(asked.rig, works=works))


def _hashrate(asked: Question, base: Estimate, value: float) -> Question:
    term = Term(name="hashes_per_second", value=value, unit="H/s", source=GIVEN)
    return _of_work(asked, base, lambda work: replace(work, hashes_per_second=value, hash_terms=(term,)))


def _power(asked: Question, base: Estimate, value: float) -> Question:
    """Watts at the wall on average: uptime does not lower them any more."""
    uptime = asked.conditions.uptime_ratio
    cooling = asked.conditions.supply.cooling_factor
    drawn = value / cooling / uptime if uptime else 0.0
    term = Term(name="wall_watts", value=drawn, unit="W", source=GIVEN)
    power = Power(wall_watts=drawn, metered=True)
    return _of_work(asked, base, lambda work: replace(work, power=power, power_terms=(term,)))


def _condition(name: str) -> Set:
    def set_condition(asked: Question, _base: Estimate, value: float) -> Question:
        change: dict[str, Any] = {name: value}
        return replace(asked, conditions=replace(asked.conditions, **change))

    return set_condition


def _condition_today(name: str) -> Callable[[Question, Estimate], float]:
    return lambda asked, _base: float(getattr(asked.conditions, name))


def _host_watts(asked: Question, _base: Estimate, value: float) -> Question:
    supply = replace(asked.conditions.supply, host_watts=value, host_source=GIVEN)
    return replace(asked, conditions=replace(asked.conditions, supply=supply))


def _fixed_per_day(asked: Question, base: Estimate, value: float) -> Question:
    cost = Money(decimal_of(value), base.revenue_per_day.currency)
    return replace(asked, conditions=replace(asked.conditions, fixed_cost_per_day=cost))


def _mean_kwh_price(_asked: Question, base: Estimate) -> float:
    hours = base.operation.power_watts / 1000 * 24
    return float(base.energy_cost_per_day) / hours if hours else math.nan


def _one(_asked: Question, _base: Estimate) -> float:
    return 1.0


_ABOVE_ZERO = frozenset({"coin_price", "coin_price_ratio", "difficulty", "difficulty_ratio", "block_reward_ratio"})
_INPUTS: Mapping[str, Input] = {
    each.key: each
    for each in (
        Input(
            key="kwh_price",
            unit="CURRENCY/kWh",
            meaning="price of energy, at any time",
            today=_mean_kwh_price,
            set=_kwh_price,
        ),
        Input(
            key="coin_price",
            unit="CURRENCY",
            meaning="price of the coin",
            today=lambda _asked, base: float(base.price),
            set=_coin_price,
        ),
        Input(
            key="coin_price_ratio",
            unit="1",
            meaning="price of the coin, by today's",
            today=_one,
            set=_coin_price_ratio,
            swings=False,
        ),
        Input(
            key="difficulty",
            unit="1",
            meaning="difficulty, in the source's unit",
            today=_difficulty_today,
            set=_difficulty,
            swings=False,
        ),
        Input(
            key="difficulty_ratio",
            unit="1",
            meaning="difficulty, by today's",
            today=_one,
            set=_difficulty_ratio,
        ),
        Input(
            key="block_reward_ratio",
            unit="1",
            meaning="reward of a block, by today's: 0.5 for a halving",
            today=_one,
            set=_block_reward_ratio,
        ),
        Input(
            key="hashrate",
            unit="H/s",
            meaning="hashes a second",
            today=lambda _asked, base: base.operation.hashes_per_second,
            set=_hashrate,
        ),
        Input(
            key="power",
            unit="W",
            meaning="watts at the wall, on average",
            today=lambda _asked, base: base.operation.power_watts,
            set=_power,
        ),
        *(
            Input(key=key, unit="1", meaning=meaning, today=_condition_today(name), set=_condition(name), most=1)
            for key, name, meaning in (
                ("pool_fee", "pool_fee_ratio", "the pool's part"),
                ("dev_fee", "dev_fee_ratio", "the mining program's part of the time"),
                ("stale", "stale_ratio", "shares that come too late"),
                ("uptime", "uptime_ratio", "share of the day in which it mines"),
                ("exchange_fee", "exchange_fee_ratio", "what selling costs"),
            )
        ),
        Input(
            key="host_watts",
            unit="W",
            meaning="what the rest of the rig draws all day",
            today=lambda asked, _base: asked.conditions.supply.host_watts,
            set=_host_watts,
        ),
        Input(
            key="fixed_per_day",
            unit="CURRENCY/d",
            meaning="rent and the like",
            today=lambda _asked, base: float(base.fixed_cost_per_day),
            set=_fixed_per_day,
        ),
    )
}
