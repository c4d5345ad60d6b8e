"""What a profit becomes when an input is another: one value, a row of them, two inputs at once, or each up and down."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from calculators.earnings.estimate import Estimate
from calculators.money import Money
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rig_figures import STANDS_STILL, KeptWork
from miner_agent.profit.what_if_inputs import (
    ABOVE_ZERO,
    INPUTS,
    LATER,
    OF_ONE_CHAIN,
    TWINS,
    Input,
    difficulty_today,
)
from miner_agent.profit.what_if_words import Range, refuse_twins

NOTHING_SET: Mapping[str, float] = MappingProxyType({})


def inputs() -> Mapping[str, Input]:
    """All of them, by key."""
    return INPUTS


def estimate_of(asked: Question, coin: str) -> Estimate:
    """What one coin, with the chains that are mined together with it, earns.

    Raises:
        ValueError: nothing can be computed for it, or it is refused; the sentence says why.
    """
    ranking = rank(asked)
    return _believed(ranking, ranking.found(coin), coin)


def again(asked: Question, base: Estimate) -> Estimate:
    """What one estimate is of, by a question: one coin, or what all parts of a rig mine.

    Raises:
        ValueError: nothing can be computed for it, or it is refused; the sentence says why.
    """
    ranking = rank(asked)
    if not is_whole(asked, base):
        return _believed(ranking, ranking.found(base.coin), base.coin)
    return _believed(ranking, ranking.refused[0] if ranking.refused else ranking.whole, base.coin)


def _believed(ranking: Ranking, found: Estimate | None, coin: str) -> Estimate:
    if found is None:
        raise ValueError("; ".join(ranking.problems) or f"{coin}: {ranking.rig.name} has no figure for it")
    if found.confidence.level == "refused":
        raise ValueError(f"{found.coin} is refused then: {'; '.join(found.confidence.reasons[:3])}")
    return found


def is_whole(asked: Question, base: Estimate) -> bool:
    """Whether an estimate is of all parts of a rig that has several."""
    return len(asked.rig.parts) > 1 and base.devices == asked.rig.name


def narrowed(asked: Question, base: Estimate) -> Question:
    """The question about what one estimate is of alone: other parts stand still, or mine what they mine in it."""
    quotes = tuple(each for each in asked.market.quotes if each.coin in base.chains)
    market = replace(asked.market, quotes=quotes, problems=())
    sides = base.sides if is_whole(asked, base) else (base,)
    kept = {each.devices: KeptWork(mined_as=each.algorithm, coins=frozenset(each.chains)) for each in sides}
    parts = tuple(replace(part, kept=kept.get(part.name, STANDS_STILL)) for part in asked.rig.parts)
    if len(parts) > 1 and not is_whole(asked, base):
        beside = {of.part.name: of.beside for of in rank(asked).parts}
        parts = tuple(replace(part, beside=beside[part.name]) for part in parts)
    return replace(asked, market=market, only=(), rig=replace(asked.rig, parts=parts, problems=()))


def asked_with(asked: Question, base: Estimate, settings: Mapping[str, float]) -> Question:
    """The question in which inputs have other values: the same one in whatever order they are named.

    Args:
        asked: the question as it is.
        base: its answer, for inputs that are told as a share of today's.
        settings: values by key, each in its input's unit.

    Raises:
        ValueError: a value is not possible, or two of them say the same in two ways.
    """
    refuse_twins(settings)
    for key in sorted(settings, key=lambda key: (key in LATER, key)):
        asked = _changed(asked, base, key, settings[key])
    return asked


def _changed(asked: Question, base: Estimate, key: str, value: float) -> Question:
    told = INPUTS[key]
    if not math.isfinite(value) or (value < 0 and key != "kwh_price") or value > told.most:
        limit = f" to {told.most:g}" if math.isfinite(told.most) else " or more"
        raise ValueError(f"{key} = {value:g} is not possible; expected 0{limit}")
    if value == 0 and key in ABOVE_ZERO:
        raise ValueError(f"{key} = 0 is not possible; expected a number above zero")
    return told.set(asked, base, value)


def answer_with(asked: Question, base: Estimate, settings: Mapping[str, float]) -> Estimate:
    """The estimate of the same coin where inputs have other values.

    Raises:
        ValueError: a value is not possible, or the coin is refused then.
    """
    return again(asked_with(asked, base, settings), base)


def sweep(
    asked: Question, base: Estimate, along: Range, settings: Mapping[str, float] = NOTHING_SET
) -> Iterator[tuple[float, Estimate]]:
    """The estimate at each value of one input, beside others that are set.

    Raises:
        ValueError: a value is not possible, or the input is set too.
    """
    _refuse_set([along], settings)
    for value in along.values:
        yield value, answer_with(asked, base, {**settings, along.key: value})


def sweep_two(
    asked: Question, base: Estimate, across: Range, up: Range, settings: Mapping[str, float] = NOTHING_SET
) -> Iterator[list[Estimate]]:
    """For each value of ``up`` the estimates at each value of ``across``, beside others that are set.

    Raises:
        ValueError: a value is not possible, or an input is set too.
    """
    _refuse_set([across, up], settings)
    for high in up.values:
        yield [answer_with(asked, base, {**settings, up.key: high, across.key: value}) for value in across.values]


def _refuse_set(ranges: Iterable[Range], settings: Mapping[str, float]) -> None:
    for along in ranges:
        if along.key in settings:
            raise ValueError(f"{along.key} is set and swept; leave one away")
        refuse_twins({*settings, along.key})


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


def weights(
    asked: Question, base: Estimate, *, share: float, settings: Mapping[str, float] = NOTHING_SET
) -> tuple[Weight, ...]:
    """Each input ``share`` lower and higher, all else as it is set; the weightiest first. What is zero stays.

    Args:
        asked: the question of today.
        base: its answer.
        share: how far. [1] 0.1 for a tenth.
        settings: values of inputs that are others than today.

    Raises:
        ValueError: a value that is set is not possible.
    """
    then = asked_with(asked, base, settings)
    answer = again(then, base)
    found: list[Weight] = []
    for each in _swung(base, settings):
        value = _value_of(each, then, answer, base, settings)
        if value == 0 or not math.isfinite(value):
            continue
        others = {key: one for key, one in settings.items() if key != TWINS.get(each.key)}
        low, high = sorted((value * (1 - share), min(value * (1 + share), each.most)))
        try:
            at = [answer_with(asked, base, {**others, each.key: one}) for one in (low, high)]
        except ValueError:  # this market does not tell what it takes
            continue
        found.append(
            Weight(
                input=each, low=low, high=high, profit_at_low=at[0].profit_per_day, profit_at_high=at[1].profit_per_day
            )
        )
    return tuple(sorted(found, key=lambda weight: -weight.swing))


def _swung(base: Estimate, settings: Mapping[str, float]) -> Iterator[Input]:
    """The inputs whose weight is told. Of chains that are mined together all move, but where one alone is set."""
    for each in INPUTS.values():
        ratio = INPUTS.get(TWINS.get(each.key, "")) if each.key in OF_ONE_CHAIN else None
        if base.parts and ratio is not None:
            yield each if each.key in settings else ratio
        elif each.swings and not (base.parts and TWINS.get(each.key) in OF_ONE_CHAIN):
            yield each


def _value_of(each: Input, then: Question, answer: Estimate, base: Estimate, settings: Mapping[str, float]) -> float:
    """What an input is where others are set. A ratio is by today's, however it came about."""
    if each.key in settings:
        return settings[each.key]
    if each.key == "difficulty_ratio" and "difficulty" in settings:
        return settings["difficulty"] / difficulty_today(then, base)
    return each.today(then, answer)


def crossings(rows: Sequence[tuple[float, Estimate]]) -> Iterator[tuple[float, float]]:
    """Between which values of an input gain turns into loss, or loss into gain."""
    for (one, before), (other, after) in pairwise(rows):
        if (before.profit_per_day.amount > 0) != (after.profit_per_day.amount > 0):
            yield one, other
