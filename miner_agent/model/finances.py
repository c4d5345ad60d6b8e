"""What the agent knows of money at one moment: markets, tariff, what the rig earns and what it would earn otherwise.

A value that is older than its limit is ``None`` here, and nobody shows it; when it was taken is told all the same.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from calculators.money import Money, decimal_of

FEED_REASONS = ("unreachable", "timeout", "refused", "auth", "parse", "config", "other")
"""What keeps a feed from giving something new: the bounded values of the label ``reason``."""

REFUSAL_REASONS = ("stale", "doubtful", "incomplete")
"""Why a coin that the rig could mine is not ranked: its figures are old, contradict each other, or lack something."""

WattsSource: TypeAlias = Literal["meter", "psu", "estimate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """How one configured feed does. Totals count since the agent started."""

    feed: str
    reason: str | None = None  # one of FEED_REASONS; None: the last time it gave what it should
    last_success_at: datetime | None = None  # when its newest answer came
    runs_total: int = 0
    failures_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeen:
    """The price of one coin as one source tells it."""

    coin: str
    currency: str
    source: str
    taken_at: datetime
    price: Money | None  # None: too old


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSeen:
    """One coin's chain as the most trusted source with fresh figures tells it."""

    coin: str
    difficulty: float | None
    network_hashes_per_second: float | None
    block_reward_coins: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffSeen:
    """What energy costs now, with taxes and fees, and until when that is known."""

    tariff: str  # its kind
    currency: str
    import_price: Money | None  # of a kilowatt-hour
    slot_end_at: datetime | None  # None: it does not end
    forecast_end_at: datetime | None  # None: known for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What the rig earns and spends as it runs now, projected over a day."""

    power_watts: float | None = None  # at the wall, what the cost is computed from
    power_source: WattsSource | None = None
    revenue_per_day: Money | None = None  # None: it is not known of everything that is mined
    no_revenue_because: str | None = None  # a sentence
    energy_cost_per_day: Money | None = None
    break_even_price_per_kilowatt_hour: Money | None = None
    uptime_ratio: float = 1.0  # share of the day in which it is taken to mine

    @property
    def revenue_while_it_mines_per_day(self) -> Money | None:
        """What it earns at this moment: it mines, whatever part of a day it usually does."""
        if self.revenue_per_day is None or not self.uptime_ratio:
            return None
        return self.revenue_per_day / decimal_of(self.uptime_ratio)

    @property
    def net_per_day(self) -> Money | None:
        """What energy leaves of the revenue; ``None`` where one is not known, or they are in two currencies."""
        revenue, cost = self.revenue_per_day, self.energy_cost_per_day
        return None if revenue is None or cost is None or revenue.currency != cost.currency else revenue - cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What one coin would leave in a day on one part of the rig."""

    part: str  # cards of one model, machines of one model, or what one miner works with
    coin: str
    algorithm: str
    revenue_per_day: Money
    profit_per_day: Money
    selected: bool  # it is what is mined
    confidence: str | None = None  # high, medium or low
    confidence_reason: str | None = None  # what the weightiest reason against it is about; None: there is none
    profit_p5_per_day: Money | None = None  # of tomorrow's profit one in twenty is below; None: nobody asked
    profit_p95_per_day: Money | None = None  # and one in twenty above
    why_unclear: str | None = None  # why it is no clear winner; None: it is, or nobody asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketNote:
    """One coin's market, for the log. All money is in one currency."""

    coin: str
    source: str
    price: Money
    difficulty: float | None
    coins_per_hash_per_second_per_day: float | None
    block_reward_coins: float | None
    price_per_kilowatt_hour: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNote:
    """What was advised to one part of the rig, and from what; for the log."""

    decided_at: datetime
    part: str
    before: str | None
    after: str | None
    wanted: str | None
    reason: str
    refused: bool
    sentence: str
    inputs: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Economy:
    """All of it. ``market_notes`` and ``decisions`` are those since the last tick: each is handed on once."""

    computed_at: datetime
    feeds: tuple[FeedStatus, ...] = ()
    prices: tuple[PriceSeen, ...] = ()
    networks: tuple[NetworkSeen, ...] = ()
    tariff: TariffSeen | None = None
    present: Present = Present()
    candidates: tuple[Candidate, ...] = ()  # the best first
    refused: dict[str, int] = field(default_factory=dict)  # coins by one of REFUSAL_REASONS
    advantage_ratio: float | None = None
    revenue_estimated_total: dict[str, float] = field(default_factory=dict)  # by currency, since the agent started
    switches_total: dict[str, int] = field(default_factory=dict)  # advised, by reason
    suppressed_total: dict[str, int] = field(default_factory=dict)
    market_notes: tuple[MarketNote, ...] = ()
    decisions: tuple[DecisionNote, ...] = ()
