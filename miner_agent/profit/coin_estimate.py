"""What one coin leaves in a day on one algorithm of a rig, and how far that can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.confidence import MEDIUM_APART, Confidence, Finding, Level
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward, Moment, block_reward
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.earnings.sum_sheet import Term
from miner_agent.profit.energy_cost import cost_of_day
from miner_agent.profit.in_common import with_demand_charge
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rewards_ahead import chain_height, moment_of
from miner_agent.profit.rig_figures import BesidePart, Work
from miner_agent.profit.supply import AtTheWall, at_the_wall

WIDE = 1.5  # a modelled hashrate whose interval is wider than this is no more than a hint


def estimate_of(
    quotes: Sequence[Quote], work: Work, asked: Question, beside: BesidePart
) -> tuple[Estimate, tuple[str, ...]]:
    """The estimate of one coin, its sum from the devices on, and what was taken for granted."""
    conditions, coin, now = asked.conditions, asked.coins.get(quotes[0].coin), asked.now
    newest = max(min(quote.taken_at, now) for quote in quotes).date()
    status = None if coin is None or coin.status is None or newest < coin.status.since else coin.status
    if status is not None and status.state == "ended":
        raise ValueError(f"{quotes[0].coin}: {status.told}; what a source still tells of it is not ranked")
    if coin is not None:
        coin = coin.as_of(newest)
    operation, wall = operation_of(work, conditions)
    cost = cost_of_day(conditions.prices, power_watts=wall.watts, now=now)
    fixed, fixed_terms = with_demand_charge(
        conditions.fixed_cost_per_day, conditions.demand_charge_per_kilowatt_per_day, wall
    )
    found = estimate(
        quotes=quotes,
        operation=operation,
        energy_cost_per_day=cost.money,
        now=now,
        fixed_cost_per_day=fixed,
        coin=coin,
        reward_by_rule=_by_rule(coin, quotes, now),
        rates=asked.market.exchange,
        energy_terms=cost.terms,
        hashes_per_second_beside=beside.hashes_per_second.get(quotes[0].coin, 0.0),
        running_ratio=work.running_ratios.get(quotes[0].coin, 1.0),
    )
    whole = {
        "hashes_per_second": (*work.count_terms, *work.hash_terms),
        "power_watts": wall.terms,
        **({"fixed_cost_per_day": fixed_terms} if fixed_terms else {}),
    }
    terms = tuple(line for term in found.terms for line in _replaced(term, whole, cost.formula))
    found = replace(found, terms=terms, confidence=_doubted(found.confidence, work))
    if status is not None:
        reason = Finding(level="low", reason=f"{found.coin}: {status.told}", kind="chain")
        found = replace(found, confidence=found.confidence.lowered(reason))
    return found, cost.notes


def operation_of(work: Work, conditions: Conditions) -> tuple[Operation, AtTheWall]:
    """How one algorithm is run and paid on a rig, and what it draws from the wall.

    Raises:
        ValueError: its power is not known, or more than the power supply is rated for.
    """
    if work.power is None:
        raise ValueError(f"{work.devices} on {work.algorithm}: no power is known; say the watts at the wall")
    wall = at_the_wall(
        power=work.power, power_terms=work.power_terms, supply=conditions.supply, uptime_ratio=conditions.uptime_ratio
    )
    operation = Operation(
        hashes_per_second=work.hashes_per_second,
        power_watts=wall.watts,
        uptime_ratio=conditions.uptime_ratio,
        dev_fee_ratio=work.program_fee_ratio if conditions.dev_fee_ratio is None else conditions.dev_fee_ratio,
        stale_ratio=conditions.stale_ratio,
        rejected_ratio=conditions.rejected_ratio,
        pool_scheme=conditions.pool_scheme,
        pool_fee_ratio=conditions.pool_fee_ratio,
        exchange_fee_ratio=conditions.exchange_fee_ratio,
        payout_fee_coins=conditions.payout_fee_coins,
        days_between_payouts=conditions.days_between_payouts,
    )
    return operation, wall


def _doubted(confidence: Confidence, work: Work) -> Confidence:
    """What is known of the coin, with what the figures of the rig leave of it."""
    finding = doubt_of(work)
    return confidence if finding is None else confidence.lowered(finding)


def doubt_of(work: Work) -> Finding | None:
    """What speaks against the figures of a rig; ``None`` where they are cited or measured."""
    if work.likely_hashes_per_second is None and not work.power_is_modelled:
        return None
    level: Level = "medium"
    reason = f"{work.devices} on {work.algorithm}: the watts are modelled"
    if work.likely_hashes_per_second is not None:
        least, most = (end / work.hashes_per_second for end in work.likely_hashes_per_second)
        level = "low" if most > WIDE * least else "medium"
        reason = f"{work.devices} on {work.algorithm}: the hashrate is modelled, likely {least:.0%} to {most:.0%} of it"
    return Finding(level=level, reason=reason, kind="modelled")


def _replaced(term: Term, whole: Mapping[str, Sequence[Term]], energy_formula: str) -> Sequence[Term]:
    """A line that was given to the estimate, with the lines that led to it."""
    if term.name == "energy_cost_per_day":
        return [replace(term, source=None, formula=energy_formula)]
    return whole.get(term.name, [term])


def _by_rule(coin: Coin | None, quotes: Sequence[Quote], now: datetime) -> BlockReward | None:
    """What the next block pays by the chain's rule, where it is known what that goes by."""
    if coin is None or coin.reward_rule is None:
        return None
    newest = max(min(quote.taken_at, now) for quote in quotes)
    height = chain_height(coin, quotes, newest)
    try:
        paid = block_reward(coin=coin, moment=moment_of(height, newest))
        if height is None or not height.doubt_blocks:
            return paid
        doubted = [
            block_reward(coin=coin, moment=Moment(at=newest, height=height.blocks + doubt)).miner_coins
            for doubt in (-height.doubt_blocks, height.doubt_blocks)
        ]
    except ValueError:  # its rule goes by what no source tells
        return None
    near_a_step = max(doubted) > min(doubted) * (1 + MEDIUM_APART)
    return None if near_a_step else paid
