"""ePIC PowerPlay, the firmware of ePIC's machines (SC200, BlockMiner) and control boards: its HTTP API, version 3.

It speaks HTTP on port 4028, where other firmware speaks the cgminer API. Hashrates are in MH/s. A board tells its own,
and behind it what that is of what it should do; an SC200 tells only a mean over a time that is not named. The last
error stays there when it mines again, and is a mere warning then. The answer holds the password of every pool, which is
not read.
"""

from calculators.units import HASHRATE_PREFIX, MEGAHERTZ
from miner_agent.drivers.shared.cards import amount, fan_speeds, hottest, measured, ratio, total
from miner_agent.drivers.shared.cgminer_protocol import HASHES_PER_DIFFICULTY
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

SUMMARY = HttpGet("summary", "/summary")
CAPABILITIES = HttpGet("capabilities", "/capabilities")
CHIP_TEMPERATURES = HttpGet("chip_temperatures", "/temps/chip")
FANS = tuple(f"Fans Speed {number}" for number in range(1, 17))
LAST_ERROR = "Last Error"
PAUSED = {"Idling": True, "Mining": False}


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name).shaped("Session", "HBs")
    session = summary.at("Session")
    if not session.is_object():
        session.expected("an object")
    boards = numbered(summary.items("HBs"), "Index", gaps=True)  # those that it did not find are left out
    capabilities = payloads.json_or_none(CAPABILITIES.name)
    temperatures = payloads.json_or_none(CHIP_TEMPERATURES.name)
    chips = [] if temperatures is None else numbered(temperatures.items(), "Index", gaps=True)
    hottest_celsius = {index: hottest(board.items("Data")) for index, board in chips}
    name, _, version = (summary.text_or_none("Software") or "").partition(" ")
    return MinerSnapshot(
        software=clean_or_none(name.lower()) or "powerplay",
        software_version=clean_or_none(version.removeprefix("v")),
        uptime_seconds=session.number_or_none("Uptime"),
        paused=PAUSED.get(summary.text_or_none("Status", "Operating State") or ""),
        product=clean_or_none(capabilities.text_or_none("Model")) if capabilities is not None else None,
        power_watts=measured(summary.at("Power Supply Stats"), "Input Power"),
        fan_speeds_rpm=fan_speeds(summary.at("Fans Rpm"), FANS),
        faults=_faults(summary.at("Status")),
        workloads=(_workload(summary, session, boards),),
        devices=tuple(_device(index, board, summary, hottest_celsius.get(index)) for index, board in boards),
    )


def _faults(status: Doc) -> tuple[FirmwareFault, ...] | None:
    if not status.is_object() or LAST_ERROR not in status.names():
        return None
    told = status.value_at(LAST_ERROR)
    if told is None:
        return ()
    words = clean_or_none(told if isinstance(told, str) else None)
    mines = PAUSED.get(status.text_or_none("Operating State") or "") is False
    severity = FaultSeverity.WARNING if mines else FaultSeverity.FAULT
    return (FirmwareFault(code="last_error", words=words, severity=severity),)


def _workload(summary: Doc, session: Doc, boards: list[tuple[int, Doc]]) -> Workload:
    works = tuple(DeviceWork(device_index=index, hashes_per_second=_hashrate(board)) for index, board in boards)
    told = [board for board in summary.items("HBs") if not board.is_object() or board.value_at("Hashrate") is not None]
    average = amount(session, "Average MHs")
    algorithm = clean_or_none(summary.text_or_none("Mining", "Algorithm"))
    stratum = summary.at("Stratum")
    account, worker = account_and_worker(stratum.private_text_or_none("Current User"))
    return Workload(
        algorithm=algorithm,
        coin=clean_or_none(summary.text_or_none("Mining", "Coin")),
        hashes_per_second=total([_hashrate(board) for board in told]) if told else _megahashes(average),
        accepted_shares_total=session.count_or_none("Accepted"),
        rejected_shares_total=session.count_or_none("Rejected"),
        share_difficulty=measured(session, "Difficulty"),
        hashes_per_difficulty=HASHES_PER_DIFFICULTY.get((algorithm or "").lower()),
        pool=pool_address(stratum.private_text_or_none("Current Pool")),
        account_hash=account,
        worker=worker,
        devices=works,
        pools=tuple(_listed(number, config, stratum) for number, config in enumerate(summary.items("StratumConfigs"))),
    )


def _listed(number: int, config: Doc, stratum: Doc) -> ListedPool:
    used = stratum.count_or_none("Config Id")
    active = None if used is None else number == used
    return ListedPool(
        number=number,
        pool=pool_address(config.private_text_or_none("pool")),
        active=active,
        alive=stratum.truth_or_none("IsPoolConnected") if active else None,
    )


def _hashrate(board: Doc) -> float | None:
    """What the board does: the first of several numbers."""
    told = board.at("Hashrate")
    return _megahashes(amount(told, 0)) if told.value is not None else None


def _megahashes(number: float | None) -> float | None:
    return None if number is None else number * HASHRATE_PREFIX["M"]


def _device(index: int, board: Doc, summary: Doc, hottest_celsius: float | None) -> DeviceReading:
    megahertz = measured(board, "Core Clock Avg")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        core_temperature_celsius=measured(board, "Temperature"),
        hotspot_temperature_celsius=hottest_celsius,
        fan_ratio=ratio(summary.number_or_none("Fans", "Fans Speed")),  # of the machine's fans
        voltage_volts=measured(board, "Input Voltage"),
        power_watts=measured(board, "Input Power"),
        core_clock_hertz=None if megahertz is None else megahertz * MEGAHERTZ,
    )


DRIVER = Driver(
    name="epic",
    products=("ePIC PowerPlay", "ePIC BlockMiner"),
    requests=(SUMMARY, CAPABILITIES, CHIP_TEMPERATURES),
    parse=parse,
    default_port=4028,
    enable_api="on by default, HTTP on port 4028",
    documentation="https://github.com/epicblockchain/epic-miner",
    only_read_about="all of it",
)
