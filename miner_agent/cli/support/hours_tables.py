"""When to run and when to stand still, as people read it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.money import Money
from calculators.told_figures import counted, days_told, digits, watts_told
from miner_agent.cli.support.first_lines import show_assumed, show_first_lines, told_conditions
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import plain_console, print_line
from miner_agent.profit.quotes import told_briefly
from miner_agent.profit.running_hours import worth_of_hours

if TYPE_CHECKING:
    from miner_agent.profit.past_hours import PastHours, PastRun
    from miner_agent.profit.planned_hours import Pause, Running, Stops
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.ranking_question import Question
    from miner_agent.profit.running_hours import Hours

MOST_PAUSES = 24
MOST_BARS = 100


def show_hours(found: "Hours", place: ZoneInfo, console: Console | None = None) -> None:
    """Print of which market this is and what was assumed, each coin with its hours, and when the best stands still."""
    out = console or plain_console()
    ranking, several = found.ranking, len(found.parts) > 1
    show_first_lines(out, ranking, trusted=[part.best.estimate for part in found.parts])
    idle = sum(part.best.idle_watts for part in found.parts)
    print_line(out, f"Energy: {ranking.conditions.prices.source}; {_assumed(found.stops, idle)}")
    for part in found.parts:
        if several:
            print_line(out, f"\n{part.devices}", style="bold")
        print_table(out, _table([(_name(run), run.estimate.confidence.level, run) for run in part.runs]))
    slots = found.parts[0].best.margins
    first, last = slots[0].start.astimezone(place), slots[-1].end.astimezone(place)
    print_line(out, f"Money is {ranking.currency}, from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} {place.key}")
    if several:
        print_line(out, together(found))
    for part in found.parts:
        print_line(out, f"{part.devices}: {verdict(part.best)}" if several else verdict(part.best))
        other = part.best_always
        if other.estimate.coin != part.best.estimate.coin:
            print_line(out, f"Without a stop {_name(other)} would leave most, {digits(other.always.amount)}.")
        for line in pause_lines(part.best.pauses, place):
            print_line(out, line)


def show_past(found: "PastHours", asked: "Question", console: Console | None = None) -> None:
    """Print what standing still would have brought."""
    out = console or plain_console()
    best = found.runs[0]
    print_line(
        out,
        f"Past: {best.start:%Y-%m-%d} to {best.end:%Y-%m-%d}, prices of energy: {found.prices.source}",
        style="bold",
    )
    fees = told_conditions(asked.conditions, asked.rig)
    print_line(out, f"Rig: {asked.rig.name}, as it is now on all days; {fees}; {_assumed(found.stops, None)}")
    print_line(out, "Confidence: it is the most that was possible: each hour's worth is taken as known before it began")
    show_assumed(out, found.notes)
    print_table(out, _table([("+".join(run.chains), "", run) for run in found.runs]))
    print_line(out, f"Money is {found.history.currency}, over {days_told(best.plan.hours / 24)} together")
    print_line(out, verdict(best))


def show_worth(ranking: "Ranking", console: Console | None = None) -> None:
    """Print what standing still in dear hours is worth, where it is worth anything."""
    found = worth_of_hours(ranking)
    if found is not None:
        said = together(found) if len(found.parts) > 1 else verdict(found.parts[0].best)
        print_line(console or plain_console(), f"By hours: {said} miner-agent hours tells which.")


def together(found: "Hours") -> str:
    """What standing still is worth to a rig whose parts do so each at its own times."""
    always, planned = digits(found.always.amount), digits(found.planned.amount)
    if not found.worth.amount:
        return f"Together: no stop is worth it; run all the time, which leaves {always}."
    return (
        f"Together: {planned} is left in place of {always} where each part stands still at its own times: "
        f"that is worth {digits(found.worth.amount)}."
    )


def verdict(run: "Running | PastRun") -> str:
    """What standing still is worth, in a sentence."""
    coin = _name(run)
    always, planned = digits(run.always.amount), digits(run.planned.amount)
    if not run.plan.running_hours:
        return f"{coin} loses in every hour ({always} in all): stand still, which leaves {planned}."
    if not run.worth.amount:
        return f"{coin}: no stop is worth it; run all the time, which leaves {always}."
    still = run.plan.hours - run.plan.running_hours
    return (
        f"{coin}: stand still for {span_told(still)} of {span_told(run.plan.hours)} and {planned} is left in place of "
        f"{always}: that is worth {digits(run.worth.amount)}, with {counted(run.plan.starts, 'start')}."
    )


def pause_lines(pauses: "Sequence[Pause]", place: ZoneInfo) -> Iterator[str]:
    """When it stands still."""
    for pause in pauses[:MOST_PAUSES]:
        yield (
            f"  stand still {_clock(pause.start, place)} to {_clock(pause.end, place)}: "
            f"running would lose {digits(pause.loss.amount)}"
        )
    if len(pauses) > MOST_PAUSES:
        yield f"  and {counted(len(pauses) - MOST_PAUSES, 'more time')}; --csv tells all of them"


def drawing(found: "Hours", place: ZoneInfo) -> str:
    """What each slot brings as planned, all parts together, and what they bring so far."""
    ranking = found.ranking
    names = ", ".join(_name(part.best) for part in found.parts)
    title = f"{names} by hours; {told_briefly(ranking.market.ages, ranking.now)}"
    brought: dict[datetime, Money] = {}
    for part in found.parts:
        for margin, runs in zip(part.best.margins, part.best.plan.running, strict=True):
            start = margin.start.astimezone(place)
            worth = margin.worth if runs else margin.worth * 0
            brought[start] = brought[start] + worth if start in brought else worth
    return _drawn(title, ranking.currency, list(brought.items()))


def past_drawing(found: "PastHours") -> str:
    """What following the plan would have brought."""
    best = found.runs[0]
    brought = [
        (margin.start, margin.worth if runs else margin.worth * 0)
        for margin, runs in zip(best.margins, best.plan.running, strict=True)
    ]
    title = f"{'+'.join(best.chains)} by hours, {best.start:%Y-%m-%d} to {best.end:%Y-%m-%d}"
    return _drawn(title, found.history.currency, brought)


def span_told(hours: float) -> str:
    """Hours and minutes for people.

    >>> span_told(3.0), span_told(0.75), span_told(21.5)
    ('3 h', '45 min', '21 h 30 min')
    """
    whole, minutes = divmod(round(hours * 60), 60)
    told = [*([f"{whole:,} h"] if whole else []), *([f"{minutes} min"] if minutes or not whole else [])]
    return " ".join(told)


def _drawn(title: str, unit: str, slots: Sequence[tuple[datetime, Money]]) -> str:
    """A bar a slot, or a month where they are many."""
    from exporters.svg import Flow, cash_flow

    flows = [Flow(label=f"{start:%H:%M}", amount=float(amount)) for start, amount in slots]
    if len(slots) > MOST_BARS:
        months: dict[str, float] = {}
        for start, amount in slots:
            label = f"{start:%Y-%m}"
            months[label] = months.get(label, 0.0) + float(amount)
        flows = [Flow(label=label, amount=amount) for label, amount in months.items()]
    return cash_flow(title=title, unit=unit, flows=flows)


def _table(rows: "Sequence[tuple[str, str, Running | PastRun]]") -> Table:
    sure = any(level for _, level, _ in rows)
    heads = ("coin", *(["sure"] if sure else []), "always on", "as planned", "worth", "runs", "of", "starts")
    table = Table(*heads, box=None, pad_edge=False)
    for name, level, run in rows:
        cells = (
            name,
            *([level] if sure else []),
            digits(run.always.amount),
            digits(run.planned.amount),
            digits(run.worth.amount),
            span_told(run.plan.running_hours),
            span_told(run.plan.hours),
            str(run.plan.starts),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _assumed(stops: "Stops", idle_watts: float | None) -> str:
    """What stopping was taken to cost."""
    loss = (
        "nothing"
        if stops.restart_loss is None
        else f"{digits(stops.restart_loss.amount)} {stops.restart_loss.currency}"
    )
    least = (
        f", and it runs for {span_told(stops.minimum_run.total_seconds() / 3600)} at least" if stops.minimum_run else ""
    )
    drawn = stops.idle_watts if idle_watts is None else idle_watts
    still = "" if drawn is None else f"standing still draws {watts_told(drawn)}; "
    return f"{still}a start costs {loss}{least}"


def _name(run: "Running | PastRun") -> str:
    return "+".join(run.chains)


def _clock(moment: datetime, place: ZoneInfo) -> str:
    return f"{moment.astimezone(place):%Y-%m-%d %H:%M%z}"
