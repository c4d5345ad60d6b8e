"""What the whole machine draws: measured at the wall, said by its firmware, or estimated from its parts. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, meter_label
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import MeterReading, MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import (
    Device,
    DeviceEnergy,
    PartialPower,
    PowerSource,
    RigEnergy,
    RigPower,
    RigSnapshot,
    TickClock,
)
from miner_agent.text import natural_key
from miner_agent.tick.energy_counters import EnergyMeter

FIRMWARE = meter_label("")  # what the firmware says is integrated under this name, which no device and no meter has
_LABEL = attrgetter("label")


class WholeMachine:
    """Adds up one machine, tick by tick. A sum of which a part is not known is absent, and told as a part."""

    __slots__ = ("_have_devices", "_have_firmware")

    def __init__(self) -> None:
        self._have_firmware = frozenset[str]()  # miners that have told the power of their whole machine
        self._have_devices = frozenset[str]()  # sources that told the power of devices when they last answered

    def added_to(self, snapshot: RigSnapshot, energy: EnergyMeter) -> RigSnapshot:
        """The snapshot with its meters, and the machine's power and energy by each source that tells it."""
        devices = _counted_once(snapshot)
        estimate, partial = self._of_devices(snapshot, devices)
        meters, power = tuple(_meters(snapshot.outcomes)), tuple(self._powers(snapshot, estimate))
        meter_energy: tuple[DeviceEnergy, ...] = ()
        rig_energy: tuple[RigEnergy, ...] = ()
        if snapshot.clock is not None:
            meter_energy = _followed(energy, meters, snapshot.clock)
            rig_energy = tuple(_energies(snapshot, devices, power, meter_energy, energy, snapshot.clock))
        return copied_with(
            snapshot,
            meters=meters,
            power=power,
            partial_power=partial if partial.lacks else None,
            meter_energy=meter_energy,
            rig_energy=rig_energy,
        )

    def _powers(self, snapshot: RigSnapshot, estimate: float | None) -> Iterator[RigPower]:
        found: dict[PowerSource, float | None] = {
            "meter": _of_meters(snapshot.outcomes),
            "psu": self._of_firmware(snapshot),
            "estimate": estimate,
        }
        for source, watts in found.items():
            if watts is not None:
                yield RigPower(source=source, power_watts=watts)

    def _of_firmware(self, snapshot: RigSnapshot) -> float | None:
        """What the firmware of ASICs says, where there is nothing else: cards of this machine are in none of it."""
        miners = {one.source: one for one in snapshot.outcomes if one.kind == "miner"}
        told = {
            source: one.reading.power_watts
            for source, one in miners.items()
            if isinstance(one.reading, MinerSnapshot) and one.reading.power_watts is not None
        }
        self._have_firmware = frozenset(self._have_firmware & miners.keys() | told.keys())
        if not told:
            return None
        machines = self._have_firmware | {source for source, one in miners.items() if not one.local}
        own_cards = any(
            device.reading.kind is DeviceKind.GPU and device.source not in miners
            for device in snapshot.inventory.devices
        )
        return sum(told.values()) if machines <= told.keys() and not own_cards else None

    def _of_devices(self, snapshot: RigSnapshot, devices: Iterable[Device]) -> tuple[float | None, PartialPower]:
        """The sum of the cards, boards and processors, each counted once, where it may stand; and what it lacks."""
        answered = {one.source for one in snapshot.outcomes if one.error is None}
        failed = {one.source: one for one in snapshot.outcomes if one.error is not None}
        watts, untold, there = list[float](), list[Device](), set[str]()
        for device in devices:
            reading, power = device.reading, device.reading.power_watts
            if reading.state is DeviceState.ASLEEP:
                continue  # it draws next to nothing
            if device.answered:
                there.add(device.source)
                if power is not None:
                    watts.append(power)
                    continue
            elif reading.kind is DeviceKind.HASHBOARD:
                continue  # it is not there
            untold.append(device)
        self._have_devices = frozenset(self._have_devices & failed.keys() | there)
        silent = self._have_devices - answered
        silent |= {source for source, one in failed.items() if one.kind == "collector"}
        known = sum(watts) if watts else None
        is_whole = not silent and all(map(_may_be_left_out, untold))
        lacks = (*sorted(silent, key=natural_key), *(device.label for device in untold))
        return known if is_whole else None, PartialPower(power_watts=known, lacks=lacks)


def _counted_once(snapshot: RigSnapshot) -> Sequence[Device]:
    """The devices, without those that a miner numbers and that this machine's drivers read under their own names.

    Which is which cannot be known where a miner tells no address: they are the same as long as they are not more.
    """
    devices = snapshot.inventory.devices
    local = {one.source for one in snapshot.outcomes if one.kind == "miner" and one.local}
    numbered = [one for one in devices if one.source in local and _is_nameless(one)]
    if not numbered:
        return devices
    miners = {one.source for one in snapshot.outcomes if one.kind == "miner"}
    drivers = sum(one.reading.kind is DeviceKind.GPU and one.source not in miners for one in devices)
    nameless = Counter(one.source for one in numbered)
    twice = {source for source, cards in nameless.items() if cards <= drivers}
    return [one for one in devices if not (one.source in twice and _is_nameless(one))]


def _is_nameless(device: Device) -> bool:
    reading = device.reading
    return reading.kind is DeviceKind.GPU and reading.uuid is None and reading.pci_address is None


def _may_be_left_out(device: Device) -> bool:
    """Whether the estimate stands without it: a card that is gone, a processor whose power cannot be read here."""
    reading = device.reading
    return not device.answered or (
        reading.kind is DeviceKind.CPU and reading.power_watts is None and reading.energy_joules_total is None
    )


def _meters(outcomes: Iterable[Outcome[Reading]]) -> Iterator[Device]:
    """Every meter that answered, as if it were a device."""
    for outcome in outcomes:
        meter = outcome.reading
        if isinstance(meter, MeterReading):
            reading = DeviceReading(
                index=0,
                kind=DeviceKind.METER,
                name=meter.product,
                power_watts=meter.power_watts,
                energy_joules_total=meter.energy_joules_total,
                voltage_volts=meter.voltage_volts,
            )
            label = meter_label(outcome.source)
            yield Device(label=label, source=outcome.source, read_at=outcome.asked_at, answered=True, reading=reading)


def _of_meters(outcomes: Iterable[Outcome[Reading]]) -> float | None:
    """What all meters measure together."""
    readings = [one.reading for one in outcomes if one.kind == "meter"]
    watts = [one.power_watts for one in readings if isinstance(one, MeterReading) and one.power_watts is not None]
    return sum(watts) if watts and len(watts) == len(readings) else None


def _energies(
    snapshot: RigSnapshot,
    devices: Iterable[Device],
    power: Iterable[RigPower],
    meter_energy: Sequence[DeviceEnergy],
    energy: EnergyMeter,
    clock: TickClock,
) -> Iterator[RigEnergy]:
    """What has been drawn, by each source that tells it in this tick. ``devices``: each once."""
    there = {one.source: one.power_watts for one in power}
    asked = sum(outcome.kind == "meter" for outcome in snapshot.outcomes)
    if asked:
        drawn = energy.of_rig("meter", meter_energy)
        if len(meter_energy) == asked:
            yield drawn
    if "psu" in there:
        firmware = DeviceReading(index=0, kind=DeviceKind.METER, power_watts=there["psu"])
        machine = Device(label=FIRMWARE, source=FIRMWARE, read_at=snapshot.taken_at, answered=True, reading=firmware)
        yield energy.of_rig("psu", _followed(energy, (machine,), clock))
    if snapshot.energy:
        once = set(map(_LABEL, devices))
        drawn = energy.of_rig("estimate", [one for one in snapshot.energy if one.device in once])
        if "estimate" in there:
            yield drawn


def _followed(energy: EnergyMeter, devices: tuple[Device, ...], clock: TickClock) -> tuple[DeviceEnergy, ...]:
    return energy.follow(devices, at_seconds=clock.monotonic_seconds, interval_seconds=clock.interval_seconds)
