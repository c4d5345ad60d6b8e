"""Drops values that cannot be true: what a number may be follows from the unit in its name.

Sentinels of drivers that do not know a value (511 °C, 0xFFFFFFFF, -273) lie outside these ranges. A value outside
becomes ``None`` and is counted; it is never clamped, because a clamped value is made up. What a device or a machine can
have at most stands in ``ceilings``, where zero is no value in ``zeros``, what cannot be beside the rest in
``consistency``.
"""

import dataclasses
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import repeat
from operator import is_not, itemgetter, le
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork, ReadError, ReadErrorReason
from miner_agent.model.made_in_c import copied_with, is_made_in_c, values_of
from miner_agent.model.readings import MeterReading, MinerSnapshot, Workload
from miner_agent.tick.ceilings import DEVICES_A_MACHINE, OF_MACHINES, Range, hashrate_of, of_kind
from miner_agent.tick.consistency import (
    DROPPED_WITH,
    NO_MORE_THAN,
    NOTHING_TOO_MUCH,
    RATES,
    above_its_whole,
    too_much_of_device,
    too_much_work,
    with_what_is_gone,
)
from miner_agent.tick.zeros import NEVER_ZERO, without_idle_sensors

TEMPERATURE = (-60.0, 150.0)
NOT_READ = -1.0
"""What programs write for a temperature that they could not read: nothing that mines is at just that degree."""

RANGES: dict[str, Range] = {
    "temperature_celsius": TEMPERATURE,
    "fan_ratio": (0.0, 1.5),  # NVML says that a target may exceed 100 %
    "_ratio": (0.0, 1.0),
    "_watts": (0.0, 100_000.0),
    "_joules_total": (0.0, 1e15),
    "_volts": (0.0, 1_000.0),
    "_amperes": (-10_000.0, 10_000.0),
    "_hertz": (0.0, 1e11),
    "_rpm": (0.0, 60_000.0),
    "_bytes": (0.0, 2.0**53),
    "hashes_per_second": (0.0, 1e21),  # today's largest network makes 1e21; a farm behind one proxy stays below
    "_difficulty": (0.0, 1e30),
    "_difficulty_total": (0.0, 1e36),
    "chips": (0.0, 1e5),
    "_expected": (0.0, 1e5),
    "_seconds": (0.0, 3.2e9),  # a hundred years
    "_shares_total": (0.0, 2.0**53),
    "errors_total": (0.0, 2.0**53),
    "_blocks_total": (0.0, 1e9),
    "_width": (1.0, 32.0),
    "_width_max": (1.0, 32.0),
    "_generation": (1.0, 10.0),
    "_state": (0.0, 32.0),
    "load1": (0.0, 1e6),
    "load5": (0.0, 1e6),
    "load15": (0.0, 1e6),
    "_count": (1.0, 1e5),
    "_connected": (0.0, 1e6),
}
"""Ending of a field's name to what may stand in it, both ends included. The first match holds."""

OF_METERS: dict[str, Range] = {"power_watts": (-100_000.0, 1_000_000.0)}
"""What differs in a meter: it may stand before several machines, and before a roof that feeds in."""

Value = TypeVar("Value")


@cache
def range_of(name: str) -> Range | None:
    """The range for a field of that name; ``None`` where its name carries no unit."""
    return next((limits for ending, limits in RANGES.items() if name.endswith(ending)), None)


def without_impossible(value: Value, *, source: str) -> tuple[Value, tuple[ReadError, ...]]:
    """``value`` with impossible numbers taken out, and what was taken, in it and in all that it holds.

    Raises TypeError where a field holds what it cannot: whoever made the value has a mistake, and nothing behind this
    can be expected to bear it.

    A power above 1.5 times the card's own highest limit is impossible as well: mobile cards were seen at 593 W. So is a
    PCI address that two devices of one source have: whose it is cannot be known.

    Args:
        value: what to look at.
        source: who told it. The inventory says what its devices are called: an error holds their numbers.
    """
    dropped: list[ReadError] = []
    cleaned = _cleaned(value, _Place(source), dropped)
    return without_idle_sensors(cleaned), tuple(dropped)


@dataclass(slots=True)
class _Place:
    """Whose value is looked at."""

    source: str
    device_index: int | None = None
    algorithm: str | None = None
    of_farm: bool = False  # it speaks for whatever mines through it
    kinds: Mapping[int, DeviceKind] = field(default_factory=dict)  # of its devices, by their numbers

    def of_device(self, index: int) -> "_Place":
        """Where that device stands in it."""
        return _Place(self.source, index, self.algorithm, self.of_farm, self.kinds)

    def hashrate(self) -> Range | None:
        """What the device, or the machine where none is named, can make here, where that is known."""
        if self.algorithm is None:
            return None
        if self.of_farm:
            return hashrate_of(self.algorithm, devices=None)
        if self.device_index is not None:
            return hashrate_of(self.algorithm, devices=1, kind=self.kinds.get(self.device_index))
        kinds = set(self.kinds.values())
        kind = kinds.pop() if len(kinds) == 1 else None
        return hashrate_of(self.algorithm, devices=DEVICES_A_MACHINE, kind=kind)

    def impossible(self, quantity: str) -> ReadError:
        return ReadError(
            device=self.source,
            device_index=self.device_index,
            quantity=quantity,
            reason=ReadErrorReason.IMPLAUSIBLE,
        )


def _cleaned(value: Value, holder: _Place, dropped: list[ReadError]) -> Value:
    of = value.kind if isinstance(value, DeviceReading) else None
    fields, read = _fields(type(value), of)  # type: ignore[arg-type]
    told = read(value)
    look = _look(type(value), of, tuple(map(type, told)))  # type: ignore[arg-type]
    in_doubt, fits = look.in_doubt(told), look.fits(told)
    if not in_doubt and fits:
        return value
    changes: dict[str, object] = {}
    place = _place_of(value, holder)
    inside = _inside(value, place)
    for position in in_doubt:
        held = told[position]
        name, limits, kinds, item_kinds, never_zero = fields[position]
        kind = type(held)
        if kind not in kinds or (kind is tuple and held and not item_kinds.issuperset(map(type, held))):
            raise TypeError(f"{type(value).__name__}.{name} is {ascii(held)[:80]}, which cannot stand there")
        if held is None or held is _NOTHING:
            continue
        if kind is tuple:
            apart = _told_apart(held, inside, dropped) if DeviceReading in item_kinds else held
            cleaned = _cleaned_tuple(name, apart, limits, inside, dropped)
            if cleaned is not held:
                changes[name] = cleaned
        elif never_zero and held == 0:
            changes[name] = None
        elif kind in _NUMBERS and not _possible(held, limits):
            changes[name] = None
            dropped.append(place.impossible(name))
    for name in _too_much(value, inside, changes) if changes or not fits else ():
        if name not in changes:
            changes[name] = None
            dropped.append(place.impossible(name))
    return _changed(value, changes) if changes else value


def _too_much(value: object, place: _Place, changes: Mapping[str, object]) -> Iterator[str]:
    """What is more than the rest of ``value`` allows, beside what changes in it already."""
    if type(value) in NO_MORE_THAN:
        yield from above_its_whole(value, changes)
    if isinstance(value, DeviceReading):
        yield from too_much_of_device(value)
    elif isinstance(value, (Workload, DeviceWork)):
        most = place.hashrate()
        yield from too_much_work(value, None if most is None else most[1])
    if "devices" in changes:
        yield from with_what_is_gone(value, changes["devices"])


def _changed(value: Value, changes: dict[str, object]) -> Value:
    """``value`` with changes, and without what says nothing beside what is gone."""
    for gone in [name for name in changes if changes[name] is None]:
        changes.update({name: None for name in DROPPED_WITH.get(gone, ()) if hasattr(value, name)})
    return replace(value, **changes)  # type: ignore[type-var]


def _inside(value: object, place: _Place) -> _Place:
    """Where what ``value`` holds stands."""
    if isinstance(value, MinerSnapshot):
        kinds = {device.index: device.kind for device in value.devices}
        return _Place(place.source, of_farm=value.workers_connected is not None or bool(value.workers), kinds=kinds)
    if isinstance(value, Workload):
        return _Place(place.source, place.device_index, value.algorithm, place.of_farm, place.kinds)
    return place


def _told_apart(held: tuple[object, ...], place: _Place, dropped: list[ReadError]) -> tuple[object, ...]:
    """Devices of one source without the addresses that several of them have."""
    told = [item.pci_address for item in held if isinstance(item, DeviceReading) and item.pci_address]
    if len(set(told)) == len(told):
        return held
    shared = {address for address, devices in Counter(told).items() if devices > 1}
    apart: list[object] = []
    for item in held:
        if isinstance(item, DeviceReading) and item.pci_address in shared:
            dropped.append(_place_of(item, place).impossible("pci_address"))
            apart.append(copied_with(item, pci_address=None))
        else:
            apart.append(item)
    return tuple(apart)


def _cleaned_tuple(
    name: str, held: tuple[Any, ...], limits: Range | None, place: _Place, dropped: list[ReadError]
) -> tuple[object, ...]:
    cleaned: list[object] = []
    for position, item in enumerate(held):
        if type(item) in _NUMBERS:
            is_possible = _possible(item, limits)
            cleaned.append(item if is_possible else None)
            if not is_possible:
                dropped.append(place.impossible(f"{name}[{position}]"))
        elif _fields(type(item), None)[0]:  # type: ignore[arg-type]
            cleaned.append(_cleaned(item, place, dropped))
        else:
            cleaned.append(item)
    return tuple(cleaned) if any(map(is_not, held, cleaned)) else held


def _place_of(item: object, holder: _Place) -> _Place:
    """The device that an error in ``item`` counts for; what is of no device counts for its source."""
    if isinstance(item, DeviceReading):
        return holder.of_device(item.index)
    if isinstance(item, DeviceWork):
        return holder.of_device(item.device_index)
    return holder


_NOTHING: tuple[object, ...] = ()
_NUMBERS = frozenset({int, float})


def _possible(number: float, limits: Range | None) -> bool:
    """False for what is not finite; of an integer no float is made."""
    if limits is None:
        return type(number) is int or math.isfinite(number)
    return limits[0] <= number <= limits[1] and (number != NOT_READ or limits is not TEMPERATURE)


Told: TypeAlias = tuple[Any, ...]
_FINITE = (-sys.float_info.max, sys.float_info.max)


def _lie_inside(numbers: tuple[float, ...], limits: Range) -> bool:
    lowest, highest = limits
    return all(map(le, repeat(lowest), numbers)) and all(map(le, numbers, repeat(highest))) and NOT_READ not in numbers


_Field: TypeAlias = tuple[str, Range | None, frozenset[type], frozenset[type], bool]


def _limits(kind: type, of: DeviceKind | None, name: str) -> Range | None:
    """What may stand in a field, and in each element of a tuple there."""
    own = {MeterReading: OF_METERS, MinerSnapshot: OF_MACHINES}.get(kind, {}).get(name)
    of_device = None if of is None else of_kind(of, name)
    return own or of_device or range_of(name) or range_of(name.removesuffix("s"))


@cache
def _fields(kind: type, of: DeviceKind | None) -> tuple[tuple[_Field, ...], Callable[[object], tuple[Any, ...]]]:
    """The fields of a dataclass, and what reads all of them off a value. None for another class.

    Of each: name, range, types, types in a tuple, whether 0 is none.
    """
    if not dataclasses.is_dataclass(kind):
        return (), lambda _: ()
    hints, never_zero = get_type_hints(kind), NEVER_ZERO.get(kind, frozenset())
    names = [field.name for field in dataclasses.fields(kind)]
    fields = tuple(
        (
            name,
            _limits(kind, of, name),
            frozenset(get_origin(one) or one for one in _alternatives(hints[name])),
            frozenset(
                item
                for one in _alternatives(hints[name])
                for inner in get_args(one)[:1]
                for item in _alternatives(inner)
            ),
            name in never_zero,
        )
        for name in names
    )
    return fields, values_of if is_made_in_c(kind) else lambda value: tuple([getattr(value, name) for name in names])


def _alternatives(hint: Any) -> Iterator[Any]:
    """What may stand where this is written. A whole number may stand where a real one may."""
    for one in get_args(hint) if isinstance(hint, UnionType) else (hint,):
        yield one
        if one is float:
            yield int


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at all that a value holds: a look at each field costs ten times as much, and mostly there is nothing."""

    can_stand: bool  # each of the types may stand where it does
    numbers: Callable[[Told], Told]
    lows: Told  # what each of them is at least
    highs: Told
    temperatures: Callable[[Told], Told]
    never_zero: Callable[[Told], Told]
    holders: tuple[tuple[int, Range | None, frozenset[type]], ...]  # position, range, and what needs no look of its own
    parts: Callable[[Told], Told]
    wholes: Callable[[Told], Told]  # of each of them
    rated: bool  # it says how much work it does

    def in_doubt(self, told: Told) -> Sequence[int]:
        """Positions to be looked at: of what holds values of its own; all, where anything is to be taken out."""
        numbers = self.numbers(told)
        if not (
            self.can_stand
            and all(map(le, self.lows, numbers))
            and all(map(le, numbers, self.highs))
            and NOT_READ not in self.temperatures(told)
            and all(self.never_zero(told))
        ):
            return range(len(told))
        found = []
        for position, limits, kinds in self.holders:
            held = told[position]
            if held and not (kinds.issuperset(map(type, held)) and (limits is None or _lie_inside(held, limits))):
                found.append(position)
        return found

    def fits(self, told: Told) -> bool:
        """Whether nothing is too much for something else: then no closer look is needed for that."""
        return not self.rated and all(map(le, self.parts(told), self.wholes(told)))


@lru_cache(maxsize=1024)  # a source chooses what it tells, and so the types
def _look(kind: type, of: DeviceKind | None, types: tuple[type, ...]) -> _Look:
    """For values of a class whose fields hold these types."""
    fields, _ = _fields(kind, of)
    position_of = {one[0]: position for position, one in enumerate(fields)}
    pairs = [
        pair
        for pair in NOTHING_TOO_MUCH.get(kind, ())
        if _NUMBERS.issuperset(types[position_of[name]] for name in pair)
    ]
    ranges = {
        position: one[1] or _FINITE
        for position, (one, there) in enumerate(zip(fields, types, strict=True))
        if there is float or (there is int and one[1] is not None)
    }
    return _Look(
        can_stand=all(there in one[2] for one, there in zip(fields, types, strict=True)),
        numbers=_picked(ranges),
        lows=tuple(low for low, _ in ranges.values()),
        highs=tuple(high for _, high in ranges.values()),
        temperatures=_picked(position for position, limits in ranges.items() if limits is TEMPERATURE),
        never_zero=_picked(position for position, one in enumerate(fields) if one[4] and types[position] in _NUMBERS),
        holders=tuple(
            (position, one[1], _read_at_once(one[1], one[3]))
            for position, (one, there) in enumerate(zip(fields, types, strict=True))
            if there is tuple
        ),
        parts=_picked(position_of[part] for part, _ in pairs),
        wholes=_picked(position_of[whole] for _, whole in pairs),
        rated=any(types[position_of[name]] is not NoneType for name in RATES if name in position_of),
    )


def _read_at_once(limits: Range | None, kinds: Iterable[type]) -> frozenset[type]:
    """What of these kinds may stand in a tuple without a look at each: numbers that have a range, and plain words."""
    if limits is not None:
        return _NUMBERS
    return frozenset(kind for kind in kinds if kind not in _NUMBERS and not dataclasses.is_dataclass(kind))


def _picked(positions: Iterable[int]) -> Callable[[Told], Told]:
    """What reads off those positions."""
    chosen = tuple(positions)
    if len(chosen) > 1:
        return itemgetter(*chosen)
    return itemgetter(slice(chosen[0], chosen[0] + 1) if chosen else slice(0))
