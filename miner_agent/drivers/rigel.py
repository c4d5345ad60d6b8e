"""Rigel, HTTP API.

Everything of an algorithm stands under its name; ``algorithm`` joins the names, ``"karlsenhashv2+zil"``. The address of
a card is hexadecimal. ``pool_hashrate`` is what the pool estimates, and is not read. The answer holds the wallet and
the password of each pool: of a pool only its host and port are read.
"""

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver, HttpGet
from miner_agent.model import DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.pci import pci_address
from miner_agent.text import clean_or_none, pool_address

STAT = HttpGet("stat", "/", aliases=("/stat",))


def parse(payloads: Payloads) -> MinerSnapshot:
    stat = payloads.json(STAT.name)
    devices = list(stat.items("devices"))
    return MinerSnapshot(
        software="rigel",
        software_version=clean_or_none(stat.text("version")),
        uptime_seconds=stat.number_or_none("uptime"),
        workloads=tuple(_workload(stat, devices, algorithm) for algorithm in _algorithms(stat)),
        devices=tuple(_device(device) for device in devices),
    )


def _algorithms(stat: Doc) -> list[str]:
    joined = stat.text_or_none("algorithm")
    if joined is None:
        return [algorithm for algorithm, _ in stat.entries("hashrate")]
    return [algorithm for algorithm in joined.split("+") if algorithm]


def _workload(stat: Doc, devices: list[Doc], algorithm: str) -> Workload:
    shares = stat.at("solution_stat", algorithm)
    return Workload(
        algorithm=clean_or_none(algorithm),
        hashes_per_second=stat.number_or_none("hashrate", algorithm),
        accepted_shares_total=shares.count_or_none("accepted"),
        rejected_shares_total=shares.count_or_none("rejected"),
        invalid_shares_total=shares.count_or_none("invalid"),
        pool=_pool(stat.at("pools", algorithm, 0, "connection_details")),
        devices=tuple(
            _device_work(device, algorithm) for device in devices if device.at("hashrate", algorithm).value is not None
        ),
    )


def _pool(connection: Doc) -> str | None:
    host, port = connection.text_or_none("hostname"), connection.count_or_none("port")
    if host is None:
        return None
    return pool_address(host if port is None else f"{host}:{port}")


def _device_work(device: Doc, algorithm: str) -> DeviceWork:
    shares = device.at("solution_stat", algorithm)
    return DeviceWork(
        device_index=device.count("id"),
        hashes_per_second=device.number_or_none("hashrate", algorithm),
        accepted_shares_total=shares.count_or_none("accepted"),
        rejected_shares_total=shares.count_or_none("rejected"),
        invalid_shares_total=shares.count_or_none("invalid"),
    )


def _device(device: Doc) -> DeviceReading:
    monitored = device.at("monitoring_info")
    fan_percent = monitored.number_or_none("fan_speed")
    core_clock, memory_clock = monitored.number_or_none("core_clock"), monitored.number_or_none("memory_clock")
    return DeviceReading(
        index=device.count("id"),
        name=clean_or_none(device.text_or_none("name")),
        pci_address=pci_address(device.text_or_none("pci_address")),
        core_temperature_celsius=_measured(monitored, "core_temperature"),
        memory_temperature_celsius=_measured(monitored, "memory_temperature"),
        fan_ratio=None if fan_percent is None else fan_percent / PERCENT_PER_UNIT,
        power_watts=_measured(monitored, "power_usage"),
        core_clock_hertz=None if not core_clock else core_clock * MEGAHERTZ,
        memory_clock_hertz=None if not memory_clock else memory_clock * MEGAHERTZ,
        memory_size_bytes=device.count_or_none("total_mem"),
    )


def _measured(holder: Doc, key: str) -> float | None:
    """A sensor's value; 0 and -1 are what a card without that sensor has."""
    number = holder.number_or_none(key)
    return number if number is not None and number > 0 else None


DRIVER = Driver(
    name="rigel",
    products=("Rigel",),
    requests=(STAT,),
    parse=parse,
    default_port=None,
    enable_api="--api-bind 127.0.0.1:5000",
    documentation="https://github.com/rigelminer/rigel",
)
