"""lolMiner, HTTP API: the layout up to 1.3x (``GPUs``) and the one since 1.4x (``Workers`` and ``Algorithms``).

The total stands in a unit of its own: before 0.9 it is not named and is Sol/s. The older layout counts submitted
shares, not rejected ones. The bus of ``PCIE_Address`` is decimal. 1.46 prints a worker's name that consists of digits
without quotes, which is no JSON. The sum of the cards' power is not read: it is not the whole machine's. A difficulty
is not told.
"""

import re
from collections.abc import Iterator

from miner_agent.drivers.shared.cards import amount, first, hertz, measured, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address, worker_name

SUMMARY = HttpGet("summary", "/summary", aliases=("/",))
NAME = "lolMiner "
_BARE_NAME = re.compile(rb'("(?:Worker|User)"\s*:\s*)(\d+)(?=\s*[,}])')
_UNIT = re.compile(r"([kmgt]?)(?:h|hash|sol|g|c|it)/s", re.IGNORECASE)
_PREFIX = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_DECIMAL_ADDRESS = re.compile(r"(\d{1,3}):(\d{1,2})", re.ASCII)


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name, repair=_with_quoted_names)
    software = summary.text_or_none("Software")
    if summary.value_at("Algorithms") is None:
        summary.shaped("Session", "GPUs")
        workers = list(summary.items("GPUs"))
        workloads = [_older_workload(summary)]
    else:
        summary.shaped("Session", "Workers")
        workers = list(summary.items("Workers"))
        workloads = [_workload(algorithm, workers) for algorithm in summary.items("Algorithms")]
    return MinerSnapshot(
        software="lolminer",
        software_version=clean_or_none(software and software.removeprefix(NAME)),
        uptime_seconds=summary.number_or_none("Session", "Uptime"),
        workloads=tuple(workloads),
        devices=tuple(_device(index, worker) for index, worker in numbered(workers, "Index")),
    )


def _with_quoted_names(raw: bytes) -> bytes:
    return _BARE_NAME.sub(rb'\1"\2"', raw)


def _workload(algorithm: Doc, workers: list[Doc]) -> Workload:
    told = algorithm.at("Performance_Factor")
    factor = told.number_or_none() if told.value is not None else algorithm.at("Performance_Unit").part(_hashes_per)
    account, worker = account_and_worker(algorithm.private_text_or_none("User"))
    return Workload(
        algorithm=clean_or_none(algorithm.text_or_none("Algorithm")),
        hashes_per_second=_times(amount(algorithm, "Total_Performance"), factor),
        accepted_shares_total=algorithm.count_or_none("Total_Accepted"),
        rejected_shares_total=algorithm.count_or_none("Total_Rejected"),
        stale_shares_total=algorithm.count_or_none("Total_Stales"),
        hardware_errors_total=algorithm.count_or_none("Total_Errors"),
        pool=pool_address(algorithm.private_text_or_none("Pool")),
        account_hash=account,
        worker=worker_name(algorithm.private_text_or_none("Worker")) or worker,
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=_times(amount(algorithm, "Worker_Performance", position), factor),
                accepted_shares_total=algorithm.count_or_none("Worker_Accepted", position),
                rejected_shares_total=algorithm.count_or_none("Worker_Rejected", position),
                stale_shares_total=algorithm.count_or_none("Worker_Stales", position),
                hardware_errors_total=algorithm.count_or_none("Worker_Errors", position),
            )
            for position, index in _places(workers)
        ),
    )


def _older_workload(summary: Doc) -> Workload:
    factor = summary.at("Session", "Performance_Unit").part(_hashes_per)
    accepted = summary.count_or_none("Session", "Accepted")
    account, worker = account_and_worker(summary.private_text_or_none("Stratum", "Current_User"))
    return Workload(
        algorithm=clean_or_none(summary.text_or_none("Mining", "Algorithm")),
        coin=clean_or_none(summary.text_or_none("Mining", "Coin")),
        hashes_per_second=_times(amount(summary, "Session", "Performance_Summary"), factor),
        accepted_shares_total=accepted,
        rejected_shares_total=_rejected(accepted, summary.count_or_none("Session", "Submitted")),
        pool=pool_address(summary.private_text_or_none("Stratum", "Current_Pool")),
        account_hash=account,
        worker=worker,
        devices=tuple(
            _older_device_work(index, gpu, factor) for index, gpu in numbered(summary.items("GPUs"), "Index")
        ),
    )


def _older_device_work(index: int, gpu: Doc, factor: float | None) -> DeviceWork:
    accepted = gpu.count_or_none("Session_Accepted")
    return DeviceWork(
        device_index=index,
        hashes_per_second=_times(amount(gpu, "Performance"), factor),
        accepted_shares_total=accepted,
        rejected_shares_total=_rejected(accepted, gpu.count_or_none("Session_Submitted")),
        hardware_errors_total=gpu.count_or_none("Session_HWErr"),
    )


def _places(workers: list[Doc]) -> Iterator[tuple[int, int]]:
    """Where each card stands in the lists of an algorithm, and its number."""
    positions = {worker: position for position, worker in enumerate(workers)}
    return ((positions[worker], index) for index, worker in numbered(workers, "Index"))


def _rejected(accepted: int | None, submitted: int | None) -> int | None:
    return None if accepted is None or submitted is None else max(0, submitted - accepted)


def _hashes_per(unit: Doc) -> float:
    """How many hashes a second one of that unit is; solutions and graphs count as hashes."""
    text = unit.word_or_none()
    if text is None:
        return 1.0
    found = _UNIT.fullmatch(text.strip())
    if found is None:
        unit.expected('a unit such as "mh/s", "sol/s" or "g/s"')
    return _PREFIX[found[1].lower()]


def _times(number: float | None, factor: float | None) -> float | None:
    return None if number is None or factor is None else number * factor


def _device(index: int, worker: Doc) -> DeviceReading:
    """One card in either layout."""
    return DeviceReading(
        index=index,
        name=clean_or_none(worker.text_or_none("Name")),
        pci_address=_address(worker.text_or_none("PCIE_Address")),
        core_temperature_celsius=measured(worker, "Core_Temp", "Temp (deg C)", "Temps (deg C)"),
        memory_temperature_celsius=measured(worker, "Mem_Temp", "Mem Temp (deg C)"),
        hotspot_temperature_celsius=measured(worker, "Juc_Temp"),
        fan_ratio=ratio(first(worker, "Fan_Speed", "Fan Speed (%)").number_or_none()),
        power_watts=measured(worker, "Power", "Consumption (W)"),
        core_clock_hertz=hertz(worker.number_or_none("CCLK")),
        memory_clock_hertz=hertz(worker.number_or_none("MCLK")),
    )


def _address(text: str | None) -> str | None:
    """``16:0`` is bus 16, not 0x16."""
    found = _DECIMAL_ADDRESS.fullmatch(text.strip()) if text else None
    return pci_address_of(int(found[1]), device=int(found[2])) if found else None


DRIVER = Driver(
    name="lolminer",
    products=("lolMiner",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=None,
    enable_api="--apihost 127.0.0.1 --apiport 8080",
    documentation="https://github.com/Lolliedieb/lolMiner-releases",
    seen=("0.6", "1.0a2", "1.16a", "1.92"),
    only_read_about="dual mining",
    processes=("lolminer",),
    port_options=("--apiport",),
)
