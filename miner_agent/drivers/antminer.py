"""Antminer, Bitmain's own firmware and what follows its cgminer API (vnish, Blissz, Hiveon).

``stats`` may lack the comma between its two objects. Its keys say GH/s on every machine, whatever the unit is: the unit
follows from ``rate_unit``, else from the model; where neither is known, no hashrate is given. A key that says another
unit, such as the ``MHS 5s`` of an S3, means it. Board numbers start where the chains are plugged in (6, 7 and 8 on an
S9); a chain without chips is a missing board where the machine was built with more than it has. A machine that is
cooled by water has no fans, and the inlet and the outlet of its water where others have chips. ``devs`` is not read: it
shows 0.0 on some models and GH/s under a key that says MH/s on others. What one unit of difficulty takes is known for
SHA-256, Scrypt and X11. vnish may refuse ``version``: then ``stats`` says what the machine is. Its ``chain_vol`` is in
millivolts; old firmware has another unit there, in which no board of today fits.
"""

import re
from collections.abc import Mapping

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.antminer_models import Build, build_of, chips_of, is_cooled_by_water, model_of
from miner_agent.drivers.shared.cards import amount, fan_speeds, ratio
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import LABEL_LENGTH, clean_or_none

VERSION = cgminer.command("version")
STATS = cgminer.command("stats")
SUMMARY = cgminer.command("summary")
POOLS = cgminer.command("pools")

GIGA, MEGA, KILO, ONE = (HASHRATE_PREFIX[prefix] for prefix in ("G", "M", "k", ""))
MODELS: tuple[tuple[str, str, float | None], ...] = (
    (r"[STRV]\d+", "sha256", GIGA),
    (r"L\d+", "scrypt", MEGA),
    (r"D3", "x11", MEGA),
    (r"E3", "ethash", MEGA),
    (r"Z\d+", "equihash", KILO),
    (r"D\d+", "x11", None),
    (r"E\d+", "ethash", None),
    (r"K[57]", "eaglesong", None),
    (r"KS\d+", "kheavyhash", None),
)
"""What a model's name begins with after "Antminer", what it computes, and the unit of what it calls GHS, if known."""
NO_WATER = (None, None)
FAILED, NO_FAULTS = "failure", frozenset({"none", "ok", "no", "0"})
LEAST_BOARD_MILLIVOLTS = 5_000.0  # an S9 under vnish says 920 for 9.2 V: not millivolts
STRONGEST_EQUIHASH = 2_000.0  # [kSol/s] More than any machine does: there, another firmware means Sol/s

_UNIT = re.compile(r"(?P<prefix>[KMGTP]?)(?:H|HS|H/S|SOL|SOL/S)?", re.IGNORECASE)
_TEMPERATURES = re.compile(r"-?\d{1,3}(?:--?\d{1,3})*", re.ASCII)  # "73-45-64-65", "2--1-20-22"
_TEMPERATURE = re.compile(r"(?:^|-)(-?\d+)", re.ASCII)
_CHAIN = re.compile(r"chain_(?:rate|acn)(\d{1,2})", re.ASCII)
MARKS = frozenset("ox-")  # of chips: one that works, one that does not, none
FANS = tuple(f"fan{number}" for number in range(1, 33))
_FAULT = re.compile(r"chain_fault(\d{1,2})", re.ASCII)
_WATTS = re.compile(r"(\d{1,6}(?:\.\d{0,6})?)\s*W?(?:\s.*)?", re.ASCII)


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(VERSION.name, repair=cgminer_json)
    versions = cgminer.rows_or_none(answer, "VERSION")
    stats = cgminer.rows_of(payloads, STATS, "STATS", repair=cgminer_json)
    summaries = cgminer.rows_of(payloads, SUMMARY, "SUMMARY", repair=cgminer_json)
    pools = cgminer.rows_of(payloads, POOLS, "POOLS", repair=cgminer_json)
    about, measured = stats[0] if stats else None, stats[-1] if stats else None
    summary = summaries[0] if summaries else None
    product = next((name for row in (about, *versions) if row and (name := row.text_or_none("Type"))), None)
    if product is None and not versions:
        cgminer.rows(answer, "VERSION")  # says why there is none: nothing else tells what this machine is
    if not stats and not summaries:
        payloads.json(STATS.name, repair=cgminer_json)  # says what is missing
        answer.expected("an answer to stats or summary beside it")
    algorithm, unit = _unit(measured, product)
    rate = next((found for row in (measured, summary) if (found := _hashrate(row, unit))), cgminer.Hashrate())
    boards, without_chips = _chains(measured) if measured is not None else ([], [])
    build, by_water = build_of(product), is_cooled_by_water(product)
    devices: list[DeviceReading] = []
    if measured is not None:
        chips = _chips(measured, boards, build)
        devices = [_device(measured, board, product, chips[board], by_water=by_water) for board in boards]
        devices += [
            _missing_board(board, product, chips, build) for board in _missing(measured, boards, without_chips, build)
        ]
    software, software_version = _software(versions, answer)
    return MinerSnapshot(
        software=software,
        software_version=software_version,
        uptime_seconds=cgminer.first_number((measured, summary), "Elapsed"),
        product=clean_or_none(product),
        power_watts=_power(measured),
        fan_speeds_rpm=() if by_water else _fans(measured),
        faults=_faults(measured),
        boards_expected=(_boards_built(measured, build) or None) if measured is not None else None,
        workloads=(
            cgminer.workload(
                algorithm=algorithm,
                rate=rate,
                summary=summary,
                pools=pools,
                devices=tuple(_work(measured, board, unit) for board in boards) if measured else (),
                nominal=_in_unit(measured, "total_rateideal", unit),
            ),
        ),
        devices=tuple(devices),
    )


def _software(versions: list[Doc], answer: Doc) -> tuple[str, str | None]:
    for key, place in (entry for row in versions[:1] for entry in row.entries()):
        if key.lower() in {"cgminer", "bmminer", "sgminer"}:
            return key.lower(), clean_or_none(place.text_or_none())
    name, number = cgminer.program(answer) if not versions else (None, None)
    return name or "cgminer", number


def _unit(measured: Doc | None, product: str | None) -> tuple[str | None, float | None]:
    """What the machine computes and the unit of its hashrates [H/s]; a machine without a name is an old S model."""
    model = model_of(product or "S")
    known = next(((name, unit) for start, name, unit in MODELS if re.match(start, model)), None)
    algorithm, unit = known or (None, GIGA if product is None else None)
    if measured is not None and unit == KILO and (cgminer.number(measured, "GHS 5s") or 0.0) > STRONGEST_EQUIHASH:
        unit = ONE
    spoken = measured.text_or_none("rate_unit") if measured is not None else None
    matched = _UNIT.fullmatch(spoken.strip()) if spoken else None
    return algorithm, HASHRATE_PREFIX[matched["prefix"].upper()] if matched else unit


def _hashrate(row: Doc | None, unit: float | None) -> cgminer.Hashrate | None:
    if row is None:
        return None
    unknown = frozenset({key for key in row.names() if key.startswith("GHS ")} if unit is None else ())
    rate = cgminer.hashrate(row, of_giga=unit, ignored=unknown)
    return rate if rate.hashes_per_second is not None else None


def _chains(measured: Doc) -> tuple[list[int], list[int]]:
    """The numbers of the chains that have chips, or a hashrate where chips are not counted; and of those without."""
    numbers = sorted({int(found[1]) for key in measured.names() if (found := _CHAIN.fullmatch(key))})
    there = [
        board for board in numbers if amount(measured, f"chain_acn{board}") or amount(measured, f"chain_rate{board}")
    ]
    others = [board for board in numbers if board not in there]
    return there, [board for board in others if amount(measured, f"chain_acn{board}") == 0]


def _boards_built(measured: Doc, build: Build | None) -> int:
    """How many boards the machine should have; 0 where nothing tells it."""
    return max(measured.count_or_none("miner_count") or 0, build.boards if build else 0)


def _missing(measured: Doc, there: list[int], without_chips: list[int], build: Build | None) -> list[int]:
    """The numbers of the boards that the machine should have and that do not answer, where it has some that do."""
    count = _boards_built(measured, build)
    numbers = sorted({*there, *without_chips})
    if not there or count <= len(there):
        return []
    starts = ([build.first_chain] if build else []) + numbers  # of so many in a row, those that hold all that answer
    row = next((range(at, at + count) for at in starts if at <= there[0] and there[-1] < at + count), range(0))
    return [board for board in without_chips if board in row]  # a row can be as long as a miner likes


def _work(measured: Doc, board: int, unit: float | None) -> DeviceWork:
    rate = amount(measured, f"chain_rate{board}")
    return DeviceWork(
        device_index=board,
        hashes_per_second=None if rate is None or unit is None else rate * unit,
        nominal_hashes_per_second=_in_unit(measured, f"chain_rateideal{board}", unit),
        hardware_errors_total=measured.count_or_none(f"chain_hw{board}"),
    )


def _in_unit(measured: Doc | None, key: str, unit: float | None) -> float | None:
    return None if measured is None or unit is None else cgminer.in_unit(measured.at(key), unit)


def _device(
    measured: Doc, board: int, product: str | None, counted: tuple[int | None, int | None], *, by_water: bool
) -> DeviceReading:
    boards, hottest_chip = (_hottest(measured, f"{name}{board}") for name in ("temp_pcb", "temp_chip"))
    water = _water(measured, board, by_water=by_water)
    if water != NO_WATER:
        hottest_chip = None
    chips, chips_expected = counted
    clocks = (cgminer.positive(measured, f"{name}{board}") for name in ("freq_avg", "freq", "frequency"))
    clock = next((found for found in clocks if found is not None), None)
    millivolts = cgminer.number(measured, f"chain_vol{board}") or 0.0
    return DeviceReading(
        index=board,
        kind=DeviceKind.HASHBOARD,
        name=clean_or_none(product),
        core_temperature_celsius=boards if boards is not None else cgminer.positive(measured, f"temp{board}"),
        hotspot_temperature_celsius=(
            hottest_chip if hottest_chip is not None else cgminer.positive(measured, f"temp2_{board}")
        ),
        inlet_temperature_celsius=water[0],
        outlet_temperature_celsius=water[1],
        fan_ratio=None
        if by_water
        else ratio(cgminer.number(measured, "fan_pwm")),  # of the machine's fans, which blow through every board
        voltage_volts=millivolts / MILLI_PER_UNIT if millivolts >= LEAST_BOARD_MILLIVOLTS else None,
        power_watts=cgminer.positive(measured, f"chain_consumption{board}"),
        core_clock_hertz=None if clock is None else clock * HASHRATE_PREFIX["M"],
        chips=chips,
        chips_expected=chips_expected,
    )


def _missing_board(
    board: int, product: str | None, chips: Mapping[int, tuple[int | None, int | None]], build: Build | None
) -> DeviceReading:
    """A board that should be there: as many chips as its neighbours should have."""
    built = [expected for _, expected in chips.values() if expected is not None]
    built += build.chips if build is not None and len(build.chips) == 1 else ()
    return DeviceReading(
        index=board,
        kind=DeviceKind.HASHBOARD,
        state=DeviceState.LOST,
        name=clean_or_none(product),
        chips=0,
        chips_expected=max(built, default=None),
    )


def _chips(measured: Doc, boards: list[int], build: Build | None) -> dict[int, tuple[int | None, int | None]]:
    """How many chips of each board work, and how many it was built with, where something tells that.

    Each chip that was found has a mark, ``o`` where it works. A board that finds fewer than its neighbours, its model
    or its part of the machine's own total has lost them.
    """
    found = {board: cgminer.count(measured, f"chain_acn{board}") or None for board in boards}
    counted = [count for count in found.values() if count is not None]
    total, built = measured.count_or_none("total_acn") or 0, _boards_built(measured, build)
    is_part = built > 0 and len(counted) == len(found) and sum(counted) < total
    by_total = -(-total // max(built, len(boards))) if is_part else 0
    chips: dict[int, tuple[int | None, int | None]] = {}
    for board, count in found.items():
        marks = measured.value_at(f"chain_acs{board}")
        told = re.sub(r"\s", "", marks) if isinstance(marks, str) else ""
        if count is None:
            chips[board] = None, None
            continue
        if (marks is not None and not isinstance(marks, str)) or not MARKS.issuperset(told):
            measured.at(f"chain_acs{board}").doubt_kind("a mark for each chip")
            chips[board] = None, None
            continue
        marked = len(told) >= count
        more = [most for most in (max(counted), by_total, len(told)) if most > count]
        expected = max([*more, chips_of(build, max([count, *more])) or 0, count if marked else 0])
        chips[board] = told.count("o") if marked else count, expected or None
    return chips


def _water(measured: Doc, board: int, *, by_water: bool) -> tuple[float | None, float | None]:
    """The inlet and the outlet of a board's water: its first two sensors, where there are no others."""
    text = measured.value_at(f"temp_chip{board}")
    if not by_water or not isinstance(text, str) or not _TEMPERATURES.fullmatch(text):
        return NO_WATER
    read = [float(degrees) for degrees in _TEMPERATURE.findall(text)]
    if len(read) < 2 or any(read[2:]):
        return NO_WATER
    return read[0] or None, read[1] or None


def _hottest(measured: Doc, key: str) -> float | None:
    """The highest of a board's sensors; 0 is one that was not read."""
    text = measured.value_at(key)
    if not isinstance(text, str) or not _TEMPERATURES.fullmatch(text):
        return None
    read = [int(found) for found in _TEMPERATURE.findall(text)]
    hottest = max((degrees for degrees in read if degrees != 0), default=None)
    return None if hottest is None else float(hottest)


def _fans(measured: Doc | None) -> tuple[float | None, ...]:
    """The fans that are plugged in: as many as ``fan_num`` says; the sockets beside them show 0."""
    if measured is None:
        return ()
    speeds = list(fan_speeds(measured, FANS))
    surplus = len(speeds) - (measured.count_or_none("fan_num") or sum(1 for speed in speeds if speed))
    for position in range(len(speeds) - 1, -1, -1):
        if surplus > 0 and not speeds[position]:
            del speeds[position]
            surplus -= 1
    return tuple(speeds)


def _faults(measured: Doc | None) -> tuple[FirmwareFault, ...] | None:
    """What vnish says of each chain, and of the whole machine; other firmware says nothing of the kind."""
    numbers = sorted(
        {int(found[1]) for key in (measured.names() if measured else ()) if (found := _FAULT.fullmatch(key))}
    )
    if measured is None or not numbers:
        return None
    faults = []
    for board in numbers:
        said = clean_or_none(measured.text_or_none(f"chain_fault{board}"))
        if said is not None and said.lower() not in NO_FAULTS:
            faults.append(
                FirmwareFault(code="chain_fault", words=f"chain {board}: {said}"[:LABEL_LENGTH], device_index=board)
            )
        elif measured.text_or_none(f"chain_state{board}") == FAILED:
            faults.append(FirmwareFault(code="chain_state", words=f"chain {board}: {FAILED}", device_index=board))
    if not faults and measured.text_or_none("state") == FAILED:
        faults.append(FirmwareFault(code="state", words=FAILED))
    return tuple(faults)


def _power(measured: Doc | None) -> float | None:
    """The power of the machine, which some firmware writes as ``"3250 W"``."""
    if measured is None:
        return None
    place = measured.at("chain_power")
    if not isinstance(place.value, str):
        return place.number_or_none()
    found = _WATTS.fullmatch(place.value.strip())
    return float(found[1]) if found else None


DRIVER = Driver(
    name="antminer",
    products=("Antminer", "vnish", "Hiveon"),
    requests=(VERSION, STATS, SUMMARY, POOLS),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028; it must let the agent's address read (api-allow)",
    documentation="https://github.com/ckolivas/cgminer/blob/master/API-README",
    seen=("D3 (Blissz)", "S9 (vnish)", "S17 Pro", "S19 Pro of 2020 and 2022", "S21", "S21 Pro (vnish 1.2.7)", "Z11"),
    only_read_about="Hiveon, stats of an S21",
)
