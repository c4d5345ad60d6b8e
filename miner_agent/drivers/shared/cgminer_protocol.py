"""What the cgminer family has in common: its commands, and the rows, hashrates and pools in its answers.

An answer holds ``STATUS``, a list of one object, and a list of rows under the name of what was asked for. Answers come
from many forks: numbers may be text, and a hashrate's unit and window stand in its key (``"GHS 5s"``).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from calculators.units import HASHRATE_PREFIX
from miner_agent.drivers.shared.cards import amount, total
from miner_agent.drivers.shared.cgminer_pools import active_pool, is_fee_pool, pool_of, pools_listed, works_for_fee
from miner_agent.errors import BadPayload
from miner_agent.model.devices import DeviceWork
from miner_agent.model.readings import Workload
from miner_agent.sources.driver import TcpCommand
from miner_agent.sources.payload import Doc, Payloads, Repair, numbered
from miner_agent.text import account_and_worker, clean_or_none

PORT = 4028
SHA256 = "sha256"
HASHES_PER_DIFFICULTY = {
    **dict.fromkeys((SHA256, "sha256d"), 2.0**32),
    **dict.fromkeys(("x11", "x11mod", "darkcoin", "darkcoin-mod"), 2.0**32),
    **dict.fromkeys(("x13", "x13mod", "marucoin", "marucoin-mod"), 2.0**32),
    **dict.fromkeys(("quarkcoin", "qubitcoin", "animecoin", "sifcoin", "groestlcoin", "fuguecoin", "maxcoin"), 2.0**24),
    **dict.fromkeys(("scrypt", "ckolivas", "alexkarnew", "alexkarnold", "bufius", "psw", "zuikkis"), 2.0**16),
}
"""What one unit of difficulty takes, as stratum pools and the programs of this family count it: by the name of the
algorithm, that of cgminer's hash, and those that sgminer gives to its kernels."""
NOTHING = Doc(None, "nothing")
_FAILED = {"E", "F"}
_HASHRATE = re.compile(r"(?P<prefix>[KMGTP]?)HS (?:(?P<count>\d{1,4})(?P<unit>[smh])|av)", re.ASCII)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_VERSION = re.compile(r"v?\d\S*", re.ASCII)
Value = TypeVar("Value", int, float)


def command(name: str) -> TcpCommand:
    """The request for one or several (``"summary+pools"``) of the commands that only read."""
    return TcpCommand(name.replace("+", "_"), f'{{"command":"{name}"}}'.encode())


def rows_of(payloads: Payloads, request: TcpCommand, key: str, *, repair: Repair | None = None) -> list[Doc]:
    """The rows of an answer that may be missing; ``repair`` as the driver opts in to it."""
    return rows_or_none(payloads.json_or_none(request.name, repair=repair), key)


def rows(document: Doc, key: str) -> list[Doc]:
    """The rows of an answer that must be there."""
    refused = _refusal(document)
    if refused is not None:
        raise BadPayload(f"{document.path}.STATUS", refused, key)
    found = list(document.items(key))
    if not found:
        document.at(key).expected("a list with a row")
    return found


def rows_or_none(document: Doc | None, key: str) -> list[Doc]:
    """The rows of an answer that a fork may not know: none where it was not given or says that it failed."""
    return [] if document is None or _refusal(document) is not None else list(document.items(key))


def by_id(found: list[Doc]) -> dict[int, Doc]:
    """Rows by the number that several answers give to one board; by their place where they give none."""
    return dict(numbered(found, "ID"))


def status_text(document: Doc, key: str) -> str | None:
    """``Description`` (the program) or ``Msg`` from the head of an answer; ``None`` where it has none."""
    status = document.at("STATUS")
    if status.is_list():
        return status.text_or_none(0, key)
    return document.text_or_none(key)  # a short form: {"STATUS": "E", "Msg": ...}


def _refusal(document: Doc) -> str | None:
    status = document.at("STATUS")
    letter = status.text_or_none(0, "STATUS") if status.is_list() else status.text_or_none()
    return (status_text(document, "Msg") or "failed") if letter in _FAILED else None


def program(document: Doc) -> tuple[str | None, str | None]:
    """The name and the version of the program, from a description such as ``"cgminer 4.11.1"``."""
    words = (status_text(document, "Description") or "").split()
    if words and _VERSION.fullmatch(words[-1]):
        return clean_or_none(words[0].lower()), clean_or_none(words[-1])
    return clean_or_none(" ".join(words).lower()), None


def number(row: Doc, key: str) -> float | None:
    """A number, or a number as text; ``None`` where there is neither."""
    return row.number_or_none(key)


def first_number(places: Iterable[Doc | None], key: str) -> float | None:
    """The number under ``key`` in the first of ``places`` in which something stands there."""
    for place in places:
        if place is not None and place.value_at(key) is not None:
            return place.number_or_none(key)
    return None


def positive(row: Doc, key: str) -> float | None:
    """A number above zero: where 0, -1 or -273 is how a fork says that it did not read a sensor."""
    found = number(row, key)
    return found if found is not None and found > 0 else None


def fan_speed(row: Doc, key: str) -> float | None:
    """A fan's speed [rpm]; 0 is a fan that stands still, anything below is none."""
    found = number(row, key)
    return found if found is not None and found >= 0 else None


def count(row: Doc, key: str) -> int | None:
    """How many chips or boards there are, as a number or as text."""
    found = row.count_or_none(key)
    return found if found is not None and found < 1e6 else None


def hottest(row: Doc, *keys: str) -> float | None:
    """The highest of several sensors that are there; not known where one of them cannot be read."""
    found = [row.number_or_none(key) for key in keys if row.value_at(key) is not None]
    if None in found:
        return None
    return max((degrees for degrees in found if degrees is not None and degrees > 0), default=None)


@dataclass(frozen=True, slots=True)
class Hashrate:
    """A hashrate [H/s] and what it is the mean of, where that is known."""

    hashes_per_second: float | None = None
    window_seconds: float | None = None


def hashrate(row: Doc, *, of_giga: float | None = None, ignored: frozenset[str] = frozenset()) -> Hashrate:
    """The hashrate over the shortest window that a row gives; the mean since the start where it gives no other.

    ``of_giga`` is what ``GHS`` means, for machines that write it whatever their unit is.
    """
    found: list[tuple[float, float, str]] = []  # window, unit, key
    for key in row.names():
        matched = _HASHRATE.fullmatch(key)
        if matched is None or key in ignored or row.value_at(key) in (None, ""):
            continue
        window = math.inf if matched["count"] is None else int(matched["count"]) * _SECONDS[matched["unit"]]
        unit = of_giga if of_giga is not None and matched["prefix"] == "G" else HASHRATE_PREFIX[matched["prefix"]]
        found.append((window, unit, key))
    if not found:
        return Hashrate()
    window, unit, key = min(found)  # of two spellings the smaller unit: it has more digits
    told = amount(row, key)
    hashes = None if told is None else told * unit
    return Hashrate(hashes, None if math.isinf(window) or window == 0 else window)


def difficulty_of(pool: Doc | None) -> float | None:
    """What the pool asks of a share; 0 is what forks print before it said so."""
    if pool is None:
        return None
    for key in ("Stratum Difficulty", "Work Difficulty"):
        exact = positive(pool, key)
        if exact is not None:
            return exact
    try:
        return pool.prefixed_number_or_none("Diff") or None
    except BadPayload:
        return None


@dataclass(frozen=True, slots=True)
class Shares:
    """Totals since the start of the program."""

    accepted: int | None = None
    rejected: int | None = None
    stale: int | None = None
    accepted_difficulty: float | None = None


def shares(summary: Doc | None, pools: Iterable[Doc]) -> Shares:
    """The program's own totals, else the sum over the owner's pools."""
    if summary is not None and summary.value_at("Accepted") is not None:
        return _counted([summary])
    return _counted([pool for pool in pools if not is_fee_pool(pool)])


def _counted(rows_: list[Doc]) -> Shares:
    accepted, rejected, stale = (
        total([row.count_or_none(key) for row in rows_]) for key in ("Accepted", "Rejected", "Stale")
    )
    difficulty = total([amount(row, "Difficulty Accepted") for row in rows_])
    if accepted and not difficulty:
        difficulty = None  # a fork that counts shares and not their difficulty
    return Shares(accepted, rejected, stale, difficulty)


def workload(
    *,
    algorithm: str | None,
    rate: Hashrate,
    summary: Doc | None,
    pools: list[Doc],
    devices: tuple[DeviceWork, ...],
    nominal: float | None = None,
) -> Workload:
    """What the whole machine works on. What a unit of difficulty takes follows from the algorithm."""
    active, counted = active_pool(pools), shares(summary, pools)
    account, worker = account_and_worker(active.private_text_or_none("User")) if active is not None else (None, None)
    return Workload(
        algorithm=algorithm,
        hashes_per_second=rate.hashes_per_second,
        hashrate_window_seconds=rate.window_seconds,
        nominal_hashes_per_second=nominal,
        found_blocks_total=summary.count_or_none("Found Blocks") if summary is not None else None,
        session_best_difficulty=positive(summary, "Best Share") if summary is not None else None,
        accepted_shares_total=counted.accepted,
        rejected_shares_total=counted.rejected,
        stale_shares_total=counted.stale,
        hardware_errors_total=summary.count_or_none("Hardware Errors") if summary is not None else None,
        share_difficulty=difficulty_of(active),
        hashes_per_difficulty=HASHES_PER_DIFFICULTY.get((algorithm or "").lower()),
        accepted_difficulty_total=counted.accepted_difficulty,
        pool=pool_of(active),
        account_hash=account,
        worker=worker,
        dev_fee=works_for_fee(pools, active),
        pools=pools_listed(pools),
        devices=devices,
    )


def workload_of_boards(
    summary: Doc, pools: list[Doc], boards: Mapping[int, Doc], *, nominal: float | None = None
) -> Workload:
    """What a machine for SHA-256 works on, where ``devs`` tells of each board what its keys say."""
    return workload(
        algorithm=SHA256,
        rate=hashrate(summary),
        summary=summary,
        pools=pools,
        devices=tuple(device_work(index, board) for index, board in sorted(boards.items())),
        nominal=nominal,
    )


def in_unit(place: Doc, unit: float) -> float | None:
    """A hashrate that is told in that unit [H/s]; 0 is one that nobody set."""
    told = amount(place)
    return told * unit if told else None


def device_work(index: int, row: Doc, *, ignored: frozenset[str] = frozenset()) -> DeviceWork:
    """What one row of ``devs`` contributes."""
    return DeviceWork(
        device_index=index,
        hashes_per_second=hashrate(row, ignored=ignored).hashes_per_second,
        nominal_hashes_per_second=in_unit(row.at("Nominal MHS"), HASHRATE_PREFIX["M"]),
        accepted_shares_total=row.count_or_none("Accepted"),
        rejected_shares_total=row.count_or_none("Rejected"),
        hardware_errors_total=row.count_or_none("Hardware Errors"),
    )
