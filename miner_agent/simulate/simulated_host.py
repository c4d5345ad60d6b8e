"""The simulated machine beside its cards: memory, disks, load and board sensors, as the host's collector would say."""

from datetime import datetime, timedelta

from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import FilesystemReading, HostReading, TemperatureReading
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import GIB
from miner_agent.simulate.simulated_card import SimulatedCard
from miner_agent.simulate.simulated_rig import SimulatedRig

MEMORY_BYTES, MEMORY_FREE_BYTES, MEMORY_LOW_BYTES = 16 * GIB, 11 * GIB, GIB // 8
DISK_BYTES, DISK_FREE_BYTES, DISK_FULL_BYTES = 60 * GIB, 41 * GIB, GIB // 20
PROCESSORS = 16
NO_LOAD, FULL_LOAD = 0.04, 0.97
SMALL_PROCESSOR = "Intel(R) Celeron(R) G3930 CPU @ 2.90GHz"  # of a rig that mines on its cards


def host_reading(rig: SimulatedRig, now: datetime) -> HostReading:
    """The reading of a moment."""
    processors = rig.cards_of("processor")
    busy = FULL_LOAD if any(card.hashes_per_second for card in processors) else NO_LOAD
    disk = FilesystemReading(
        mountpoint="/",
        size_bytes=DISK_BYTES,
        available_bytes=DISK_FULL_BYTES if rig.is_on(Fault.DISK_FULL) else DISK_FREE_BYTES,
        read_only=rig.is_on(Fault.DISK_READ_ONLY),
    )
    if rig.booted_at is None:  # told once: a machine's clock and its age do not go alike to the second
        rig.booted_at = (now - timedelta(seconds=rig.seconds - rig.booted_seconds)).replace(microsecond=0)
    return HostReading(
        operating_system="Debian GNU/Linux 12 (bookworm)",
        kernel="6.1.0-28-amd64",
        cpu_model=processors[0].name if processors else SMALL_PROCESSOR,
        booted_at=rig.booted_at,
        cpu_count=PROCESSORS,
        cpu_utilization_ratio=busy,
        load1=busy * PROCESSORS,
        load5=busy * PROCESSORS,
        load15=busy * PROCESSORS,
        memory_size_bytes=MEMORY_BYTES,
        memory_available_bytes=MEMORY_LOW_BYTES if rig.is_on(Fault.MEMORY_LOW) else MEMORY_FREE_BYTES,
        swap_used_bytes=0,
        filesystems=(disk,),
        temperatures=(TemperatureReading(chip="nct6775", sensor="SYSTIN", temperature_celsius=38.0),),
        devices=tuple(_processor(index, card) for index, card in enumerate(processors)),
    )


def _processor(index: int, card: SimulatedCard) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.CPU,
        name=card.name,
        core_temperature_celsius=round(card.temperature_celsius, 1),
        power_watts=round(card.watts, 2),
        energy_joules_total=round(card.energy_joules, 3),
    )
