"""Renders a snapshot as a page of metrics, in Prometheus' text format and in OpenMetrics.

The page of a tick is built once, where somebody asks for it. Its lines are written here, and those of a metric stand
for as long as its samples do. Where only values have changed, names and labels are not spelled again. Tests hold every
line against ``prometheus-client``. The two formats share every sample line and differ in what describes them.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeAlias

from prometheus_client.utils import floatToGoString

from exporters.budget import Budget
from exporters.metric_table import Family, Kind, Labels, Sample, Section
from exporters.own_process import OwnProcess
from exporters.sections import OWN, READ
from miner_agent.model.snapshot import RigSnapshot

_spelled_number = lru_cache(maxsize=1024)(floatToGoString)  # beside a value that changed stand others that did not


@dataclass(frozen=True, slots=True, eq=False)
class _Heads:
    """What stands before the samples of one metric."""

    text: bytes
    openmetrics: bytes
    private: bool


Heads: TypeAlias = tuple[_Heads, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of metrics. Its samples are held once; what the formats say about each metric, once for all pages."""

    heads: Heads
    samples: bytes  # a line each; an empty one between two metrics, which no sample can hold

    @property
    def text(self) -> bytes:
        return b"".join([piece for heads, lines in self._metrics() for piece in (heads.text, lines, b"\n")])

    @property
    def openmetrics(self) -> bytes:
        pieces = [piece for heads, lines in self._metrics() for piece in (heads.openmetrics, lines, b"\n")]
        return b"".join((*pieces, b"# EOF\n"))

    @property
    def public(self) -> "Page":
        """The same without money and books; itself where it holds none."""
        if not any(heads.private for heads in self.heads):
            return self
        told = [(heads, lines) for heads, lines in self._metrics() if not heads.private]
        return Page(_shared(tuple(heads for heads, _ in told)), _BETWEEN.join(lines for _, lines in told))

    def _metrics(self) -> Iterator[tuple[_Heads, bytes]]:
        return zip(self.heads, self.samples.split(_BETWEEN), strict=True) if self.heads else iter(())


_BETWEEN = b"\n\n"


@dataclass(frozen=True, slots=True)
class _Written:
    """The samples of one metric, and how they are written."""

    heads: _Heads
    samples: Sequence[Sample]
    starts: Sequence[str]  # name and labels
    lines: bytes


_Metrics: TypeAlias = dict[str, _Written]


class Renderer:
    """Turns snapshots into pages. Any thread may ask; one waits for another."""

    def __init__(self, *, process: bool = True, remembers: bool = True) -> None:
        """
        Args:
            process: also this process's own memory, time and garbage collections.
            remembers: keep how metrics are written for the next page. For pages of a thousand rigs that would take
                more memory than all the rest of them.
        """
        self._last: _Metrics | None = {} if remembers else None
        self._budget = Budget()
        self._process = OwnProcess() if process else None
        self._lock = threading.RLock()
        self._made: tuple[RigSnapshot | None, tuple[Family, ...]] = None, ()

    def families_of(self, snapshot: RigSnapshot) -> tuple[Family, ...]:
        """What its page is made of. Those of the last snapshot are kept: what the budget cuts is counted once."""
        with self._lock:
            if self._made[0] is not snapshot:
                read = self._budget.held(_families(READ, snapshot), snapshot)
                own = _families(OWN, self._budget.counted(snapshot))
                process = () if self._process is None else self._process.families()
                self._made = snapshot, (*read, *own, *process)
            return self._made[1]

    def render(self, snapshot: RigSnapshot) -> Page:
        """The whole page."""
        with self._lock:
            page, written = _page(self.families_of(snapshot), self._last or {})
            if self._last is not None:
                self._last = written  # what is gone from the page is forgotten
        return page

    def render_agent_only(self, snapshot: RigSnapshot) -> Page:
        """The page without any reading, where the whole one is not to be had."""
        return _page(_families(OWN, self._budget.counted(snapshot)), {})[0]

    def render_unread(self, snapshot: RigSnapshot) -> Page:
        """The page of a rig of which nothing was read: there is nothing to cut."""
        return _page(_families((*READ, *OWN), self._budget.counted(snapshot)), {})[0]


def _page(families: Iterable[Family], last: _Metrics) -> tuple[Page, _Metrics]:
    """The page, and its metrics by name. ``last``: those of the page before."""
    heads, lines, written = [], [], {}
    for family in families:
        spec = family.spec
        known = last.get(spec.name)
        if known is None or known.samples != family.samples:
            known = _written(family, known)
        written[spec.name] = known
        heads.append(known.heads)
        lines.append(known.lines)
    return Page(_shared(tuple(heads)), _BETWEEN.join(lines)), written


_shared = lru_cache(maxsize=256)(lambda heads: heads)  # machines of one make tell the same


def _written(family: Family, last: _Written | None) -> _Written:
    samples = family.samples
    same = last is not None and list(map(_SERIES, last.samples)) == list(map(_SERIES, samples))
    starts = last.starts if same and last is not None else _starts(family)
    lines = [f"{start} {_spelled_number(sample[2])}" for start, sample in zip(starts, samples, strict=True)]
    spec = family.spec
    heads = _heads(spec.name, spec.kind, spec.help, family.private)
    return _Written(heads, samples, starts, "\n".join(lines).encode())


_SERIES = itemgetter(0, 1)


def _families(sections: Iterable[Section[Any]], snapshot: RigSnapshot) -> list[Family]:
    return [family for section in sections for family in section.families(snapshot)]


@lru_cache(maxsize=1024)
def _heads(name: str, kind: Kind, help_: str, private: bool) -> _Heads:  # noqa: FBT001
    shown = {"info": "gauge", "stateset": "gauge"}.get(kind, kind)  # OpenMetrics wants another label for a state set
    text = f"# HELP {name} {help_}\n# TYPE {name} {shown}\n"
    family = name.removesuffix("_total" if kind == "counter" else "_info" if kind == "info" else "\0")
    shown = "info" if kind == "info" else shown
    return _Heads(text.encode(), f"# HELP {family} {help_}\n# TYPE {family} {shown}\n".encode(), private)


_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def _starts(family: Family) -> list[str]:
    """Name and labels of each sample, as both formats spell them."""
    pattern, order = _pattern(family.spec.name, (*family.keys, *family.spec.labels))
    return [
        pattern % tuple([_escaped(values[position]) for position in order])
        for values in [(*key, *labels) for key, labels, _ in family.samples]
    ]


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES) if "\\" in value or '"' in value or "\n" in value else value


@lru_cache(maxsize=1024)
def _pattern(name: str, labels: Labels) -> tuple[str, tuple[int, ...]]:
    """A sample's name and labels with room for their values, and in which order these come: sorted by label."""
    order = sorted(range(len(labels)), key=labels.__getitem__)
    labelled = ",".join(f'{labels[position]}="%s"' for position in order)
    return (f"{name}{{{labelled}}}" if labels else name), tuple(order)
