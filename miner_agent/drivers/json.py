"""Any meter that answers with JSON: the configuration says where, and in which unit.

Numbers may stand there as text, as Home Assistant writes the states of its sensors.
"""

import re
from dataclasses import replace
from functools import partial

from calculators.units import KILOWATT_HOUR, WATT_HOUR, WATTS_PER_KILOWATT
from miner_agent.model.readings import MeterReading
from miner_agent.sources.driver import Driver, HttpGet, MeterOptions
from miner_agent.sources.payload import Doc, Payloads, Step
from miner_agent.text import clean_text

POWER_UNITS = {"W": 1.0, "kW": WATTS_PER_KILOWATT}
ENERGY_UNITS = {"J": 1.0, "Wh": WATT_HOUR, "kWh": KILOWATT_HOUR}
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{0,30})?", re.ASCII)
_REQUEST = re.compile(r"/[!\"$-~]{0,1023}", re.ASCII)  # no blank and no fragment
_PATH = re.compile(r"(?:[^.\[\]]+|\[\d{1,4}\])(?:\.[^.\[\]]+|\[\d{1,4}\])*", re.ASCII)
_STEP = re.compile(r"([^.\[\]]+)|\[(\d{1,4})\]", re.ASCII)

Place = tuple[tuple[Step, ...], float]
"""Where a number stands, and its unit in base units."""


def parse(payloads: Payloads, power: Place, energy: Place | None = None) -> MeterReading:
    answer = payloads.json("answer")
    watts = _number(answer, power)
    if watts is None:
        answer.at(*power[0]).expected("a number: the power")
    return MeterReading(power_watts=watts, energy_joules_total=None if energy is None else _number(answer, energy))


def _number(answer: Doc, place: Place) -> float | None:
    steps, unit = place
    found = answer.at(*steps)
    if isinstance(found.value, str) and _NUMBER.fullmatch(found.value):
        return float(found.value) * unit
    number = found.number_or_none()
    return None if number is None else number * unit


def configured(options: MeterOptions) -> Driver:
    """For the request and the places that are configured."""
    if options.request is None or options.power is None:
        missing = "request" if options.request is None else "power"
        raise ValueError(
            f'key "{missing}" is missing; write where the JSON stands and where in it the power, such as '
            'request = "/status" and power = "data.power W"'
        )
    if not _REQUEST.fullmatch(options.request):
        raise ValueError(f'request = "{clean_text(options.request)}" is not possible; write a path, such as "/status"')
    power = _place("power", options.power, POWER_UNITS)
    energy = None if options.energy is None else _place("energy", options.energy, ENERGY_UNITS)
    return replace(
        DRIVER,
        requests=(HttpGet("answer", options.request),),
        parse=partial(parse, power=power, energy=energy),
    )


def _place(key: str, text: str, units: dict[str, float]) -> Place:
    """What ``"data.phases[0].power W"`` means."""
    path, _, unit = text.strip().rpartition(" ")
    path = path.rstrip()
    if unit not in units or not _PATH.fullmatch(path):
        raise ValueError(
            f'{key} = "{clean_text(text)}" is not possible; write the place and then {" or ".join(units)}, such as '
            f'"data.phases[0].{key} {next(iter(units))}"'
        )
    return tuple(name or int(number) for name, number in _STEP.findall(path)), units[unit]


DRIVER = Driver(
    name="json",
    products=("any that answers with JSON",),
    requests=(HttpGet("answer", "/"),),
    parse=partial(parse, power=(("power",), 1.0)),
    kind="meter",
    takes=("token_file", "request", "power", "energy"),
    configured=configured,
    default_port=80,
    enable_api='as its manual says; [[meters]] needs request = "/PATH" and power = "PLACE UNIT" for it',
    documentation="https://www.rfc-editor.org/rfc/rfc8259",
    only_read_about="all of it",
)
