"""What was advised, and from what."""

import msgspec

from miner_agent.views.figures import Moment, MoneyAmount


class DecisionInputView(msgspec.Struct, frozen=True, kw_only=True):
    """One coin as it stood in the ranking."""

    coin: str
    algorithm: str
    revenue_per_day: MoneyAmount
    profit_per_day: MoneyAmount


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of advice to one part of the rig. A coin that is null: to stand idle."""

    decided_at: Moment
    part: str
    before: str | None
    after: str | None
    wanted: str | None
    advice: str  # why, as a word
    refused: bool
    said: str
    inputs: list[DecisionInputView]  # the best first


class DecisionsView(msgspec.Struct, frozen=True, kw_only=True):
    """The advice of a time, the newest first."""

    rig: str
    source: str
    starts_at: Moment
    ends_at: Moment
    rows: list[DecisionView] | None
    left_out: int  # older ones beyond those that are told at once
    reason: str | None  # why there are none
