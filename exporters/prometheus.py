"""Renders a snapshot as a page of metrics, in Prometheus' text format and in OpenMetrics.

The page is built once a tick. Its lines are written here: a sample's name and labels are spelled once and kept
while it lasts, which costs a quarter of what ``prometheus-client`` needs for 700 samples; tests hold every line
against the library. The two formats share every sample line and differ in what describes them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.utils import floatToGoString

from exporters.budget import Budget
from exporters.metric_table import Family, Kind, Labels, MetricSpec, Section
from exporters.sections import OWN, READ
from miner_agent.model.snapshot import RigSnapshot

_spelled_number = lru_cache(maxsize=4096)(floatToGoString)  # most values of a page are those of the page before

_Spelled = dict[
    tuple[str, Labels, Labels], str
]  # a sample's name and labels as written, by metric, key and further labels


@dataclass(frozen=True, slots=True)
class Page:
    """One page of metrics. Its samples are held once; what the formats say about each metric, once for all pages."""

    parts: tuple[tuple["_Heads", bytes], ...]

    @property
    def text(self) -> bytes:
        return b"".join([piece for heads, samples in self.parts for piece in (heads.text, samples)])

    @property
    def openmetrics(self) -> bytes:
        return b"".join([piece for heads, samples in self.parts for piece in (heads.openmetrics, samples)]) + b"# EOF\n"


@dataclass(frozen=True, slots=True)
class _Heads:
    """What stands before the samples of one metric."""

    text: bytes
    openmetrics: bytes


class Renderer:
    """Turns snapshots into pages."""

    def __init__(self, *, process: bool = True, remembers: bool = True) -> None:
        """
        Args:
            process: also this process's own memory, time and garbage collections.
            remembers: keep how names and labels are spelled for the next page. For pages of a thousand rigs that
                would take more memory than all the rest of them.
        """
        self._spelled: _Spelled | None = {} if remembers else None
        self._budget = Budget()
        self._process = CollectorRegistry(auto_describe=False) if process else None
        if self._process is not None:
            ProcessCollector(registry=self._process)
            GCCollector(registry=self._process)

    def render(self, snapshot: RigSnapshot) -> Page:
        """The whole page."""
        read = self._budget.held(_families(READ, snapshot), snapshot)
        own = _families(OWN, self._budget.counted(snapshot))
        page, spelled = _page((*read, *own, *_process_families(self._process)), self._spelled)
        if self._spelled is not None:
            self._spelled = spelled  # what is gone from the page is forgotten
        return page

    def render_agent_only(self, snapshot: RigSnapshot) -> Page:
        """The page without any reading, where the whole one is not to be had. Any thread may ask for it."""
        return _page(_families(OWN, self._budget.counted(snapshot)), None)[0]

    def render_unread(self, snapshot: RigSnapshot) -> Page:
        """The page of a rig of which nothing was read: there is nothing to cut. Any thread may ask for it."""
        return _page(_families((*READ, *OWN), self._budget.counted(snapshot)), None)[0]


def _page(families: Iterable[Family], known: _Spelled | None) -> tuple[Page, _Spelled]:
    """The page, and how its samples are spelled. ``known``: how those of the last page were; ``None``: never mind."""
    spelled: _Spelled = {}
    parts: list[tuple[_Heads, bytes]] = []
    for family in families:
        spec, lines = family.spec, []
        for key, labels, value in family.samples:
            if known is None:
                start = _start(family, key, labels)
            else:
                identity = (spec.name, key, labels)
                start = spelled[identity] = known.get(identity) or _start(family, key, labels)
            lines.append(f"{start} {_spelled_number(value)}\n")
        parts.append((_heads(spec.name, spec.kind, spec.help), "".join(lines).encode()))
    return Page(tuple(parts)), spelled


def _families(sections: Iterable[Section[Any]], snapshot: RigSnapshot) -> list[Family]:
    return [family for section in sections for family in section.families(snapshot)]


def _process_families(registry: CollectorRegistry | None) -> Iterator[Family]:
    """What ``prometheus-client`` tells of this process."""
    for metric in () if registry is None else registry.collect():
        if metric.samples:
            name, labels = metric.samples[0].name, tuple(metric.samples[0].labels)
            kind: Kind = "counter" if metric.type == "counter" else "gauge"
            spec: MetricSpec[None] = MetricSpec(name, kind, metric.documentation, labels, lambda _: ())
            yield Family(spec, (), [((), tuple(s.labels.values()), s.value) for s in metric.samples])


@lru_cache(maxsize=1024)
def _heads(name: str, kind: Kind, help_: str) -> _Heads:
    shown = {"info": "gauge", "stateset": "gauge"}.get(kind, kind)  # OpenMetrics wants another label for a state set
    text = f"# HELP {name} {help_}\n# TYPE {name} {shown}\n"
    family = name.removesuffix("_total" if kind == "counter" else "_info" if kind == "info" else "\0")
    shown = "info" if kind == "info" else shown
    return _Heads(text.encode(), f"# HELP {family} {help_}\n# TYPE {family} {shown}\n".encode())


_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def _start(family: Family, key: Labels, labels: Labels) -> str:
    """Name and labels of a sample, as both formats spell them."""
    pattern, order = _pattern(family.spec.name, (*family.keys, *family.spec.labels))
    values = (*key, *labels)
    return pattern % tuple([_escaped(values[position]) for position in order])


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES) if "\\" in value or '"' in value or "\n" in value else value


@lru_cache(maxsize=1024)
def _pattern(name: str, labels: Labels) -> tuple[str, tuple[int, ...]]:
    """A sample's name and labels with room for their values, and in which order these come: sorted by label."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    labelled = ",".join(f'{labels[position]}="%s"' for position in order)
    return (f"{name}{{{labelled}}}" if labels else name), tuple(order)
