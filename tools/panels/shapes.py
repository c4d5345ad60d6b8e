"""The panels that most dashboards are made of, in short."""

from typing import Unpack

from tools.panels.panel import Options, Panel, Query, Scope, per_second


def figure(
    title: str,
    about: str,
    unit: str,
    expression: str,
    empty: str,
    *,
    legend: str = "",
    width: int = 4,
    **options: Unpack[Options],
) -> Panel:
    """One number, or one for each series: then ``legend`` tells them apart."""
    asked = [Query(expression, legend)]
    return Panel(title=title, about=about, unit=unit, empty=empty, kind="stat", width=width, queries=asked, **options)


def curve(
    title: str,
    about: str,
    unit: str,
    queries: list[Query],
    empty: str,
    *,
    width: int = 8,
    leads_to: str | None = None,
    **options: Unpack[Options],
) -> Panel:
    """Curves over time."""
    return Panel(
        title=title, about=about, unit=unit, empty=empty, width=width, leads_to=leads_to, queries=queries, **options
    )


def worst(
    title: str,
    about: str,
    unit: str,
    query: Query,
    empty: str,
    *,
    width: int = 6,
    leads_to: str | None = None,
    **options: Unpack[Options],
) -> Panel:
    """A bar for each of a few series."""
    return Panel(
        title=title,
        about=about,
        unit=unit,
        empty=empty,
        kind="bars",
        width=width,
        leads_to=leads_to,
        queries=[query],
        **options,
    )


def greatest(scope: Scope, metric: str, by: str, *further: str) -> str:
    """The greatest value for each of what it is told by: of one that is scraped twice, one."""
    return f"max by ({by}) ({scope(metric, *further)})"


def summed(scope: Scope, metric: str, by: str, *further: str) -> str:
    """The sum for each of what it is told by."""
    return f"sum by ({by}) ({scope(metric, *further)})"


def speed(scope: Scope, counter: str, by: str, *further: str) -> str:
    """How fast counters grow together, a second."""
    return f"sum by ({by}) ({per_second(scope(counter, *further))})"


def growth(scope: Scope, counter: str, by: str, *further: str) -> str:
    """By how much counters grew together since the point before."""
    return f"sum by ({by}) (increase({scope(counter, *further)}[$__rate_interval]))"
