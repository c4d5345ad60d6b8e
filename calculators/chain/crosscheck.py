"""Whether what is said of a coin can be believed: independent estimates side by side, ages, units, thin markets.

Every quote gives up to three witnesses of what one hash a second earns in a day: by its difficulty, by its network's
hashrate, and the yield that the source publishes itself. A published yield speaks against its own source's difficulty,
but never for it: it was computed from it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from calculators.chain.coin import Coin
from calculators.chain.network import SECONDS_PER_DAY, expected_coins_per_day, expected_coins_per_day_by_network
from calculators.chain.quote import LARGEST, Quote
from calculators.chain.rewards import BlockReward
from calculators.given import above_zero
from calculators.money import Money

Method = Literal["difficulty", "network", "published"]
Level = Literal["high", "medium", "low", "refused"]
LEVELS: tuple[Level, ...] = ("high", "medium", "low", "refused")

REFUSED_APART = 0.30
LOW_APART = 0.20
MEDIUM_APART = 0.10
MOST_FEES = 1.0
"""Of a block's subsidy, for fees of transactions: days have brought half of it. More is a rush of hours, or a lie."""
SAME_NUMBER = 1e-3
"""Two estimates that agree so well are one: most sources compute the network's hashrate from the difficulty."""
WRONG_BLOCK_TIME = "aim of the chain, for one that the source lists wrongly"
WHOLE_BLOCK_FITS = 0.02
STALE = timedelta(minutes=30)
OLD = timedelta(days=1)
CLOCKS_DIFFER = timedelta(minutes=5)
PRICES_AGREE = 0.05
LARGE_SALE = 0.01
"""Of all that is traded in a day. Whoever sells more moves the price."""

GRAPHS = 42
"""Edges of a cycle in Cuckoo's graphs, by which its chains divide."""
KNOWN_FACTORS = (1.0, 2.0, 16.0, 42.0, 8192.0, 2.0**32, GRAPHS / 16_384, GRAPHS / 7_936)
"""Hashes for one unit of difficulty that sources are known to use. The last two: Cuckatoo32 and Cuckatoo31."""
FACTORS_AGREE = 0.20
FACTOR_IS_KNOWN = 0.02

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
class Witness:
    """One estimate of what one hash a second earns in a day, and where it is from."""

    method: Method
    coins_per_hash_per_second_per_day: float
    quote: Quote  # as the source gave it, and what it left out filled in
    filled_from: Mapping[str, str]  # field of the quote to where it is from, for what the source left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How far an estimate can be trusted, and every reason against it. A refused coin is shown, but not ranked."""

    level: Level
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that speaks against an estimate: the best level that it leaves, and the sentence."""

    level: Level
    reason: str


def judged(findings: Sequence[Finding]) -> Confidence:
    """All findings as one confidence: the worst level, the reasons in their order, each once.

    >>> judged([Finding(level="low", reason="stale"), Finding(level="medium", reason="one source")]).level
    'low'
    """
    worst = max((LEVELS.index(finding.level) for finding in findings), default=0)
    return Confidence(level=LEVELS[worst], reasons=tuple(dict.fromkeys(finding.reason for finding in findings)))


def apart(one: float, other: float) -> float:
    """How far two estimates are apart: the larger by the smaller, less one.

    Raises:
        ValueError: one is not finite or not above zero.

    >>> apart(2, 3)
    0.5
    """
    above_zero(one=one, other=other)
    return max(one, other) / min(one, other) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Hashes for one unit of a source's difficulty, worked out from one of its answers, or why it could not be."""

    hashes_per_difficulty: float | None
    reason: str


def derived_factor(quote: Quote) -> Factor:
    """The factor that a source uses for a coin, from one answer of it.

    It is taken where the source's yield and its network's hashrate lead to the same one within 20 %, and both within
    2 % of one that sources are known to use. That a source may change its unit is not in it.

    Args:
        quote: an answer with difficulty, yield, reward, network hashrate and time between blocks.

    Returns:
        The known factor itself, or ``None`` with the reason.

    >>> from datetime import UTC
    >>> quote = Quote(coin="ETHW", algorithm="ethash", source="file", taken_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...               difficulty=1000, network_hashes_per_second=100, block_time_seconds=10, block_reward_coins=2,
    ...               coins_per_hash_per_second_per_day=172.8)
    >>> derived_factor(quote).hashes_per_difficulty
    1.0
    """
    difficulty, reward, yielded = (
        quote.difficulty,
        quote.block_reward_coins,
        quote.coins_per_hash_per_second_per_day,
    )
    rate, block_time = quote.network_hashes_per_second, quote.block_time_seconds
    if not (difficulty and reward and yielded and rate and block_time):
        return Factor(
            hashes_per_difficulty=None, reason=f"factor unknown: {quote.source} does not tell enough to find it"
        )
    by_yield = SECONDS_PER_DAY * reward / (difficulty * yielded)
    by_network = rate * block_time / difficulty
    if apart(by_yield, by_network) > FACTORS_AGREE:
        reason = f"factor unknown: {by_yield:.6g} hashes by its yield, {by_network:.6g} by its network rate"
        return Factor(hashes_per_difficulty=None, reason=f"{reason} ({quote.source})")
    for known in KNOWN_FACTORS:
        if max(abs(by_yield / known - 1), abs(by_network / known - 1)) <= FACTOR_IS_KNOWN:
            return Factor(
                hashes_per_difficulty=known, reason=f"factor {known:.6g} found from {quote.source}'s own yield"
            )
    reason = f"factor unknown: {by_yield:.6g} and {by_network:.6g} hashes are near no unit in use ({quote.source})"
    return Factor(hashes_per_difficulty=None, reason=reason)


def reward_basis(*, listed_coins: float, rule: BlockReward) -> Literal["miner", "whole"] | None:
    """Whether a source lists what the miner gets, or the whole block with what founders and masternodes get.

    Args:
        listed_coins: reward as the source lists it. [coin] With fees of transactions it may be 10 % above the rule.
        rule: the block by the chain's rule.

    Returns:
        Which one it is; ``None`` where it fits neither. Where all is the miner's: ``miner``.

    Raises:
        ValueError: a number is not finite or not above zero.

    >>> zcash = BlockReward(subsidy_coins=1.5625, block_coins=1.5625, miner_coins=1.25)
    >>> reward_basis(listed_coins=1.5625, rule=zcash)
    'whole'
    """
    from_miner = apart(listed_coins, rule.miner_coins)
    if (
        from_miner
        > WHOLE_BLOCK_FITS
        >= min(apart(listed_coins, rule.subsidy_coins), apart(listed_coins, rule.block_coins))
    ):
        return "whole"
    return "miner" if from_miner <= MEDIUM_APART else None


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
    """
    first = _one_coin(quotes)
    if now.tzinfo is None:
        raise ValueError(f"{first.coin}: the moment of an estimate needs its zone")
    if coin is not None and coin.ticker != first.coin:
        raise ValueError(f"{first.coin}: its quotes were given with the row of {coin.ticker} in the table of coins")
    if reward_by_rule is not None and not reward_by_rule.miner_coins > 0:
        raise ValueError(f"{first.coin}: by the rule of its chain a block pays the miner nothing")
    completed = _of_one_day([_completed(quote, coin, reward_by_rule) for quote in quotes], coin, now)
    everyone = [witness for each in completed for witness in _witnesses(each, coin)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Completed:
    """A quote with what could be filled in, and where that is from."""

    quote: Quote
    filled_from: Mapping[str, str]
    factor: Factor | None  # where the source told a difficulty without one


def _completed(quote: Quote, coin: Coin | None, rule: BlockReward | None) -> _Completed:
    filled_from: dict[str, str] = {}
    hashes, reward, seconds = quote.hashes_per_difficulty, quote.block_reward_coins, quote.block_time_seconds
    factor = derived_factor(quote) if quote.difficulty and hashes is None else None
    if factor is not None and factor.hashes_per_difficulty is not None:
        hashes, filled_from["hashes_per_difficulty"] = factor.hashes_per_difficulty, f"derived from {quote.source}"
    if seconds is None and coin is not None and coin.block_time_seconds is not None:
        seconds, filled_from["block_time_seconds"] = coin.block_time_seconds, "aim of the chain"
    if rule is not None and reward is None:
        reward, filled_from["block_reward_coins"] = rule.miner_coins, "rule of the chain"
    elif rule is not None and reward is not None and reward_basis(listed_coins=reward, rule=rule) == "whole":
        filled_from["block_reward_coins"] = f"{quote.source}, the miner's part of {reward:g}"
        whole = rule.subsidy_coins if apart(reward, rule.subsidy_coins) <= WHOLE_BLOCK_FITS else rule.block_coins
        reward *= rule.miner_coins / whole
    complete = replace(quote, hashes_per_difficulty=hashes, block_reward_coins=reward, block_time_seconds=seconds)
    return _Completed(quote=complete, filled_from=filled_from, factor=factor)


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


def _of_one_day(completed: Sequence[_Completed], coin: Coin | None, now: datetime) -> list[_Completed]:
    """Without what is more than a day older than the newest that can be estimated from: a difficulty of last month does
    not refute today's. A price of today refutes none."""
    telling = [each for each in completed if _witnesses(each, coin)] or completed
    newest = max(min(each.quote.taken_at, now) for each in telling)
    return [each for each in completed if each.quote.taken_at >= newest - OLD]


def _witnesses(completed: _Completed, coin: Coin | None) -> list[Witness]:
    quote = completed.quote
    found: list[Witness] = []

    def testify(method: Method, value: float) -> None:
        found.append(
            Witness(
                method=method,
                coins_per_hash_per_second_per_day=value,
                quote=quote,
                filled_from=completed.filled_from,
            )
        )

    reward = quote.block_reward_coins
    if reward and quote.difficulty and quote.hashes_per_difficulty:
        by_difficulty = expected_coins_per_day(
            hashes_per_second=1,
            difficulty=quote.difficulty,
            hashes_per_difficulty=quote.hashes_per_difficulty,
            block_reward_coins=reward,
        )
        testify("difficulty", by_difficulty)
    if reward and quote.network_hashes_per_second and quote.block_time_seconds:
        by_network = expected_coins_per_day_by_network(
            hashes_per_second=1,
            network_hashes_per_second=quote.network_hashes_per_second,
            block_time_seconds=quote.block_time_seconds,
            block_reward_coins=reward,
        )
        testify("network", by_network)
        if len(found) > 1 and coin is not None and coin.block_time_seconds is not None:
            found[1] = _with_likelier_block_time(*found, aimed_at_seconds=coin.block_time_seconds)
    if quote.coins_per_hash_per_second_per_day:
        testify("published", quote.coins_per_hash_per_second_per_day)
    return found


def _with_likelier_block_time(by_difficulty: Witness, by_network: Witness, *, aimed_at_seconds: float) -> Witness:
    """The estimate by network rate; with the chain's own time between blocks where that alone fits the difficulty.

    A source may list a wrong time. But a measured one may be right and far from the aim, on a chain that lost most of
    its hashrate: so the aim is taken only where it makes the two agree.
    """
    difficulty, listed = (each.coins_per_hash_per_second_per_day for each in (by_difficulty, by_network))
    listed_seconds = by_network.quote.block_time_seconds or aimed_at_seconds
    aimed = listed * listed_seconds / aimed_at_seconds
    if apart(difficulty, listed) <= REFUSED_APART or apart(difficulty, aimed) > MEDIUM_APART:
        return by_network
    return replace(
        by_network,
        coins_per_hash_per_second_per_day=aimed,
        quote=replace(by_network.quote, block_time_seconds=aimed_at_seconds),
        filled_from={**by_network.filled_from, "block_time_seconds": WRONG_BLOCK_TIME},
    )


def _best_supported(everyone: Sequence[Witness], now: datetime) -> Witness:
    """What most sources bear out; among equals a fresh estimate, then the more direct, then the earlier given."""
    order: tuple[Method, ...] = ("difficulty", "network", "published")

    def rank(witness: Witness) -> tuple[int, bool, int]:
        behind = witness.quote.lagging or now - witness.quote.taken_at > STALE
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
        Finding(level="low" if outvoted else "refused", reason=_apart_sentence(chosen, each, coin)) for each in far
    ]
    for each in everyone:
        if each.filled_from.get("block_time_seconds") == WRONG_BLOCK_TIME:
            reason = f"{name}: {each.quote.source} lists a time between blocks that its own difficulty does not fit"
            findings.append(Finding(level="medium", reason=reason))
    near = [each for each in others if each not in far]
    independent = [each for each in near if _independent(chosen, each)]
    if not independent and not findings:
        findings.append(Finding(level="medium", reason=f"{name}: {_one_estimate(chosen, others)}"))
    for each in near:
        distance = apart(value, each.coins_per_hash_per_second_per_day)
        if distance > MEDIUM_APART:
            level: Level = "low" if distance > LOW_APART else "medium"
            findings.append(Finding(level=level, reason=_apart_sentence(chosen, each, coin)))
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
    distance = f"{(ratio - 1) * 100:+.0f} %" if 0.1 < ratio < 10 else f"{max(ratio, 1 / ratio):.4g} times off"
    hint = _hint(chosen, other, max(ratio, 1 / ratio), coin)
    return f"{chosen.quote.coin}: {_by(other)} gives {distance} against {_by(chosen)}{hint}"


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
    findings = aged(what=f"{quote.coin}: {quote.source}'s answer", taken_at=quote.taken_at, now=now)
    if quote.lagging:
        reason = f"{quote.coin}: {quote.source} says itself that its figures lag behind"
        findings.append(Finding(level="low", reason=reason))
    return findings


def aged(*, what: str, taken_at: datetime, now: datetime) -> list[Finding]:
    """What an age speaks against: over 30 minutes is stale, over a day is old, and the future is a wrong clock.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [finding.reason for finding in aged(what="ETC: the price", taken_at=noon, now=noon + timedelta(hours=2))]
    ['ETC: the price is 2 h old']
    """
    age = now - taken_at
    if age < -CLOCKS_DIFFER:
        return [Finding(level="low", reason=f"{what} is of {taken_at:%Y-%m-%d %H:%M} UTC, which is yet to come")]
    if age <= STALE:
        return []
    return [Finding(level="low" if age > OLD else "medium", reason=f"{what} is {span(age)} old")]


def span(age: timedelta) -> str:
    minutes = age / timedelta(minutes=1)
    if minutes < 100:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"


def _unknown_factor(chosen: Witness, completed: Sequence[_Completed]) -> list[Finding]:
    for each in completed:
        if each.quote is chosen.quote and each.factor is not None:
            level: Level = "low" if each.factor.hashes_per_difficulty is None else "medium"
            return [Finding(level=level, reason=f"{each.quote.coin}: {each.factor.reason}")]
    return []


def _reward(chosen: Witness, completed: Sequence[_Completed], rule: BlockReward | None) -> list[Finding]:
    quote, coins = chosen.quote, chosen.quote.block_reward_coins
    if coins is None or chosen.method == "published":
        return []
    findings: list[Finding] = []
    for other in completed:
        theirs = other.quote.block_reward_coins
        if theirs is not None and apart(coins, theirs) > MEDIUM_APART:
            reason = f"{quote.coin}: a block pays {coins:g} coins by {quote.source}, {theirs:g} by {other.quote.source}"
            findings.append(Finding(level="medium", reason=reason))
    if "block_reward_coins" in chosen.filled_from:
        reason = f"{quote.coin}: the reward of {coins:g} coins is from: {chosen.filled_from['block_reward_coins']}"
        findings.append(Finding(level="medium", reason=reason))
    elif rule is not None and (distance := apart(coins, rule.miner_coins)) > MEDIUM_APART:
        reason = (
            f"{quote.coin}: {quote.source} lists {coins:g} coins a block, by the rule of the chain the miner gets "
            f"{rule.miner_coins:g}"
        )
        most_apart = MOST_FEES if coins > rule.miner_coins else REFUSED_APART
        findings.append(Finding(level="refused" if distance > most_apart else "low", reason=reason))
    return findings


def price_of(quote: Quote) -> Money:
    """The price of a quote.

    Raises:
        ValueError: it tells none, or none that a coin can have.
    """
    if quote.price is None:
        raise ValueError(f"{quote.coin}: {quote.source} tells no price; add a source of prices")
    if not _possible(quote.price):
        raise ValueError(f"{quote.coin}: {quote.source} gives a price of {quote.price.amount}; expected one above zero")
    return quote.price


def _possible(price: Money) -> bool:
    return 1 / LARGEST <= float(price) <= LARGEST


def price_taken_at(quote: Quote) -> datetime:
    """When the price of a quote was taken."""
    return quote.price_taken_at or quote.taken_at


def price_findings(
    *, quotes: Sequence[Quote], priced: Quote, now: datetime, coins_per_day: float | None = None
) -> list[Finding]:
    """What speaks against a price: its age, one thin source, sources that differ.

    Prices in other currencies than the used one are not compared, nor such as are a day older.

    Args:
        quotes: what the sources say of one coin.
        priced: the quote whose price is used.
        now: this moment, aware.
        coins_per_day: what would be sold a day. [coin] ``None``: not asked.

    Raises:
        ValueError: the price is missing, zero or less.
    """
    price, taken_at = price_of(priced), price_taken_at(priced)
    findings = aged(what=f"{priced.coin}: {priced.source}'s price", taken_at=taken_at, now=now)
    others = [
        quote
        for quote in quotes
        if quote.source != priced.source
        and quote.price is not None
        and quote.price.currency == price.currency
        and _possible(quote.price)
        and price_taken_at(quote) >= taken_at - OLD
    ]
    for other in others:
        distance = apart(float(price), float(price_of(other)))
        if distance > PRICES_AGREE:
            level: Level = "refused" if distance > REFUSED_APART else "low" if distance > LOW_APART else "medium"
            reason = (
                f"{priced.coin}: prices are {distance * 100:.0f} % apart, {price.amount} {price.currency} by "
                f"{priced.source} and {price_of(other).amount} by {other.source}"
            )
            findings.append(Finding(level=level, reason=reason))
    return findings if others else [*findings, *_thin(priced, coins_per_day)]


def _thin(priced: Quote, coins_per_day: float | None) -> list[Finding]:
    """Whether the only price is one that a sale of mined coins would move."""
    name, price, volume = priced.coin, price_of(priced), priced.volume_per_day
    if priced.markets == 1:
        return [Finding(level="low", reason=f"{name}: the price is of one source and one market")]
    if volume is None or volume.currency != price.currency:
        if priced.markets is not None:
            return []
        reason = f"{name}: the price is of one source, {priced.source}, which does not tell how much is traded"
        return [Finding(level="medium", reason=reason)]
    traded = float(volume) / float(price)
    if priced.block_reward_coins and priced.block_time_seconds:
        mined = priced.block_reward_coins * SECONDS_PER_DAY / priced.block_time_seconds
        if traded < mined:
            reason = f"{name}: the only price is of a thin market: {traded:.4g} coins a day traded, {mined:.4g} mined"
            return [Finding(level="low", reason=reason)]
    if coins_per_day is not None and coins_per_day > traded * LARGE_SALE:
        reason = (
            f"{name}: the only price is of a thin market: {coins_per_day:.4g} of {traded:.4g} coins a day are yours"
        )
        return [Finding(level="low", reason=reason)]
    return []
