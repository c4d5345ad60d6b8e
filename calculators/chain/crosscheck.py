"""Whether what is said of a coin can be believed: independent estimates side by side, ages, units.

A published yield speaks against its own source's difficulty, but never for it: it was computed from it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.confidence import (
    LOW_APART,
    MEDIUM_APART,
    OLD,
    REFUSED_APART,
    STALE,
    Finding,
    Level,
    aged,
    apart,
)
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward
from calculators.chain.witnesses import WRONG_BLOCK_TIME, CompletedQuote, Method, Witness, completed_quote, witnesses_of
from calculators.told_figures import significant

MOST_FEES = 0.9
"""Of a block's subsidy, for fees of transactions: days have brought half of it. Twice a subsidy is the one before the
halving."""
SAME_NUMBER = 1e-3
"""Two estimates that agree so well are one: most sources compute the network's hashrate from the difficulty."""
UNIT_SLIPS = {
    1e3: "a decimal prefix (k, M, G) is wrong",
    1e6: "a decimal prefix (k, M, G) is wrong",
    1e9: "a decimal prefix (k, M, G) is wrong",
    1e12: "a decimal prefix (k, M, G) is wrong",
    2.0**16: "the difficulty of a pool's shares is taken for the node's",
    2.0**32: "difficulty is counted in units of 2**32 hashes here and in hashes there",
    8192.0: "solutions are taken for units of difficulty",
    24.0: "an hour is taken for a day",
}
UNIT_SLIP_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The estimate to use, everything that was compared with it, and what that means."""

    witness: Witness
    others: tuple[Witness, ...]
    findings: tuple[Finding, ...]


def crosscheck(
    *, quotes: Sequence[Quote], now: datetime, coin: Coin | None = None, reward_by_rule: BlockReward | None = None
) -> Checked:
    """Chooses the estimate that most sources bear out, and names everything that speaks against it.

    Prices are not in it: ``price_findings``. What no source can know is not in it either: a fork, a withheld block.

    Args:
        quotes: what the sources say of one coin on one algorithm, the most trusted first.
        now: this moment, aware.
        coin: its row in the table of coins, for the time between blocks that a source left out or got wrong.
        reward_by_rule: what a block pays by the chain's rule. ``None``: not known. Where a source lists the whole block
            the miner's part of it is taken; where it lists none, the rule's.

    Raises:
        ValueError: there are no quotes, they are of different coins or algorithms, or none tells enough.

    A billion hashes by the difficulty, two billion by the network: one of them is wrong.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=1e9,
    ...               hashes_per_difficulty=1, block_reward_coins=2, network_hashes_per_second=1e8,
    ...               block_time_seconds=20)
    >>> checked = crosscheck(quotes=[quote], now=noon)
    >>> checked.witness.method, [other.method for other in checked.others], checked.findings[0].level
    ('difficulty', ['network'], 'refused')
    """
    first = _one_coin(quotes)
    if now.tzinfo is None:
        raise ValueError(f"{first.coin}: the moment of an estimate needs its zone")
    if coin is not None and coin.ticker != first.coin:
        raise ValueError(f"{first.coin}: its quotes were given with the row of {coin.ticker} in the table of coins")
    if reward_by_rule is not None and not reward_by_rule.miner_coins > 0:
        raise ValueError(f"{first.coin}: by the rule of its chain a block pays the miner nothing")
    completed = _of_one_day([completed_quote(quote, coin, reward_by_rule) for quote in quotes], coin, now)
    everyone = [witness for each in completed for witness in witnesses_of(each, coin)]
    if not everyone:
        sources = " and ".join(dict.fromkeys(quote.source for quote in quotes))
        raise ValueError(
            f"{first.coin}: nothing to estimate from: {sources} must tell difficulty with its factor or network "
            "hashrate with its time between blocks, and the reward to either, or a yield"
        )
    chosen = _best_supported(everyone, now)
    findings = [
        *_agreement(chosen, everyone, coin),
        *_age(chosen, now),
        *_unknown_factor(chosen, completed),
        *_reward(chosen, completed, reward_by_rule),
    ]
    return Checked(
        witness=chosen, others=tuple(each for each in everyone if each is not chosen), findings=tuple(findings)
    )


def _one_coin(quotes: Sequence[Quote]) -> Quote:
    if not quotes:
        raise ValueError("no source has told anything of this coin")
    first = quotes[0]
    for quote in quotes:
        if (quote.coin, quote.algorithm) != (first.coin, first.algorithm):
            raise ValueError(
                f"{first.coin} on {first.algorithm} and {quote.coin} on {quote.algorithm} cannot be one estimate"
            )
    return first


def _of_one_day(completed: Sequence[CompletedQuote], coin: Coin | None, now: datetime) -> list[CompletedQuote]:
    """Without what is more than a day older than the newest that can be estimated from: a difficulty of last month does
    not refute today's. A price of today refutes none."""
    telling = [each for each in completed if witnesses_of(each, coin)] or completed
    dated = [each for each in telling if not each.quote.undated] or telling
    newest = max(min(each.quote.taken_at, now) for each in dated)
    return [each for each in completed if each.quote.taken_at >= newest - OLD]


def _best_supported(everyone: Sequence[Witness], now: datetime) -> Witness:
    """What most sources bear out; among equals a fresh estimate, then the more direct, then the earlier given."""
    order: tuple[Method, ...] = ("difficulty", "network", "published")

    def rank(witness: Witness) -> tuple[int, bool, int]:
        quote = witness.quote
        behind = quote.lagging or quote.undated or now - quote.taken_at > STALE
        return -len(_supporters(witness, everyone)), behind, order.index(witness.method)

    return min(everyone, key=rank)


def _near(one: Witness, other: Witness) -> bool:
    distance = apart(one.coins_per_hash_per_second_per_day, other.coins_per_hash_per_second_per_day)
    return distance <= REFUSED_APART


def _supporters(chosen: Witness, everyone: Sequence[Witness]) -> set[str]:
    """Sources with an estimate near the chosen one. What a source publishes as its yield supports no other source."""
    return {each.quote.source for each in everyone if _near(chosen, each)}


def _agreement(chosen: Witness, everyone: Sequence[Witness], coin: Coin | None) -> list[Finding]:
    name, value = chosen.quote.coin, chosen.coins_per_hash_per_second_per_day
    others = [each for each in everyone if each is not chosen]
    far = [each for each in others if not _near(chosen, each)]
    supporters = _supporters(chosen, everyone)
    against = {each.quote.source for each in far} - supporters
    outvoted = len(supporters) >= 2 and len(supporters) > len(against)
    findings = [
        Finding(level="low" if outvoted else "refused", reason=_apart_sentence(chosen, each, coin), kind="disagreement")
        for each in far
    ]
    for each in everyone:
        if each.filled_from.get("block_time_seconds") == WRONG_BLOCK_TIME:
            reason = f"{name}: {each.quote.source} lists a time between blocks that its own difficulty does not fit"
            findings.append(Finding(level="medium", reason=reason, kind="unit"))
    near = [each for each in others if each not in far]
    independent = [each for each in near if _independent(chosen, each)]
    if not independent and not findings:
        findings.append(Finding(level="medium", reason=f"{name}: {_one_estimate(chosen, others)}", kind="one_estimate"))
    for each in near:
        distance = apart(value, each.coins_per_hash_per_second_per_day)
        if distance > MEDIUM_APART:
            level: Level = "low" if distance > LOW_APART else "medium"
            findings.append(Finding(level=level, reason=_apart_sentence(chosen, each, coin), kind="disagreement"))
    return findings


def _independent(chosen: Witness, other: Witness) -> bool:
    distance = apart(chosen.coins_per_hash_per_second_per_day, other.coins_per_hash_per_second_per_day)
    if chosen.quote.source != other.quote.source:
        return True
    return "published" not in {chosen.method, other.method} and distance > SAME_NUMBER


def _one_estimate(chosen: Witness, others: Sequence[Witness]) -> str:
    if any(each.method == "network" for each in others) and chosen.method == "difficulty":
        return (
            f"{chosen.quote.source} computes the network's hashrate from the difficulty: that is one estimate, not two"
        )
    if chosen.method == "published":
        return f"only {chosen.quote.source}'s own yield is known; nothing checks it"
    return f"one estimate only, by {_by(chosen)}"


def _by(witness: Witness) -> str:
    method = {"difficulty": "difficulty", "network": "network rate", "published": "published yield"}[witness.method]
    return f"{witness.quote.source}'s {method}"


def _apart_sentence(chosen: Witness, other: Witness, coin: Coin | None) -> str:
    ratio = other.coins_per_hash_per_second_per_day / chosen.coins_per_hash_per_second_per_day
    times = f"is {significant(max(ratio, 1 / ratio), count=4)} times off"
    distance = f"gives {(ratio - 1) * 100:+.0f} % against" if 0.1 < ratio < 10 else times
    hint = _hint(chosen, other, max(ratio, 1 / ratio), coin)
    return f"{chosen.quote.coin}: {_by(other)} {distance} {_by(chosen)}{hint}"


def _hint(chosen: Witness, other: Witness, ratio: float, coin: Coin | None) -> str:
    for slip, sentence in UNIT_SLIPS.items():
        if math.isclose(ratio, slip, rel_tol=UNIT_SLIP_TOLERANCE):
            return f"; it looks as if {sentence}"
    for quote in (chosen.quote, other.quote):
        aimed_at = coin.block_time_seconds if coin is not None else None
        if aimed_at and quote.block_time_seconds and apart(quote.block_time_seconds, aimed_at) > REFUSED_APART:
            listed = f"{quote.source} lists {quote.block_time_seconds:g} s between blocks"
            return f"; {listed}, the chain aims at {aimed_at:g} s"
    if ratio > 1 + REFUSED_APART:
        return "; units, hash of merged chains or of several algorithms may be mixed"
    return ""


def _age(chosen: Witness, now: datetime) -> list[Finding]:
    quote = chosen.quote
    findings = aged(what=f"{quote.coin}: {quote.source}'s answer", taken_at=quote.told_at, now=now)
    if quote.lagging:
        reason = f"{quote.coin}: {quote.source} says itself that its figures lag behind"
        findings.append(Finding(level="low", reason=reason, kind="age"))
    return findings


def _unknown_factor(chosen: Witness, completed: Sequence[CompletedQuote]) -> list[Finding]:
    for each in completed:
        if each.quote is chosen.quote and each.factor is not None:
            level: Level = "low" if each.factor.hashes_per_difficulty is None else "medium"
            return [Finding(level=level, reason=f"{each.quote.coin}: {each.factor.reason}", kind="unit")]
    return []


def _reward(chosen: Witness, completed: Sequence[CompletedQuote], rule: BlockReward | None) -> list[Finding]:
    quote, coins = chosen.quote, chosen.quote.block_reward_coins
    if coins is None or chosen.method == "published":
        return []
    findings: list[Finding] = []
    told = significant(coins)
    for other in completed:
        theirs = other.quote.block_reward_coins
        if theirs is not None and apart(coins, theirs) > MEDIUM_APART:
            others = f"{significant(theirs)} by {other.quote.source}"
            reason = f"{quote.coin}: a block pays {told} coins by {quote.source}, {others}"
            findings.append(Finding(level="medium", reason=reason, kind="reward"))
    if "block_reward_coins" in chosen.filled_from:
        reason = f"{quote.coin}: the reward of {told} coins is from: {chosen.filled_from['block_reward_coins']}"
        findings.append(Finding(level="medium", reason=reason, kind="reward"))
    elif rule is not None and (distance := apart(coins, rule.miner_coins)) > MEDIUM_APART:
        reason = (
            f"{quote.coin}: {quote.source} lists {told} coins a block, by the rule of the chain the miner gets "
            f"{significant(rule.miner_coins)}"
        )
        most_apart = MOST_FEES if coins > rule.miner_coins else REFUSED_APART
        findings.append(Finding(level="refused" if distance > most_apart else "low", reason=reason, kind="reward"))
    return findings
