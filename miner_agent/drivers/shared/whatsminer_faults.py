"""What the fault codes of a Whatsminer mean, in words of our own.

The codes are those of MicroBT's list ("Whatsminer error code") as pyasic has it (data/error_codes/whatsminer.py, 2026).
The last digit of many is the number of the board; of those with six digits the third one is, and the rest the chip.
"""

import re

from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none

_OUTPUT, _INPUT = "power supply: output", "power supply: input"
_WORDS = {
    100: "fan: unknown fault",
    110: "fan at the inlet: wrong speed",
    111: "fan at the outlet: wrong speed",
    120: "fan at the inlet: over 2000 rpm off its target",
    121: "fan at the outlet: over 2000 rpm off its target",
    130: "fan at the inlet: over 3000 rpm off its target",
    131: "fan at the outlet: over 3000 rpm off its target",
    140: "fans turn too fast",
    200: "power supply: not found",
    201: "power supply: is not the configured one",
    202: f"{_OUTPUT} voltage is wrong",
    203: "power supply: protects itself, the room is too hot",
    204: "power supply: limits its current, the room is too hot",
    205: "power supply: wrong current",
    206: f"{_INPUT} voltage is too low",
    207: f"{_INPUT} current is limited, the mains are bad",
    208: "power supply: wrong power",
    209: "power supply: voltage is off its target",
    210: "power supply: fault",
    211: f"{_OUTPUT} current is wrong",
    212: f"{_OUTPUT} voltage is at its limit",
    213: "power supply: input and output do not match",
    214: f"{_INPUT} power does not change",
    215: f"{_OUTPUT} voltage cannot be set",
    216: "power supply: has not changed for long",
    217: "power supply: cannot be switched on",
    218: f"{_INPUT} is below 230 V, too little for high power",
    219: f"{_INPUT} current is wrong",
    **dict.fromkeys((233, 234, 235), f"{_OUTPUT} stage too hot"),
    **dict.fromkeys((236, 237, 238, 268), f"{_OUTPUT} current too high"),
    239: f"{_OUTPUT} voltage too high",
    240: f"{_OUTPUT} voltage too low",
    241: f"{_OUTPUT} currents out of balance",
    **dict.fromkeys((243, 244, 245), f"{_INPUT} stage too hot"),
    **dict.fromkeys((246, 247, 270), f"{_INPUT} voltage too high"),
    **dict.fromkeys((248, 249, 257, 269), f"{_INPUT} current too high"),
    **dict.fromkeys((250, 251, 271), f"{_INPUT} voltage too low"),
    **dict.fromkeys((253, 254, 274), "power supply: fan"),
    **dict.fromkeys((255, 256), f"{_OUTPUT} power too high"),
    **dict.fromkeys((263, 264), "power supply: does not answer well"),
    **dict.fromkeys((265, 266, 276, 277, 278, 279, 280), "power supply: unknown fault"),
    267: "power supply: its watchdog switched it off",
    272: f"{_OUTPUT} power is high",
    273: f"{_INPUT} is high",
    275: "power supply: hot",
    **{281 + bit: f"power supply: status 1, bit {bit}" for bit in range(8)},
    **{289 + bit: f"power supply: status 2, bit {bit}" for bit in range(8)},
    329: "temperature sensor of the control board does not answer",
    **dict.fromkeys(range(360, 364), "a board is too hot"),
    370: "the room's temperature changes too fast",
    380: "humidity sensor: not found",
    **dict.fromkeys((381, 382), "humidity sensor: cannot be read"),
    383: "humidity sensor: the machine protects itself",
    400: "EEPROM: unknown fault",
    500: "hashboard: unknown fault",
    600: "the room is too hot",
    610: "the room is too hot for high performance",
    700: "MAC address is not valid",
    701: "control board: does not know these chips",
    **dict.fromkeys((710, 712), "control board: restarted itself after an error"),
    711: "control board: restarted itself, and runs slower since",
    713: "the network is unstable, the time was changed",
    714: "control board: unknown fault",
    800: "the mining program was changed: wrong checksum",
    801: "the system monitor was changed: wrong checksum",
    802: "the remote daemon was changed: wrong checksum",
    810: "air to liquid: serial numbers of boards do not match",
    **dict.fromkeys((900, 902), "unknown fault"),
    901: "power for each hash is wrong",
    2000: "no pool is configured",
    2010: "all pools are disabled",
    2030: "the pool rejects many shares",
    2040: "the pool does not know ASICBoost",
    **dict.fromkeys((2310, 2320), "hashrate is too low"),
    **dict.fromkeys((2330, 2340), "hashrate loses too much"),
    2350: "hashrate is lost",
    5080: "chip temperatures cannot be calibrated",
    8000: "the tool is too old",
    8010: "frequency is low",
    8020: "hashrate is low",
    8035: "the room is hot",
    8100: "chip data are wrong",
    8200: "power supply: wrong version",
    8210: "wrong type of machine",
    8220: "wrong version information",
    8300: "no level is set",
    8400: "firmware is old",
    8410: "wrong version of the software",
    **dict.fromkeys((8600, 8620), "the serial number is missing"),
    8610: "the product type is missing",
    8621: "the serial number has a wrong length",
    **dict.fromkeys((8630, 8631), "serial number of the power supply is missing or wrong"),
    8632: "the serial number is wrong",
    **dict.fromkeys(range(8640, 8645), "model of the power supply is missing or wrong"),
    8650: "wrong make of hashboard",
    8660: "wrong kind of cooling",
    8670: "serial number of a board is missing",
    8700: "power supply does not fit the machine",
    **dict.fromkeys((9000, 9010), "the mining program ended with an error"),
    9990: "unknown fault",
    100000: "security library is broken: install the firmware anew",
    **dict.fromkeys((100001, 100002, 100003), "files of the firmware were changed: install it anew"),
    100010: "the mining program was removed: install the firmware anew",
    110000: "files that are not the firmware's: install it anew",
    110001: "a virus was removed: install the firmware anew",
}
_OF_BOARDS = {
    30: "temperature sensor not found",
    32: "temperature cannot be read",
    35: "protects itself from heat",
    41: "EEPROM not found",
    42: "EEPROM cannot be understood",
    43: "wrong bin of chips",
    44: "EEPROM tells a wrong number of chips",
    45: "EEPROM cannot be read",
    51: "is of another type of machine",
    52: "chips of different bins",
    53: "not found",
    54: "numbers of its chips cannot be read",
    55: "has bad chips",
    56: "out of balance",
    57: "chips do not answer well",
    58: "was reset",
    59: "frequency too low",
    72: "control board: its connection is bad",
    211: "a step of the factory's test failed",
    501: "chip voltage too low",
    502: "chip voltage changed",
    503: "chip temperatures differ too much",
    504: "its hottest chip is much hotter than others",
    505: "stopped, its chips protect themselves from heat",
    507: "water does not flow as it should",
    509: "chip temperatures out of balance when calibrated",
    511: "did not reach its frequency in time",
    512: "many errors on its connection",
    513: "unstable",
    517: "did not reach its frequency in time",
}
_OF_CHIPS = {
    52: "wrong results",
    53: "too few results",
    54: "protects itself from heat",
    55: "was reset",
    56: "no results",
}
_STANDARDS = ("hashrate", "power", "fan speed", "fan speed", "voltage")  # 85 L x: level, and what is below it
_POOL, _STANDARD = 202, 85
_WARNINGS = frozenset({263, 272, 273, 274, 275, 713, 2030, 2040, 8400}) | frozenset(range(2020, 2030))
_CODE = re.compile(r"\d{1,9}", re.ASCII)


def fault_of(code: str, *, reason: str | None = None, by_factory: bool = False) -> FirmwareFault:
    """The fault of that code.

    Args:
        code: as the firmware tells it.
        reason: the firmware's own words, for a code that is not known here.
        by_factory: it was found by the factory's tests.
    """
    number = int(code) if _CODE.fullmatch(code) else -1
    words, board = _known(number)
    warns = by_factory or number in _WARNINGS
    return FirmwareFault(
        code=clean_or_none(code) or "unknown",
        words=words or clean_or_none(reason),
        severity=FaultSeverity.WARNING if warns else FaultSeverity.FAULT,
        device_index=board,
    )


def _known(code: int) -> tuple[str | None, int | None]:
    """Words, and the number of the board."""
    if code in _WORDS:
        return _WORDS[code], None
    if code >= 200_000:
        kind, board, chip = code // 10_000, code // 1000 % 10, code % 1000
        return (f"board {board}, chip {chip}: {_OF_CHIPS[kind]}", board) if kind in _OF_CHIPS else (None, None)
    kind, number = divmod(code, 10)
    if kind in _OF_BOARDS:
        return f"board {number}: {_OF_BOARDS[kind]}", number
    if kind == _POOL:
        return f"pool {number} cannot be reached", None
    if code // 100 == _STANDARD and number < len(_STANDARDS):
        return f"below standard L{kind % 10}: {_STANDARDS[number]}", None
    return None, None


def told_in_summary(summary: Doc) -> tuple[FirmwareFault, ...] | None:
    """Those that ``summary`` lists; ``None`` where it does not say how many there are."""
    if summary.value_at("Error Code Count") is None:
        return None
    found = []
    for key in summary.names():
        matched = re.fullmatch(r"(Factory )?Error Code (\d{1,3})", key, re.ASCII)
        code = _code(summary.at(key)) if matched else None
        if matched and code is not None:
            found.append(fault_of(code, by_factory=matched[1] is not None))
    return tuple(found) if found or not summary.count_or_none("Error Code Count") else None


def told_in_list(rows: Doc) -> tuple[FirmwareFault, ...] | None:
    """Those in a list of codes, or of objects with a code as the key and ``reason`` beside it."""
    if not rows.is_list():
        return None
    found = []
    for row in rows.items():
        if row.is_object():
            reason = row.text_or_none("reason")
            found += [fault_of(key, reason=reason) for key in row.names() if _CODE.fullmatch(key)]
        elif (code := _code(row)) is not None:
            found.append(fault_of(code))
    return tuple(found)


def _code(place: Doc) -> str | None:
    number = place.count_or_none()
    return None if not number else str(number)  # 0 is no fault
