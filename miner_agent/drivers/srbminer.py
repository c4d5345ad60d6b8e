"""SRBMiner-Multi, HTTP API, and the CryptoNight-only SRBMiner before it.

Multi: a list of algorithms, each with the hashrates of processors and cards in H/s; later versions have no ``now``, and
0 for a difficulty that is not known. The older layout has one algorithm at the top. The averages are 0 until they are
full and are not read. A fan is told in turns; the bus is decimal. Shares accepted although late are counted apart.
"""

from calculators.units import MEGAHERTZ
from miner_agent.driver import Driver, HttpGet
from miner_agent.model import DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.pci import pci_address_of
from miner_agent.text import clean_or_none, pool_address

STATS = HttpGet("stats", "/")


def parse(payloads: Payloads) -> MinerSnapshot:
    stats = payloads.json(STATS.name)
    if stats.at("algorithms").is_list():
        algorithms, devices = list(stats.items("algorithms")), list(stats.items("gpu_devices"))
        workloads = tuple(_workload(algorithm, devices, alone=len(algorithms) == 1) for algorithm in algorithms)
    else:
        algorithms, devices = [stats], list(stats.items("devices"))
        workloads = (_older_workload(stats, devices),)
    return MinerSnapshot(
        software="srbminer",
        software_version=clean_or_none(stats.text_or_none("miner_version")),
        uptime_seconds=stats.number_or_none("mining_time"),
        pool_connection_seconds=algorithms[0].number_or_none("pool", "uptime") if len(algorithms) == 1 else None,
        workloads=workloads,
        devices=tuple(_device(device) for device in devices),
    )


def _workload(algorithm: Doc, devices: list[Doc], *, alone: bool) -> Workload:
    hashrate = algorithm.at("hashrate")
    total = hashrate.number_or_none("now")
    if total is None:
        parts = [hashrate.number_or_none(part, "total") for part in ("cpu", "gpu")]
        known = [part for part in parts if part is not None]
        total = sum(known) if known else None
    return Workload(
        algorithm=clean_or_none(algorithm.text_or_none("name")),
        hashes_per_second=total,
        accepted_shares_total=algorithm.count_or_none("shares", "accepted"),
        rejected_shares_total=algorithm.count_or_none("shares", "rejected"),
        stale_shares_total=algorithm.count_or_none("shares", "accepted_stale"),
        share_difficulty=algorithm.number_or_none("pool", "difficulty") or None,
        pool=pool_address(algorithm.text_or_none("pool", "pool")),
        devices=tuple(
            DeviceWork(
                device_index=_index(device),
                hashes_per_second=hashes_per_second,
                hardware_errors_total=device.count_or_none("compute_errors") if alone else None,
            )
            for device in devices
            if (hashes_per_second := hashrate.number_or_none("gpu", _key(device))) is not None
        ),
    )


def _older_workload(stats: Doc, devices: list[Doc]) -> Workload:
    return Workload(
        algorithm=clean_or_none(stats.text_or_none("cryptonight_type") or stats.text_or_none("algorithm")),
        hashes_per_second=stats.number("hashrate_total_now"),
        accepted_shares_total=stats.count_or_none("shares", "accepted"),
        rejected_shares_total=stats.count_or_none("shares", "rejected"),
        stale_shares_total=stats.count_or_none("shares", "accepted_stale"),
        share_difficulty=stats.number_or_none("pool", "difficulty") or None,
        pool=pool_address(stats.text_or_none("pool", "pool")),
        devices=tuple(
            DeviceWork(
                device_index=_index(device),
                hashes_per_second=device.number_or_none("hashrate"),
                hardware_errors_total=device.count_or_none("compute_errors"),
            )
            for device in devices
        ),
    )


def _index(device: Doc) -> int:
    index = device.count_or_none("device_id")
    return index if index is not None else device.count("id")


def _key(device: Doc) -> str:
    """Under which key the hashrate of a card stands."""
    name = device.text_or_none("device")
    return name.lower() if name is not None else f"gpu{_index(device)}"


def _device(device: Doc) -> DeviceReading:
    core_clock, memory_clock = device.number_or_none("core_clock"), device.number_or_none("memory_clock")
    return DeviceReading(
        index=_index(device),
        name=clean_or_none(device.text_or_none("model")),
        pci_address=pci_address_of(device.count_or_none("bus_id")),
        core_temperature_celsius=_measured(device, "temperature"),
        fan_speed_rpm=device.number_or_none("fan_speed_rpm"),
        power_watts=_measured(device, "asic_power"),
        core_clock_hertz=None if not core_clock else core_clock * MEGAHERTZ,
        memory_clock_hertz=None if not memory_clock else memory_clock * MEGAHERTZ,
    )


def _measured(holder: Doc, key: str) -> float | None:
    """A sensor's value; 0 and -1 are what a card without that sensor has."""
    number = holder.number_or_none(key)
    return number if number is not None and number > 0 else None


DRIVER = Driver(
    name="srbminer",
    products=("SRBMiner-Multi", "SRBMiner"),
    requests=(STATS,),
    parse=parse,
    default_port=21550,
    enable_api="--api-enable --api-port 21550; close the port to the network in the firewall",
    documentation="https://github.com/doktor83/SRBMiner-Multi",
)
