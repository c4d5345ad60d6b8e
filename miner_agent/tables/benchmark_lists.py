"""Reads lists of benchmarks in the forms in which people publish them: what they tell of which device, nothing more.

No unit stands in most of them: each form has its own, by algorithm.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from calculators.equipment.hardware import HardwareKind
from calculators.spreadsheet import table_of
from calculators.written_numbers import HASHRATE_UNITS, NotWritten, quantity
from miner_agent.errors import ConfigError
from miner_agent.text import clean_text

LONGEST_TEXT = 8 * 2**20
MOST_ROWS = 20_000
MOST_WATTS = 1e6
MOST_HASHES_PER_SECOND = 1e30
_MEGA = dict.fromkeys(("Ethash", "Etchash", "KAWPOW", "Autolykos2", "NexaPow"), 1000000.0)
_CRYPTOCALC = _MEGA | {"Eaglesong": 1e9, "KHeavyHash": 1e9, "RandomX": 1e3, "SHA256": 1e12, "PearlHash": 1e12}
_CRYPTOCALC |= dict.fromkeys(("Equihash", "Equihash 144_5", "BeamHash", "Cuckarood29", "Cuckatoo31"), 1)
_CRYPTOCALC |= dict.fromkeys(("Cuckatoo32", "CuckooCycle", "CuckooCortex"), 1)
_BY_COIN = {  # 0esc's coins, their algorithms and units
    "Dynex": ("dynexsolve", 1e3),
    "Nexa": ("nexapow", 1e6),
    "Flux": ("equihash-125-4", 1),
    "Alephium": ("blake3", 1e6),
    "Clore": ("kawpow", 1e6),
    "Ergo": ("autolykos2", 1e6),
    "Radiant": ("sha512256d", 1e6),
    "Eth Classic": ("etchash", 1e6),
}
_WHATTOMINE = {  # the names of its forms; those that nobody could tell for sure are left out
    **{code: (name, 1e6) for code, name in (("eth", "ethash"), ("e4g", "ethash"), ("kpw", "kawpow"))},
    **{code: (name, 1e6) for code, name in (("ppw", "progpow"), ("al", "autolykos2"), ("ops", "octopus"))},
    **{code: (name, 1e6) for code, name in (("x16r", "x16r"), ("x25x", "x25x"), ("tt10", "timetravel10"))},
    **{code: (name, 1e6) for code, name in (("phi", "phi1612"), ("phi2", "phi2"), ("l2z", "lyra2z"))},
    **{code: (name, 1e6) for code, name in (("mtp", "mtp"), ("vh", "verthash"))},
    **{code: (name, 1e3) for code, name in (("ns", "neoscrypt"), ("lrev2", "lyra2rev2"))},
    **{code: (name, 1) for code, name in (("zh", "equihash-144-5"), ("zlh", "equihash-125-4"), ("rmx", "randomx"))},
    **{code: (name, 1) for code, name in (("eqa", "equihash-210-9"), ("cc", "cuckoocycle"), ("ct31", "cuckatoo31"))},
    **{code: (name, 1) for code, name in (("ct32", "cuckatoo32"), ("cnh", "cryptonight-heavy"), ("cnr", "cn/r"))},
    **{code: (name, 1) for code, name in (("cn7", "cn/1"), ("cn8", "cn/2"), ("cnf", "cn/fast"))},
}
_SEVERAL = re.compile(r"(\d{1,4})x ([^,]{1,100})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFigure:
    """One device on one algorithm, as a list has it."""

    device: str | None  # None: the list does not say whose it is
    kind: HardwareKind | None = None
    algorithm: str | None  # in the list's word; None: it does not say which
    hashes_per_second: float | None  # None: only what it earned is told, or what stands there is no hashrate
    unread: str | None = None  # why what stands there is no hashrate
    power_watts: float | None = None
    coin: str | None = None  # what it earned, and with which coin
    revenue_per_day: float | None = None


def listed_figures(text: str) -> tuple[ListedFigure, ...]:
    """What a list tells.

    Args:
        text: the whole file, CSV or JSON.

    Raises:
        ConfigError: it is in none of the known forms.
    """
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"a list has at most {LONGEST_TEXT} characters, not {len(text)}")
    stripped = text.lstrip("\ufeff \t\r\n")
    found = tuple(_of_json(stripped) if stripped[:1] in {"{", "["} else _of_csv(stripped))
    if len(found) > MOST_ROWS:
        raise ConfigError(f"a list has at most {MOST_ROWS} figures, not {len(found)}")
    if not found:
        raise ConfigError("there is no figure in it")
    return found


def _of_csv(text: str) -> Iterator[ListedFigure]:
    try:
        table = table_of(text)
    except ValueError as error:
        raise ConfigError(f"it is no CSV: {error}") from None
    for columns, read in _CSV_FORMS.items():
        if frozenset(table.names) >= columns:
            for row in table.rows:
                if row.problem is not None:
                    raise ConfigError(f"line {row.line}: {row.problem}")
                yield read(dict(zip(table.names, row.cells, strict=True)))
            return
    known = "; ".join(", ".join(sorted(columns)) for columns in _CSV_FORMS)
    raise ConfigError(f"its columns are those of no list that is known; such are: {known}")


def _cryptocalc(row: Mapping[str, str]) -> ListedFigure:
    name, algorithm = row["device"], row["algorithm"]
    rate, unread = _rate(row["hashrate"], _CRYPTOCALC.get(algorithm))
    return ListedFigure(
        device=_name(name.removeprefix("ASIC ")),
        kind="asic" if name.startswith("ASIC ") else "gpu",
        algorithm=_name(algorithm),
        hashes_per_second=rate,
        unread=unread,
    )


def _by_coin(row: Mapping[str, str]) -> ListedFigure:
    algorithm, unit = _BY_COIN.get(row["coin"], (row["coin"], None))
    rate, unread = _rate(row["hashrate"], unit)
    return ListedFigure(
        device=_name(row["gpu"]),
        kind="gpu",
        algorithm=_name(algorithm),
        hashes_per_second=rate,
        unread=unread,
        power_watts=_watts(row["wattage"]),
    )


def _machine(row: Mapping[str, str]) -> ListedFigure:
    name, maker = _name(row["name"]), _name(row["manufacturer"])
    rate, unread = _rate(row["hashrate_hs"], 1)
    return ListedFigure(
        device=name if maker in {None, "Bitmain"} else f"{maker} {name}",
        kind="asic",
        algorithm=_name(row["algorithm"]),
        hashes_per_second=rate,
        unread=unread,
        power_watts=_watts(row["power_w"]),
    )


def _estimated(row: Mapping[str, str]) -> ListedFigure:
    kinds: Mapping[str, HardwareKind] = {"gpu": "gpu", "cpu": "cpu", "asic": "asic"}
    return ListedFigure(
        device=_name(row["device"]),
        kind=kinds.get(row["kind"]),
        algorithm=None,
        hashes_per_second=None,
        power_watts=_watts(row["implied_watts_at_0p05"]),
        coin=_name(row["best_profit_coin"]),
        revenue_per_day=_number(row["revenue_usd_day"]),
    )


_CSV_FORMS: Mapping[frozenset[str], Callable[[Mapping[str, str]], ListedFigure]] = {
    frozenset({"device", "algorithm", "hashrate"}): _cryptocalc,
    frozenset({"gpu", "coin", "hashrate", "wattage"}): _by_coin,
    frozenset({"name", "manufacturer", "algorithm", "hashrate_hs", "power_w"}): _machine,
    frozenset({"kind", "device", "best_profit_coin", "revenue_usd_day", "implied_watts_at_0p05"}): _estimated,
}


def _of_json(text: str) -> Iterator[ListedFigure]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"it is no JSON: {clean_text(str(error))}") from None
    rows = told.get("rows") if isinstance(told, dict) else None
    if isinstance(rows, list):
        yield from (_row(row) for row in rows if isinstance(row, list) and len(row) >= 2)
    elif isinstance(told, dict) and any(isinstance(value, dict) for value in told.values()):
        for name, figures in told.items():
            if isinstance(figures, dict):
                yield from _rig(name, figures)
    elif isinstance(told, dict) and told.keys() & _CRYPTOCALC.keys():
        for algorithm, value in told.items():
            rate, unread = _rate(value, _CRYPTOCALC.get(algorithm))
            yield ListedFigure(device=None, algorithm=_name(algorithm), hashes_per_second=rate, unread=unread)
    else:
        raise ConfigError("it is in none of the known forms: rows of name, hashrate and watts; rigs; algorithms")


def _row(row: list[Any]) -> ListedFigure:
    watts = _watts(row[2]) if len(row) > 2 else None
    rate, unread = _rate(row[1], 1)
    name = _name(row[0])
    return ListedFigure(device=name, algorithm=None, hashes_per_second=rate, unread=unread, power_watts=watts)


def _rig(name: str, figures: Mapping[str, Any]) -> Iterator[ListedFigure]:
    """A rig of several cards of one kind, each a part of it; or one that does not say of what it is made."""
    several = _SEVERAL.match(name)
    count = int(several[1]) if several else 1
    for code, told in figures.items():
        algorithm, unit = _WHATTOMINE.get(code, (code, None))
        pair = told if isinstance(told, list) and len(told) == 2 else (None, None)
        rate, unread = _rate(pair[0], unit)
        watts = _watts(pair[1])
        yield ListedFigure(
            device=_name(several[2]) if several else None,
            kind="gpu",
            algorithm=_name(algorithm),
            hashes_per_second=None if rate is None or not count else rate / count,
            unread=unread,
            power_watts=None if watts is None or not count else watts / count,
        )


def _rate(value: Any, unit: float | None) -> tuple[float | None, str | None]:
    """A hashrate in the unit of the form, or in one that stands behind it; and why it is none, where something stands.

    Args:
        value: the cell.
        unit: of the form for this algorithm; ``None``: nobody knows it. [H/s]
    """
    if value is None or value == "" or _is_zero(value):
        return None, None
    if (bare := _number(value)) is not None:
        if unit is None:
            return None, f"in which unit this list has {bare:g} is not known; write it with its unit, such as 140 MH/s"
        return bare * unit, None
    try:
        number = float(quantity(str(value), units=HASHRATE_UNITS))
    except NotWritten:
        number = 0.0
    if not 0 < number <= MOST_HASHES_PER_SECOND:
        return None, f"{clean_text(str(value), length=40)!r} is no hashrate; write it as a number, or as 140 MH/s"
    return number, None


def _is_zero(value: Any) -> bool:
    """A zero of a list is a gap in it."""
    try:
        return float(value) == 0
    except (TypeError, ValueError, OverflowError):
        return False


def _number(value: Any) -> float | None:
    """A number above zero; ``None`` where there is none."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if 0 < number <= MOST_HASHES_PER_SECOND else None


def _watts(value: Any) -> float | None:
    number = _number(value)
    return None if number is None or number > MOST_WATTS else number


def _name(value: Any) -> str | None:
    text = clean_text(" ".join(value.split()), length=100) if isinstance(value, str) else ""
    return text or None
