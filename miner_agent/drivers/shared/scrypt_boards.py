"""What VolcMiner and Hammer have in common: the cgminer API with the ``stats`` of an Antminer, for Scrypt.

Hashrates are in MH/s: in ``summary`` their keys say so, in ``stats`` those of the boards add up to it. ``stats`` may
lack the comma between its two objects; its boards count from 1. A fan that is not there may tell of a failed connection
instead. A board's temperature that stands there several times, once for each sensor, cannot be told: it is not known.
"""

import re
from dataclasses import replace

from calculators.units import HASHRATE_PREFIX, MEGAHERTZ
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cards import amount, fan_speeds
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer.command("summary")
STATS = cgminer.command("stats")
POOLS = cgminer.command("pools")
ALGORITHM = "scrypt"
_BOARD = re.compile(r"chain_acn(\d{1,2})", re.ASCII)
FANS = tuple(f"fan{number}" for number in range(1, 10))


def parse(payloads: Payloads, *, shares_of_pools: bool = False) -> MinerSnapshot:
    """What the answers tell. ``shares_of_pools``: those in ``summary`` are none."""
    answer = payloads.json(SUMMARY.name, repair=cgminer_json)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    rows = cgminer.rows_of(payloads, STATS, "STATS", repair=cgminer_json)
    stats = rows[-1] if rows else NOTHING
    boards = _boards(stats)
    pools = cgminer.rows_of(payloads, POOLS, "POOLS", repair=cgminer_json)
    work = cgminer.workload(
        algorithm=ALGORITHM,
        rate=cgminer.hashrate(summary),
        summary=summary,
        pools=pools,
        devices=tuple(_work(stats, board) for board in boards),
    )
    if shares_of_pools:
        counted = cgminer.shares(None, pools)
        work = replace(
            work,
            accepted_shares_total=counted.accepted,
            rejected_shares_total=counted.rejected,
            stale_shares_total=counted.stale,
        )
    software, version = cgminer.program(answer)
    return MinerSnapshot(
        software=software or "cgminer",
        software_version=version,
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        product=next((clean_or_none(row.text_or_none("Type")) for row in rows), None),
        fan_speeds_rpm=fan_speeds(stats, FANS),
        workloads=(work,),
        devices=tuple(_device(stats, board) for board in boards),
    )


def _boards(stats: Doc) -> list[int]:
    """The numbers of the boards that have chips, or a hashrate where the chips are not counted."""
    numbers = sorted({int(found[1]) for key in stats.names() if (found := _BOARD.fullmatch(key))})
    keys = ("chain_acn", "chain_rate")
    return [board for board in numbers if any(amount(stats, f"{key}{board}") for key in keys)]


def _work(stats: Doc, board: int) -> DeviceWork:
    megahashes = amount(stats, f"chain_rate{board}")
    return DeviceWork(
        device_index=board,
        hashes_per_second=None if megahashes is None else megahashes * HASHRATE_PREFIX["M"],
        hardware_errors_total=stats.count_or_none(f"chain_hw{board}"),
    )


def _device(stats: Doc, board: int) -> DeviceReading:
    megahertz = cgminer.positive(stats, "frequency")
    return DeviceReading(
        index=board,
        kind=DeviceKind.HASHBOARD,
        core_temperature_celsius=cgminer.positive(stats, f"temp{board}"),
        core_clock_hertz=None if megahertz is None else megahertz * MEGAHERTZ,
        chips=cgminer.count(stats, f"chain_acn{board}"),
    )
