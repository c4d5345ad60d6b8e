"""Braiins OS, REST API version 1, from 25.03 on.

Every quantity is an object whose one key is its unit, and units differ within one answer (``gigahash_per_second``
beside ``megahash_per_second``). Of the means over several windows the shortest one is read. ``generated_work`` is no
sum of accepted difficulty: it was eight times what the machine can do. An error names its components by a number of
which it is not told where it begins: it stands in the words, and is no board's.

Each request carries the token of a session, which root's password opens and every request keeps alive. It knows no
other user and no token that may only read: what keeps this reading is that nothing but the login and GET is sent.
"""

import re

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared.antminer_models import Build, build_of, chips_of
from miner_agent.drivers.shared.cards import amount, measured
from miner_agent.drivers.shared.cgminer_protocol import HASHES_PER_DIFFICULTY
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import TOKEN, Driver, HttpGet, HttpLogin, Session
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import account_and_worker, clean_or_none, pool_address


def _session(answer: bytes) -> Session:
    login = Payloads({"login": answer}).json("login")
    return Session(login.text("token"), login.number_or_none("timeout_s"))


LOGIN = HttpLogin("/api/v1/auth/login", b'{"username":"root","password":' + TOKEN + b"}", _session)
STATS = HttpGet("stats", "/api/v1/miner/stats", login=LOGIN)
DETAILS = HttpGet("details", "/api/v1/miner/details", login=LOGIN)
BOARDS = HttpGet("hashboards", "/api/v1/miner/hw/hashboards", login=LOGIN)
COOLING = HttpGet("cooling", "/api/v1/cooling/state", login=LOGIN)
ERRORS = HttpGet("errors", "/api/v1/miner/errors", login=LOGIN)
POOLS = HttpGet("pools", "/api/v1/pools/", aliases=("/api/v1/pools",), login=LOGIN)
ALGORITHM = "sha256"
PAUSED, KNOWN_STATES = 3, range(1, 6)  # not started, normal, paused, suspended, restricted
WINDOWS = {"last_5s": 5.0, "last_15s": 15.0, "last_30s": 30.0, "last_1m": 60.0, "last_5m": 300.0}
UNITS = {
    "hash_per_second": "",
    "kilohash_per_second": "k",
    "megahash_per_second": "M",
    "gigahash_per_second": "G",
    "terahash_per_second": "T",
    "petahash_per_second": "P",
    "exahash_per_second": "E",
}
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)


def parse(payloads: Payloads) -> MinerSnapshot:
    stats = payloads.json(STATS.name)
    details = payloads.json_or_none(DETAILS.name)
    cooling = payloads.json_or_none(COOLING.name)
    answered = payloads.json_or_none(BOARDS.name)
    boards = _boards(answered) if answered is not None else []
    pool_stats = stats.at("pool_stats")
    product = _product(details) if details else None
    build = build_of(product)
    if not stats.at("miner_stats").is_object():
        stats.at("miner_stats").expected("an object")
    hashes, window = _hashrate(stats.at("miner_stats"))
    pools = _pools(payloads.json_or_none(POOLS.name))
    pool = next((pool for pool in pools if pool.truth_or_none("active")), Doc(None, POOLS.name))
    account, worker = account_and_worker(pool.private_text_or_none("user"))
    return MinerSnapshot(
        software="braiins-os",
        software_version=clean_or_none(details.text_or_none("bos_version", "current")) if details else None,
        uptime_seconds=details.number_or_none("bosminer_uptime_s") if details else None,
        paused=_paused(details) if details else None,
        product=product,
        power_watts=measured(stats.at("power_stats", "approximated_consumption"), "watt"),
        fan_speeds_rpm=tuple(amount(fan, "rpm") for fan in cooling.items("fans")) if cooling else (),
        boards_expected=build.boards if build is not None else None,
        faults=_faults(payloads.json_or_none(ERRORS.name)),
        workloads=(
            Workload(
                algorithm=ALGORITHM,
                hashes_per_second=hashes,
                hashrate_window_seconds=window,
                nominal_hashes_per_second=_nominal(stats.at("miner_stats")),
                found_blocks_total=stats.count_or_none("miner_stats", "found_blocks"),
                session_best_difficulty=measured(stats.at("miner_stats"), "best_share"),
                accepted_shares_total=pool_stats.count_or_none("accepted_shares"),
                rejected_shares_total=pool_stats.count_or_none("rejected_shares"),
                stale_shares_total=pool_stats.count_or_none("stale_shares"),
                share_difficulty=pool_stats.number_or_none("last_difficulty") or None,
                hashes_per_difficulty=HASHES_PER_DIFFICULTY[ALGORITHM],
                pool=pool_address(pool.private_text_or_none("url")),
                account_hash=account,
                worker=worker,
                devices=tuple(_work(index, board) for index, board in boards),
                pools=tuple(_listed(number, pool) for number, pool in enumerate(pools)),
            ),
        ),
        devices=tuple(_device(index, board, build) for index, board in boards),
    )


def _hashrate(stats: Doc) -> tuple[float | None, float | None]:
    """The mean over the shortest window that there is, and that window."""
    for name, seconds in WINDOWS.items():
        place = stats.at("real_hashrate", name)
        if any(place.value_at(unit) is not None for unit in UNITS):
            return _in_its_unit(place), seconds
    return None, None


def _nominal(stats: Doc) -> float | None:
    return _in_its_unit(stats.at("nominal_hashrate")) or None


def _in_its_unit(place: Doc) -> float | None:
    """A hashrate, whose key is its unit."""
    for unit, prefix in UNITS.items():
        if place.value_at(unit) is not None:
            value = amount(place, unit)
            return None if value is None else value * HASHRATE_PREFIX[prefix]
    return None


def _faults(answer: Doc | None) -> tuple[FirmwareFault, ...] | None:
    """The errors that it reports, each code once; one without a code is called ``error``."""
    if answer is None or not answer.at("errors").is_list():
        return None
    found: dict[str, FirmwareFault] = {}
    for error in answer.items("errors"):
        where = _components(error)
        for coded in list(error.items("error_codes")) or [Doc(None, error.path)]:
            code = clean_or_none(coded.text_or_none("code")) or "error"
            words = coded.text_or_none("reason") or error.text_or_none("message")
            if where and words:
                words = f"{where}: {words}"
            told = None if where is None else clean_or_none(words)
            found.setdefault(code, FirmwareFault(code=code, words=told))
    return tuple(found.values())


def _components(error: Doc) -> str | None:
    """Such as ``hashboard 2, hashboard 3``; nothing where it names none, ``None`` where one of them cannot be read."""
    found = [(one.text_or_none("name"), one.count_or_none("index")) for one in error.items("components")]
    if any(name is None or number is None for name, number in found):
        return None
    return ", ".join(f"{name} {number}" for name, number in found)


def _paused(details: Doc) -> bool | None:
    """Whether an owner paused it; early versions spell the state as text, which is not read."""
    state = details.value_at("status")
    return state == PAUSED if isinstance(state, int) and state in KNOWN_STATES else None


def _product(details: Doc) -> str | None:
    identity = details.at("miner_identity")
    return clean_or_none(identity.text_or_none("miner_model") or identity.text_or_none("name"))


def _pools(groups: Doc | None) -> list[Doc]:
    """The pools of all groups, in their order."""
    return [pool for group in (groups.items() if groups is not None else ()) for pool in group.items("pools")]


def _listed(number: int, pool: Doc) -> ListedPool:
    return ListedPool(
        number=number,
        pool=pool_address(pool.private_text_or_none("url")),
        active=pool.truth_or_none("active"),
        alive=pool.truth_or_none("alive"),
        accepted_shares_total=pool.count_or_none("stats", "accepted_shares"),
        rejected_shares_total=pool.count_or_none("stats", "rejected_shares"),
        stale_shares_total=pool.count_or_none("stats", "stale_shares"),
    )


def _boards(answer: Doc) -> list[tuple[int, Doc]]:
    """The boards by their own numbers, where names are numbers; else by their places. One without a number has none."""
    boards = list(answer.items("hashboards"))
    names = [board.text_or_none("id") or "" for board in boards]
    if not any(map(_NUMBER.fullmatch, names)):
        return list(enumerate(boards))
    for name, board in zip(names, boards, strict=True):
        if not _NUMBER.fullmatch(name):
            board.at("id").doubt("a number, as others have")
    return [(int(name), board) for name, board in zip(names, boards, strict=True) if _NUMBER.fullmatch(name)]


def _work(index: int, board: Doc) -> DeviceWork:
    return DeviceWork(
        device_index=index,
        hashes_per_second=_hashrate(board.at("stats"))[0],
        nominal_hashes_per_second=_nominal(board.at("stats")),
    )


def _device(index: int, board: Doc, build: Build | None) -> DeviceReading:
    chips = board.count_or_none("chips_count")
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        name=clean_or_none(board.text_or_none("board_name")),
        serial=clean_or_none(board.text_or_none("serial_number")),
        core_temperature_celsius=measured(board.at("board_temp"), "degree_c"),
        hotspot_temperature_celsius=measured(board.at("highest_chip_temp", "temperature"), "degree_c"),
        inlet_temperature_celsius=measured(board.at("lowest_inlet_temp"), "degree_c"),
        outlet_temperature_celsius=measured(board.at("highest_outlet_temp"), "degree_c"),
        voltage_volts=board.number_or_none("current_voltage", "volt") or None,
        core_clock_hertz=board.number_or_none("current_frequency", "hertz"),
        chips=chips,
        chips_expected=chips_of(build, chips) if chips else None,
    )


DRIVER = Driver(
    name="braiins",
    products=("Braiins OS",),
    requests=(STATS, DETAILS, BOARDS, COOLING, POOLS, ERRORS),
    parse=parse,
    default_port=80,
    enable_api="on by default; root's password, which it must have, goes into token_file: there is no user that may "
    "only read, and the agent sends nothing but the login and GET",
    documentation="https://developer.braiins-os.com/latest/openapi.html",
    seen=("25.07 (Antminer S19 XP)",),
    only_read_about="hashboards, errors",
)
