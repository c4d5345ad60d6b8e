"""The page *Money*: what each coin would leave, what would change it, and in which hours it pays to run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from calculators.local_time import zone_named
from exporters.drawing_paper import Look, in_narrow_page, in_page
from exporters.hour_strip import StripSlot, hour_strip
from exporters.svg import Axis, Bar, Swing, bars, break_even_map, tornado
from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.face.page.page_words import clock
from miner_agent.face.supposing_desk import Supposed, SupposedQuestion
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.views.figures import Circumstances, MoneyAmount, MoneyFigure
from miner_agent.views.profit_view import CandidateView, ProfitView, profit_view
from miner_agent.views.what_if_view import HourSlot, SweptMap, WeightView, WhatIfView

MOST_RANKED = 12
MOST_WEIGHED = 9
_TODAY = (1.0, 1.0)  # as a part of today's
_LONGEST_FIELD = 40  # characters that somebody typed
_AN_AXIS = (
    ("kwh_price_ratio=0.25:2.5:0.25", {"kwh_price", "kwh_price_ratio"}),
    ("coin_price_ratio=0.25:2:0.25", {"coin_price", "coin_price_ratio"}),
    ("difficulty_ratio=0.5:2:0.25", {"difficulty", "difficulty_ratio"}),
)
"""What is swept for the map, and what must not be set beside it."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One input of the form."""

    key: str
    title: str
    hint: str


FIELDS = (
    FormField(key="kwh_price", title="A kilowatt-hour costs", hint="0.20 or +20%"),
    FormField(key="coin_price", title="The coin's price", hint="12.50 or -30%"),
    FormField(key="difficulty", title="Difficulty", hint="+15%"),
    FormField(key="block_reward_ratio", title="Block reward, by today's", hint="0.5: a halving"),
    FormField(key="hashrate", title="Hashrate", hint="140M or -5%"),
    FormField(key="power", title="Power at the wall", hint="1.2kW or -10%"),
    FormField(key="pool_fee", title="The pool's part", hint="1%"),
    FormField(key="uptime", title="It mines for", hint="95%"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoDrawings:
    """One drawing, for a desk and for a phone."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayAndThen:
    """One line of today beside what is set."""

    title: str
    unit: str
    today: MoneyFigure
    then: MoneyFigure
    either_sign: bool = False


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> Filling | AskedFirst:
    profit = profit_view(known.snapshot.economy, at)
    typed = {name: text.strip()[:_LONGEST_FIELD] for name, text in parameters.items() if text.strip()}
    ranked = [] if profit.value is None else profit.value.candidates
    shared: Filling = {
        "profit": profit.value,
        "why_not": profit.reason,
        "ranked": ranked[:MOST_RANKED],
        "several_parts": len({one.part for one in ranked}) > 1,
        "more": max(0, len(ranked) - MOST_RANKED),
        "ranking": None if profit.value is None else _ranking(profit.value),
        "fields": FIELDS,
        "typed": typed,
        "coins": sorted({one.coin for one in ranked}),
    }
    if not at.sees_money:
        return {**shared, "answer": None, "refused": None, "hidden": True}
    settings = {name: text for name, text in typed.items() if name != "coin"}
    inputs = SupposedInputs(
        settings=tuple(f"{name}={text}" for name, text in settings.items()),
        sweeps=_axes(set(settings)),
        coin=typed.get("coin", "").upper() or None,
    )
    zone = zone_named(known.zone_name)

    def fill(supposed: Supposed) -> Filling:
        return {**shared, "hidden": False, "refused": supposed.refused, **_answered(supposed.answer, zone)}

    return AskedFirst(question=SupposedQuestion(inputs, keeps_refusals=True), fill=fill)


MONEY = PageKind(
    path="/money",
    title="Money",
    template="money.html",
    make=_make,
    parameters=(*(field.key for field in FIELDS), "coin"),
)


def _axes(given: set[str]) -> tuple[str, ...]:
    """Two rows for the map, of what is not set."""
    free = tuple(sweep for sweep, told_by in _AN_AXIS if not told_by & given)
    return free[:2] if len(free) >= 2 else ()


def _answered(answer: WhatIfView | None, zone: ZoneInfo) -> Filling:
    if answer is None:
        return {"answer": None}
    return {
        "answer": answer,
        "compared": _compared(answer),
        "weights": _weights(answer) if answer.weights else None,
        "swept": None if answer.map is None else _map(answer.map, answer.currency),
        "always": None if answer.hours is None else _figure(answer.hours.profit_always, answer),
        "planned": None if answer.hours is None else _figure(answer.hours.profit_planned, answer),
        "hours": [] if answer.hours is None else _hours(answer.hours.slots, zone),
    }


def _compared(answer: WhatIfView) -> list[TodayAndThen]:
    def row(title: str, unit: str, today: MoneyAmount | None, then: MoneyAmount | None) -> TodayAndThen:
        return TodayAndThen(
            title=title,
            unit=unit,
            today=_figure(today, answer),
            then=_figure(then, answer),
            either_sign=title == "It leaves",
        )

    today, then = answer.today, answer.then
    rows = [
        row("Coins bring", "a day", today.revenue_per_day, then.revenue_per_day),
        row("Energy costs", "a day", today.energy_cost_per_day, then.energy_cost_per_day),
        row("It leaves", "a day", today.profit_per_day, then.profit_per_day),
        row(
            "Stop above",
            "a kilowatt-hour",
            today.break_even_price_per_kilowatt_hour,
            then.break_even_price_per_kilowatt_hour,
        ),
        row("Stop below", f"for 1 {then.coin}", today.break_even_coin_price, then.break_even_coin_price),
    ]
    return [one for one in rows if one.today.value is not None or one.then.value is not None]


def _figure(amount: MoneyAmount | None, answer: WhatIfView) -> MoneyFigure:
    reason = None if amount is not None else "not known"
    return MoneyFigure(value=amount, source="agent", taken_at=answer.taken_at, reason=reason)


def _drawn(name: str, draw: Callable[[Look], str], *, wide: Look | None = None) -> TwoDrawings:
    """What is drawn escapes all that it is told."""
    return TwoDrawings(wide=Markup(draw(wide or in_page(name))), narrow=Markup(draw(in_narrow_page(name))))  # noqa: S704


def _half_a_desk(name: str) -> Look:
    """Its letters are as large there as the others."""
    return replace(in_page(name), width=540, left=120, axis_left=76, right=20)


def _ranking(profit: ProfitView) -> TwoDrawings | None:
    several = len({one.part for one in profit.candidates}) > 1
    told = [(one, _number(one.profit_per_day.value)) for one in profit.candidates[:MOST_RANKED]]
    rows = [
        Bar(
            label=_named(one, several=several),
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
    return _drawn("ranking", lambda look: bars(title=title, unit=f"{currency} a day", rows=rows, look=look))


def _named(one: CandidateView, *, several: bool) -> str:
    return f"{one.coin}, {one.part}" if several else one.coin


def _weights(answer: WhatIfView) -> TwoDrawings:
    base = float(answer.then.profit_per_day.amount)
    rows = [_swing(one) for one in answer.weights[:MOST_WEIGHED]]
    title = f"What a day leaves where one input is {answer.swing:.0%} lower and higher"
    unit = f"{answer.currency} a day"
    return _drawn(
        "weights",
        lambda look: tornado(title=title, unit=unit, base=base, rows=rows, look=look),
        wide=_half_a_desk("weights"),
    )


def _swing(weight: WeightView) -> Swing:
    low, high = weight.profit_per_day_at_low, weight.profit_per_day_at_high
    return Swing(label=_called(weight.key), low=float(low.amount), high=float(high.amount))


def _map(swept: SweptMap, currency: str) -> TwoDrawings:
    rows = [[float(one.amount) for one in row] for row in swept.profit_per_day]
    across, up = (Axis(label=_called(axis.key), values=tuple(axis.values)) for axis in (swept.across, swept.up))
    title = f"What a day leaves, by {across.label} and {up.label}, each as a part of today's"

    def draw(look: Look) -> str:
        unit = f"{currency} a day"
        return break_even_map(title=title, unit=unit, across=across, up=up, rows=rows, here=_TODAY, look=look)

    return _drawn("map", draw, wide=_half_a_desk("map"))


def _hours(slots: Sequence[HourSlot], zone: ZoneInfo) -> list[tuple[str, TwoDrawings]]:
    """A strip for each part of the rig, under its name."""
    by_part: dict[str, list[HourSlot]] = {}
    for slot in slots:
        by_part.setdefault(slot.devices, []).append(slot)
    return [(part, _strip(f"hours-{place}", of_it, zone)) for place, (part, of_it) in enumerate(by_part.items())]


def _strip(name: str, slots: Sequence[HourSlot], zone: ZoneInfo) -> TwoDrawings:
    told = [_slot(slot, zone) for slot in slots]
    unit = f"{slots[0].worth.currency} an hour"
    title = "What an hour of running is worth, over the next day"
    return _drawn(
        name,
        lambda look: hour_strip(title=title, unit=unit, slots=told, look=look),
        wide=replace(in_page(name), axis_left=56, right=16),
    )


def _slot(slot: HourSlot, zone: ZoneInfo) -> StripSlot:
    hours, begins = (slot.end - slot.start) / timedelta(hours=1), clock(slot.start, zone)
    does = "run" if slot.run else "stand still"
    told = f"{begins} to {clock(slot.end, zone)}: {does}, worth {slot.worth.amount} {slot.worth.currency}"
    return StripSlot(label=begins, hours=hours, worth_per_hour=float(slot.worth.amount) / hours, told=told)


def _called(key: str) -> str:
    return _CALLED.get(key, key.replace("_", " "))


def _number(amount: MoneyAmount | None) -> float | None:
    return None if amount is None else float(amount.amount)
