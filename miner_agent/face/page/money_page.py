"""The page *Money*: what each coin would leave, what would change it, and in which hours it pays to run."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.local_time import zone_named
from miner_agent.face.asked_wrongly import refuse_longer
from miner_agent.face.known import Known
from miner_agent.face.page.money_drawings import hours_drawn, map_drawn, ranking_drawn, weights_drawn
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.face.supposing_desk import Supposed, SupposedQuestion
from miner_agent.model.finances import Economy
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.views.figures import Circumstances, MoneyAmount, MoneyFigure
from miner_agent.views.profit_view import profit_view
from miner_agent.views.what_if_view import WhatIfView

MOST_RANKED = 12
_LONGEST_FIELD = 40  # characters that somebody typed
_AN_AXIS = (
    ("kwh_price_ratio=0.25:2.5:0.25", {"kwh_price", "kwh_price_ratio"}),
    ("coin_price_ratio=0.25:2:0.25", {"coin_price", "coin_price_ratio"}),
    ("difficulty_ratio=0.5:2:0.25", {"difficulty", "difficulty_ratio"}),
)
"""What is swept for the map, and what must not be set beside it."""


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
class TodayAndThen:
    """One line of today beside what is set."""

    title: str
    unit: str
    today: MoneyFigure
    then: MoneyFigure
    either_sign: bool = False


def _make(known: Known, at: Circumstances, parameters: Mapping[str, str]) -> Filling | AskedFirst:
    if not at.sees_money:
        return {"answer": None, "hidden": True}
    typed = {name: text.strip() for name, text in parameters.items() if text.strip()}
    refuse_longer(typed, _LONGEST_FIELD)
    settings = {name: text for name, text in typed.items() if name != "coin"}
    inputs = SupposedInputs(
        settings=tuple(f"{name}={text}" for name, text in settings.items()),
        sweeps=_axes(set(settings)),
        coin=typed.get("coin", "").upper() or None,
    )
    zone, economy = zone_named(known.zone_name), known.snapshot.economy

    def fill(supposed: Supposed) -> Filling:
        return {
            **_ranked(economy, at),
            "hidden": False,
            "fields": FIELDS,
            "typed": typed,
            "refused": supposed.refused,
            "command": _command(inputs, known.loaded.sources),
            **_answered(supposed.answer, zone),
        }

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


def _command(inputs: SupposedInputs, sources: Sequence[str]) -> str:
    """What says the same to who asks for it there."""
    files = [source for source in sources if source.startswith("/")]
    words = ["miner-agent", "what-if", *(("--config", files[0]) if len(files) == 1 else ())]
    words += ("--coin", inputs.coin) if inputs.coin is not None else ()
    words += (word for setting in inputs.settings for word in ("--set", setting))
    return shlex.join(words)


def _ranked(economy: Economy | None, at: Circumstances) -> Filling:
    profit = profit_view(economy, at)
    ranked = [] if profit.value is None else profit.value.candidates
    shown, several_parts = ranked[:MOST_RANKED], len({one.part for one in ranked}) > 1
    return {
        "why_not": profit.reason,
        "ranked": shown,
        "several_parts": several_parts,
        "more": len(ranked) - len(shown),
        "ranking": ranking_drawn(shown, several_parts=several_parts),
        "coins": sorted({one.coin for one in ranked}),
    }


def _answered(answer: WhatIfView | None, zone: ZoneInfo) -> Filling:
    if answer is None:
        return {"answer": None}
    return {
        "answer": answer,
        "compared": _compared(answer),
        "weights": weights_drawn(answer) if answer.weights else None,
        "swept": None if answer.map is None else map_drawn(answer.map, answer.currency),
        "always": None if answer.hours is None else _figure(answer.hours.profit_always, answer),
        "planned": None if answer.hours is None else _figure(answer.hours.profit_planned, answer),
        "hours": [] if answer.hours is None else hours_drawn(answer.hours.slots, zone),
        "worth_standing_still": answer.hours is not None and Decimal(answer.hours.worth_of_standing_still.amount) > 0,
        "priced_by": ", ".join(dict.fromkeys(one.source for one in answer.market)),
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
