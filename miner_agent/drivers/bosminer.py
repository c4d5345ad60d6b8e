"""BOSminer, the program in Braiins OS, through its cgminer API on port 4028.

Boards are told apart by ``ID`` (6, 7 and 8 on an S9), which its answers share. A chip temperature of 0.0 was not read.
The mean over 24 hours counts the time before the start as zero and is never read. ``Frequency`` is in Hz, ``Voltage``
in V, and the power is what its tuner reckons. Braiins OS from 22.08 on also has the API of the driver ``braiins``.
"""

from miner_agent.drivers.shared import cgminer_protocol as cgminer
from miner_agent.drivers.shared.antminer_models import Build, build_of, chips_of
from miner_agent.drivers.shared.cgminer_protocol import NOTHING
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

SUMMARY = cgminer.command("summary")
VERSION = cgminer.command("version")
POOLS = cgminer.command("pools")
DEVS = cgminer.command("devs")
TEMPS = cgminer.command("temps")
FANS = cgminer.command("fans")
DETAILS = cgminer.command("devdetails")
TUNER = cgminer.command("tunerstatus")
NAMES = ("bosminer", "boser")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(SUMMARY.name)
    summary = cgminer.rows(answer, "SUMMARY")[0]
    versions = cgminer.rows_of(payloads, VERSION, "VERSION")
    works = cgminer.by_id(cgminer.rows_of(payloads, DEVS, "DEVS"))
    temps = cgminer.by_id(cgminer.rows_of(payloads, TEMPS, "TEMPS"))
    details = cgminer.by_id(cgminer.rows_of(payloads, DETAILS, "DEVDETAILS"))
    product = next((clean_or_none(row.text_or_none("Model")) for row in details.values()), None)
    build = build_of(product)
    tuners = cgminer.rows_of(payloads, TUNER, "TUNERSTATUS")
    return MinerSnapshot(
        software="bosminer",
        software_version=_version(versions) or cgminer.program(answer)[1],
        uptime_seconds=cgminer.number(summary, "Elapsed"),
        product=product,
        power_watts=cgminer.positive(tuners[0], "ApproximateMinerPowerConsumption") if tuners else None,
        fan_speeds_rpm=tuple(cgminer.fan_speed(fan, "RPM") for fan in cgminer.rows_of(payloads, FANS, "FANS")),
        boards_expected=build.boards if build is not None else None,
        workloads=(cgminer.workload_of_boards(summary, cgminer.rows_of(payloads, POOLS, "POOLS"), works),),
        devices=tuple(
            _device(index, temps.get(index, NOTHING), details.get(index, NOTHING), _watts(tuners, index), build)
            for index in sorted(works.keys() | temps.keys() | details.keys())
        ),
    )


def _version(versions: list[Doc]) -> str | None:
    """Its key is "BOSminer", "BOSminer+" or, from 23.03 on, "BOSer"."""
    for row in versions:
        for key, place in row.entries():
            if key.lower().startswith(NAMES):
                return clean_or_none(place.text_or_none())
    return None


def _watts(tuners: list[Doc], index: int) -> float | None:
    for tuner in tuners:
        for board in tuner.items("TunerChainStatus"):
            if board.count_or_none("HashchainIndex") == index:
                return cgminer.positive(board, "ApproximatePowerConsumptionWatt")
    return None


def _device(
    index: int, temperatures: Doc, details: Doc, power_watts: float | None, build: Build | None
) -> DeviceReading:
    chips = cgminer.count(details, "Chips")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        name=clean_or_none(details.text_or_none("Model")),
        core_temperature_celsius=cgminer.positive(temperatures, "Board"),
        hotspot_temperature_celsius=cgminer.positive(temperatures, "Chip"),
        voltage_volts=cgminer.positive(details, "Voltage"),
        power_watts=power_watts,
        core_clock_hertz=cgminer.positive(details, "Frequency"),
        chips=chips,
        chips_expected=chips_of(build, chips) if chips else None,
    )


DRIVER = Driver(
    name="bosminer",
    products=("BOSminer", "Braiins OS"),
    requests=(SUMMARY, VERSION, POOLS, DEVS, TEMPS, FANS, DETAILS, TUNER),
    parse=parse,
    default_port=cgminer.PORT,
    enable_api="on by default, port 4028",
    documentation="https://academy.braiins.com/en/braiins-os/papi-bosminer/",
    seen=("BOSminer+ 0.2.0 (Antminer S9)",),
    only_read_about="devdetails, tunerstatus",
)
