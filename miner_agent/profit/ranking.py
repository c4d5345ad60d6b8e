"""Every coin that a rig can mine, by what it leaves in a day; what cannot be ranked is named with the reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.chain.confidence import MEDIUM_APART, Confidence, Finding, Level
from calculators.chain.pools import SchemeName
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward, Moment, block_reward
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.merged_mining import with_merged_mining
from calculators.earnings.operation import Operation
from calculators.earnings.sum_sheet import Term
from calculators.earnings.together import together
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.choice import Rule
from calculators.money import Money
from miner_agent.profit.asked_for import is_asked_for
from miner_agent.profit.drawn_idle import worth_of_energy
from miner_agent.profit.energy_cost import Prices, cost_of_day
from miner_agent.profit.figure_cover import FigureCover, figure_cover
from miner_agent.profit.in_common import (
    beside_of,
    fixed_cost_of,
    shares_energy,
    standing_still,
    supply_of,
    with_demand_charge,
)
from miner_agent.profit.quotes import Market
from miner_agent.profit.rewards_ahead import chain_height, moment_of
from miner_agent.profit.rig_figures import BesidePart, Rig, RigPart, Work
from miner_agent.profit.supply import AtTheWall, Supply, assumption, at_the_wall

WIDE = 1.5  # a modelled hashrate whose interval is wider than this is no more than a hint
MOST_ROUNDS = 4
"""In which parts of a rig go by what the others chose. They settle in the second, where no two mine one chain."""
Minable = Mapping[tuple[str, str], Sequence[Quote]]
"""By ticker and algorithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the rig is run and paid, whatever it mines."""

    prices: Prices
    supply: Supply = field(default_factory=Supply)
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: float = 0.01
    dev_fee_ratio: float | None = 0  # None: what each work's program usually keeps
    stale_ratio: float = 0
    rejected_ratio: float = 0
    uptime_ratio: float = 1
    exchange_fee_ratio: float = 0
    payout_fee_coins: float = 0
    days_between_payouts: float = 1
    fixed_cost_per_day: Money | None = None  # None: nothing
    demand_charge_per_kilowatt_per_day: Money | None = None  # of the month's peak; None: nothing
    grid_grams_per_kilowatt_hour: float | None = None  # carbon dioxide; None: nobody says
    switch_cost: Money | None = None  # of changing to another coin, once; None: nothing
    rule: Rule = field(default_factory=Rule)  # by which a coin is chosen
    notes: tuple[str, ...] = ()  # what was taken for granted in all this

    @property
    def currency(self) -> str:
        return self.prices.currency


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
class Question:
    """Everything that a ranking is made from."""

    market: Market
    rig: Rig
    conditions: Conditions
    coins: Mapping[str, Coin]  # the table of coins by ticker
    now: datetime  # aware
    only: Collection[str] = ()  # tickers to look at; none: all
    merge: bool = True  # sum up chains that one hashrate mines together


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
    minable = _minable(asked, problems)
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


def _minable(asked: Question, problems: list[str]) -> dict[tuple[str, str], list[Quote]]:
    """Quotes of each coin that is asked for, can be mined, and has a price that can be converted."""
    rig = asked.rig
    by_coin = _by_coin(asked.market.quotes)
    known = {ticker for ticker, _ in by_coin}
    problems += [f"{ticker}: no source tells anything of it" for ticker in asked.only if ticker not in known]
    unreachable = _unreachable(asked.market, asked.conditions.currency, asked.now)
    unpriced: dict[str, list[str]] = {}
    able, twofold = rig.algorithms, {each for work in rig.works if work.second for each in work.algorithms}
    found: dict[tuple[str, str], list[Quote]] = {}
    for (ticker, algorithm), quotes in by_coin.items():
        wanted = is_asked_for(ticker, only=asked.only, coins=asked.coins, merge=asked.merge)
        if algorithm not in able:
            if ticker in asked.only:
                problems.append(f"{ticker}: {rig.name} has no figure for {algorithm}")
            continue
        if not wanted and algorithm not in twofold:
            continue
        currencies = {quote.price.currency for quote in quotes if quote.price is not None}
        if currencies and currencies <= unreachable.keys():
            unpriced.setdefault(min(currencies), []).append(ticker)
            continue
        found[ticker, algorithm] = quotes
    for currency, tickers in unpriced.items():
        problems.append(f"{_listed(tickers)}: prices are in {currency}; {unreachable[currency]}")
    return found


def _settled_by_worth(asked: Question, minable: Minable) -> tuple[tuple[RigPart, ...], tuple[PartRanking, ...]]:
    """The parts as they take the energy that they share, and the ranking of each. In whichever order they are told:
    what earns most for it takes it first. Of own power the order that leaves most of those gone through is kept.
    """
    parts = asked.rig.parts
    if len(parts) == 1 or not shares_energy(asked.conditions.prices):
        return parts, _settled(asked, minable, parts)
    in_turn = tuple(sorted(parts, key=lambda part: part.name))
    tried: dict[tuple[str, ...], tuple[PartRanking, ...]] = {}
    while len(tried) < MOST_ROUNDS and (names := tuple(part.name for part in in_turn)) not in tried:
        found = tried[names] = _settled(asked, minable, in_turn)
        by_worth = sorted(found, key=lambda of: worth_of_energy(of.best), reverse=True)
        in_turn = tuple(of.part for of in by_worth)
    kept = found  # who comes last into the blocks is who stops first, so there it is what is worth least
    if not isinstance(asked.conditions.prices.tariff, TieredTariff):
        kept = max(tried.values(), key=lambda one: sum(best.profit_per_day.amount for of in one if (best := of.best)))
    ranked = {of.part.name: of for of in kept}
    return tuple(of.part for of in kept), tuple(ranked[part.name] for part in parts)


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
            found, taken = _estimated(quotes, work, asked, beside)
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


def _by_coin(quotes: Sequence[Quote]) -> dict[tuple[str, str], list[Quote]]:
    by_coin: dict[tuple[str, str], list[Quote]] = {}
    for quote in quotes:
        by_coin.setdefault((quote.coin, quote.algorithm), []).append(quote)
    return by_coin


def _unreachable(market: Market, currency: str, now: datetime) -> dict[str, str]:
    """Currencies of prices from which no rate leads to the wanted one, and why."""
    found: dict[str, str] = {}
    exchange = market.exchange
    for other in {quote.price.currency for quote in market.quotes if quote.price is not None} - {currency}:
        try:
            exchange.convert(Money(Decimal(1), other), currency, now)
        except ValueError as error:
            found[other] = str(error)
    return found


def _estimated(
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


def _listed(tickers: Sequence[str]) -> str:
    if len(tickers) <= 4:
        return ", ".join(tickers)
    return f"{', '.join(tickers[:3])} and {len(tickers) - 3} more"
