"""Auradine Teraflux (firmware FluxOS), the cgminer API of its program GCMiner on port 4028.

Boards count from 1, and are ``"Enabled": true`` where others of this family write Y or N. A description such as
``"GCMiner-2023-05.24-0ce5e7cc"`` holds the version behind the first stroke. Fans, chips and power supply stand in
another API, over HTTPS with a login, and are not read.
"""

from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer.command("summary")
VERSION = cgminer.command("version")
POOLS = cgminer.command("pools")
DEVS = cgminer.command("devs")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    versions = cgminer.rows_of(payloads, VERSION, "VERSION")
    boards = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS"))
    software, version = _program(answer)
    return MinerSnapshot(
        software=software,
        software_version=version or (clean_or_none(versions[0].text_or_none("GCMiner")) if versions else None),
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        power_watts=cgminer.positive(summary, "Wattage"),
        workloads=(cgminer.workload_of_boards(summary, cgminer.rows_of(payloads, POOLS, "POOLS"), boards),),
        devices=tuple(_device(index, board) for index, board in sorted(boards.items())),
    )


def _program(answer: Doc) -> tuple[str, str | None]:
    name, _, version = (cgminer.status_text(answer, "Description") or "").partition("-")
    return clean_or_none(name.lower()) or "gcminer", clean_or_none(version)


def _device(index: int, board: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        state=DeviceState.DISABLED if board.truth_or_none("Enabled") is False else None,
        core_temperature_celsius=cgminer.positive(board, "Temperature"),
    )


DRIVER = Driver(
    name="auradine",
    products=("Auradine Teraflux", "FluxOS"),
    requests=(SUMMARY, VERSION, POOLS, DEVS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://www.auradine.com",
    only_read_about="all of it",
)
