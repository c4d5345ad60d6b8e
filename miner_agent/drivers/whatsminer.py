"""Whatsminer, API version 2 on port 4028.

``HS RT`` is MH/s in spite of its name, over a window that is not told. ``MHS 5s`` is noise: of a board on every
machine, of the whole one on btminer, but not on the cgminer of older ones. ``Elapsed`` is the time of mining,
``Uptime`` that of the system. ``Voltage`` has no stated unit and is not read. API version 3 (port 4433) frames its
messages with their length and names everything otherwise: ``whatsminer3`` reads it.
"""

from dataclasses import replace

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cards import amount, fan_speeds
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.drivers.shared.whatsminer_faults import told_in_list, told_in_summary
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import clean_or_none

SUMMARY = TcpCommand("summary", b'{"cmd":"summary"}')
BOARDS = TcpCommand("edevs", b'{"cmd":"edevs"}')
POOLS = TcpCommand("pools", b'{"cmd":"pools"}')
DETAILS = TcpCommand("devdetails", b'{"cmd":"devdetails"}')
FAULTS = TcpCommand("get_error_code", b'{"cmd":"get_error_code"}')
FANS = ("Fan Speed In", "Fan Speed Out")
NOISE = frozenset({"MHS 5s"})


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    boards = numbered(cgminer.rows_of(payloads, BOARDS, "DEVS"), "ASC")
    details = cgminer.rows_of(payloads, DETAILS, "DEVDETAILS")
    program, version = cgminer.program(answer)
    ignored = NOISE if program == "btminer" else frozenset()
    firmware = summary.text_or_none("Firmware Version")
    return MinerSnapshot(
        software=program or "btminer",
        software_version=clean_or_none(firmware.strip("'")) if firmware is not None else version,
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        product=clean_or_none(details[0].text_or_none("Model")) if details else None,
        power_watts=cgminer.positive(summary, "Power"),
        fan_speeds_rpm=fan_speeds(summary, FANS),
        ambient_temperature_celsius=cgminer.number(summary, "Env Temp"),
        faults=_faults(payloads, summary),
        workloads=(
            cgminer.workload(
                algorithm=cgminer.SHA256,
                rate=_hashrate(summary, ignored),
                summary=summary,
                pools=cgminer.rows_of(payloads, POOLS, "POOLS"),
                devices=tuple(_work(index, board) for index, board in boards),
                nominal=cgminer.in_unit(summary.at("Factory GHS"), HASHRATE_PREFIX["G"]),
            ),
        ),
        devices=tuple(_device(index, board) for index, board in boards),
    )


def _faults(payloads: Payloads, summary: Doc) -> tuple[FirmwareFault, ...] | None:
    """Older firmware lists them in ``summary``, newer in an answer of its own."""
    answer = payloads.json_or_none(FAULTS.name)
    listed = answer.at("Msg") if answer is not None and answer.at("Msg").is_object() else NOTHING
    told = [found for found in (told_in_list(listed.at("error_code")), told_in_summary(summary)) if found is not None]
    return tuple({fault.code: fault for faults in told for fault in faults}.values()) if told else None


def _hashrate(summary: Doc, ignored: frozenset[str]) -> cgminer.Hashrate:
    told = summary.at("HS RT")
    if told.value is None:
        return cgminer.hashrate(summary, ignored=ignored)
    megahashes = amount(told)
    return cgminer.Hashrate(None if megahashes is None else megahashes * HASHRATE_PREFIX["M"])


def _work(index: int, board: Doc) -> DeviceWork:
    work = cgminer.device_work(index, board, ignored=NOISE)
    return replace(work, nominal_hashes_per_second=cgminer.in_unit(board.at("Factory GHS"), HASHRATE_PREFIX["G"]))


def _device(index: int, board: Doc) -> DeviceReading:
    clock = cgminer.positive(board, "Chip Frequency")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        name=clean_or_none(board.text_or_none("Name")),
        serial=clean_or_none(board.text_or_none("PCB SN")),
        core_temperature_celsius=cgminer.positive(board, "Temperature"),
        hotspot_temperature_celsius=cgminer.positive(board, "Chip Temp Max"),
        core_clock_hertz=None if clock is None else clock * HASHRATE_PREFIX["M"],
        chips=cgminer.count(board, "Effective Chips"),
    )


DRIVER = Driver(
    name="whatsminer",
    products=("Whatsminer", "MicroBT"),
    requests=(SUMMARY, BOARDS, POOLS, DETAILS, FAULTS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default for reading, port 4028; if it is not: WhatsMinerTool, Remote Ctrl, Miner API Switch",
    documentation="https://www.whatsminer.com/file/WhatsminerAPI%20V2.0.3.pdf",
    seen=("of 2019 (M20S)", "of 2021 (M30S)"),
    only_read_about="devdetails, get_error_code, the temperature of the room",
)
