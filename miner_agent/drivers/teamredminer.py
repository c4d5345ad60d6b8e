"""TeamRedMiner, sgminer-compatible API.

The window of a hashrate stands in its key and follows ``--log_interval``: ``KHS 30s``, ``KHS 120s``. ``KHS`` is read
rather than ``MHS``, which is printed with fewer digits. A second algorithm answers to the same commands with the
suffix 2; where there is none, they are refused. Sensors are only in ``devs``, cards' names only in ``devdetails``.
"""

import re
from typing import TypeVar

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT
from miner_agent.driver import Driver, TcpCommand
from miner_agent.model import DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.pci import pci_address
from miner_agent.text import clean_or_none, pool_address

DEVS = TcpCommand("devs", b'{"command":"devs"}')
SUMMARY = TcpCommand("summary", b'{"command":"summary"}')
POOLS = TcpCommand("pools", b'{"command":"pools"}')
DETAILS = TcpCommand("devdetails", b'{"command":"devdetails"}')
DEVS_2 = TcpCommand("devs2", b'{"command":"devs2"}')
SUMMARY_2 = TcpCommand("summary2", b'{"command":"summary2"}')
POOLS_2 = TcpCommand("pools2", b'{"command":"pools2"}')
NAME = "TeamRedMiner "
_HASHRATE = re.compile(r"([KMG]?)HS (\d{1,6})s", re.ASCII)
_FACTOR = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9}
Number = TypeVar("Number", int, float)
_PATH = re.compile(r"([0-9a-f]{1,2}:[0-9a-f]{1,2}):([0-7])", re.ASCII | re.IGNORECASE)


def parse(payloads: Payloads) -> MinerSnapshot:
    devs = payloads.json(DEVS.name)
    description = devs.text("STATUS", 0, "Description")
    if not devs.at("DEVS").is_list():
        devs.at("STATUS", 0, "Msg").expected("the cards; does it allow devs?")
    second = payloads.json_or_none(DEVS_2.name)
    details = payloads.json_or_none(DETAILS.name)
    described = {detail.count("ID"): detail for detail in details.items("DEVDETAILS")} if details is not None else {}
    summary = payloads.json_or_none(SUMMARY.name)
    workloads = [_workload(devs, summary, payloads.json_or_none(POOLS.name))]
    if second is not None and second.at("DEVS").is_list():
        summary_2, pools_2 = payloads.json_or_none(SUMMARY_2.name), payloads.json_or_none(POOLS_2.name)
        workloads.append(_workload(second, summary_2, pools_2))
    return MinerSnapshot(
        software="teamredminer",
        software_version=clean_or_none(description.removeprefix(NAME)),
        uptime_seconds=summary.number_or_none("SUMMARY", 0, "Elapsed") if summary is not None else None,
        workloads=tuple(workloads),
        devices=tuple(_device(dev, described.get(dev.count("GPU"))) for dev in devs.items("DEVS")),
    )


def _workload(devs: Doc, summary: Doc | None, pools: Doc | None) -> Workload:
    rates = [_hashrate(dev) for dev in devs.items("DEVS")]
    works = tuple(
        DeviceWork(
            device_index=dev.count("GPU"),
            hashes_per_second=hashes_per_second,
            accepted_shares_total=dev.count_or_none("Accepted"),
            rejected_shares_total=dev.count_or_none("Rejected"),
            hardware_errors_total=dev.count_or_none("Hardware Errors"),
        )
        for dev, (hashes_per_second, _) in zip(devs.items("DEVS"), rates, strict=True)
    )
    total = summary.at("SUMMARY", 0) if summary is not None else Doc(None, SUMMARY.name)
    hashes_per_second, window_seconds = _hashrate(total)
    if hashes_per_second is None:
        hashes_per_second = _sum_of_all([work.hashes_per_second for work in works])
        windows = {window for _, window in rates}
        window_seconds = windows.pop() if len(windows) == 1 else None

    def counted(key: str, by_card: list[int | None]) -> int | None:
        said = total.count_or_none(key)
        return said if said is not None else _sum_of_all(by_card)

    listed = list(pools.items("POOLS")) if pools is not None else []
    active = [pool for pool in listed if pool.truth_or_none("Stratum Active")]
    pool = (active or listed or [Doc(None, POOLS.name)])[0]
    return Workload(
        algorithm=clean_or_none(pool.text_or_none("Algorithm")),
        hashes_per_second=hashes_per_second,
        hashrate_window_seconds=window_seconds,
        accepted_shares_total=counted("Accepted", [work.accepted_shares_total for work in works]),
        rejected_shares_total=counted("Rejected", [work.rejected_shares_total for work in works]),
        stale_shares_total=counted("Stale", [pool.count_or_none("Stale") for pool in listed]),
        hardware_errors_total=counted("Hardware Errors", [work.hardware_errors_total for work in works]),
        pool=pool_address(pool.text_or_none("URL")),
        devices=works,
    )


def _hashrate(holder: Doc) -> tuple[float | None, float | None]:
    """The hashrate over the shortest window, in its finest unit, and that window; both unknown where there is none."""
    found = [
        (int(key[2]), _FACTOR[key[1]], place)
        for name, place in holder.entries()
        if (key := _HASHRATE.fullmatch(name)) is not None and place.value is not None
    ]
    if not found:
        return None, None
    window, factor, place = min(found, key=lambda one: one[:2])
    return place.number() * factor, float(window)


def _sum_of_all(numbers: list[Number | None]) -> Number | None:
    """The sum; unknown where one of them is, or where there is none."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _device(dev: Doc, detail: Doc | None) -> DeviceReading:
    fan_percent, fan_speed_rpm = dev.number_or_none("Fan Percent"), dev.number_or_none("Fan Speed")
    core_clock, memory_clock = dev.number_or_none("GPU Clock"), dev.number_or_none("Memory Clock")
    return DeviceReading(
        index=dev.count("GPU"),
        name=clean_or_none(detail.text_or_none("Model")) if detail is not None else None,
        pci_address=_address(detail.text_or_none("Device Path")) if detail is not None else None,
        core_temperature_celsius=_measured(dev, "Temperature"),
        memory_temperature_celsius=_measured(dev, "TemperatureMem"),
        hotspot_temperature_celsius=_measured(dev, "TemperatureJnct"),
        fan_ratio=None if fan_percent is None else fan_percent / PERCENT_PER_UNIT,
        # newer cards tell a percentage only, and 0 turns
        fan_speed_rpm=None if fan_speed_rpm == 0 and fan_percent else fan_speed_rpm,
        power_watts=_measured(dev, "GPU Power"),
        core_clock_hertz=None if not core_clock else core_clock * MEGAHERTZ,
        memory_clock_hertz=None if not memory_clock else memory_clock * MEGAHERTZ,
    )


def _address(path: str | None) -> str | None:
    """``03:00:0`` is ``03:00.0`` with another mark before the function."""
    found = _PATH.fullmatch(path.strip()) if path else None
    return pci_address(f"{found[1]}.{found[2]}") if found else pci_address(path)


def _measured(holder: Doc, key: str) -> float | None:
    """A sensor's value; 0 and -1 are what a card without that sensor has."""
    number = holder.number_or_none(key)
    return number if number is not None and number > 0 else None


DRIVER = Driver(
    name="teamredminer",
    products=("TeamRedMiner",),
    requests=(DEVS, SUMMARY, POOLS, DETAILS, DEVS_2, SUMMARY_2, POOLS_2),
    parse=parse,
    default_port=4028,
    enable_api="--api_listen=127.0.0.1:4028",
    documentation="https://github.com/todxx/teamredminer/blob/master/doc/TRM_DUAL_MINING_API.txt",
)
