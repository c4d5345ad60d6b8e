"""Every coin that a rig can mine, by what it leaves in a day; what cannot be ranked is named with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.earnings.merged_mining import with_merged_mining
from calculators.earnings.together import together
from calculators.electricity.tariff_tiers import TieredTariff
from miner_agent.profit.asked_for import is_asked_for
from miner_agent.profit.coin_estimate import estimate_of
from miner_agent.profit.drawn_idle import worth_of_energy
from miner_agent.profit.figure_cover import FigureCover, figure_cover
from miner_agent.profit.in_common import beside_of, fixed_cost_of, shares_energy, standing_still, supply_of
from miner_agent.profit.minable import Minable, minable_of
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import BesidePart, Rig, RigPart, Work
from miner_agent.profit.supply import assumption

MOST_ROUNDS = 4
"""In which parts of a rig go by what the others chose. They settle in the second, where no two mine one chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRanking:
    """What one part of a rig can mine, while the others mine their best."""

    part: RigPart
    beside: BesidePart
    ranked: tuple[Estimate, ...]
    refused: tuple[Estimate, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def best(self) -> Estimate | None:
        """What leaves most."""
        return self.ranked[0] if self.ranked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The answer. ``ranked`` begins with the most profitable; a loss is a negative profit and stays in it."""

    asked: Question
    parts: tuple[PartRanking, ...]  # each mines its own best at the same time
    in_turn: tuple[RigPart, ...]  # as they take own power and fill blocks of consumption
    ranked: tuple[Estimate, ...]  # of all parts
    refused: tuple[Estimate, ...]  # their reasons stand in their confidence
    whole: Estimate | None  # the best of every part together; None: no part has anything
    problems: tuple[str, ...]  # what is missing, and why; the ranking stands without it
    notes: tuple[str, ...]  # what was taken for granted

    @property
    def rig(self) -> Rig:
        return self.asked.rig

    @property
    def market(self) -> Market:
        return self.asked.market

    @property
    def conditions(self) -> Conditions:
        return self.asked.conditions

    @property
    def now(self) -> datetime:
        return self.asked.now

    @property
    def currency(self) -> str:
        return self.conditions.currency

    @property
    def cover(self) -> FigureCover:
        """For which algorithms of the market the rig has a figure."""
        return figure_cover(self.rig, self.market.quotes)

    @property
    def choices(self) -> tuple[Estimate, ...]:
        """What can be chosen between, the best first: every coin; of a rig of several parts all at their best."""
        if len(self.parts) == 1:
            return self.ranked
        return () if self.whole is None else (self.whole,)

    def found(self, coin: str) -> Estimate | None:
        """The estimate that has this coin in it, refused or not."""
        return next((each for each in (*self.ranked, *self.refused) if coin in each.chains), None)


def rank(asked: Question) -> Ranking:
    """Every coin of the market that a part of the rig has a figure for, ranked by profit; and the best of all parts.

    What a coin does next, tax and the machine's price are not in it. One coin's bad data costs that coin.
    """
    rig, conditions = asked.rig, asked.conditions
    problems: list[str] = [*asked.market.problems, *rig.problems]
    minable = minable_of(asked, problems)
    in_turn, parts = _settled_by_worth(asked, minable)
    summed = [found for part in parts for found in part.ranked]
    notes = (*conditions.notes, *(note for part in parts for note in part.notes))
    return Ranking(
        asked=asked,
        parts=parts,
        in_turn=in_turn,
        ranked=tuple(sorted(summed, key=_best_first)),
        refused=tuple(found for part in parts for found in part.refused),
        whole=_whole_rig(asked, parts),
        problems=tuple(dict.fromkeys((*problems, *(problem for part in parts for problem in part.problems)))),
        notes=tuple(dict.fromkeys(notes)),
    )


def _settled_by_worth(asked: Question, minable: Minable) -> tuple[tuple[RigPart, ...], tuple[PartRanking, ...]]:
    """The parts as they take the energy that they share, and the ranking of each. In whichever order they are told:
    what earns most for it takes it first. Of own power the order that leaves most of those gone through is kept.
    """
    parts = asked.rig.parts
    if len(parts) == 1 or asked.is_in_turn or not shares_energy(asked.conditions.prices):
        return parts, _settled(asked, minable, parts)
    in_turn = tuple(sorted(parts, key=lambda part: part.name))
    tried: dict[tuple[str, ...], tuple[PartRanking, ...]] = {}
    while len(tried) < MOST_ROUNDS and (names := tuple(part.name for part in in_turn)) not in tried:
        found = tried[names] = _settled(asked, minable, in_turn)
        by_worth = sorted(found, key=lambda of: worth_of_energy(of.best), reverse=True)
        in_turn = tuple(of.part for of in by_worth)
    kept = found  # who comes last into the blocks is who stops first, so there it is what is worth least
    if not isinstance(asked.conditions.prices.tariff, TieredTariff):
        kept = max(reversed(tried.values()), key=_left_by_all)  # of those that leave as much the last: by worth
    ranked = {of.part.name: of for of in kept}
    return tuple(of.part for of in kept), tuple(ranked[part.name] for part in parts)


def _left_by_all(parts: Sequence[PartRanking]) -> Decimal:
    return round(sum((best.profit_per_day.amount for of in parts if (best := of.best)), Decimal(0)), 9)


def _settled(asked: Question, minable: Minable, parts: Sequence[RigPart]) -> tuple[PartRanking, ...]:
    """The ranking of each part, in this order, until what one chooses changes no other one's."""
    prices = asked.conditions.prices
    found: dict[int, PartRanking] = {}
    for _ in range(MOST_ROUNDS):
        settled = True
        for place, part in enumerate(parts):
            chosen = {other: best for other, of in found.items() if other != place and (best := of.best) is not None}
            beside = part.beside or beside_of(
                part,
                before=[best for other, best in chosen.items() if other < place],
                others=[(parts[other], best) for other, best in chosen.items()],
                prices=prices,
            )
            if place not in found or found[place].beside != beside:
                found[place], settled = _of_part(part, beside, minable, asked), False
        if settled or len(parts) == 1:
            break
    return tuple(found[place] for place in range(len(parts)))


def _of_part(part: RigPart, beside: BesidePart, minable: Minable, asked: Question) -> PartRanking:
    rig, under = asked.rig, asked.conditions
    conditions = replace(
        under,
        supply=supply_of(under.supply, rig, part),
        fixed_cost_per_day=fixed_cost_of(under.fixed_cost_per_day, rig, part),
        prices=replace(under.prices, watts_before=beside.watts),
    )
    ask = replace(asked, conditions=conditions)
    problems: list[str] = []
    notes: dict[str, None] = {}
    summed: list[Estimate] = []
    for work in part.works:
        quotes = {coin: told for (coin, algorithm), told in minable.items() if algorithm == work.algorithm}
        quotes = {coin: told for coin, told in quotes.items() if part.may_mine(work, coin)}
        first = _of_work(work, quotes, ask, beside, problems, notes)
        if work.second is None:
            summed += [found for found in first if _is_wanted(found, asked)]
            continue
        quotes = {coin: told for (coin, algorithm), told in minable.items() if algorithm == work.second.algorithm}
        quotes = {coin: told for coin, told in quotes.items() if part.may_mine(work, coin)}
        free = replace(ask, conditions=replace(conditions, fixed_cost_per_day=None))
        second = _of_work(work.second, quotes, free, beside, problems, notes)
        summed += [pair for pair in _pairs(first, second, work) if _is_wanted(pair, asked)]
    named = [replace(found, devices=part.name) for found in summed]
    powers = {work.mined_as: work.power for work in part.works}
    taken = [assumption(under.supply, power) for found in named if (power := powers.get(found.algorithm)) is not None]
    return PartRanking(
        part=part,
        beside=beside,
        ranked=tuple(sorted((each for each in named if not _is_refused(each)), key=_best_first)),
        refused=tuple(each for each in named if _is_refused(each)),
        problems=tuple(problems),
        notes=(*(note for note in dict.fromkeys(taken) if note is not None), *notes),
    )


def _of_work(
    work: Work,
    minable: Mapping[str, Sequence[Quote]],
    asked: Question,
    beside: BesidePart,
    problems: list[str],
    notes: dict[str, None],
) -> Sequence[Estimate]:
    """What each coin, or chains that are mined together, would leave on one algorithm."""
    estimates: list[Estimate] = []
    for ticker, quotes in minable.items():
        try:
            found, taken = estimate_of(quotes, work, asked, beside)
        except ValueError as error:
            sentence = str(error)
            problems.append(sentence if sentence.startswith(ticker) else f"{ticker}: {sentence}")
            continue
        estimates.append(found)
        notes.update(dict.fromkeys((*work.notes, *taken)))
    if not asked.merge:
        return estimates
    return [_whole(each) for each in with_merged_mining(estimates=estimates, coins=asked.coins)]


def _pairs(first: Sequence[Estimate], second: Sequence[Estimate], work: Work) -> list[Estimate]:
    """What two algorithms at once bring: each coin of one with the best of the other, for they do not disturb."""
    firsts, seconds = (sorted((e for e in side if not _is_refused(e)), key=_best_first) for side in (first, second))
    if not firsts or not seconds:  # of the second nothing is known; the power stands in the first
        return [replace(one, algorithm=work.mined_as, parts=one.parts or (one,)) for one in firsts]
    chosen = [(one, seconds[0]) for one in firsts] + [(firsts[0], other) for other in seconds[1:]]
    return [together(pair, devices="") for pair in chosen]


def _is_wanted(found: Estimate, asked: Question) -> bool:
    return any(is_asked_for(chain, only=asked.only, coins=asked.coins, merge=asked.merge) for chain in found.chains)


def _is_refused(found: Estimate) -> bool:
    return found.confidence.level == "refused"


def _best_first(found: Estimate) -> tuple[Decimal, str]:
    return -found.profit_per_day.amount, found.coin


def _whole_rig(asked: Question, parts: Sequence[PartRanking]) -> Estimate | None:
    """The best of every part; what mines nothing still has its share of what is paid in common."""
    best = [found for part in parts if (found := part.best) is not None]
    if not best or len(parts) == 1:
        return best[0] if best else None
    idle = [part.part for part in parts if part.best is None]
    conditions = asked.conditions
    rest = standing_still(
        idle,
        rig=asked.rig,
        supply=conditions.supply,
        prices=conditions.prices,
        fixed_cost_per_day=conditions.fixed_cost_per_day,
        watts_before=sum(found.operation.power_watts for found in best),
        now=asked.now,
    )
    return together(best, devices=asked.rig.name, standing_still=rest if idle else None)


def _whole(found: Estimate) -> Estimate:
    """A sum of merged chains, with what its first chain's sum tells of power and energy."""
    if not found.parts:
        return found
    first = found.parts[0]
    formula = next(term.formula for term in first.terms if term.name == "energy_cost_per_day")
    terms = [
        replace(term, source=f"sum of {first.coin}")
        if term.name == "power_watts"
        else replace(term, source=None, formula=formula)
        if term.name == "energy_cost_per_day"
        else term
        for term in found.terms
    ]
    return replace(found, terms=tuple(terms))
