"""Many rigs from one: the pages of a simulated rig, rendered once and given out under many names, with other figures.

What such a page costs is a small part of a simulated rig's tick, so that a thousand of them can be scraped. Counters
move as those of the rig do that they are made of, and never fall unless that one's do.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from exporters.prometheus import Page, Renderer
from exporters.sections import SECTIONS
from exporters.verdict_json import verdict_of
from miner_agent.model.health import Verdict
from miner_agent.simulate.simulated_course import SimulatedCourse, SimulatedMoment
from miner_agent.web.pages import RigPage

LONGEST_STEPS = 20  # of the rig, after a while in which nobody asked: beyond them it jumps
SPREAD = 0.05  # by which the figures of a rig are above or below those that they are made of
MOVING = ("_watts", "_hashes_per_second", "_celsius", "_rpm")
BOUNDS = ("_limit", "_threshold", "_expected", "_nominal")  # in the names of what is no measurement
_GAUGES = frozenset(
    spec.name
    for section in SECTIONS
    for spec in section.specs
    if spec.kind == "gauge" and spec.name.endswith(MOVING) and not any(bound in spec.name for bound in BOUNDS)
)
_COUNTERS = frozenset(spec.name for section in SECTIONS for spec in section.specs if spec.kind == "counter")


@dataclass(frozen=True, slots=True)
class _Template:
    """A page cut at the figures that move: ``pieces`` has one more than ``numbers``."""

    page: Page
    pieces: tuple[bytes, ...]
    numbers: tuple[float, ...]
    whole: tuple[bool, ...]  # that are whole numbers, and stay so
    verdict: Verdict

    @classmethod
    def of(cls, page: Page, verdict: Verdict) -> "_Template":
        pieces, numbers, whole, still = list[bytes](), list[float](), list[bool](), bytearray()
        for line in page.samples.splitlines(keepends=True):
            start, _, number = line.rpartition(b" ")
            name = start.partition(b"{")[0].decode()
            if name in _COUNTERS or name in _GAUGES:
                pieces.append(bytes(still + start + b" "))
                told = number.rstrip(b"\n")
                numbers.append(float(told))
                whole.append(name in _COUNTERS and float(told).is_integer())
                still = bytearray(number[len(told) :])
            else:
                still += line
        return cls(page, (*pieces, bytes(still)), tuple(numbers), tuple(whole), verdict)

    def scaled(self, factor: float) -> Page:
        """The same page with figures that are so many times as large."""
        told = [
            b"%d" % int(number * factor) if is_whole else repr(number * factor).encode()
            for number, is_whole in zip(self.numbers, self.whole, strict=True)
        ]
        samples = b"".join([part for pair in zip(self.pieces, told, strict=False) for part in pair])
        return Page(self.page.heads, samples + self.pieces[-1])


@dataclass(frozen=True, slots=True)
class _Replayed:
    """One page, made when somebody reads it."""

    template: _Template
    factor: float

    @property
    def text(self) -> bytes:
        return self.template.scaled(self.factor).text

    @property
    def openmetrics(self) -> bytes:
        return self.template.scaled(self.factor).openmetrics

    @property
    def public(self) -> Page:
        return self.template.scaled(self.factor).public


class ReplayedRigs(Mapping[str, RigPage]):
    """By name, what is known of each of so many rigs. The rig behind them goes on when somebody asks."""

    def __init__(self, course: SimulatedCourse, count: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._course, self._monotonic = course, monotonic
        self._factors = {name: _factor(name) for name in (f"replayed-{number:05d}" for number in range(1, count + 1))}
        self._numbers = {name: number for number, name in enumerate(self._factors)}
        self._began_seconds = monotonic() - course.seconds
        self._renderer = Renderer(process=False, remembers=False)
        self._lock = threading.Lock()
        self._moment: SimulatedMoment | None = None
        self._templates: Sequence[_Template] = ()

    def __getitem__(self, name: str) -> RigPage:
        factor, number = self._factors[name], self._numbers[name]
        with self._lock:
            moment, templates = self._now()
        template = templates[number % len(templates)]
        page = _Replayed(template, factor)
        return RigPage(
            page=page,
            without_readings=lambda: page,
            fresh_until_seconds=float("inf"),
            asked_at=moment.now,
            up=True,
            reason=None,
            dead=False,
            verdict=partial(verdict_of, template.verdict),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._factors)

    def __len__(self) -> int:
        return len(self._factors)

    def _now(self) -> tuple[SimulatedMoment, Sequence[_Template]]:
        """The rig behind them as of now."""
        seconds = self._monotonic() - self._began_seconds
        self._course.pass_over(seconds - LONGEST_STEPS * self._course.interval_seconds)
        moments = list(self._course.until(seconds + self._course.interval_seconds if self._moment is None else seconds))
        if moments or self._moment is None:
            self._moment = moments[-1]
            told = [self._moment.rig, *self._moment.machines.values()]
            shown = [one for one in told if one.inventory.workloads] or told
            self._templates = [_Template.of(self._renderer.render(one), one.verdict) for one in shown]
        return self._moment, self._templates


def _factor(name: str) -> float:
    """Of all figures of a rig: always the same for one name."""
    part = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big") / 2**32
    return 1.0 - SPREAD + 2 * SPREAD * part
