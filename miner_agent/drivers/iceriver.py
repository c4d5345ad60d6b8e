"""IceRiver (KS for kHeavyHash, AL for Blake3 and its other lines): the page of its own web server, without a login.

Units are the trap: every hashrate is text that ends in its prefix (``"15011G"``, ``"36.71G"``, ``"15T"``), by model and
by place in one answer; a number without one is not read. A pool's ``diff`` is how many hashes a share takes: 140737 G
times 7225 shares in 28.5 hours is the 10 TH/s that the machine shows. ``connect`` is 1 and -1, or true and false.
Beside the chips of a board stand ``chipsuc`` 0 and a list ``false`` of all of them, on boards that work: neither is
read. The answer holds the password of every pool, which is not read. No power is told.

``post=4`` asks for the page; other numbers change something. Firmware that wants a login takes user and password in the
address (``/user/loginpost?post=6``) and hands out a cookie, as programs of others do it; it is not read.
"""

import re

from miner_agent.drivers.shared.cards import amount, difficulty, measured, total
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import ListedPool, MinerSnapshot, Workload
from miner_agent.sources.driver import Driver, HttpGet
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

PANEL = HttpGet("panel", "/user/userpanel?post=4")
ALGORITHMS = {"KS": "kheavyhash", "AL": "blake3"}
MODELS = {"10306": "AL3", "11304": "KS7"}  # newer firmware writes a number where its older one has the model
ALIVE: dict[float | None, bool] = {1.0: True, 0.0: False}
PREFIXES = ("k", "K", "M", "G", "T", "P")
_PROGRAM = re.compile(r"_([A-Za-z0-9]{2,16})_miner\Z")
_RUNTIME = re.compile(r"(\d{1,5}):(\d{1,2}):(\d{1,2}):(\d{1,2})", re.ASCII)
_UNITS = (86_400, 3_600, 60, 1)


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(PANEL.name)
    if answer.count_or_none("error"):
        answer.at("error").expected("0; firmware that wants a login is not read")
    panel = answer.at("data")
    if not panel.is_object() or panel.value_at("rtpow") is None:
        panel.at("rtpow").expected("a hashrate")
    version = panel.text_or_none("softver1")
    model = _model(panel.text_or_none("model"), version)
    boards = numbered(panel.items("boards"), "no")
    pools = list(panel.items("pools"))
    used = [pool for pool in pools if _is_connected(pool)]
    pool = used[0] if len(used) == 1 else Doc(None, PANEL.name)
    account, worker = account_and_worker(pool.private_text_or_none("user"))
    return MinerSnapshot(
        software="iceriver",
        software_version=clean_or_none(version),
        uptime_seconds=_uptime(panel.at("runtime")),
        product=None if model is None else f"IceRiver {model}",
        fan_speeds_rpm=tuple(amount(fan) for fan in panel.items("fans")),
        workloads=(
            Workload(
                algorithm=ALGORITHMS.get((model or "")[:2]),
                hashes_per_second=_hashrate(panel.at("rtpow")),
                accepted_shares_total=total([pool.count_or_none("accepted") for pool in pools]),
                rejected_shares_total=total([pool.count_or_none("rejected") for pool in pools]),
                share_difficulty=difficulty(pool.at("diff")),
                hashes_per_difficulty=1.0,
                pool=pool_address(pool.private_text_or_none("addr")),
                account_hash=account,
                worker=worker,
                devices=tuple(
                    DeviceWork(device_index=index, hashes_per_second=_hashrate(board.at("rtpow")))
                    for index, board in boards
                ),
                pools=tuple(_listed(number, one) for number, one in numbered(pools, "no")),
            ),
        ),
        devices=tuple(_device(index, board) for index, board in boards),
    )


def _model(told: str | None, version: str | None) -> str | None:
    """Such as KS5L: firmware that says ``none`` has it in the name of its program, ``ICM168_3_2_10_ks5L_miner``."""
    if told is not None and told.lower() != "none":
        return clean_or_none(told)
    found = _PROGRAM.search(version or "")
    return None if found is None else MODELS.get(found[1], found[1].upper() if not found[1].isdecimal() else None)


def _hashrate(place: Doc) -> float | None:
    """Text with a prefix, which is the unit."""
    text = place.value
    if text is not None and not (isinstance(text, str) and text.strip()[-1:] in PREFIXES):
        place.doubt('a hashrate with its unit, such as "36.71G"')
        return None
    return amount(place)


def _uptime(place: Doc) -> float | None:
    """``01:04:29:02``: days, hours, minutes, seconds."""
    text = place.text_or_none()
    if text is None:
        return None
    found = _RUNTIME.fullmatch(text)
    if found is None:
        place.doubt("days:hours:minutes:seconds")
        return None
    return float(sum(int(number) * unit for number, unit in zip(found.groups(), _UNITS, strict=True)))


def _is_connected(pool: Doc) -> bool | None:
    place = pool.at("connect")
    if isinstance(place.value, bool):
        return place.value
    number = place.number_or_none()
    return None if number is None else number == 1


def _listed(number: int, pool: Doc) -> ListedPool:
    return ListedPool(
        number=number,
        pool=pool_address(pool.private_text_or_none("addr")),
        active=_is_connected(pool),
        alive=ALIVE.get(pool.number_or_none("state")),
        accepted_shares_total=pool.count_or_none("accepted"),
        rejected_shares_total=pool.count_or_none("rejected"),
    )


def _device(index: int, board: Doc) -> DeviceReading:
    return DeviceReading(
        index=index,
        kind=DeviceKind.HASHBOARD,
        inlet_temperature_celsius=measured(board, "intmp"),
        outlet_temperature_celsius=measured(board, "outtmp"),
        chips=board.count_or_none("chipnum"),
    )


DRIVER = Driver(
    name="iceriver",
    products=("IceRiver",),
    requests=(PANEL,),
    parse=parse,
    default_port=80,
    enable_api="on by default; where its firmware redirects to https://, write that in the address",
    documentation="https://github.com/UpstreamData/pyasic",
    only_read_about="all of it",
)
