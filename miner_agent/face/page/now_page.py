"""The page *Now*: how the rig is, worst first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from calculators.told_figures import counted, digits, percent_told
from calculators.units import KILOWATT_HOUR, SECONDS_PER_DAY
from exporters.drawing_paper import in_page
from exporters.price_strip import price_strip
from miner_agent.face.known import Known
from miner_agent.face.page.charted import baselines_of
from miner_agent.face.page.page_kind import PageKind
from miner_agent.face.page.page_words import money
from miner_agent.face.page.two_drawings import TwoDrawings, drawn
from miner_agent.face.told_rigs import taken_of
from miner_agent.model.planned import PlannedState
from miner_agent.views.earning_view import EarningView, earning_view
from miner_agent.views.expected_pay_view import expected_pay_view
from miner_agent.views.figures import Circumstances
from miner_agent.views.headroom_view import DeviceHeadroom, headroom_views
from miner_agent.views.mining_view import MiningView, mining_views
from miner_agent.views.power_view import PowerView
from miner_agent.views.share_funnel_view import share_funnel_views
from miner_agent.views.snapshot_view import SnapshotView, snapshot_view

_STRIP_WIDTH = 520  # half of a desk
_SENSOR_ORDER = ("core", "board", "hotspot", "chip", "memory", "vrm", "inlet", "outlet")


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> Mapping[str, object]:
    told, at = taken_of(known, parameters.get("rig", known.snapshot.rig), at)
    is_own = told is known.snapshot
    snapshot = snapshot_view(told, at)
    headroom, mining = headroom_views(told, at), mining_views(told, at)
    earning = earning_view(told, at)
    return {
        "snapshot": snapshot,
        "word": "unknown" if snapshot.stale else snapshot.verdict.verdict,  # what was is not what is
        "verdict_sentence": _verdict_sentence(snapshot),
        "more_symptoms": snapshot.verdict.symptoms_total - len(snapshot.verdict.symptoms),
        "planned": _planned(told.planned),
        "headroom": headroom,
        "sensors": _sensors(headroom),
        "devices": {one.device: one for one in snapshot.devices},
        "mining": mining,
        "oldest_share": _oldest_share(mining),
        "earning": earning,
        "range_note": _range_note(earning),
        "power_note": _power_note(snapshot.power),
        "is_own": is_own,
        "baselines": baselines_of(told),
        "others": len(known.beside.rigs()) if is_own else 0,
        "at": at,
        "funnel": share_funnel_views(known.shares, at),
        "paid": expected_pay_view(told, at),
        "strip": _strip(earning),
        "mean_price": _mean_price(earning),
        "stop_reason": earning.break_even_price_per_kilowatt_hour.reason
        or earning.energy_price_per_kilowatt_hour.reason,
        "winner_sentence": _winner_sentence(earning),
        "sources": sorted(snapshot.sources, key=lambda one: one.up),
    }


NOW = PageKind(path="/", title="Now", template="now.html", make=_make, parameters=("rig",))


def _verdict_sentence(snapshot: SnapshotView) -> str:
    """Why it is judged so.

    Where something is wrong the list below says what; here stands how much it is.
    """
    if snapshot.stale:
        return "How it is now is not known."
    up, asked = sum(one.up for one in snapshot.sources), len(snapshot.sources)
    answers = f"{up} of {counted(asked, 'source')} give{'s' if up == 1 else ''} readings"
    match snapshot.verdict.verdict:
        case "well":
            return f"{answers}, and nothing is found wrong."
        case "ill":
            total = snapshot.verdict.symptoms_total
            return f"{counted(total, 'thing')} {'is' if total == 1 else 'are'} wrong; {answers}."
        case "unknown":
            return f"Nothing that mines was read: {answers}."


def _planned(state: PlannedState) -> list[str]:
    off = ["It is off by plan at this hour: nobody is told of it."] if state.off else []
    return [*off, *(f"Somebody works on it: {why}" for why in state.maintenance)]


def _sensors(rows: Sequence[DeviceHeadroom]) -> list[str]:
    """The columns: every sensor that some device has."""
    there = {str(one.sensor) for row in rows for one in row.sensors}
    return [one for one in _SENSOR_ORDER if one in there]


def _oldest_share(mining: Sequence[MiningView]) -> MiningView | None:
    """The work that has waited longest; before it what has none yet."""
    if not mining:
        return None
    ages = [(one.last_accepted_age_seconds.value, one) for one in mining]
    return max(ages, key=lambda pair: float("inf") if pair[0] is None else pair[0])[1]


def _range_note(earning: EarningView) -> str:
    low, high = earning.net_p5_per_day.value, earning.net_p95_per_day.value
    if low is None or high is None:
        return ""
    return f"tomorrow {digits(Decimal(low.amount))} to {digits(Decimal(high.amount))}, nine days in ten"


def _power_note(power: PowerView) -> str:
    if power.lacks:
        return f"without {', '.join(power.lacks[:3])}{' and more' if len(power.lacks) > 3 else ''}"
    return "cards and processors alone: the wall gives more" if power.power_watts.source == "estimate" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strip:
    """The price at which to stop, drawn and said."""

    drawn: TwoDrawings
    sentence: str


def _strip(earning: EarningView) -> _Strip | None:
    now, stop = earning.energy_price_per_kilowatt_hour, earning.break_even_price_per_kilowatt_hour
    if now.value is None or stop.value is None or now.value.currency != stop.value.currency:
        return None
    here, limit = float(now.value.amount), float(stop.value.amount)
    title = f"Energy costs {money(now)} a kilowatt-hour; stop at {money(stop)}"
    unit = f"{now.value.currency}/kWh"
    both = drawn(
        "stop",
        lambda look: price_strip(title=title, unit=unit, now=here, stop=limit, look=look),
        wide=replace(in_page("stop"), width=_STRIP_WIDTH),
    )
    worth = _worth_to_stop(earning)
    if here <= limit:
        coins = f", or its coins are worth less than {percent_told(worth)} of now" if worth and worth < 1 else ""
        sentence = f"Mining pays: stop when a kilowatt-hour costs more than {money(stop)}{coins}."
    else:
        coins = f", or its coins are worth {percent_told(worth)} of now" if worth and worth > 1 else ""
        sentence = f"Mining costs more than it brings: go on when a kilowatt-hour costs less than {money(stop)}{coins}."
    return _Strip(drawn=both, sentence=sentence)


def _worth_to_stop(earning: EarningView) -> float | None:
    """What all its coins would be worth, by now, where a day leaves nothing at the energy's mean price of the day."""
    revenue, cost = earning.revenue_per_day.value, earning.energy_cost_per_day.value
    stop, watts = earning.break_even_price_per_kilowatt_hour.value, earning.power_watts.value
    if revenue is None or cost is None or stop is None or not watts or float(revenue.amount) <= 0:
        return None
    spare = float(stop.amount) * watts * SECONDS_PER_DAY / KILOWATT_HOUR - float(cost.amount)
    return 1 - spare / float(revenue.amount)


def _mean_price(earning: EarningView) -> str:
    """At what the energy of the day is counted, where that is not what it costs now."""
    cost, watts = earning.energy_cost_per_day.value, earning.power_watts.value
    now = earning.energy_price_per_kilowatt_hour.value
    if cost is None or now is None or not watts:
        return ""
    mean = digits(Decimal(cost.amount) / Decimal(watts * SECONDS_PER_DAY / KILOWATT_HOUR))
    return "" if mean == digits(Decimal(now.amount)) else f"{mean} {cost.currency}"


def _winner_sentence(earning: EarningView) -> str:
    """Whether another coin would leave more, and whether that is sure."""
    best = earning.best
    if earning.net_per_day.value is None:
        return ""
    if best is None:
        return "Nothing that these devices could mine is known to leave more."
    more = f"{best.coin} would leave {money(best.more_per_day)} more a day on {best.part}"
    if best.why_unclear is not None:
        return f"No clear winner: {more}, but {best.why_unclear}."
    return f"{more}."
