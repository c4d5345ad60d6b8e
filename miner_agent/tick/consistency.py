"""What cannot be true beside what else is told: a part above its whole, a sum over what is gone. Pure."""

from collections.abc import Container, Iterator

from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import FilesystemReading, HostReading, MinerSnapshot, Workload
from miner_agent.tick.ceilings import ABOVE_NOMINAL

DROPPED_WITH: dict[str, tuple[str, ...]] = {
    "memory_size_bytes": ("memory_used_bytes", "memory_available_bytes"),
    "size_bytes": ("available_bytes",),
    "hashes_per_second": ("hashrate_window_seconds",),
}
"""What says nothing without the value that it stands beside."""

RATES = ("hashes_per_second", "nominal_hashes_per_second")

NO_MORE_THAN: dict[type, tuple[tuple[str, str], ...]] = {
    DeviceReading: (
        ("chips", "chips_expected"),
        ("memory_used_bytes", "memory_size_bytes"),
        ("power_limit_watts", "power_limit_max_watts"),
        ("power_limit_default_watts", "power_limit_max_watts"),
        ("power_limit_min_watts", "power_limit_max_watts"),
    ),
    HostReading: (("memory_available_bytes", "memory_size_bytes"),),
    FilesystemReading: (("available_bytes", "size_bytes"),),
    Workload: (("session_best_difficulty", "best_difficulty"),),
}
"""Of each, what is at most as much as something else. Which of the two is wrong cannot be known: both are dropped."""

NOTHING_TOO_MUCH: dict[type, tuple[tuple[str, str], ...]] = {
    **NO_MORE_THAN,
    DeviceReading: (
        *NO_MORE_THAN[DeviceReading],
        ("power_watts", "power_limit_max_watts"),
        ("core_temperature_celsius", "hotspot_temperature_celsius"),
    ),
}
"""Where the first of each two that are there is no more than the second, nothing is too much but rates of work."""

SUMS: dict[type, tuple[str, ...]] = {
    Workload: ("hashes_per_second", "nominal_hashes_per_second"),
    MinerSnapshot: ("power_watts",),
}
"""What is often a sum over the devices."""

HOTTEST_BELOW_CELSIUS = 20.0
"""So much below its core, or its board, no hottest spot is: it has lost a digit. Sensors differ by a few degrees."""
_CORE_POWER_MARGIN = 1.5


def above_its_whole(value: object, gone: Container[str] = ()) -> Iterator[str]:
    """What is more than what it is a part of, and that; ``gone``: names of what is no longer there."""
    for part, whole in NO_MORE_THAN[type(value)]:
        most = getattr(value, whole)
        if (
            most
            and (told := getattr(value, part)) is not None
            and told > most
            and part not in gone
            and whole not in gone
        ):
            yield from (part, whole)


def too_much_of_device(device: DeviceReading) -> Iterator[str]:
    """What a card cannot draw by its own limit, and a hottest spot that is none."""
    power, limit = device.power_watts, device.power_limit_max_watts
    if power is not None and limit and power > _CORE_POWER_MARGIN * limit:
        yield "power_watts"
    hottest, core = device.hotspot_temperature_celsius, device.core_temperature_celsius
    if hottest is not None and core is not None and hottest < core - HOTTEST_BELOW_CELSIUS:
        yield "hotspot_temperature_celsius"


def too_much_work(work: Workload | DeviceWork, most: float | None) -> Iterator[str]:
    """What it cannot make: beyond ``most`` [H/s], where that is known, or beyond what its firmware says."""
    for name in RATES:
        told = getattr(work, name)
        if most is not None and told is not None and told > most:
            yield name
    made, nominal = work.hashes_per_second, work.nominal_hashes_per_second
    if made is not None and nominal and made > ABOVE_NOMINAL * nominal:
        yield "hashes_per_second"


def with_what_is_gone(value: object, left: object) -> Iterator[str]:
    """Sums over devices that hold what one of these cannot have told.

    Args:
        value: as it was told.
        left: its devices, without what cannot be.
    """
    for name in SUMS.get(type(value), ()):
        told, parts = getattr(value, name), value.devices  # type: ignore[attr-defined]
        kept = [getattr(part, name) for part in left]  # type: ignore[attr-defined]
        gone = [getattr(part, name) or 0.0 for part, still in zip(parts, kept, strict=True) if still is None]
        rest = sum(amount for amount in kept if amount is not None)
        if told is not None and any(part > 0 and told - rest > part / 2 for part in gone):
            yield name
