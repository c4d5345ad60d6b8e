"""What profit would be if inputs were others, and in which hours it pays to run."""

from datetime import datetime

import msgspec

from miner_agent.views.figures import MoneyAmount


class MarketAge(msgspec.Struct, frozen=True, kw_only=True):
    """How old the quotes of one source were."""

    source: str
    oldest_taken_at: datetime | None
    newest_taken_at: datetime | None
    age_seconds: float | None


class EstimateView(msgspec.Struct, frozen=True, kw_only=True):
    """What one coin, or what all parts of a rig mine, leaves a day."""

    coin: str
    chains: list[str]
    algorithm: str
    devices: str
    hashes_per_second: float | None
    power_watts: float
    price: MoneyAmount | None
    revenue_per_day: MoneyAmount
    energy_cost_per_day: MoneyAmount
    fixed_cost_per_day: MoneyAmount | None
    profit_per_day: MoneyAmount
    break_even_price_per_kilowatt_hour: MoneyAmount | None
    break_even_coin_price: MoneyAmount | None
    confidence: str
    reasons: list[str]


class WeightView(msgspec.Struct, frozen=True, kw_only=True):
    """What an input's going down and up by the same share does."""

    key: str
    unit: str
    low: float
    high: float
    profit_per_day_at_low: MoneyAmount
    profit_per_day_at_high: MoneyAmount


class SweptAxis(msgspec.Struct, frozen=True, kw_only=True):
    """The values of one input."""

    key: str
    values: list[float]


class SweptRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a day leaves at each value of one input."""

    key: str
    unit: str
    values: list[float]
    profit_per_day: list[MoneyAmount]


class SweptMap(msgspec.Struct, frozen=True, kw_only=True):
    """What a day leaves at each pair of values: a row for each value of ``up``."""

    across: SweptAxis
    up: SweptAxis
    profit_per_day: list[list[MoneyAmount]]


class HourSlot(msgspec.Struct, frozen=True, kw_only=True):
    """One slot of the tariff: whether it pays to run in it."""

    start: datetime
    end: datetime
    devices: str
    run: bool
    revenue: MoneyAmount
    energy_cost: MoneyAmount
    worth: MoneyAmount  # of running in it


class HoursView(msgspec.Struct, frozen=True, kw_only=True):
    """The next day, slot by slot."""

    profit_always: MoneyAmount
    profit_planned: MoneyAmount
    worth_of_standing_still: MoneyAmount
    slots: list[HourSlot]


class WhatIfView(msgspec.Struct, frozen=True, kw_only=True):
    """Today, then, what each input weighs, what was swept, and the hours that pay."""

    rig: str
    taken_at: datetime
    currency: str
    market: list[MarketAge]
    set: dict[str, float]
    today: EstimateView
    then: EstimateView
    swing: float
    weights: list[WeightView]
    row: SweptRow | None
    map: SweptMap | None
    hours: HoursView | None
    hours_reason: str | None
    notes: list[str]
