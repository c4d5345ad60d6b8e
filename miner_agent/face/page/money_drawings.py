"""What the page *Money* draws: the ranking, what weighs most, where it breaks even, and the hours that pay."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.told_figures import digits
from exporters.drawing_paper import Look, in_page
from exporters.hour_strip import StripSlot, hour_strip
from exporters.svg import Axis, Bar, Swing, bars, break_even_map, tornado
from miner_agent.face.page.page_words import clock
from miner_agent.face.page.two_drawings import TwoDrawings, drawn
from miner_agent.views.figures import MoneyAmount
from miner_agent.views.profit_view import CandidateView
from miner_agent.views.what_if_view import HourSlot, SweptMap, WeightView, WhatIfView

MOST_WEIGHED = 9
_TODAY = (1.0, 1.0)  # as a part of today's
_CALLED = {
    "kwh_price": "energy price",
    "kwh_price_ratio": "energy price",
    "coin_price": "coin price",
    "coin_price_ratio": "coin price",
    "difficulty_ratio": "difficulty",
    "block_reward_ratio": "block reward",
    "pool_fee": "pool's part",
    "dev_fee": "program's part",
    "stale": "stale shares",
    "exchange_fee": "cost of selling",
    "host_watts": "rest of the rig",
    "fixed_per_day": "fixed cost",
}
"""Inputs as they are called in a drawing; the others by their own word."""


def ranking_drawn(ranked: Sequence[CandidateView], *, several_parts: bool) -> TwoDrawings | None:
    """Coins by what they would leave; ``None`` where that is known of none."""
    told = [(one, _number(one.profit_per_day.value)) for one in ranked]
    rows = [
        Bar(
            label=_named(one, several_parts=several_parts),
            value=value,
            low=_number(one.profit_p5_per_day.value),
            high=_number(one.profit_p95_per_day.value),
        )
        for one, value in told
        if value is not None
    ]
    if not rows:
        return None
    currency = next(one.profit_per_day.value.currency for one, _ in told if one.profit_per_day.value is not None)
    title = "What each coin would leave a day, and between what nine days in ten lie"
    return drawn("ranking", lambda look: bars(title=title, unit=f"{currency} a day", rows=rows, look=look))


def _named(one: CandidateView, *, several_parts: bool) -> str:
    return f"{one.coin}, {one.part}" if several_parts else one.coin


def weights_drawn(answer: WhatIfView) -> TwoDrawings:
    """What each input weighs."""
    base = float(answer.then.profit_per_day.amount)
    rows = [_swing(one) for one in answer.weights[:MOST_WEIGHED]]
    title = f"What a day leaves where one input is {answer.swing:.0%} lower and higher"
    unit = f"{answer.currency} a day"
    return drawn(
        "weights",
        lambda look: tornado(title=title, unit=unit, base=base, rows=rows, look=look),
        wide=_half_a_desk("weights"),
    )


def _swing(weight: WeightView) -> Swing:
    low, high = weight.profit_per_day_at_low, weight.profit_per_day_at_high
    return Swing(label=_called(weight.key), low=float(low.amount), high=float(high.amount))


def map_drawn(swept: SweptMap, currency: str) -> TwoDrawings:
    """What a day leaves by two inputs, each as a part of today's."""
    rows = [[float(one.amount) for one in row] for row in swept.profit_per_day]
    across, up = (Axis(label=_called(axis.key), values=tuple(axis.values)) for axis in (swept.across, swept.up))
    title = f"What a day leaves, by {across.label} and {up.label}, each as a part of today's"

    def draw(look: Look) -> str:
        unit = f"{currency} a day"
        return break_even_map(title=title, unit=unit, across=across, up=up, rows=rows, here=_TODAY, look=look)

    return drawn("map", draw, wide=_half_a_desk("map"))


def hours_drawn(slots: Sequence[HourSlot], zone: ZoneInfo) -> list[tuple[str, TwoDrawings]]:
    """A strip for each part of the rig, under its name."""
    by_part: dict[str, list[HourSlot]] = {}
    for slot in slots:
        by_part.setdefault(slot.devices, []).append(slot)
    return [(part, _strip(f"hours-{place}", of_it, zone)) for place, (part, of_it) in enumerate(by_part.items())]


def _strip(name: str, slots: Sequence[HourSlot], zone: ZoneInfo) -> TwoDrawings:
    told = [_slot(slot, zone) for slot in slots]
    unit = f"{slots[0].worth.currency} an hour"
    title = "What an hour of running is worth, over the next day"
    return drawn(
        name,
        lambda look: hour_strip(title=title, unit=unit, slots=told, look=look),
        wide=replace(in_page(name), axis_left=56, right=16),
    )


def _slot(slot: HourSlot, zone: ZoneInfo) -> StripSlot:
    hours, begins = (slot.end - slot.start) / timedelta(hours=1), clock(slot.start, zone)
    does, worth = "run" if slot.run else "stand still", f"{digits(Decimal(slot.worth.amount))} {slot.worth.currency}"
    told = f"{begins} to {clock(slot.end, zone)}: {does}, worth {worth}"
    return StripSlot(label=begins, hours=hours, worth_per_hour=float(slot.worth.amount) / hours, told=told)


def _called(key: str) -> str:
    return _CALLED.get(key, key.replace("_", " "))


def _number(amount: MoneyAmount | None) -> float | None:
    return None if amount is None else float(amount.amount)


def _half_a_desk(name: str) -> Look:
    """Its letters are as large there as the others."""
    return replace(in_page(name), width=540, left=120, axis_left=76, right=20)
