"""T-Rex, HTTP API versions 1.1 to 4.1.

``hashrate`` is a moving average of unnamed width; ``_minute``, ``_hour`` and ``_day`` are 0 until they are full and are
not read. The difficulty of the pool is a number before API 3.3 and text such as ``"4.00 G"`` from then on. For Ethash
it counts hashes, with decimal prefixes; for the X16 family one unit takes 2^24 hashes, as its recorded answers show;
what it stands for elsewhere is not known.
"""

import re

from miner_agent.drivers.shared.cards import difficulty, hertz, measured, ratio
from miner_agent.errors import BadPayload
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.pci import pci_address_of
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address, worker_name

SUMMARY = HttpGet("summary", "/summary")
_UUID = re.compile("([0-9a-f]{8})" + 3 * "([0-9a-f]{4})" + "([0-9a-f]{12})")
HASHES_PER_DIFFICULTY = {
    **dict.fromkeys(("ethash", "etchash"), 1.0),
    **dict.fromkeys(("x16r", "x16rv2", "x16s"), 2.0**24),
}


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name)
    if summary.count_or_none("success") == 0:
        raise BadPayload("summary.error", summary.value_at("error"), "success 1; is its API protected by a key?")
    summary.shaped("gpus")
    workloads = [_workload(summary)]
    dual = summary.at("dual_stat")
    if dual.is_object() and dual.value_at("hashrate") is not None:
        workloads.append(_workload(dual))
    return MinerSnapshot(
        software="t-rex",
        software_version=clean_or_none(summary.text_or_none("version")),
        uptime_seconds=summary.number_or_none("uptime"),
        paused=summary.truth_or_none("paused"),
        workloads=tuple(workloads),
        devices=tuple(_device(index, gpu) for index, gpu in numbered(summary.items("gpus"), "gpu_id")),
    )


def _workload(stat: Doc) -> Workload:
    algorithm = clean_or_none(stat.text_or_none("algorithm"))
    account, worker = account_and_worker(stat.private_text_or_none("active_pool", "user"))
    gpus = list(stat.items("gpus"))
    by_gpu = list(stat.items("stat_by_gpu"))
    older = {gpu: shares for gpu, shares in zip(gpus, by_gpu, strict=False) if len(by_gpu) == len(gpus)}
    return Workload(
        algorithm=algorithm,
        coin=clean_or_none(stat.text_or_none("coin")),
        hashes_per_second=stat.number_or_none("hashrate"),
        accepted_shares_total=stat.count_or_none("accepted_count"),
        rejected_shares_total=stat.count_or_none("rejected_count"),
        invalid_shares_total=stat.count_or_none("invalid_count"),
        share_difficulty=difficulty(stat.at("active_pool", "difficulty")),
        hashes_per_difficulty=HASHES_PER_DIFFICULTY.get(algorithm or ""),
        pool=pool_address(stat.private_text_or_none("active_pool", "url")),
        account_hash=account,
        worker=worker_name(stat.private_text_or_none("active_pool", "worker")) or worker,
        devices=tuple(_device_work(index, gpu, older.get(gpu)) for index, gpu in numbered(gpus, "gpu_id")),
    )


def _device_work(index: int, gpu: Doc, older_shares: Doc | None) -> DeviceWork:
    shares = gpu.at("shares")
    if shares.value is None and older_shares is not None:
        shares = older_shares
    return DeviceWork(
        device_index=index,
        hashes_per_second=gpu.number_or_none("hashrate"),
        accepted_shares_total=shares.count_or_none("accepted_count"),
        rejected_shares_total=shares.count_or_none("rejected_count"),
        invalid_shares_total=shares.count_or_none("invalid_count"),
    )


def _device(index: int, gpu: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        name=clean_or_none(gpu.text_or_none("name")),
        vendor=clean_or_none(gpu.text_or_none("vendor")),
        uuid=_uuid(gpu.text_or_none("uuid")),
        pci_address=pci_address_of(
            gpu.count_or_none("pci_bus"),
            domain=gpu.count_or_none("pci_domain"),
            device=gpu.count_or_none("pci_id"),
        ),
        core_temperature_celsius=measured(gpu, "temperature"),
        memory_temperature_celsius=measured(gpu, "memory_temperature"),
        fan_ratio=ratio(gpu.number_or_none("fan_speed")),
        power_watts=measured(gpu, "power"),
        core_clock_hertz=hertz(gpu.number_or_none("cclock")),
        memory_clock_hertz=hertz(gpu.number_or_none("mclock")),
    )


def _uuid(digits: str | None) -> str | None:
    """The card's UUID as NVML spells it."""
    parts = _UUID.fullmatch(digits or "")
    return None if parts is None else f"GPU-{'-'.join(parts.groups())}"


DRIVER = Driver(
    name="trex",
    products=("T-Rex",),
    requests=(SUMMARY,),
    parse=parse,
    default_port=4067,
    enable_api="on by default; --api-bind-http 127.0.0.1:4067, no --api-key",
    documentation="https://github.com/trexminer/T-Rex/wiki/API",
    seen=("0.6.3", "0.9.1", "0.13.2", "0.19.9", "0.24.6"),
    only_read_about="dual mining",
    processes=("t-rex",),
    port_options=("--api-bind-http",),
)
