"""What the whole machine draws: measured at the wall, said by its firmware, or estimated from its parts. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, meter_label
from miner_agent.model.readings import MeterReading, MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Device, DeviceEnergy, PowerSource, RigEnergy, RigPower, RigSnapshot, TickClock
from miner_agent.tick.energy_counters import EnergyMeter

FIRMWARE = meter_label("")  # what the firmware says is integrated under this name, which no device and no meter has


class WholeMachine:
    """Adds up one machine, tick by tick. A sum of which a part is not known is absent, never smaller."""

    def __init__(self) -> None:
        self._have_firmware: set[str] = set()  # miners that have told the power of their whole machine
        self._have_devices: set[str] = set()  # sources that told the power of devices when they last answered

    def added_to(self, snapshot: RigSnapshot, energy: EnergyMeter) -> RigSnapshot:
        """The snapshot with its meters, and the machine's power and energy by each source that tells it."""
        added = replace(snapshot, meters=tuple(_meters(snapshot.outcomes)), power=tuple(self._powers(snapshot)))
        if snapshot.clock is None:
            return added
        meter_energy = _followed(energy, added.meters, snapshot.clock)
        added = replace(added, meter_energy=meter_energy)
        return replace(added, rig_energy=tuple(_energies(added, energy, snapshot.clock)))

    def _powers(self, snapshot: RigSnapshot) -> Iterator[RigPower]:
        found: dict[PowerSource, float | None] = {
            "meter": _of_meters(snapshot.outcomes),
            "psu": self._of_firmware(snapshot),
            "estimate": self._of_devices(snapshot),
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
        self._have_firmware = (self._have_firmware & miners.keys()) | told.keys()
        machines = self._have_firmware | {source for source, one in miners.items() if not one.local}
        own_cards = any(
            device.reading.kind is DeviceKind.GPU and device.source not in miners
            for device in snapshot.inventory.devices
        )
        return sum(told.values()) if told and machines <= told.keys() and not own_cards else None

    def _of_devices(self, snapshot: RigSnapshot) -> float | None:
        """The sum of the cards, boards and processors that answer, but for what draws untold."""
        answered = {one.source for one in snapshot.outcomes if one.error is None}
        failed = {one.source: one for one in snapshot.outcomes if one.error is not None}
        devices = [device for device in snapshot.inventory.devices if device.answered and not _draws_untold(device)]
        self._have_devices = (self._have_devices & failed.keys()) | {device.source for device in devices}
        if self._have_devices - answered or any(one.kind == "collector" for one in failed.values()):
            return None
        watts = [device.reading.power_watts for device in devices if device.reading.power_watts is not None]
        return sum(watts) if watts and len(watts) == len(devices) else None


def _draws_untold(device: Device) -> bool:
    """Whether it sleeps, and draws next to nothing, or is a processor whose power this user or kernel cannot read."""
    reading = device.reading
    if reading.state is DeviceState.ASLEEP:
        return True
    return reading.kind is DeviceKind.CPU and reading.power_watts is None and reading.energy_joules_total is None


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


def _energies(snapshot: RigSnapshot, energy: EnergyMeter, clock: TickClock) -> Iterator[RigEnergy]:
    """What has been drawn, by each source that tells it in this tick."""
    there = {power.source: power.power_watts for power in snapshot.power}
    asked = sum(outcome.kind == "meter" for outcome in snapshot.outcomes)
    if asked:
        drawn = energy.of_rig("meter", snapshot.meter_energy)
        if len(snapshot.meter_energy) == asked:
            yield drawn
    if "psu" in there:
        firmware = DeviceReading(index=0, kind=DeviceKind.METER, power_watts=there["psu"])
        machine = Device(label=FIRMWARE, source=FIRMWARE, read_at=snapshot.taken_at, answered=True, reading=firmware)
        yield energy.of_rig("psu", _followed(energy, (machine,), clock))
    if snapshot.energy:
        drawn = energy.of_rig("estimate", snapshot.energy)
        if "estimate" in there:
            yield drawn


def _followed(energy: EnergyMeter, devices: tuple[Device, ...], clock: TickClock) -> tuple[DeviceEnergy, ...]:
    return energy.follow(devices, at_seconds=clock.monotonic_seconds, interval_seconds=clock.interval_seconds)
