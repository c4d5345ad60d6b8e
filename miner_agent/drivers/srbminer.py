"""SRBMiner-Multi, HTTP API, and the CryptoNight-only SRBMiner before it.

Multi: a list of algorithms, each with the hashrates of processors and cards in H/s; later versions have no ``now``, and
0 for a difficulty that is not known. The older layout has one algorithm at the top. The averages are 0 until they are
full and are not read. A fan is told in turns, from 3 on in percent; the bus is decimal. Shares accepted although late
are counted apart. From 3 on each algorithm counts the shares and errors of each card, and tells its wallet.

The difficulty of RandomX and CryptoNight counts hashes; what it stands for elsewhere is not known.
"""

from miner_agent.drivers.shared.cards import amount, hertz, measured, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

STATS = HttpGet("stats", "/")
DIFFICULTY_IS_HASHES = ("randomx", "cryptonight")


def parse(payloads: Payloads) -> MinerSnapshot:
    stats = payloads.json(STATS.name).shaped("mining_time")
    if stats.at("algorithms").is_list():
        algorithms, devices = list(stats.items("algorithms")), _cards(list(stats.items("gpu_devices")))
        workloads = tuple(_workload(algorithm, devices, alone=len(algorithms) == 1) for algorithm in algorithms)
    else:
        algorithms, devices = [stats], _cards(list(stats.items("devices")))
        workloads = (_older_workload(stats, devices),)
    return MinerSnapshot(
        software="srbminer",
        software_version=clean_or_none(stats.text_or_none("miner_version")),
        uptime_seconds=stats.number_or_none("mining_time"),
        pool_connection_seconds=algorithms[0].number_or_none("pool", "uptime") if len(algorithms) == 1 else None,
        workloads=workloads,
        devices=tuple(_device(index, device) for index, device in devices),
    )


def _workload(algorithm: Doc, devices: list[tuple[int, Doc]], *, alone: bool) -> Workload:
    hashrate = algorithm.at("hashrate")
    now = hashrate.at("now")
    if now.value is None:
        parts = [part for name in ("cpu", "gpu") if (part := hashrate.at(name)).value is not None]
        whole = total([amount(part, "total") for part in parts])
    else:
        whole = amount(now)
    name = clean_or_none(algorithm.text_or_none("name"))
    account, worker = account_and_worker(algorithm.private_text_or_none("pool", "wallet"))
    return Workload(
        algorithm=name,
        hashes_per_second=whole,
        accepted_shares_total=algorithm.count_or_none("shares", "accepted"),
        rejected_shares_total=algorithm.count_or_none("shares", "rejected"),
        stale_shares_total=algorithm.count_or_none("shares", "accepted_stale"),
        share_difficulty=measured(algorithm.at("pool"), "difficulty"),
        hashes_per_difficulty=1.0 if (name or "").startswith(DIFFICULTY_IS_HASHES) else None,
        pool=pool_address(algorithm.private_text_or_none("pool", "pool")),
        account_hash=account,
        worker=worker,
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=hashes_per_second,
                accepted_shares_total=algorithm.count_or_none("gpu_accepted_shares", _key(index, device)),
                rejected_shares_total=algorithm.count_or_none("gpu_rejected_shares", _key(index, device)),
                hardware_errors_total=_errors(algorithm, index, device, alone=alone),
            )
            for index, device in devices
            if (hashes_per_second := amount(hashrate, "gpu", _key(index, device))) is not None
        ),
    )


def _errors(algorithm: Doc, index: int, device: Doc, *, alone: bool) -> int | None:
    own = algorithm.count_or_none("gpu_compute_errors", _key(index, device))
    return own if own is not None or not alone else device.count_or_none("compute_errors")


def _older_workload(stats: Doc, devices: list[tuple[int, Doc]]) -> Workload:
    return Workload(
        algorithm=clean_or_none(stats.text_or_none("cryptonight_type") or stats.text_or_none("algorithm")),
        hashes_per_second=amount(stats, "hashrate_total_now"),
        accepted_shares_total=stats.count_or_none("shares", "accepted"),
        rejected_shares_total=stats.count_or_none("shares", "rejected"),
        stale_shares_total=stats.count_or_none("shares", "accepted_stale"),
        share_difficulty=measured(stats.at("pool"), "difficulty"),
        hashes_per_difficulty=1.0,
        pool=pool_address(stats.private_text_or_none("pool", "pool")),
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=amount(device, "hashrate"),
                hardware_errors_total=device.count_or_none("compute_errors"),
            )
            for index, device in devices
        ),
    )


def _cards(devices: list[Doc]) -> list[tuple[int, Doc]]:
    """The cards by their number, under the name that it has in this version."""
    named = any(device.value_at("device_id") is not None for device in devices)
    return numbered(devices, "device_id" if named else "id")


def _key(index: int, device: Doc) -> str:
    """Under which key the hashrate of a card stands."""
    name = device.text_or_none("device")
    return name.lower() if name is not None else f"gpu{index}"


def _device(index: int, device: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(device.text_or_none("model")),
        vendor=clean_or_none(device.text_or_none("vendor")),
        pci_address=pci_address_of(device.count_or_none("bus_id")),
        core_temperature_celsius=measured(device, "temperature"),
        fan_ratio=ratio(device.number_or_none("fan_speed_percent")),
        fan_speed_rpm=device.number_or_none("fan_speed_rpm"),
        power_watts=measured(device, "asic_power"),
        core_clock_hertz=hertz(device.number_or_none("core_clock")),
        memory_clock_hertz=hertz(device.number_or_none("memory_clock")),
    )


DRIVER = Driver(
    name="srbminer",
    products=("SRBMiner-Multi", "SRBMiner"),
    requests=(STATS,),
    parse=parse,
    default_port=21550,
    enable_api="--api-enable --api-port 21550; close the port to the network in the firewall",
    documentation="https://github.com/doktor83/SRBMiner-Multi",
    seen=("Multi 0.5.6 (processor)", "SRBMiner of 2018", "SRBMiner 1.7.9"),
    only_read_about="SRBMiner-Multi on graphics cards",
    processes=("srbminer-multi", "srbminer-cn"),
    port_options=("--api-port",),
)
