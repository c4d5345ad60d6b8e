"""Whatsminer, API version 3 on port 4433: firmware from May 2024 on.

Hashrates are in TH/s; the real-time one is over a window that is not told. ``elapsed`` is the time of mining. It counts
no shares. Reads need no account; the salt of the tokens that writes need stands in ``get.device.info`` and is not read.
"""

from calculators.units import HASHRATE_PREFIX, MEGAHERTZ
from miner_agent.drivers.shared.cards import amount, fan_speeds, measured
from miner_agent.drivers.shared.whatsminer_faults import told_in_list
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, FramedCommand
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

SUMMARY = FramedCommand("summary", b'{"cmd":"get.miner.status","param":"summary"}')
BOARDS = FramedCommand("edevs", b'{"cmd":"get.miner.status","param":"edevs"}')
POOLS = FramedCommand("pools", b'{"cmd":"get.miner.status","param":"pools"}')
DEVICE = FramedCommand("device", b'{"cmd":"get.device.info"}')
ALGORITHM = "sha256"
FANS = ("fan-speed-in", "fan-speed-out")


def parse(payloads: Payloads) -> MinerSnapshot:
    summary = payloads.json(SUMMARY.name)
    if summary.number_or_none("code") != 0:
        summary.at("code").expected("0, which is success")
    summary = summary.at("msg", "summary")
    if not summary.is_object():
        summary.expected("an object")
    boards = numbered(_message(payloads, BOARDS).items("edevs"), "id")
    device = _message(payloads, DEVICE)
    pools = list(_message(payloads, POOLS).items("pools"))
    pool = _active(pools)
    account, worker = account_and_worker(pool.private_text_or_none("account"))
    return MinerSnapshot(
        software="btminer",
        software_version=clean_or_none(device.text_or_none("system", "fwversion")),
        uptime_seconds=summary.number_or_none("elapsed"),
        product=clean_or_none(device.text_or_none("miner", "type")),
        power_watts=measured(summary, "power-realtime"),
        fan_speeds_rpm=fan_speeds(summary, FANS),
        ambient_temperature_celsius=summary.number_or_none("environment-temperature"),
        liquid_temperature_celsius=measured(device.at("power"), "liquid-temperature"),
        boards_expected=device.count_or_none("miner", "board-num"),
        faults=told_in_list(device.at("error-code")),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=_hashes_per_second(summary),
                nominal_hashes_per_second=_hashes_per_second(summary, "factory-hash") or None,
                pool=pool_address(pool.private_text_or_none("url")),
                account_hash=account,
                worker=worker,
                devices=tuple(
                    DeviceWork(
                        device_index=index,
                        hashes_per_second=_hashes_per_second(board),
                        nominal_hashes_per_second=_hashes_per_second(board, "factory-hash") or None,
                    )
                    for index, board in boards
                ),
                pools=tuple(_listed(number, pool) for number, pool in numbered(pools, "pool-priority")),
            ),
        ),
        devices=tuple(_device(index, board, summary, device) for index, board in boards),
    )


def _message(payloads: Payloads, request: FramedCommand) -> Doc:
    """What an optional answer says; nothing where it was not given or says that it failed."""
    answer = payloads.json_or_none(request.name)
    if answer is None or answer.number_or_none("code") != 0:
        return Doc(None, request.name)
    return answer.at("msg")


def _active(pools: list[Doc]) -> Doc:
    """The pool that is worked for: of those with an open connection the first by priority."""
    active = [pool for pool in pools if pool.truth_or_none("stratum-active")]
    return min(active, key=lambda pool: pool.number_or_none("pool-priority") or 0.0, default=Doc(None, POOLS.name))


def _listed(number: int, pool: Doc) -> ListedPool:
    status = pool.text_or_none("status")
    return ListedPool(
        number=number,
        pool=pool_address(pool.private_text_or_none("url")),
        active=pool.truth_or_none("stratum-active"),
        alive={"alive": True, "dead": False}.get(status or ""),
    )


def _hashes_per_second(place: Doc, key: str = "hash-realtime") -> float | None:
    terahashes = amount(place, key)
    return None if terahashes is None else terahashes * HASHRATE_PREFIX["T"]


def _device(index: int, board: Doc, summary: Doc, device: Doc) -> DeviceReading:
    """A board; its own temperature stands in the summary, its serial number in what the device says of itself."""
    clock = board.number_or_none("freq")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        serial=clean_or_none(device.text_or_none("miner", f"pcbsn{index}")),
        core_temperature_celsius=measured(summary.at("board-temperature"), index),
        hotspot_temperature_celsius=measured(board, "chip-temp-max"),
        core_clock_hertz=None if clock is None else clock * MEGAHERTZ,
        chips=board.count_or_none("effective-chips"),
    )


DRIVER = Driver(
    name="whatsminer3",
    products=("Whatsminer (API 3)",),
    requests=(SUMMARY, BOARDS, POOLS, DEVICE),
    parse=parse,
    default_port=4433,
    enable_api="on by default, port 4433; at most 10 programs may ask it at once",
    documentation="https://apidoc.whatsminer.com",
    seen=("20251209.16.Rel2",),
    only_read_about="machines that are cooled by water; failures and boards that do not answer",
)
