"""NBMiner, HTTP API version 1.

``…_raw`` holds a hashrate in H/s and the key without it a text for people; early versions leave ``_raw`` out, and print
numbers. Dual mining repeats the keys with the suffix 2, which are also there, and 0, where it is off. There is no
uptime, only the time of its start by the clock of its machine.

Early versions print the difficulty as a target in hexadecimal, which is not read. Later ones count it in hashes for
Ethash (``"4.295 G"`` is 2^32); what it stands for elsewhere is not known.
"""

import re

from miner_agent.drivers.shared.cards import amount, difficulty, hertz, measured, moment, ratio
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

STATUS = HttpGet("status", "/api/v1/status")
BETWEEN_ALGORITHMS = "_"
DIFFICULTY_IS_HASHES = frozenset({"ethash", "etchash"})
_TARGET = re.compile(r"[0-9a-f]{8,64}", re.ASCII | re.IGNORECASE)


def parse(payloads: Payloads) -> MinerSnapshot:
    status = payloads.json(STATUS.name).shaped("miner", "stratum")
    status.at("miner").shaped("devices")
    devices = numbered(status.items("miner", "devices"), "id")
    return MinerSnapshot(
        software="nbminer",
        software_version=clean_or_none(status.text_or_none("version")),
        started_at=moment(status.at("start_time")),
        workloads=tuple(_workload(status, devices, algorithm, suffix) for suffix, algorithm in _algorithms(status)),
        devices=tuple(_device(index, device) for index, device in devices),
    )


def _algorithms(status: Doc) -> list[tuple[str, str | None]]:
    """The suffix of the keys of each algorithm, and its name: ``hns_ethash`` is two where it mines two."""
    name = status.text_or_none("stratum", "algorithm")
    dual = status.truth_or_none("stratum", "dual_mine")
    if dual is None:
        dual = bool(_hashes_per_second(status.at("miner"), "total_hashrate2"))
    if not dual:
        return [("", name)]
    first, _, second = (name or "").partition(BETWEEN_ALGORITHMS)
    return [("", first), ("2", second)]


def _workload(status: Doc, devices: list[tuple[int, Doc]], algorithm: str | None, suffix: str) -> Workload:
    stratum = status.at("stratum")
    name = clean_or_none(algorithm)
    account, worker = account_and_worker(stratum.private_text_or_none(f"user{suffix}"))
    return Workload(
        algorithm=name,
        hashes_per_second=_hashes_per_second(status.at("miner"), f"total_hashrate{suffix}"),
        accepted_shares_total=stratum.count_or_none(f"accepted_shares{suffix}"),
        rejected_shares_total=stratum.count_or_none(f"rejected_shares{suffix}"),
        invalid_shares_total=stratum.count_or_none(f"invalid_shares{suffix}"),
        share_difficulty=_difficulty(stratum.at(f"difficulty{suffix}")),
        hashes_per_difficulty=1.0 if name in DIFFICULTY_IS_HASHES else None,
        pool=pool_address(stratum.private_text_or_none(f"url{suffix}")),
        account_hash=account,
        worker=worker,
        devices=tuple(
            DeviceWork(
                device_index=index,
                hashes_per_second=_hashes_per_second(device, f"hashrate{suffix}"),
                accepted_shares_total=device.count_or_none(f"accepted_shares{suffix}"),
                rejected_shares_total=device.count_or_none(f"rejected_shares{suffix}"),
                invalid_shares_total=device.count_or_none(f"invalid_shares{suffix}"),
            )
            for index, device in devices
        ),
    )


def _hashes_per_second(holder: Doc, key: str) -> float | None:
    exact = holder.at(f"{key}_raw")
    return amount(exact) if exact.value is not None else amount(holder, key)


def _difficulty(place: Doc) -> float | None:
    if isinstance(place.value, str) and _TARGET.fullmatch(place.value):
        return None
    return difficulty(place)


def _device(index: int, device: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(device.text_or_none("info")),
        pci_address=pci_address_of(device.count_or_none("pci_bus_id")),
        core_temperature_celsius=measured(device, "temperature"),
        memory_temperature_celsius=measured(device, "memTemperature"),
        fan_ratio=ratio(device.number_or_none("fan")),
        power_watts=measured(device, "power"),
        core_clock_hertz=hertz(device.number_or_none("core_clock")),
        memory_clock_hertz=hertz(device.number_or_none("mem_clock")),
    )


DRIVER = Driver(
    name="nbminer",
    products=("NBMiner",),
    requests=(STATUS,),
    parse=parse,
    default_port=22333,
    enable_api="--api 127.0.0.1:22333",
    documentation="https://github.com/NebuTech/NBMiner",
    seen=("10.0", "40.0"),
    only_read_about="the counts and the pool of a second algorithm",
    processes=("nbminer",),
    port_options=("--api",),
)
