"""A ranking for programs: plain values under the names that the calculators use, money as text with its currency."""

from datetime import datetime
from typing import Any

from calculators.chain.network import SoloOdds
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.local_time import utc_text
from calculators.money import Money
from calculators.told_figures import plain
from miner_agent.profit.luck import hash_price_of, odds_alone
from miner_agent.profit.quotes import Age
from miner_agent.profit.ranking import PartRanking, Ranking
from miner_agent.profit.ranking_question import Conditions
from miner_agent.profit.rig_figures import Rig
from miner_agent.profit.whole_sum import sum_of

VERSION = 1


def document(ranking: Ranking, *, explain: bool = False) -> dict[str, Any]:
    """The whole answer, the age of the market first."""
    return {
        **head(ranking),
        "figures": _cover(ranking),
        "conditions": conditions(ranking.conditions),
        "ranking": [estimated(found, explain=explain) for found in ranking.ranked],
        "refused": [estimated(found, explain=explain) for found in ranking.refused],
        "parts": [_part(of) for of in ranking.parts],
        "together": None if ranking.whole is None else _together(ranking.whole),
        "problems": list(ranking.problems),
        "notes": list(ranking.notes),
    }


def head(ranking: Ranking) -> dict[str, Any]:
    """What every answer to a ranking begins with."""
    return {
        "version": VERSION,
        "market": [market_age(age, ranking.now) for age in ranking.market.ages],
        "taken_at": at(ranking.now),
        "currency": ranking.currency,
        "rig": ranking.rig.name,
    }


def _part(of: PartRanking) -> dict[str, Any]:
    """One part of the rig, and the best that it can do beside the others."""
    best = of.best
    return {
        "name": of.part.name,
        "slug": of.part.slug,
        "devices": of.part.device_count,
        "best": None if best is None else {"chains": list(best.chains), "algorithm": best.algorithm},
        "profit_per_day": None if best is None else money(best.profit_per_day),
    }


def _together(whole: Estimate) -> dict[str, Any]:
    """What all parts do at the same time."""
    return {
        "chains": list(whole.chains),
        "power_watts": whole.operation.power_watts,
        "revenue_per_day": money(whole.revenue_per_day),
        "energy_cost_per_day": money(whole.energy_cost_per_day),
        "fixed_cost_per_day": money(whole.fixed_cost_per_day),
        "profit_per_day": money(whole.profit_per_day),
        "break_even_price_per_kilowatt_hour": money(whole.break_even_price_per_kilowatt_hour),
        "confidence": whole.confidence.level,
    }


def _coins(found: Estimate) -> dict[str, float]:
    """Of each chain; several devices may mine one."""
    coins = dict.fromkeys(found.chains, 0.0)
    for part in found.parts or (found,):
        coins[part.coin] += part.coins_per_day
    return coins


def _hashes_per_second(found: Estimate) -> float | None:
    """Of several devices by one algorithm all that they do; of several algorithms each has its own."""
    sides = found.sides or (found,)
    if len({side.algorithm for side in sides}) > 1:
        return None
    return sum(side.operation.hashes_per_second for side in sides)


def estimated(found: Estimate, *, explain: bool = False) -> dict[str, Any]:
    """One estimate; with its whole sum where that is asked for."""
    document: dict[str, Any] = {
        "coin": found.coin,
        "chains": list(found.chains),
        "algorithm": found.algorithm,
        "devices": found.devices,
        "profitable": found.profit_per_day.amount > 0,
        "hashes_per_second": _hashes_per_second(found),
        "power_watts": found.operation.power_watts,
        "dev_fee_ratio": None if found.sides else found.operation.dev_fee_ratio,  # of several each has its own
        "coins_per_day": _coins(found),
        "price": money(found.price),
        "revenue_per_day": money(found.revenue_per_day),
        "energy_cost_per_day": money(found.energy_cost_per_day),
        "fixed_cost_per_day": money(found.fixed_cost_per_day),
        "profit_per_day": money(found.profit_per_day),
        "break_even_price_per_kilowatt_hour": money(found.break_even_price_per_kilowatt_hour),
        "break_even_coin_price": money(found.break_even_coin_price),
        "break_even_difficulty": found.break_even_difficulty,
        "break_even_difficulty_ratio": found.break_even_difficulty_ratio,
        "cost_per_coin": money(found.cost_per_coin),
        "hash_price": money(hash_price_of(found)),
        "alone": {coin: _alone(odds) for coin, odds in odds_alone(found).items()},
        "confidence": found.confidence.level,
        "confidence_of_its_day": found.confidence.of_its_day,
        "reasons": list(found.confidence.reasons),
        "oldest_taken_at": at(found.oldest_taken_at),
    }
    if explain:
        document["sum"] = [_line(term) for term in sum_of(found)]
        document["parts"] = [estimated(part, explain=True) for part in found.parts]
    return document


def conditions(under: Conditions) -> dict[str, Any]:
    """How the rig is run and paid."""
    return {
        "energy": under.prices.source,
        "pool_scheme": under.pool_scheme,
        "pool_fee_ratio": under.pool_fee_ratio,
        "dev_fee_ratio": under.dev_fee_ratio,
        "stale_ratio": under.stale_ratio,
        "rejected_ratio": under.rejected_ratio,
        "uptime_ratio": under.uptime_ratio,
        "exchange_fee_ratio": under.exchange_fee_ratio,
        "fixed_cost_per_day": money(under.fixed_cost_per_day),
        "psu": under.supply.certificate,
        "psu_source": under.supply.source,
        "host_watts": under.supply.host_watts,
    }


def market_age(age: Age, now: datetime) -> dict[str, Any]:
    """How old one source's quotes are; nothing where it does not say."""
    return {
        "source": age.source,
        "oldest_taken_at": None if age.undated else at(age.oldest),
        "newest_taken_at": None if age.undated else at(age.newest),
        "age_seconds": None if age.undated else max(0.0, (now - age.newest).total_seconds()),
    }


def money(amount: Money | None) -> dict[str, str] | None:
    """An amount as text: no digit is lost, and none is added."""
    return None if amount is None else {"amount": plain(amount.amount), "currency": amount.currency}


def at(moment: datetime | None) -> str | None:
    """A time as RFC 3339 has it, in UTC."""
    return None if moment is None else utc_text(moment)


def _cover(ranking: Ranking) -> dict[str, Any]:
    """Which algorithms of the market the rig has which figure for, and between what those of a model are."""
    cover = ranking.cover
    return {
        "cited": list(cover.cited),
        "modelled": {name: _likely(name, ranking.rig) for name in cover.modelled},
        "missing": list(cover.missing),
    }


def _alone(odds: SoloOdds) -> dict[str, float]:
    return {
        "blocks_per_day": odds.blocks_per_day,
        "mean_seconds_to_first_block": odds.mean_seconds_to_first_block,
        "seconds_to_first_block_95": odds.seconds_to_first_block_95,
        "probability_of_none_in_30_days": odds.probability_of_none_in_period,
    }


def _likely(algorithm: str, rig: Rig) -> list[float]:
    """Between what the parts together are on an algorithm; what is no model's is taken as it is. [H/s]"""
    works = [work for work in rig.works if work.mined_as == algorithm]
    told = [work.likely_hashes_per_second or (work.hashes_per_second, work.hashes_per_second) for work in works]
    return [sum(least for least, _ in told), sum(most for _, most in told)]


def _line(term: Term) -> dict[str, Any]:
    value = term.value
    return {
        "name": term.name,
        "value": money(value) if isinstance(value, Money) else value,
        "unit": term.unit,
        "source": term.source,
        "taken_at": at(term.taken_at),
        "formula": term.formula,
    }
