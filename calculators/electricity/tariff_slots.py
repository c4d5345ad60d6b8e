"""Prices that a market sets slot by slot, and the fees and taxes that come on top of them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from calculators.electricity.tariff import Slot, Tariff, contiguous
from calculators.local_time import period, written
from calculators.money import Money


@dataclass(frozen=True, slots=True, init=False)
class SlotTariff:
    """Prices as they were published: slots of any length, in any order, that together leave no hole."""

    given: tuple[Slot, ...]

    def __init__(self, given: Iterable[Slot]) -> None:
        object.__setattr__(self, "given", contiguous(given))
        for slot in self.given:
            if slot.price.currency != self.currency:
                raise ValueError(f"the slot {slot} is in {slot.price.currency}, the first in {self.currency}")

    @property
    def currency(self) -> str:
        return self.given[0].price.currency

    @property
    def start(self) -> datetime:
        """From when on prices are known."""
        return self.given[0].start

    @property
    def end(self) -> datetime:
        """Until when prices are known."""
        return self.given[-1].end

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        start, end = period(start, end)
        if start < end and not (self.start <= start and end <= self.end):
            known, asked = f"{written(self.start)} to {written(self.end)}", f"{written(start)} to {written(end)}"
            raise ValueError(f"prices are known from {known}, but not for all of {asked}")
        at = bisect_right(self.given, start, key=lambda slot: slot.start) - 1
        while start < end:
            slot = self.given[at]
            upto = min(slot.end, end)
            yield slot if slot.start == start and slot.end == upto else Slot(start, upto, slot.price)
            start, at = upto, at + 1


@dataclass(frozen=True, slots=True, init=False)
class PatchyTariff:
    """Prices as they were published, with times between them of which none is known."""

    runs: tuple[SlotTariff, ...]  # each without a hole, in the order of time

    def __init__(self, given: Iterable[Slot]) -> None:
        """Raises ValueError where there is no slot, two overlap, or their currencies differ."""
        runs: list[list[Slot]] = []
        for slot in sorted(given, key=lambda slot: slot.start):
            if runs and slot.start <= runs[-1][-1].end:
                runs[-1].append(slot)
            else:
                runs.append([slot])
        object.__setattr__(self, "runs", tuple(SlotTariff(run) for run in runs or [[]]))
        for run in self.runs:
            if run.currency != self.currency:
                raise ValueError(f"prices are in {self.currency} and in {run.currency}; convert one first")

    @property
    def currency(self) -> str:
        return self.runs[0].currency

    @property
    def holes(self) -> tuple[tuple[datetime, datetime], ...]:
        """The times of which no price is known, between the first that is and the last."""
        return tuple((before.end, after.start) for before, after in pairwise(self.runs))

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        begin, finish = period(start, end)
        for one, other in self.holes:
            if begin < other and one < finish:
                raise ValueError(f"no price is known from {written(one)} to {written(other)}")
        yield from next((run for run in self.runs if begin < run.end), self.runs[-1]).slots(start, end)


@dataclass(frozen=True, slots=True)
class SummedTariff:
    """The price that is paid where it has parts: spot or band, grid fee, taxes per kWh; and a tax on their sum.

    A negative spot price lowers the sum, and its tax with it.
    """

    parts: tuple[Tariff, ...]
    vat_ratio: Decimal = Decimal(0)  # 0.19 adds 19 %; zero where it is reclaimed

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("there is no price in this tariff")
        for part in self.parts:
            if part.currency != self.currency:
                raise ValueError(f"parts of a price in {self.currency} and {part.currency}; convert one first")
        if not (self.vat_ratio.is_finite() and 0 <= self.vat_ratio < 1):
            raise ValueError(f"a value added tax of {self.vat_ratio} is a ratio from 0 to below 1: 0.19 is 19 %")

    @property
    def currency(self) -> str:
        return self.parts[0].currency

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        at, end = period(start, end)
        if at == end:
            return
        streams = [part.slots(at, end) for part in self.parts]
        current = [next(stream) for stream in streams]
        with_tax = 1 + self.vat_ratio
        while True:
            upto = min(slot.end for slot in current)
            net = sum((slot.price.amount for slot in current), Decimal(0))
            yield Slot(at, upto, Money(net * with_tax, self.currency))
            if upto == end:
                return
            current = [
                next(stream) if slot.end == upto else slot for stream, slot in zip(streams, current, strict=True)
            ]
            at = upto
