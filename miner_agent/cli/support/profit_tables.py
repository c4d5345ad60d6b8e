"""Rankings and their sums as people read them: three digits here and nowhere before."""

from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.chain.confidence import Confidence, span
from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.money import Money
from calculators.told_figures import digits, percent_told, plain, significant, watts_told
from miner_agent.cli.support.first_lines import best_of_parts, show_first_lines
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console, print_line, scaled
from miner_agent.model.told_quantities import PREFIXES
from miner_agent.profit.carbon import emitted_by
from miner_agent.profit.in_common import gained_by
from miner_agent.profit.labels import refusals
from miner_agent.profit.luck import PERIOD_DAYS, hash_price_of, odds_alone
from miner_agent.profit.ranking import PartRanking, Ranking
from miner_agent.profit.whole_sum import sum_of


def show_ranking(ranking: Ranking, console: Console | None = None) -> None:
    """Print how old the market is, the ranking, what was left out of it, and the answer to when to stop."""
    out = console or plain_console()
    show_first_lines(out, ranking, trusted=best_of_parts(ranking))
    for of in ranking.parts if ranking.whole is not None else ():
        if len(ranking.parts) > 1:
            idle = "" if of.ranked else ": it stands still, for it can mine nothing that is asked about"
            print_line(out, f"\n{of.part.name}{idle}", style="bold")
        if of.ranked:
            print_table(out, _table(of))
    if ranking.whole is not None:
        print_line(out, f"Money is {ranking.currency} a day, {verdict_of_rig(ranking)}")
    for of in ranking.parts:
        for line in luck_lines(of.best) if of.best is not None else ():
            print_line(out, line if len(ranking.parts) == 1 else f"{of.part.name}: {line}")
    for line in carbon_lines(ranking.whole, ranking) if ranking.whole is not None else ():
        print_line(out, line)
    for refusal in refusals(ranking):
        print_line(out, f"Not ranked: {refusal}", style="yellow")


def show_sum(found: Estimate, now: datetime, console: Console | None = None) -> None:
    """Print every line of one estimate's sum, and of the chains that are summed in it."""
    out = console or plain_console()
    for part in found.parts:
        show_sum(part, now, out)
    title = f"\n{_name(found)} ({found.algorithm}): the sum. A line with = is computed from lines above it."
    print_line(out, title, style="bold")
    print_table(out, _sum_table(sum_of(found), now))
    for reason in found.confidence.reasons:
        print_line(out, f"  confidence {found.confidence.level}: {reason}")


def _sum_table(terms: Iterable[Term], now: datetime) -> Table:
    """Each line of a sum: its name, value and unit, and its formula or its source and age."""
    table = Table("", "", "", "", show_header=False, box=None, pad_edge=False)
    for term in terms:
        value = plain(term.value.amount) if isinstance(term.value, Money) else f"{term.value:.15g}"
        if term.formula is not None:
            tail = f"= {term.formula}"
        else:
            dated = "" if term.taken_at is None else f", {term.taken_at:%Y-%m-%d} ({_age(term.taken_at, now)})"
            tail = f"{term.source or 'given'}{dated}"
        table.add_row(*(Text(cell) for cell in (f"  {term.name}", value, term.unit, tail)))
    return table


def verdict(found: Estimate, ranking: Ranking, *, name: str | None = None) -> str:
    """What the rig earns with one coin, and at what prices it stops."""
    currency = ranking.currency
    profit = found.profit_per_day.amount
    leaves = "earns" if profit > 0 else "loses"
    said = f"{name or _name(found)} {leaves} {digits(abs(profit))} {currency}"
    if not profit:
        said = f"{name or _name(found)} neither earns nor loses anything"
    if ranking.conditions.pool_scheme == "solo":
        waits = [_waiting(odds.mean_seconds_to_first_block) for odds in odds_alone(found).values()]
        said += f" on average, with a block every {waits[0]} and nothing before it" if waits else " on average"
    stops = []
    if (price := found.break_even_price_per_kilowatt_hour) is not None:
        stops.append(f"{digits(price.amount)} {currency}/kWh")
    if (price := found.break_even_coin_price) is not None:
        stops.append(f"{digits(price.amount)} {currency}/{found.coin} (now {digits(found.price.amount)})")
    if not stops:
        return f"{said}."
    return f"{said}; it breaks even at {' or at '.join(stops)}."


def _waiting(seconds: float) -> str:
    return span(timedelta(seconds=min(seconds, timedelta.max.total_seconds() / 2)))


def luck_lines(found: Estimate) -> Iterator[str]:
    """What the network pays for the work, and what mining alone would come to."""
    price = hash_price_of(found)
    if price is not None:
        unit = scaled(found.operation.hashes_per_second, "H/s").split()[-1]
        factor = 1000.0 ** PREFIXES.index(unit.removesuffix("H/s"))
        yield f"Hash price: {digits(price.scaled(factor).amount)} {price.currency} a day for 1 {unit}, before fees."
    waits = [
        f"{coin} every {_waiting(odds.mean_seconds_to_first_block)} on average, 95 of 100 within "
        f"{_waiting(odds.seconds_to_first_block_95)}, and none in {PERIOD_DAYS} days with "
        f"{percent_told(odds.probability_of_none_in_period)}"
        for coin, odds in odds_alone(found).items()
    ]
    if waits:
        yield f"Alone, without a pool, a block comes: {'; '.join(waits)}."


def verdict_of_rig(ranking: Ranking) -> str:
    """What the best coin earns; of a rig of several parts what all of them do at the same time."""
    whole = ranking.whole
    if whole is None:
        return "of nothing"
    if len(ranking.parts) == 1:
        return f"of the best: {verdict(whole, ranking)}"
    best = [found for of in ranking.parts if (found := of.best) is not None]
    said = [f"of all parts at their best: {verdict(whole, ranking, name='together')}"]
    said += [f"{found.devices}: {verdict(found, ranking)}" for found in best]
    said += [f"The rig leaves more while {each.devices} stands still." for each in best if gained_by(each).amount < 0]
    return "\n".join(said)


def carbon_lines(found: Estimate, ranking: Ranking) -> Iterator[str]:
    """What mining it emits, where the grid's intensity is told."""
    emitted = emitted_by(found, ranking)
    if emitted is not None:
        coin = (
            ""
            if emitted.grams_per_coin is None
            else f", {significant(emitted.grams_per_coin / 1000, count=3)} kg a {found.coin}"
        )
        intensity = f"{ranking.conditions.grid_grams_per_kilowatt_hour:g} g a kWh from the grid"
        yield f"Carbon dioxide: {significant(emitted.grams_per_day / 1000, count=3)} kg a day{coin}; {intensity}."


def _table(of: PartRanking) -> Table:
    fixed = any(found.fixed_cost_per_day.amount for found in of.ranked)
    table = Table(
        *("coin", "algorithm", "hashrate", "power", "revenue", "energy", *(["fixed"] if fixed else []), "profit", ""),
        "stops at /kWh",
        *("coin price", "stops at", "sure"),
        box=None,
        pad_edge=False,
    )
    for found in of.ranked:
        table.add_row(
            *(
                Text(cell)
                for cell in (
                    _name(found),
                    found.algorithm,
                    _about(found, of.part.modelled) + scaled(found.operation.hashes_per_second, "H/s"),
                    watts_told(found.operation.power_watts),
                    digits(found.revenue_per_day.amount),
                    digits(found.energy_cost_per_day.amount),
                    *([digits(found.fixed_cost_per_day.amount)] if fixed else []),
                    digits(found.profit_per_day.amount),
                    "" if found.profit_per_day.amount > 0 else "loss",
                    _or_absent(found.break_even_price_per_kilowatt_hour),
                    digits(found.price.amount),
                    _or_absent(found.break_even_coin_price),
                    sure(found.confidence),
                )
            )
        )
    return table


def sure(confidence: Confidence) -> str:
    """How sure figures are, and how sure they were when they were new: that tells coins of an old market apart."""
    then = confidence.of_its_day
    return confidence.level if then == confidence.level else f"{confidence.level}, was {then}"


def _name(found: Estimate) -> str:
    return "+".join(found.chains)


def _about(found: Estimate, modelled: Container[str]) -> str:
    """The mark of a hashrate that a model has."""
    return "~" if found.algorithm in modelled else ""


def _or_absent(price: Money | None) -> str:
    return ABSENT if price is None else digits(price.amount)


def _age(taken_at: datetime, now: datetime) -> str:
    age = now - taken_at
    return f"{span(age)} old" if age.total_seconds() >= 0 else "yet to come"
