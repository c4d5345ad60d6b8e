"""Elphapex DG1, DG1+ and DG Home for Scrypt: ``cgi-bin`` of its web server, behind HTTP Digest.

Hashrates are in the ``rate_unit`` that stands beside them (``MH/s``). ``rate_5s`` is noise: 79 GH/s and 11 GH/s were
seen beside 14.4 GH/s of fifteen minutes, so that the latter is read, and the mean since the start before there are
fifteen minutes. ``temp_chip`` is text in thousandths of a degree. ``temp_pcb``, ``temp_pic``, ``hwp_total`` and
``asic`` are the same in every answer that was published, ``hw`` is the number of chips, ``rate_30m`` 0: none is read.
Places without a board are listed as well, with nothing in them. Of the pools ``Alive`` is the one in use, ``Standby``
another.
"""

from calculators.units import HASHRATE_PREFIX, MILLI_PER_UNIT
from miner_agent.drivers.shared.cards import amount, difficulty, total
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpDigest, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

ROOT = HttpDigest("root")
STATS = HttpGet("stats", "/cgi-bin/stats.cgi", login=ROOT)
SUMMARY = HttpGet("summary", "/cgi-bin/summary.cgi", login=ROOT)
POOLS = HttpGet("pools", "/cgi-bin/pools.cgi", login=ROOT)
ALGORITHM = "scrypt"
HASHES_PER_DIFFICULTY = 2.0**16
QUIET_SECONDS = 900.0
ALIVE = {"Alive": True, "Standby": True, "Unreachable": False}
_NOTHING = Doc(None, "nothing")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(STATS.name)
    stats = next(answer.items("STATS"), _NOTHING)
    if not stats.is_object() or not stats.at("chain").is_list():
        stats.at("chain").expected("a list of boards")
    unit = _unit(stats.at("rate_unit"))
    uptime = amount(stats, "elapsed")
    boards = [(index, board) for index, board in numbered(stats.items("chain"), "index") if _is_there(board)]
    pools = _pools(payloads)
    used = [pool for pool in pools if pool.text_or_none("status") == "Alive"]
    pool = used[0] if len(used) == 1 else Doc(None, POOLS.name)
    account, worker = account_and_worker(pool.private_text_or_none("user"))
    return MinerSnapshot(
        software="elphapex",
        software_version=clean_or_none(answer.text_or_none("INFO", "miner_version")),
        uptime_seconds=uptime,
        product=_product(answer.text_or_none("INFO", "type")),
        fan_speeds_rpm=tuple(amount(fan) for fan in stats.items("fan")),
        faults=_faults(payloads.json_or_none(SUMMARY.name)),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                nominal_hashes_per_second=_rate(stats.at("rate_ideal"), unit) or None,
                hashes_per_second=_rate(_quiet(stats, "rate_avg", uptime), unit),
                hashrate_window_seconds=QUIET_SECONDS if (uptime or 0) >= QUIET_SECONDS else None,
                accepted_shares_total=total([pool.count_or_none("accepted") for pool in pools]),
                rejected_shares_total=total([pool.count_or_none("rejected") for pool in pools]),
                stale_shares_total=total([pool.count_or_none("stale") for pool in pools]),
                share_difficulty=difficulty(pool.at("diff")),
                hashes_per_difficulty=HASHES_PER_DIFFICULTY,
                pool=pool_address(pool.private_text_or_none("url")),
                account_hash=account,
                worker=worker,
                devices=tuple(
                    DeviceWork(
                        device_index=index,
                        hashes_per_second=_rate(_quiet(board, "rate_real", uptime), unit),
                        nominal_hashes_per_second=_rate(board.at("rate_ideal"), unit) or None,
                    )
                    for index, board in boards
                ),
                pools=tuple(_listed(number, one) for number, one in numbered(pools, "index")),
            ),
        ),
        devices=tuple(_device(index, board) for index, board in boards),
    )


def _unit(place: Doc) -> float | None:
    """What one of the numbers is. [H/s]"""
    text = place.word_or_none()
    if text is not None and text.endswith("H/s") and text[:-3] in HASHRATE_PREFIX:
        return HASHRATE_PREFIX[text[:-3]]
    place.doubt('a unit, such as "MH/s"')
    return None


def _quiet(holder: Doc, since_start: str, uptime_seconds: float | None) -> Doc:
    """Where the rate stands that is no noise; nowhere while it is not known how long it has been running."""
    if uptime_seconds is None:
        return _NOTHING
    return holder.at("rate_15m" if uptime_seconds >= QUIET_SECONDS else since_start)


def _rate(place: Doc, unit: float | None) -> float | None:
    number = amount(place)
    return None if number is None or unit is None else number * unit


def _is_there(board: Doc) -> bool:
    """Whether there is a board at this place: an empty one has no chips, no rate and no number."""
    numbers = [amount(board, key) for key in ("asic_num", "rate_real", "freq_avg")]
    return any(numbers) or board.value_at("sn") not in ("", None)


def _product(told: str | None) -> str | None:
    return None if told is None else clean_or_none(f"Elphapex {told}")


def _device(index: int, board: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        serial=clean_or_none(board.text_or_none("sn")),
        hotspot_temperature_celsius=_hottest(board),
        chips=board.count_or_none("asic_num"),
    )


def _hottest(board: Doc) -> float | None:
    """The hottest chip; not known where one of the sensors that are there cannot be read."""
    told = [sensor.number_or_none() for sensor in board.items("temp_chip") if sensor.value not in ("", None)]
    known = [degrees for degrees in told if degrees is not None]
    return max(known) / MILLI_PER_UNIT or None if known and len(known) == len(told) else None


def _pools(payloads: Payloads) -> list[Doc]:
    answer = payloads.json_or_none(POOLS.name)
    return [] if answer is None else list(answer.items("POOLS"))


def _listed(number: int, pool: Doc) -> ListedPool:
    status = pool.text_or_none("status")
    return ListedPool(
        number=number,
        pool=pool_address(pool.private_text_or_none("url")),
        active=None if status is None else status == "Alive",
        alive=ALIVE.get(status or ""),
        accepted_shares_total=pool.count_or_none("accepted"),
        rejected_shares_total=pool.count_or_none("rejected"),
        stale_shares_total=pool.count_or_none("stale"),
    )


def _faults(answer: Doc | None) -> tuple[FirmwareFault, ...] | None:
    """What it looks after by itself and finds not well: rate, network, fans, temperatures."""
    if answer is None:
        return None
    summary = next(answer.items("SUMMARY"), _NOTHING)
    if not summary.at("status").is_list():
        return None
    ill = [one for one in summary.items("status") if (one.text_or_none("status") or "s") != "s"]
    return tuple(
        FirmwareFault(
            code=clean_or_none(one.text_or_none("type")) or "unknown", words=clean_or_none(one.text_or_none("msg"))
        )
        for one in ill
    )


DRIVER = Driver(
    name="elphapex",
    products=("Elphapex DG1, DG1+, DG Home",),
    requests=(STATS, SUMMARY, POOLS),
    parse=parse,
    default_port=80,
    enable_api="on by default; the password of root, root where nobody changed it, goes into token_file",
    documentation="https://github.com/UpstreamData/pyasic/issues/428",
    only_read_about="all of it",
)
