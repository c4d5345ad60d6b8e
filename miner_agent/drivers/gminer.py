"""GMiner, HTTP API: 1.x with ``speedUnit``, 2.x and 3.x with ``speed_unit``.

There is no total: the cards' speeds are added. Dual mining repeats the keys with the suffix 2 and joins the two names,
``"Ethash + TON"``. Early versions count shares by card only, and say neither their version nor their algorithm.
``electricity`` is energy since the start, not power, and is not read. The address of a card is hexadecimal. No
difficulty is told.
"""

from collections.abc import Callable

from miner_agent.drivers.shared.cards import amount, hertz, measured, ratio, total
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

STAT = HttpGet("stat", "/stat")
NAME = "GMiner "
BETWEEN_ALGORITHMS = " + "
HASHES_PER_UNIT = {
    "h/s": 1.0,
    "sol/s": 1.0,
    "g/s": 1.0,
    "kh/s": 1e3,
    "mh/s": 1e6,
    "gh/s": 1e9,
}
"""The first three are what it prints; the others are here so that none of them is ever taken for another."""


def parse(payloads: Payloads) -> MinerSnapshot:
    stat = payloads.json(STAT.name).shaped("devices", "server")
    if not stat.at("devices").is_list():
        stat.at("devices").expected("a list")
    devices = numbered(stat.items("devices"), "gpu_id")
    miner = stat.text_or_none("miner")
    return MinerSnapshot(
        software="gminer",
        software_version=clean_or_none(miner.removeprefix(NAME)) if miner is not None else None,
        uptime_seconds=stat.number_or_none("uptime"),
        workloads=tuple(
            _workload(stat, devices, algorithm, suffix) for suffix, algorithm in _algorithms(stat, devices)
        ),
        devices=tuple(_device(index, device) for index, device in devices),
    )


def _algorithms(stat: Doc, devices: list[tuple[int, Doc]]) -> list[tuple[str, str | None]]:
    """The suffix of the keys of each algorithm, and its name."""
    name = stat.text_or_none("algorithm")
    second_known = stat.value_at("total_accepted_shares2") is not None
    if not second_known and not any(device.value_at("speed2") is not None for _, device in devices):
        return [("", name)]
    first, separator, second = (name or "").partition(BETWEEN_ALGORITHMS)
    return [("", first or None), ("2", second if separator else stat.text_or_none("algorithm2"))]


def _workload(stat: Doc, devices: list[tuple[int, Doc]], algorithm: str | None, suffix: str) -> Workload:
    factor = stat.part(lambda answer: _hashes_per_unit(answer, suffix))
    works = tuple(_device_work(index, device, factor, suffix) for index, device in devices)
    account, worker = account_and_worker(stat.private_text_or_none(f"user{suffix}"))

    def counted(key: str, of_card: Callable[[DeviceWork], int | None]) -> int | None:
        said = stat.at(f"total_{key}_shares{suffix}")
        return said.count_or_none() if said.value is not None else total([of_card(work) for work in works])

    return Workload(
        algorithm=clean_or_none(algorithm),
        hashes_per_second=total([work.hashes_per_second for work in works]),
        accepted_shares_total=counted("accepted", lambda work: work.accepted_shares_total),
        rejected_shares_total=counted("rejected", lambda work: work.rejected_shares_total),
        stale_shares_total=counted("stale", lambda work: work.stale_shares_total),
        invalid_shares_total=counted("invalid", lambda work: work.invalid_shares_total),
        pool=pool_address(stat.private_text_or_none(f"server{suffix}")),
        account_hash=account,
        worker=worker,
        devices=works,
    )


def _hashes_per_unit(stat: Doc, suffix: str) -> float:
    for key in (f"speed_unit{suffix}", f"speedUnit{suffix}"):
        unit = stat.word_or_none(key)
        if unit is not None:
            if unit.lower() not in HASHES_PER_UNIT:
                stat.at(key).expected('a unit such as "H/s", "Sol/s" or "G/s"')
            return HASHES_PER_UNIT[unit.lower()]
    return 1.0


def _device_work(index: int, device: Doc, factor: float | None, suffix: str) -> DeviceWork:
    speed = amount(device, f"speed{suffix}")
    return DeviceWork(
        device_index=index,
        hashes_per_second=None if speed is None or factor is None else speed * factor,
        accepted_shares_total=device.count_or_none(f"accepted_shares{suffix}"),
        rejected_shares_total=device.count_or_none(f"rejected_shares{suffix}"),
        stale_shares_total=device.count_or_none(f"stale_shares{suffix}"),
        invalid_shares_total=device.count_or_none(f"invalid_shares{suffix}"),
    )


def _device(index: int, device: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(device.text_or_none("name")),
        pci_address=pci_address(device.text_or_none("bus_id")),
        core_temperature_celsius=measured(device, "temperature"),
        memory_temperature_celsius=measured(device, "memory_temperature"),
        fan_ratio=ratio(device.number_or_none("fan")),
        power_watts=measured(device, "power_usage"),
        core_clock_hertz=hertz(device.number_or_none("core_clock")),
        memory_clock_hertz=hertz(device.number_or_none("memory_clock")),
    )


DRIVER = Driver(
    name="gminer",
    products=("GMiner",),
    requests=(STAT,),
    parse=parse,
    default_port=None,
    enable_api="--api 10555; close the port to the network in the firewall",
    documentation="https://github.com/develsoftware/GMinerRelease",
    seen=("1.x", "1.34", "2.33"),
    only_read_about="dual mining",
    processes=("gminer",),
    shared_processes=("miner",),
    own_options=(
        "--dalgo",
        "--dserver",
        "--electricity_cost",
        "--secure_dns",
        "--share_check",
        "--templimit_mem",
        "--watchdog_mode",
        "--zilserver",
    ),
    port_options=("--api",),
)
