"""What the chains' rules say of the days ahead: where each chain stands, and the steps of its reward from there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calculators.chain.coin import Coin
from calculators.chain.heights import reckoned_height, seconds_a_height
from calculators.chain.quote import Quote
from calculators.chain.reward_rules import HALF, RULES
from calculators.chain.rewards import Moment, block_reward
from calculators.chain.schedule import KnownStep, steps_ahead
from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import courses_of
from calculators.horizon.decay import Growth
from calculators.units import DAYS_PER_MONTH

MOST_NAMED = 4
VOTED = "voted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHeight:
    """Where a chain stands now, and who says so. The next block is one higher."""

    blocks: int
    doubt_blocks: int
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardsAhead:
    """The steps of each chain's reward within so many days, and what people should know of them."""

    days: float
    steps: Mapping[str, tuple[KnownStep, ...]]  # by ticker; a chain without any is not named
    notes: tuple[str, ...]


def chain_height(
    coin: Coin, quotes: Sequence[Quote], now: datetime, *, said: Mapping[str, int] | None = None
) -> ChainHeight | None:
    """Where a chain stands: as it is said, else as the newest source tells, else reckoned from heights of other days.

    Args:
        coin: its row in the table of coins.
        quotes: what sources say; those of other coins are passed over.
        now: this moment, aware.
        said: heights that the question says, by ticker.
    """
    if said and coin.ticker in said:
        return ChainHeight(blocks=said[coin.ticker], doubt_blocks=0, told="as said")
    told = [quote for quote in quotes if quote.coin == coin.ticker and quote.height is not None]
    if told:
        newest = max(told, key=lambda quote: (min(quote.taken_at, now), quote.height))
        since = max(now - newest.taken_at, timedelta(0)).total_seconds()
        pace = seconds_a_height(coin)
        later = round(since / pace) if pace else 0
        return ChainHeight(blocks=(newest.height or 0) + later, doubt_blocks=0, told=f"as {newest.source} tells")
    reckoned = reckoned_height(coin, now)
    if reckoned is None:
        return None
    known = max(day for day, _ in coin.known_heights if day <= now.date())
    return ChainHeight(
        blocks=reckoned.blocks, doubt_blocks=reckoned.doubt_blocks, told=f"reckoned from its height of {known}"
    )


def moment_of(height: ChainHeight | None, now: datetime) -> Moment:
    """All that a rule may go by, of the next block."""
    return Moment(height=None if height is None else height.blocks + 1, at=now)


def paid_now(coin: Coin, now: datetime) -> float | None:
    """What a block pays the miner by the chain's rule, where no source is asked. [coin]

    Args:
        coin: its row in the table of coins.
        now: this moment, aware.

    Returns:
        ``None`` where it has no rule, or one that goes by what is not known.
    """
    try:
        return block_reward(coin=coin, moment=moment_of(chain_height(coin, (), now), now)).miner_coins
    except ValueError:
        return None


def rewards_ahead(
    chains: Collection[str],
    *,
    coins: Mapping[str, Coin],
    quotes: Sequence[Quote],
    now: datetime,
    days: float,
    said: Mapping[str, int] | None = None,
) -> RewardsAhead:
    """Every step of these chains' rewards within the days ahead.

    Args:
        chains: tickers.
        coins: the table of coins by ticker.
        quotes: what sources say, of their heights.
        now: this moment, aware.
        days: how far to look. [d]
        said: heights that the question says, by ticker.
    """
    steps: dict[str, tuple[KnownStep, ...]] = {}
    notes: list[str] = []
    without_rule: list[str] = []
    without_height: list[str] = []
    voted: list[str] = []
    for ticker in dict.fromkeys(chains):
        coin = coins.get(ticker)
        if coin is None or coin.reward_rule is None:
            without_rule.append(ticker)
            continue
        if coin.reward_rule == VOTED:
            voted.append(ticker)
            continue
        height = chain_height(coin, quotes, now, said=said)
        try:
            found = steps_ahead(coin=coin, moment=moment_of(height, now), days=days)
        except ValueError:  # its rule goes by what nobody tells
            without_height.append(ticker)
            continue
        if found:
            steps[ticker] = found
            notes.append(_told(coin, found, now, height))
    if without_rule:
        notes.append(f"{_listed(without_rule)}: no rule of the reward is known, so it stays as it is today")
    if voted:
        notes.append(f"{_listed(voted)}: the reward is voted on, so nobody knows it ahead: it stays as it is today")
    if without_height:
        notes.append(
            f"{_listed(without_height)}: where the chain stands is not known, so steps of its reward are left out: "
            f"--height {without_height[0]}=BLOCKS"
        )
    return RewardsAhead(days=days, steps=steps, notes=tuple(notes))


def said_halvings(ahead: RewardsAhead, coin: str, after_months: Sequence[float]) -> RewardsAhead:
    """The same, where the question itself says when one coin's reward halves: then its rule is not asked.

    Args:
        ahead: what the rules say.
        coin: ticker of the coin whose reward it is; chains that are mined together with it keep theirs.
        after_months: from today on. [months] None: nothing changes.
    """
    if not after_months:
        return ahead
    halvings = tuple(KnownStep(after_days=after * DAYS_PER_MONTH, ratio=HALF) for after in sorted(after_months))
    told = (
        f"{coin}: its reward halves after {_listed([f'{after:g}' for after in sorted(after_months)])} months, as said"
    )
    others = (note for note in ahead.notes if not note.startswith(f"{coin}: "))
    return replace(ahead, steps={**ahead.steps, coin: halvings}, notes=(*others, told))


def carried_on(found: Estimate, assumed: Growth, ahead: RewardsAhead) -> Growth:
    """How an estimate goes on: price and difficulty as they are assumed, the reward of every chain by its rule.

    Raises:
        ValueError: it earns nothing.
    """
    return replace(assumed, rewards=courses_of(found, ahead.steps))


def _told(coin: Coin, steps: Sequence[KnownStep], now: datetime, height: ChainHeight | None) -> str:
    first = now + timedelta(days=steps[0].after_days)
    by_height = RULES[coin.reward_rule or ""].goes_by == "height" and height is not None
    source = f"; it stands at {height.blocks:,}, {height.told}" if by_height and height is not None else ""
    left = 1.0
    for step in steps:
        left *= step.ratio
    rest = "" if len(steps) == 1 else f", {len(steps)} steps to {left:.4g} times today's"
    return (
        f"{coin.ticker}: by the rule of its chain its reward falls to {steps[0].ratio:.4g} times today's about "
        f"{first:%Y-%m-%d}{rest}{source}"
    )


def _listed(tickers: Sequence[str]) -> str:
    if len(tickers) <= MOST_NAMED:
        return ", ".join(tickers)
    return f"{', '.join(tickers[: MOST_NAMED - 1])} and {len(tickers) - MOST_NAMED + 1} more"
