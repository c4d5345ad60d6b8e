"""LuxOS, its cgminer API on port 4028.

``summary`` speaks of GH/s and ``devs`` of MH/s; both say so in their keys. ``Total MH`` holds GH and is not read.
"""

from miner_agent.driver import Driver
from miner_agent.model import DeviceKind, DeviceReading, MinerSnapshot, Workload
from miner_agent.payload import Doc, Payloads
from miner_agent.text import clean_or_none

from . import _cgminer as cgminer

SUMMARY = cgminer.command("summary")
VERSION = cgminer.command("version")
POOLS = cgminer.command("pools")
DEVS = cgminer.command("devs")
TEMPS = cgminer.command("temps")
FANS = cgminer.command("fans")
POWER = cgminer.command("power")
ALGORITHM = "sha256"
ON_THE_BOARD = ("Board", "TopLeft", "TopRight", "BottomLeft", "BottomRight")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    versions = cgminer.rows_of(payloads, VERSION, "VERSION")
    pools = cgminer.rows_of(payloads, POOLS, "POOLS")
    works = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS"))
    temps = cgminer.by_id(cgminer.rows_of(payloads, TEMPS, "TEMPS"))
    fans = cgminer.rows_of(payloads, FANS, "FANS")
    powers = cgminer.rows_of(payloads, POWER, "POWER")
    about = versions[0] if versions else None
    rate = cgminer.hashrate(summary)
    shares = cgminer.shares(summary, pools)
    active = cgminer.active_pool(pools)
    return MinerSnapshot(
        software="luxminer",
        software_version=clean_or_none(about.text_or_none("LUXminer")) if about else cgminer.program(answer)[1],
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        product=clean_or_none(about.text_or_none("Type")) if about else None,
        power_watts=cgminer.positive(powers[0], "Watts") if powers else None,
        fan_speeds_rpm=tuple(cgminer.fan_speed(fan, "RPM") for fan in fans),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=rate.hashes_per_second,
                hashrate_window_seconds=rate.window_seconds,
                accepted_shares_total=shares.accepted,
                rejected_shares_total=shares.rejected,
                stale_shares_total=shares.stale,
                hardware_errors_total=summary.count_or_none("Hardware Errors"),
                share_difficulty=cgminer.difficulty_of(active),
                pool=cgminer.pool_of(active),
                devices=tuple(cgminer.device_work(index, work) for index, work in sorted(works.items())),
            ),
        ),
        devices=tuple(
            _device(index, works.get(index), temps.get(index)) for index in sorted(works.keys() | temps.keys())
        ),
    )


def _device(index: int, work: Doc | None, temperatures: Doc | None) -> DeviceReading:
    board = [] if temperatures is None else [cgminer.positive(temperatures, key) for key in ON_THE_BOARD]
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        serial=None if work is None else clean_or_none(work.text_or_none("SerialNumber")),
        core_temperature_celsius=max((degrees for degrees in board if degrees is not None), default=None),
        hotspot_temperature_celsius=None if temperatures is None else cgminer.positive(temperatures, "Chip"),
    )


DRIVER = Driver(
    name="luxos",
    products=("LuxOS", "LUXminer"),
    requests=(SUMMARY, VERSION, POOLS, DEVS, TEMPS, FANS, POWER),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://docs.luxor.tech/firmware/api/intro",
)
