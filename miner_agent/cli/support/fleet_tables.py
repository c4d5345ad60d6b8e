"""A fleet as tables for people, and its rigs by what is wrong with them."""

from collections.abc import Iterable, Sequence

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from calculators.told_figures import counted
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.fleet_answers import FleetState
from miner_agent.cli.support.fleet_sums import SiteEnergy, SiteProfit, ToldAmount
from miner_agent.cli.support.fleet_worst import BadRig
from miner_agent.cli.support.plain_lines import ABSENT, number, percent, plain_console, scaled
from miner_agent.cli.support.sparkline import sparkline


def show_state(state: FleetState) -> None:
    """Sites, what they mine, and what is wrong."""
    out = plain_console()
    sites = [
        (
            site.site or ABSENT,
            f"{site.rigs_up} of {site.rigs}",
            number(site.rigs_ill),
            _of(site.devices, site.devices_expected),
            _of(site.miners_up, site.miners),
            number(site.hottest_celsius, " °C"),
            scaled(site.power_watts, "W"),
            sparkline(site.power_watts_course),
        )
        for site in state.sites
    ]
    _print(
        out,
        ("site", "rigs there", "ill", "devices", "miners up", "hottest", "power", "in the last day"),
        sites,
        keys=1,
        left=("site", "in the last day"),
    )
    if state.work:
        out.print()
        _print(
            out,
            ("site", "algorithm", "hashrate", "should be", "proven, 6 h", "in the last day"),
            [
                (
                    one.site or ABSENT,
                    one.algorithm,
                    scaled(one.hashes_per_second, "H/s"),
                    scaled(one.expected_hashes_per_second, "H/s"),
                    scaled(one.proven_hashes_per_second, "H/s"),
                    sparkline(one.hashes_per_second_course),
                )
                for one in state.work
            ],
            keys=2,
            left=("site", "algorithm", "in the last day"),
        )
    out.print()
    if not state.alerts:
        out.print("No alert fires.")
        return
    _print(
        out,
        ("severity", "alert", "firing"),
        [(one.severity, one.alert, str(one.count)) for one in state.alerts],
        keys=2,
        left=("severity", "alert"),
    )


def show_worst(rigs: int, bad: Sequence[BadRig], *, most: int) -> None:
    """A line a rig, the worst one first."""
    out = plain_console()
    if not bad:
        out.print(f"Nothing is wrong with any of {counted(rigs, 'rig')}.")
        return
    _print(
        out,
        ("rig", "site", "state", "critical", "warnings", "hashrate", "rejected", "slowed by heat", "hottest"),
        [
            (
                one.rig or one.instance,
                one.site or ABSENT,
                "ill" if one.is_up and one.is_ill else "there" if one.is_up else "away",
                str(one.alerts_critical),
                str(one.alerts_warning),
                percent(one.hashrate_ratio),
                percent(one.rejected_ratio),
                percent(one.slowed_ratio),
                number(one.hottest_celsius, " °C"),
            )
            for one in bad[:most]
        ],
        keys=2,
        left=("rig", "site", "state"),
    )
    out.print()
    out.print(f"Something is wrong with {len(bad)} of {counted(rigs, 'rig')}{_shown(len(bad), most)}.")


def show_profit(sites: Iterable[SiteProfit], *, days: float) -> None:
    """What a day leaves, a line a site and currency."""
    course = _last(days)
    _print(
        plain_console(),
        ("site", "currency", "rigs", "revenue a day", "energy a day", "left a day", course),
        [
            (
                one.site or ABSENT,
                one.currency,
                number(one.rigs),
                _amount(one.revenue_per_day),
                _amount(one.energy_cost_per_day),
                _amount(one.profit_per_day),
                sparkline(one.profit_per_day_course),
            )
            for one in sites
        ],
        keys=2,
        left=("site", "currency", course),
    )


def show_energy(sites: Iterable[SiteEnergy], *, days: float) -> None:
    """What was drawn, a line a site."""
    course = _last(days)
    _print(
        plain_console(),
        ("site", "energy", "of the time", "cost", course),
        [
            (
                one.site or ABSENT,
                number(one.kilowatt_hours, " kWh", digits=1),
                percent(one.covered_ratio),
                ", ".join(f"{_amount(cost)} {cost.currency}" for cost in one.costs) or ABSENT,
                sparkline(one.power_watts_course),
            )
            for one in sites
        ],
        keys=1,
        left=("site", course),
    )


def _print(
    out: Console, heads: Sequence[str], rows: Iterable[Sequence[str]], *, keys: int, left: Sequence[str]
) -> None:
    table = Table(box=None, pad_edge=False)
    for head in heads:
        side: JustifyMethod = "left" if head in left else "right"
        table.add_column(head, justify=side)
    for row in rows:
        table.add_row(*map(Text, row))
    print_table(out, table, keys=keys)


def _amount(amount: ToldAmount | None) -> str:
    return ABSENT if amount is None else f"{amount.amount:.2f}"


def _of(count: int | None, all_of_them: int | None) -> str:
    return number(count) if all_of_them is None else f"{number(count)} of {all_of_them}"


def _last(days: float) -> str:
    return "in the last day" if days == 1 else f"in {days:g} days"


def _shown(count: int, most: int) -> str:
    return f"; these are the worst {most}, --count shows more" if count > most else ""
