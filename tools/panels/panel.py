"""What a dashboard is, as data: its variables, its rows, its panels, and what each of them asks Prometheus."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

Kind = Literal["timeseries", "stat", "bars", "table", "timeline"]
Color = Literal["green", "yellow", "orange", "red", "blue", "purple", "text", "transparent"]
Levels = tuple[tuple[float | None, Color], ...]
"""From which value on which color holds; the first one from None on, which is below all of them."""
Look = Literal["line", "limit"]

PLAIN: Levels = ((None, "text"),)  # a value that is neither good nor bad
GOOD_IF_ZERO: Levels = ((None, "green"), (1, "red"))
BAD_IF_ZERO: Levels = ((None, "red"), (1, "green"))
NEAR_ONE: Levels = ((None, "red"), (0.85, "yellow"), (0.95, "green"))  # of what is to be about all of it
FEW: Levels = ((None, "green"), (0.01, "yellow"), (0.05, "red"))  # shares that are lost: a hundredth happens
GAIN: Levels = ((None, "red"), (0, "green"))


@dataclass(frozen=True, slots=True)
class Query:
    """An expression and what its series are called.

    Args:
        expression: PromQL.
        legend: what a series is called; labels in double braces.
        look: a limit is a dashed line.
    """

    expression: str
    legend: str = ""
    look: Look = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: a label of the answers, or the value of one query.

    Args:
        name: the label, or the letter of the query.
        title: its head. A label that leads somewhere keeps its name.
        unit: of a value.
        leads_to: the dashboard that the cell opens, by its short name.
        says: what numbers stand for.
    """

    name: str
    title: str
    unit: str | None = None
    decimals: int | None = None
    levels: Levels = ()
    leads_to: str | None = None
    says: "tuple[Word, ...]" = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What a number stands for."""

    value: int
    text: str
    color: Color


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Args:
        about: what it shows, and what to think of it.
        unit: Grafana's word for it.
        empty: what stands there where Prometheus has nothing: why that may be.
        width: of 24.
        height: None: as is usual for the kind.
        bounds: the axis' ends, where they are known.
        leads_to: the dashboard that a series opens, by its short name.
        says: what numbers stand for.
    """

    title: str
    about: str
    unit: str
    empty: str
    queries: Sequence[Query]
    kind: Kind = "timeseries"
    width: int = 12
    height: int | None = None
    levels: Levels = PLAIN
    decimals: int | None = None
    bounds: tuple[float | None, float | None] = (None, None)
    stacked: bool = False
    logarithmic: bool = False
    columns: Sequence[Column] = ()
    sorted_by: str | None = None
    leads_to: str | None = None
    says: tuple[Word, ...] = ()


class Options(TypedDict, total=False):
    """What some panels of a kind have and others have not."""

    levels: Levels
    decimals: int | None
    bounds: tuple[float | None, float | None]
    stacked: bool
    logarithmic: bool
    says: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A headed row of panels."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """What a reader chooses, and which series tell what there is to choose.

    Args:
        all_at_first: whether all of them are chosen until the reader chooses; else the first one is.
    """

    label: str
    series: str
    title: str
    all_at_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard.

    Args:
        name: short; the file and the address are made of it.
        hours: how far back it shows.
    """

    name: str
    title: str
    about: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()
    hours: int = 6
    tags: Sequence[str] = field(default=("miner-agent",))


@dataclass(frozen=True, slots=True)
class Scope:
    """Narrows a metric to what the reader has chosen: ``rig("rig_miner_up")``."""

    labels: tuple[str, ...]

    def __call__(self, metric: str, *further: str) -> str:
        """The metric of what is chosen, and of what further matchers say."""
        chosen = [f'{label}=~"${label}"' for label in self.labels]
        return f"{metric}{{{', '.join((*chosen, *further))}}}"


SITES = Scope(("site",))
RIGS = Scope(("site", "rig"))
DEVICES = Scope(("site", "rig", "device"))
MINERS = Scope(("site", "rig", "miner"))

SITE = Variable(label="site", series='up{job="rig"}', title="Site")
RIG = Variable(label="rig", series='up{job="rig", site=~"$site"}', title="Rig")
ONE_RIG = Variable(label="rig", series='up{job="rig", site=~"$site"}', title="Rig", all_at_first=False)
DEVICE = Variable(label="device", series=RIGS("rig_device_info"), title="Device")
ONE_DEVICE = Variable(label="device", series=RIGS("rig_device_info"), title="Device", all_at_first=False)
MINER = Variable(label="miner", series=RIGS("rig_miner_up"), title="Miner")


def per_second(counter: str) -> str:
    """How fast it grows, over as long as a point of the panel needs."""
    return f"rate({counter}[$__rate_interval])"


def numbered(metric: str, states: Sequence[Word], *, label: str, scope: Scope, by: str) -> str:
    """A set of states as the number of the first one that holds."""
    of = {word: scope(metric, f'{label}="{word.text}"') for word in states}
    return "\nor ".join(f"{word.value} * max by ({by}) ({series} == 1)" for word, series in of.items())
