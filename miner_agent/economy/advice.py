"""Which coin would be better, by the rules of ``choice``, and what was said before. Nothing acts on it.

It goes by how far a day's profit may stray; what more days might bring is the matter of ``stress``. A switch has to
bring back its cost within the day.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from calculators.earnings.estimate import Estimate
from calculators.horizon.choice import Decision, choose
from calculators.horizon.day_ahead import outlooks_of_a_day
from calculators.horizon.outlook import Outlook
from miner_agent.economy.sums import MOST_COINS, Summed
from miner_agent.model.finances import Candidate, DecisionNote
from miner_agent.profit.in_common import left_idle_per_day
from miner_agent.profit.ranking import PartRanking
from miner_agent.profit.ranking_question import Conditions

STALE_AFTER = timedelta(days=1)  # what is older than its feed allows is no candidate at all


@dataclass(slots=True)
class _Part:
    """What one part of the rig mines, since when, and what was advised last."""

    mining: str | None
    since: datetime | None
    verdict: tuple[str | None, ...] = ()


@dataclass(slots=True)
class Adviser:
    """Follows what is mined from minute to minute. Counters count since the agent started."""

    switches: Counter[str] = field(default_factory=Counter)
    suppressed: Counter[str] = field(default_factory=Counter)
    _parts: dict[str, _Part] = field(default_factory=dict)
    _spread: dict[tuple[str, str, str], Outlook] = field(default_factory=dict)  # by part, coin and algorithm

    def follow(self, summed: Summed, *, now: datetime) -> tuple[DecisionNote, ...]:
        """The decisions that differ from the last ones."""
        ranking = summed.ranking
        self._spread.clear()
        if ranking is None:
            return ()
        conditions = replace(ranking.conditions, rule=replace(ranking.conditions.rule, stale_after=STALE_AFTER))
        decided = (
            self._decide(of, mined, conditions, now)
            for of in ranking.parts
            if (mined := summed.mined.get(of.part.name)) is not None
        )
        return tuple(note for note in decided if note is not None)

    def with_spread(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """The candidates, each with between what its profit may come out, as far as it was asked at the last time."""
        return tuple(self._with_spread(each) for each in candidates)

    def _with_spread(self, candidate: Candidate) -> Candidate:
        outlook = self._spread.get((candidate.part, candidate.coin, candidate.algorithm))
        if outlook is None:
            return candidate
        return replace(
            candidate,
            profit_p5_per_day=outlook.p5,
            profit_p95_per_day=outlook.p95,
            why_unclear=outlook.why_unclear,
        )

    def _decide(self, of: PartRanking, mined: Estimate, conditions: Conditions, now: datetime) -> DecisionNote | None:
        part, candidates = of.part.slug, _of(of, mined)
        known = self._parts.get(part)
        if known is None:
            known = self._parts[part] = _Part(mined.coin, None)
        elif known.mining != mined.coin:
            self._parts[part] = known = _Part(mined.coin, now)
        if not candidates:
            return None
        outlooks = outlooks_of_a_day(
            machine=part, estimates=candidates, mining=mined.coin, switch_cost=conditions.switch_cost
        )
        self._spread |= {(part, one.coin, one.algorithm): one for one in outlooks}
        decision = choose(
            outlooks=outlooks,
            mining=mined.coin,
            mined_since=known.since,
            now=now,
            outlooks_at=now,
            rule=conditions.rule,
            idle=left_idle_per_day(candidates[0], conditions.prices, watts_before=of.beside.watts, now=now),
        )
        verdict = (decision.before, decision.after, decision.wanted, decision.reason)
        if verdict == known.verdict:
            return None
        known.verdict = verdict
        if decision.changed:
            self.switches[decision.reason] += 1
        elif decision.refused:
            self.suppressed[decision.reason] += 1
        return _note(part, decision, candidates, mined)


def advantage_ratio(summed: Summed) -> float | None:
    """By how much the best coins would leave more than those that are mined, as a part of these ones' revenue."""
    ranking = summed.ranking
    if ranking is None or not summed.mined:
        return None
    gain, revenue = 0.0, 0.0
    for of in ranking.parts:
        mined = summed.mined.get(of.part.name)
        if mined is None:
            continue
        candidates = _of(of, mined)
        if mined not in candidates:
            return None
        gain += float(candidates[0].profit_per_day - mined.profit_per_day)
        revenue += float(mined.revenue_per_day)
    return gain / revenue if revenue > 0 else None


def _of(ranking: PartRanking, mined: Estimate) -> list[Estimate]:
    """What the part could mine, the best first; of a coin with several algorithms the one mined, else the best."""
    found: dict[str, Estimate] = {}
    for each in ranking.ranked:
        if each is mined or each.coin != mined.coin:
            found.setdefault(each.coin, each)
    most = list(found.values())[:MOST_COINS]
    return most if mined not in found.values() or mined in most else [*most, mined]


def _note(part: str, decision: Decision, candidates: Sequence[Estimate], mined: Estimate) -> DecisionNote:
    return DecisionNote(
        decided_at=decision.decided_at,
        part=part,
        before=decision.before,
        after=decision.after,
        wanted=decision.wanted,
        reason=decision.reason,
        refused=decision.refused,
        sentence=decision.sentence,
        inputs=tuple(
            Candidate(
                part=part,
                coin=each.coin,
                algorithm=each.algorithm,
                revenue_per_day=each.revenue_per_day,
                profit_per_day=each.profit_per_day,
                selected=each is mined,
            )
            for place, each in enumerate(candidates)
            if place < MOST_COINS or each is mined
        ),
    )
