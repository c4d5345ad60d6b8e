"""SEALMINER, Bitdeer's firmware (bdminer), its cgminer API on port 4028.

``MHS 5s`` is noise (from a tenth of what the machine does to nearly twice as much) and never read. ``stats`` is one row
for the whole machine, in which a key begins with the number of what it is of: ``"0 Speed"`` is a fan's, ``"0 Freq"`` a
board's. A board's four sensors are those of its chips; 0 is one that was not read. ``Error Code`` is also set on
machines that have no fault, and is not read.
"""

import re

from calculators.units import HASHRATE_PREFIX, MEGAHERTZ
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cards import amount, fan_speeds, first, hottest
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer.command("summary")
STATS = cgminer.command("stats")
POOLS = cgminer.command("pools")
NOISE = frozenset({"MHS 5s"})
SENSORS = 4
_BOARD = re.compile(r"(\d{1,2}) (?:Online|SN|Chip Count|Freq)", re.ASCII)
FANS = tuple(f"{number} Speed" for number in range(16))


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    rows = cgminer.rows_of(payloads, STATS, "STATS")
    stats = rows[0] if rows else NOTHING
    boards = _boards(stats)
    return MinerSnapshot(
        software=cgminer.program(answer)[0] or "bdminer",
        software_version=clean_or_none(stats.text_or_none("Firmware")) or cgminer.program(answer)[1],
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        product=clean_or_none(stats.text_or_none("Model")),
        power_watts=cgminer.positive(stats, "PSU Input Power"),
        fan_speeds_rpm=fan_speeds(stats, FANS),
        workloads=(
            cgminer.workload(
                algorithm=cgminer.SHA256,
                rate=cgminer.hashrate(summary, ignored=NOISE),
                summary=summary,
                pools=cgminer.rows_of(payloads, POOLS, "POOLS"),
                devices=tuple(_work(stats, board) for board in boards),
            ),
        ),
        devices=tuple(_device(stats, board) for board in boards),
    )


def _boards(stats: Doc) -> list[int]:
    """Of which boards something is told."""
    return sorted({int(found[1]) for name in stats.names() if (found := _BOARD.fullmatch(name))})


def _work(stats: Doc, board: int) -> DeviceWork:
    megahashes = amount(first(stats, f"{board} MHS(1m)", f"{board} MHS(Avg)"))
    return DeviceWork(
        device_index=board,
        hashes_per_second=None if megahashes is None else megahashes * HASHRATE_PREFIX["M"],
        hardware_errors_total=stats.count_or_none(f"{board} HW"),
    )


def _device(stats: Doc, board: int) -> DeviceReading:
    megahertz = cgminer.positive(stats, f"{board} Freq")
    return DeviceReading(
        index=board,
        kind=DeviceKind.HASHBOARD,
        serial=clean_or_none(stats.text_or_none(f"{board} SN")),
        hotspot_temperature_celsius=hottest(stats.at(f"{board} Temp {sensor}") for sensor in range(SENSORS)),
        core_clock_hertz=None if megahertz is None else megahertz * MEGAHERTZ,
        chips=_working_chips(stats, board),
        chips_expected=cgminer.count(stats, f"{board} Chip Count") or None,
    )


def _working_chips(stats: Doc, board: int) -> int | None:
    """All of a board's chips but the bad ones."""
    chips, bad = cgminer.count(stats, f"{board} Chip Count"), cgminer.count(stats, f"{board} Bad Chip Count")
    return None if chips is None or bad is None or bad > chips else chips - bad


DRIVER = Driver(
    name="sealminer",
    products=("SEALMINER",),
    requests=(SUMMARY, STATS, POOLS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://www.bitdeer.com/sealminer",
    only_read_about="all of it",
)
