"""The inputs of a sum that can be others: what each is today, and the question in which it is another."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.chain.rewards import paying
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_exchange import exchanged
from calculators.money import Money, decimal_of
from calculators.written_numbers import HASHRATE_UNITS, factor, numeral, quantity, share, small_share
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rig_figures import Power, Work

GIVEN = "what if"
Set = Callable[[Question, Estimate, float], Question]
Read = Callable[[str], Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One input of the sum. ``today`` tells what it is, ``set`` answers with the question in which it is another."""

    key: str
    unit: str  # CURRENCY stands for the question's
    meaning: str
    today: Callable[[Question, Estimate], float]
    set: Set
    read: Read = numeral  # how a person writes it
    most: float = math.inf
    swings: bool = True  # it is one of those whose weight is told; the others say the same in another way


def _kwh_price(asked: Question, base: Estimate, value: float) -> Question:
    price = Money(decimal_of(value), base.revenue_per_day.currency)
    prices = Prices(tariff=FlatTariff(price), source=GIVEN)
    return replace(asked, conditions=replace(asked.conditions, prices=prices))


def _kwh_price_ratio(asked: Question, _base: Estimate, value: float) -> Question:
    """Every price of the tariff by the same factor: its hours and blocks stay what they are."""
    told = asked.conditions.prices
    tariff = exchanged(told.tariff, rate=decimal_of(value), currency=told.currency)
    prices = replace(told, tariff=tariff, source=f"{told.source}, by {value:g}: {GIVEN}")
    return replace(asked, conditions=replace(asked.conditions, prices=prices))


def _of_coins(asked: Question, coins: Collection[str], change: Callable[[Quote], Quote]) -> Question:
    quotes = tuple(change(quote) if quote.coin in coins else quote for quote in asked.market.quotes)
    return replace(asked, market=replace(asked.market, quotes=quotes))


def _coin_price(asked: Question, base: Estimate, value: float) -> Question:
    price = Money(decimal_of(value), base.revenue_per_day.currency)
    return _of_coins(asked, {base.coin}, lambda quote: replace(quote, price=price, price_taken_at=asked.now))


def _coin_price_ratio(asked: Question, base: Estimate, value: float) -> Question:
    return _of_coins(
        asked, base.chains, lambda quote: replace(quote, price=quote.price.scaled(value) if quote.price else None)
    )


def _harder(asked: Question, coins: Collection[str], value: float) -> Question:
    def harder(quote: Quote) -> Quote:
        """Every figure that tells how much work a block takes, so that they still agree."""
        network, yielded = quote.network_hashes_per_second, quote.coins_per_hash_per_second_per_day
        return replace(
            quote,
            difficulty=quote.difficulty and quote.difficulty * value,
            network_hashes_per_second=network and network * value,
            coins_per_hash_per_second_per_day=yielded and yielded / value,
        )

    return _of_coins(asked, coins, harder)


def _difficulty_ratio(asked: Question, base: Estimate, value: float) -> Question:
    return _harder(asked, base.chains, value)


def _difficulty(asked: Question, base: Estimate, value: float) -> Question:
    return _harder(asked, {base.coin}, value / difficulty_today(asked, base))


def difficulty_today(_asked: Question, base: Estimate) -> float:
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

    return replace(_of_coins(asked, {base.coin}, paid), coins=_with_reward(asked.coins, base.coin, value))


def _with_reward(coins: Mapping[str, Coin], ticker: str, factor: float) -> Mapping[str, Coin]:
    """The table of coins where the rule of one chain pays another reward, so that sources and rule still agree."""
    coin = coins.get(ticker)
    return coins if coin is None else {**coins, ticker: paying(coin, factor)}


def _of_work(asked: Question, base: Estimate, change: Callable[[Work], Work]) -> Question:
    if base.devices not in {part.name for part in asked.rig.parts}:
        raise ValueError(f"{base.devices} is several parts, each with its own hashrate and power: name one --coin")
    parts = tuple(
        replace(part, works=tuple(change(work) if work.mined_as == base.algorithm else work for work in part.works))
        if part.name == base.devices
        else part
        for part in asked.rig.parts
    )
    return replace(asked, rig=replace(asked.rig, parts=parts))


def _hashrate(asked: Question, base: Estimate, value: float) -> Question:
    term = Term(name="hashes_per_second", value=value, unit="H/s", source=GIVEN)
    return _of_work(asked, base, lambda work: replace(work, hashes_per_second=value, hash_terms=(term,)))


def _power(asked: Question, base: Estimate, value: float) -> Question:
    """Watts at the wall on average: uptime does not lower them any more."""
    uptime = asked.conditions.uptime_ratio
    drawn = value / uptime if uptime else 0.0
    term = Term(name="wall_watts", value=drawn, unit="W", source=GIVEN)
    power = Power(wall_watts=drawn, whole=True)
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


def _watts(text: str) -> Decimal:
    return quantity(text, units=("W",))


def _hashes_per_second(text: str) -> Decimal:
    return quantity(text, units=HASHRATE_UNITS)


INPUTS: Mapping[str, Input] = {
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
            key="kwh_price_ratio",
            unit="1",
            meaning="every price of the tariff, by today's",
            today=_one,
            set=_kwh_price_ratio,
            read=factor,
            swings=False,
        ),
        Input(
            key="coin_price",
            unit="CURRENCY",
            meaning="price of the coin; of those mined with it none",
            today=lambda _asked, base: float(base.price),
            set=_coin_price,
        ),
        Input(
            key="coin_price_ratio",
            unit="1",
            meaning="price of the coin and of all that are mined with it, by today's",
            today=_one,
            set=_coin_price_ratio,
            read=factor,
            swings=False,
        ),
        Input(
            key="difficulty",
            unit="1",
            meaning="difficulty of the coin, in the source's unit; of those mined with it none",
            today=difficulty_today,
            set=_difficulty,
            read=quantity,
            swings=False,
        ),
        Input(
            key="difficulty_ratio",
            unit="1",
            meaning="difficulty of the coin and of all that are mined with it, by today's",
            today=_one,
            set=_difficulty_ratio,
            read=factor,
        ),
        Input(
            key="block_reward_ratio",
            unit="1",
            meaning="reward of a block of the coin, by today's: 0.5 for a halving",
            today=_one,
            set=_block_reward_ratio,
            read=factor,
        ),
        Input(
            key="hashrate",
            unit="H/s",
            meaning="hashes a second",
            today=lambda _asked, base: base.operation.hashes_per_second,
            set=_hashrate,
            read=_hashes_per_second,
        ),
        Input(
            key="power",
            unit="W",
            meaning="watts at the wall, on average",
            today=lambda _asked, base: base.operation.power_watts,
            set=_power,
            read=_watts,
        ),
        *(
            Input(
                key=key,
                unit="1",
                meaning=meaning,
                today=_condition_today(name),
                set=_condition(name),
                read=read,
                most=1,
            )
            for key, name, meaning, read in (
                ("pool_fee", "pool_fee_ratio", "the pool's part", small_share),
                ("stale", "stale_ratio", "shares that come too late", small_share),
                ("uptime", "uptime_ratio", "share of the day in which it mines", share),
                ("exchange_fee", "exchange_fee_ratio", "what selling costs", small_share),
            )
        ),
        Input(
            key="dev_fee",
            unit="1",
            meaning="the mining program's part of the time",
            today=lambda _asked, base: base.operation.dev_fee_ratio,
            set=_condition("dev_fee_ratio"),
            read=small_share,
            most=1,
        ),
        Input(
            key="host_watts",
            unit="W",
            meaning="what the rest of the rig draws all day",
            today=lambda asked, _base: asked.conditions.supply.host_watts,
            set=_host_watts,
            read=_watts,
        ),
        Input(
            key="fixed_per_day",
            unit="CURRENCY/d",
            meaning="rent and the like",
            today=lambda asked, _base: float(asked.conditions.fixed_cost_per_day or 0),
            set=_fixed_per_day,
        ),
    )
}
RATIO_OF: Mapping[str, str] = {
    "kwh_price": "kwh_price_ratio",
    "coin_price": "coin_price_ratio",
    "difficulty": "difficulty_ratio",
}
"""Inputs that are told in their unit, or by today's."""
RATIOS = frozenset({*RATIO_OF.values(), "block_reward_ratio"})
TWINS: Mapping[str, str] = {**RATIO_OF, **{ratio: key for key, ratio in RATIO_OF.items()}}
"""Inputs that say the same in two ways: only one of them can be another."""
OF_ONE_CHAIN = frozenset({"coin_price", "difficulty"})
"""Of chains that are mined together these are of the first, and their ratios of all."""
ABOVE_ZERO = RATIOS | OF_ONE_CHAIN
LATER = frozenset({"power"})
"""What is set after all others: watts on average, whatever the uptime is."""
