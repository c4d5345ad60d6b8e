"""NiceHash Excavator, the miner in NiceHash QuickMiner and in NiceHash Miner, through its HTTP API.

A command stands in the address as JSON. Only those that list something are sent; they need no token. Hashrates are in
H/s over a time that is not told, and its uptime is in milliseconds where that of an algorithm is in seconds. Clocks are
what a card may reach and not what it runs at, and are not read. -1 is a sensor that is not there. A card's shares stand
under names of errors: ``hw_errors_success`` counts those that were accepted, of all algorithms together, and is not
read. What the difficulty of a job counts is not told. The answer to ``subscribe.info`` holds account and password.
"""

from collections import Counter
from urllib.parse import quote

from calculators.units import MILLI_PER_UNIT
from miner_agent.drivers.shared.cards import amount, first, measured, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address


def command(name: str, method: str) -> HttpGet:
    asked = f'{{"id":1,"method":"{method}","params":[]}}'
    return HttpGet(name, f"/api?command={quote(asked, safe='')}")


ALGORITHMS = command("algorithms", "algorithm.list")
WORKERS = command("workers", "worker.list")
DEVICES = command("devices", "devices.get")
INFO = command("info", "info")
SUBSCRIPTION = command("subscription", "subscribe.info")


def parse(payloads: Payloads) -> MinerSnapshot:
    algorithms = payloads.json(ALGORITHMS.name).at("algorithms")
    if not algorithms.is_list():
        algorithms.expected("a list of algorithms")  # an error stands in its place
    names = Counter(algorithm.text_or_none("name") or "" for algorithm in algorithms.items())
    works = _works(_listed(payloads, WORKERS, "workers"), {name for name, times in names.items() if times == 1})
    devices = numbered(_listed(payloads, DEVICES, "devices"), "device_id")
    info = payloads.json_or_none(INFO.name)
    pool = payloads.json_or_none(SUBSCRIPTION.name)
    milliseconds = info.number_or_none("uptime") if info is not None else None
    return MinerSnapshot(
        software="excavator",
        software_version=clean_or_none(info.text_or_none("version")) if info is not None else None,
        uptime_seconds=None if milliseconds is None else milliseconds / MILLI_PER_UNIT,
        workloads=tuple(_workload(algorithm, works, pool) for algorithm in algorithms.items()),
        devices=tuple(_device(index, device) for index, device in devices),
    )


def _listed(payloads: Payloads, request: HttpGet, key: str) -> list[Doc]:
    answer = payloads.json_or_none(request.name)
    return [] if answer is None else list(answer.items(key))


def _workload(algorithm: Doc, works: dict[str, tuple[DeviceWork, ...]], pool: Doc | None) -> Workload:
    name = algorithm.text_or_none("name")
    account, worker = account_and_worker(pool.private_text_or_none("login") if pool is not None else None)
    return Workload(
        algorithm=clean_or_none(name),
        hashes_per_second=amount(algorithm, "speed"),
        accepted_shares_total=algorithm.count_or_none("accepted_shares"),
        rejected_shares_total=algorithm.count_or_none("rejected_shares"),
        share_difficulty=measured(algorithm, "current_job_difficulty"),
        pool=pool_address(pool.private_text_or_none("address")) if pool is not None else None,
        account_hash=account,
        worker=worker,
        devices=works.get(name or "", ()),
    )


def _works(workers: list[Doc], algorithms: set[str]) -> dict[str, tuple[DeviceWork, ...]]:
    """What the cards do for each of these algorithms, without a card that two workers share for one.

    All workers are gone through once, however many algorithms there are.
    """
    rates: dict[str, dict[int, list[float | None]]] = {}
    for worker in workers:
        index = worker.index_or_none("device_id")
        for part in worker.items("algorithms") if index is not None else ():
            name = part.text_or_none("name")
            if name in algorithms and index is not None:
                rates.setdefault(name, {}).setdefault(index, []).append(amount(part, "speed"))
    return {
        name: tuple(
            DeviceWork(device_index=index, hashes_per_second=told[0])
            for index, told in sorted(by_card.items())
            if len(told) == 1
        )
        for name, by_card in rates.items()
    }


def _device(index: int, device: Doc) -> DeviceReading:
    load, memory_load = (ratio(device.number_or_none(key)) for key in ("gpu_load", "gpu_load_memctrl"))
    used, free = (device.count_or_none(f"gpu_memory_{key}") for key in ("used", "free"))
    fans = list(device.items("fans"))
    levels = tuple(ratio(fan.number_or_none("current_level")) for fan in fans)
    return DeviceReading(
        index=index,
        name=clean_or_none(device.text_or_none("name")),
        uuid=clean_or_none(device.text_or_none("uuid")),
        pci_address=pci_address_of(first(device.at("details"), "bus_id", "bus").count_or_none()),
        core_temperature_celsius=measured(device, "gpu_temp"),
        fan_ratio=ratio(device.number_or_none("gpu_fan_speed")),
        fan_ratios=levels,
        fan_speed_rpm=amount(device, "gpu_fan_speed_rpm"),
        power_watts=measured(device, "gpu_power_usage"),
        power_limit_watts=measured(device, "gpu_power_limit_current"),
        power_limit_default_watts=measured(device, "gpu_power_limit_default"),
        power_limit_min_watts=measured(device, "gpu_power_limit_min"),
        power_limit_max_watts=measured(device, "gpu_power_limit_max"),
        utilization_ratio=load,
        memory_utilization_ratio=memory_load,
        memory_used_bytes=used,
        memory_size_bytes=None if used is None or free is None else used + free,
    )


DRIVER = Driver(
    name="excavator",
    products=("NiceHash Excavator", "NiceHash QuickMiner"),
    requests=(ALGORITHMS, WORKERS, DEVICES, INFO, SUBSCRIPTION),
    parse=parse,
    default_port=18000,
    enable_api="on by default in QuickMiner; -wp 18000 -wi 127.0.0.1 otherwise, without -wa",
    documentation="https://github.com/nicehash/excavator/tree/master/api",
    only_read_about="all of it",
    processes=("excavator",),
    port_options=("-wp",),
)
