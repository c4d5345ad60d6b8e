"""Rigel, HTTP API.

Everything of an algorithm stands under its name; ``algorithm`` joins the names, ``"karlsenhashv2+zil"``. The address of
a card is hexadecimal. ``pool_hashrate`` is what the pool estimates, and is not read. The answer holds the wallet and
the password of each pool: of a pool only its host, port, account and worker are read, and the password never.
``issued_job`` is the difficulty; what one stands for is known where an answer was recorded, for Xelis: a hash.
"""

from miner_agent.drivers.shared.cards import difficulty, hertz, joined_address, measured, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, worker_name

STAT = HttpGet("stat", "/", aliases=("/stat",))
DIFFICULTY_IS_HASHES = "xelishash"


def parse(payloads: Payloads) -> MinerSnapshot:
    stat = payloads.json(STAT.name).shaped("devices", "solution_stat")
    devices = numbered(stat.items("devices"), "id")
    return MinerSnapshot(
        software="rigel",
        software_version=clean_or_none(stat.text_or_none("version")),
        uptime_seconds=stat.number_or_none("uptime"),
        workloads=tuple(_workload(stat, devices, algorithm) for algorithm in _algorithms(stat)),
        devices=tuple(_device(index, device) for index, device in devices),
    )


def _algorithms(stat: Doc) -> list[str]:
    joined = stat.text_or_none("algorithm")
    if joined is None:
        return [algorithm for algorithm, _ in stat.entries("hashrate")]
    return [algorithm for algorithm in joined.split("+") if algorithm]


def _workload(stat: Doc, devices: list[tuple[int, Doc]], algorithm: str) -> Workload:
    shares = stat.at("solution_stat", algorithm)
    pool = stat.at("pools", algorithm, 0)
    connection = pool.at("connection_details")
    account, worker = account_and_worker(connection.private_text_or_none("username"))
    return Workload(
        algorithm=clean_or_none(algorithm),
        hashes_per_second=stat.number_or_none("hashrate", algorithm),
        accepted_shares_total=shares.count_or_none("accepted"),
        rejected_shares_total=shares.count_or_none("rejected"),
        invalid_shares_total=shares.count_or_none("invalid"),
        share_difficulty=difficulty(pool.at("state", "issued_job")),
        hashes_per_difficulty=1.0 if algorithm.startswith(DIFFICULTY_IS_HASHES) else None,
        pool=_pool(connection),
        account_hash=account,
        worker=worker_name(connection.private_text_or_none("worker")) or worker,
        devices=tuple(
            _device_work(index, device, algorithm)
            for index, device in devices
            if device.value_at("hashrate", algorithm) is not None
        ),
    )


def _pool(connection: Doc) -> str | None:
    return joined_address(connection.at("hostname"), connection.at("port"))


def _device_work(index: int, device: Doc, algorithm: str) -> DeviceWork:
    shares = device.at("solution_stat", algorithm)
    return DeviceWork(
        device_index=index,
        hashes_per_second=device.number_or_none("hashrate", algorithm),
        accepted_shares_total=shares.count_or_none("accepted"),
        rejected_shares_total=shares.count_or_none("rejected"),
        invalid_shares_total=shares.count_or_none("invalid"),
    )


def _device(index: int, device: Doc) -> DeviceReading:
    monitored = device.at("monitoring_info")
    return DeviceReading(
        index=index,
        name=clean_or_none(device.text_or_none("name")),
        pci_address=pci_address(device.text_or_none("pci_address")),
        core_temperature_celsius=measured(monitored, "core_temperature"),
        memory_temperature_celsius=measured(monitored, "memory_temperature"),
        fan_ratio=ratio(monitored.number_or_none("fan_speed")),
        power_watts=measured(monitored, "power_usage"),
        core_clock_hertz=hertz(monitored.number_or_none("core_clock")),
        memory_clock_hertz=hertz(monitored.number_or_none("memory_clock")),
        memory_size_bytes=device.count_or_none("total_mem"),
    )


DRIVER = Driver(
    name="rigel",
    products=("Rigel",),
    requests=(STAT,),
    parse=parse,
    default_port=None,
    enable_api="--api-bind 127.0.0.1:5000",
    documentation="https://github.com/rigelminer/rigel",
    seen=("1.23.2",),
    only_read_about="dual and triple mining",
    processes=("rigel",),
    port_options=("--api-bind",),
)
