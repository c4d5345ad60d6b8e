"""Antminer, Bitmain's own firmware and what follows its cgminer API (vnish, Blissz, Hiveon).

``stats`` may lack the comma between its two objects. Its keys say GH/s on every machine, whatever the unit is: the unit
follows from ``rate_unit``, else from the model; where neither is known, no hashrate is given. Board numbers start where
the chains are plugged in (6, 7 and 8 on an S9). ``devs`` is not read: it shows 0.0 on some models and GH/s under a key
that says MH/s on others. What one unit of difficulty takes is known for SHA-256, Scrypt and X11. vnish may refuse
``version``: then ``stats`` says what the machine is. Its ``chain_vol`` is in millivolts; old firmware has another unit
there, in which no board of today fits.
"""

import re
from collections.abc import Iterator

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.cards import amount, ratio
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

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
LEAST_BOARD_MILLIVOLTS = 5_000.0  # an S9 under vnish says 920 for 9.2 V: not millivolts
STRONGEST_EQUIHASH = 2_000.0  # [kSol/s] More than any machine does: there, another firmware means Sol/s

_UNIT = re.compile(r"(?P<prefix>[KMGTP]?)(?:H|HS|H/S|SOL|SOL/S)?", re.IGNORECASE)
_TEMPERATURES = re.compile(r"-?\d{1,3}(?:--?\d{1,3})*", re.ASCII)  # "73-45-64-65", "2--1-20-22"
_TEMPERATURE = re.compile(r"(?:^|-)(-?\d+)", re.ASCII)
_CHAIN = re.compile(r"chain_(?:rate|acn)(\d{1,2})", re.ASCII)
_FAN = re.compile(r"fan([1-9]\d?)", re.ASCII)
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
    boards = list(_boards(measured)) if measured is not None else []
    software, software_version = _software(versions, answer)
    return MinerSnapshot(
        software=software,
        software_version=software_version,
        uptime_seconds=cgminer.first_number((measured, summary), "Elapsed"),
        product=clean_or_none(product),
        power_watts=_power(measured),
        fan_speeds_rpm=_fans(measured),
        workloads=(
            cgminer.workload(
                algorithm=algorithm,
                rate=rate,
                summary=summary,
                pools=pools,
                devices=tuple(_work(measured, board, unit) for board in boards) if measured else (),
            ),
        ),
        devices=tuple(_device(measured, board, product) for board in boards) if measured else (),
    )


def _software(versions: list[Doc], answer: Doc) -> tuple[str, str | None]:
    for key, place in (entry for row in versions[:1] for entry in row.entries()):
        if key.lower() in {"cgminer", "bmminer", "sgminer"}:
            return key.lower(), clean_or_none(place.text_or_none())
    name, number = cgminer.program(answer) if not versions else (None, None)
    return name or "cgminer", number


def _unit(measured: Doc | None, product: str | None) -> tuple[str | None, float | None]:
    """What the machine computes and the unit of its hashrates [H/s]; a machine without a name is an old S model."""
    model = re.sub(r"(?i)^\s*antminer\s*", "", product or "S").strip()
    known = next(((name, unit) for start, name, unit in MODELS if re.match(start, model)), None)
    algorithm, unit = known or (None, GIGA if product is None else None)
    if measured is not None and unit == KILO and (cgminer.number(measured, "GHS 5s") or 0.0) > STRONGEST_EQUIHASH:
        unit = ONE
    spoken = measured.text_or_none("rate_unit") if measured is not None else None
    matched = _UNIT.fullmatch(spoken.strip()) if spoken else None
    return algorithm, HASHRATE_PREFIX[matched["prefix"].upper()] if matched else unit


def _hashrate(row: Doc | None, unit: float | None) -> cgminer.Hashrate | None:
    if row is None or unit is None:
        return None
    rate = cgminer.hashrate(row, unit=unit)
    return rate if rate.hashes_per_second is not None else None


def _boards(measured: Doc) -> Iterator[int]:
    """The numbers of the chains that have chips, or a hashrate where the chips are not counted."""
    numbers = sorted({int(found[1]) for key in measured.names() if (found := _CHAIN.fullmatch(key))})
    for board in numbers:
        chips = amount(measured.at(f"chain_acn{board}"))
        rate = amount(measured.at(f"chain_rate{board}"))
        if chips or rate:
            yield board


def _work(measured: Doc, board: int, unit: float | None) -> DeviceWork:
    rate = amount(measured.at(f"chain_rate{board}"))
    return DeviceWork(
        device_index=board,
        hashes_per_second=None if rate is None or unit is None else rate * unit,
        hardware_errors_total=measured.count_or_none(f"chain_hw{board}"),
    )


def _device(measured: Doc, board: int, product: str | None) -> DeviceReading:
    boards, hottest_chip = (_hottest(measured, f"{name}{board}") for name in ("temp_pcb", "temp_chip"))
    chips, chips_expected = _chips(measured, board)
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
        fan_ratio=ratio(cgminer.number(measured, "fan_pwm")),  # of the machine's fans, which blow through every board
        voltage_volts=millivolts / MILLI_PER_UNIT if millivolts >= LEAST_BOARD_MILLIVOLTS else None,
        power_watts=cgminer.positive(measured, f"chain_consumption{board}"),
        core_clock_hertz=None if clock is None else clock * HASHRATE_PREFIX["M"],
        chips=chips,
        chips_expected=chips_expected,
    )


def _chips(measured: Doc, board: int) -> tuple[int | None, int | None]:
    """How many chips of a board work, and how many were found on it: each has a mark, ``o`` where it works."""
    found = cgminer.count(measured, f"chain_acn{board}") or None
    marks = measured.at(f"chain_acs{board}").value
    told = re.sub(r"\s", "", marks) if isinstance(marks, str) else ""
    return (told.count("o"), found) if found is not None and len(told) == found else (found, None)


def _hottest(measured: Doc, key: str) -> float | None:
    """The highest of a board's sensors; 0 is one that was not read."""
    text = measured.at(key).value
    if not isinstance(text, str) or not _TEMPERATURES.fullmatch(text):
        return None
    read = [int(found) for found in _TEMPERATURE.findall(text)]
    hottest = max((degrees for degrees in read if degrees != 0), default=None)
    return None if hottest is None else float(hottest)


def _fans(measured: Doc | None) -> tuple[float | None, ...]:
    """The fans that are plugged in: as many as ``fan_num`` says; the sockets beside them show 0."""
    if measured is None:
        return ()
    numbers = sorted(int(found[1]) for key in measured.names() if (found := _FAN.fullmatch(key)))
    speeds = [cgminer.fan_speed(measured, f"fan{number}") for number in numbers]
    surplus = len(speeds) - (measured.count_or_none("fan_num") or sum(1 for speed in speeds if speed))
    for position in range(len(speeds) - 1, -1, -1):
        if surplus > 0 and not speeds[position]:
            del speeds[position]
            surplus -= 1
    return tuple(speeds)


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
