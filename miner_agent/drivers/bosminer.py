"""BOSminer, the program in Braiins OS, through its cgminer API on port 4028.

Boards are told apart by ``ID`` (6, 7 and 8 on an S9), which ``devs`` and ``temps`` share. A chip temperature of 0.0 was
not read. The mean over 24 hours counts the time before the start as zero and is never read. Braiins OS from 22.08 on
also has the API of the driver ``braiins``.
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
ALGORITHM = "sha256"


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    versions = cgminer.rows_of(payloads, VERSION, "VERSION")
    pools = cgminer.rows_of(payloads, POOLS, "POOLS")
    works = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS"))
    temps = cgminer.by_id(cgminer.rows_of(payloads, TEMPS, "TEMPS"))
    fans = cgminer.rows_of(payloads, FANS, "FANS")
    rate = cgminer.hashrate(summary)
    shares = cgminer.shares(summary, pools)
    active = cgminer.active_pool(pools)
    return MinerSnapshot(
        software="bosminer",
        software_version=_version(versions) or cgminer.program(answer)[1],
        uptime_seconds=cgminer.number(summary, "Elapsed"),
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
        devices=tuple(_device(index, temps.get(index)) for index in sorted(works.keys() | temps.keys())),
    )


def _version(versions: list[Doc]) -> str | None:
    """Its key is "BOSminer" or "BOSminer+"."""
    for row in versions:
        for key, place in row.entries():
            if key.lower().startswith("bosminer"):
                return clean_or_none(place.text_or_none())
    return None


def _device(index: int, temperatures: Doc | None) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        core_temperature_celsius=None if temperatures is None else cgminer.positive(temperatures, "Board"),
        hotspot_temperature_celsius=None if temperatures is None else cgminer.positive(temperatures, "Chip"),
    )


DRIVER = Driver(
    name="bosminer",
    products=("BOSminer", "Braiins OS"),
    requests=(SUMMARY, VERSION, POOLS, DEVS, TEMPS, FANS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://academy.braiins.com/en/braiins-os/papi-bosminer/",
)
