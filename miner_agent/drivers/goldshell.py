"""Goldshell, its cgminer API (of a changed bfgminer) on port 4028.

Hashrates are what their keys say, ``MHS 20s``. ``tstemp-0`` and ``tstemp-1`` are sensors at the chips, ``tstemp-2`` is
that of the board. Every board repeats the fans of the whole machine. ``devdetails`` lists its rows under ``DEVS``. What
is computed is nowhere told, and so what one unit of difficulty takes is not known. ``voltage`` and ``clock`` have no
stated unit, the answer to ``stats`` is no JSON on some models: they are not read.
"""

from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cards import fan_speeds, hottest, measured
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads

SUMMARY = cgminer.command("summary")
DEVS = cgminer.command("devs")
DETAILS = cgminer.command("devdetails")
POOLS = cgminer.command("pools")
FANS = tuple(f"fan{number}" for number in range(10))


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name, repair=cgminer_json)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    boards = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS", repair=cgminer_json))
    details = _details(payloads)
    software, version = cgminer.program(answer)
    return MinerSnapshot(
        software=software or "bfgminer",
        software_version=version,
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        fan_speeds_rpm=fan_speeds(next(iter(boards.values()), NOTHING), FANS),
        workloads=(
            cgminer.workload(
                algorithm=None,
                rate=cgminer.hashrate(summary),
                summary=summary,
                pools=cgminer.rows_of(payloads, POOLS, "POOLS", repair=cgminer_json),
                devices=tuple(cgminer.device_work(index, board) for index, board in sorted(boards.items())),
            ),
        ),
        devices=tuple(_device(index, board, details.get(index, NOTHING)) for index, board in sorted(boards.items())),
    )


def _details(payloads: Payloads) -> dict[int, Doc]:
    answer = payloads.json_or_none(DETAILS.name, repair=cgminer_json)
    rows = cgminer.rows_or_none(answer, "DEVS") or cgminer.rows_or_none(answer, "DEVDETAILS")
    return cgminer.by_id(rows)


def _device(index: int, board: Doc, details: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        core_temperature_celsius=measured(board, "tstemp-2"),
        hotspot_temperature_celsius=hottest(board.at(key) for key in ("tstemp-0", "tstemp-1")),
        chips=cgminer.count(details, "chips-nr") or None,
    )


DRIVER = Driver(
    name="goldshell",
    products=("Goldshell",),
    requests=(SUMMARY, DEVS, DETAILS, POOLS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028, where the firmware has not closed it",
    documentation="https://github.com/luke-jr/bfgminer/blob/bfgminer/README.RPC",
    only_read_about="all of it",
)
