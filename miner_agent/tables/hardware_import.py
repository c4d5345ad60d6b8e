"""From a list of benchmarks to devices of the user's own file: names and algorithms as ours, what is odd left out."""

import json
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from calculators.chain.coin import Coin
from calculators.equipment.hardware import Hardware, HardwareKind
from calculators.equipment.rigs import HardwareNames, name_key
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.benchmark_lists import ListedFigure
from miner_agent.text import clean_text

ODD = 30
"""A card's or a processor's figure that is so many times above or below the middle of the list is in another unit."""
FEWEST_KNOWN = 3
AGREE = 1.1
_MEMORY = re.compile(r"\s+\d{1,3}\s?GB$", re.IGNORECASE)
_OTHER = re.compile(r"[^a-z0-9+._]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOrigin:
    """Whose list it is, and what the user says of it where it does not itself."""

    source: str
    dated: date
    device: str | None = None  # whose figures they are that name no device
    kind: HardwareKind | None = None  # of devices of which the list does not tell it
    algorithm: str | None = None  # of figures that name none


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedDevice:
    """A device of the list with what it does, by our spelling of the algorithm."""

    slug: str
    name: str
    kind: HardwareKind
    known: bool  # it stands in our table: only its figures are written
    figures: Mapping[str, tuple[float, float | None]]  # hashes per second, watts


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedList:
    """What a list gave."""

    devices: tuple[ImportedDevice, ...]
    left_out: tuple[str, ...]  # a sentence each


def imported(
    listed: Sequence[ListedFigure],
    *,
    origin: ListOrigin,
    hardware: Mapping[str, Hardware],
    coins: Mapping[str, Coin],
    algorithms: Algorithms,
) -> ImportedList:
    """Devices of a list.

    Args:
        listed: its figures.
        origin: whose it is.
        hardware: the devices that are known, by slug.
        coins: the table of coins, by ticker.
        algorithms: what algorithms are called.
    """
    left: dict[str, None] = {}
    names = _Names(hardware)
    told = [_completed(each, origin, coins) for each in listed]
    whole = _with_hashrates(told, names, left)
    middles = _middles(whole)
    found: dict[str, ImportedDevice] = {}
    slugs: dict[str, str] = {}
    figures: dict[str, dict[str, tuple[float, float | None]]] = defaultdict(dict)
    for each in whole:
        ours = None if each.algorithm is None else algorithms.known(each.algorithm)
        flaw = _flaw(each, ours, middles)
        device = None
        if flaw is None:
            try:
                device = _device(each, names)
            except ValueError as error:
                flaw = str(error)
        if device is None or ours is None or each.hashes_per_second is None:
            left[flaw or ""] = None
            continue
        key = name_key(device.name)  # two spellings of one name are one device
        if slugs.setdefault(device.slug, key) != key:
            left[f"{device.name}: its short name, {device.slug}, is that of another device of the list"] = None
            continue
        found.setdefault(key, device)
        figures[key].setdefault(ours, (each.hashes_per_second, each.power_watts))
    devices = tuple(replace(device, figures=figures[key]) for key, device in found.items())
    return ImportedList(devices=devices, left_out=tuple(left))


def toml_of(devices: Iterable[ImportedDevice], origin: ListOrigin) -> str:
    """The devices as tables of a user's file."""
    blocks = [f"# {origin.source}, {origin.dated}\n"]
    for device in devices:
        lines = ["[[hardware]]", f"slug = {json.dumps(device.slug)}"]
        if not device.known:
            lines += [f"name = {json.dumps(device.name)}", f'kind = "{device.kind}"', 'vendor = "not told"']
            lines += ['power_is = "wall"'] if device.kind == "asic" else []
        rows = [
            f"  {{ algorithm = {json.dumps(name)}, hashes_per_second = {rate!r}"
            f"{'' if watts is None else f', power_watts = {watts!r}'}, source = {json.dumps(origin.source)}, "
            f"dated = {origin.dated} }},"
            for name, (rate, watts) in device.figures.items()
        ]
        blocks.append("\n".join([*lines, "benchmarks = [", *rows, "]", ""]))
    return "\n".join(blocks)


class _Names:
    """The devices that are known by what lists call them; each name is looked for once."""

    def __init__(self, hardware: Mapping[str, Hardware]) -> None:
        kinds = {device.kind for device in hardware.values()}
        self._of_kind: dict[HardwareKind | None, HardwareNames] = {
            kind: HardwareNames({slug: device for slug, device in hardware.items() if device.kind == kind})
            for kind in kinds
        }
        self._of_kind[None] = HardwareNames(hardware)
        self._found: dict[tuple[str, HardwareKind | None], Hardware | None] = {}

    def find(self, name: str, kind: HardwareKind | None) -> Hardware | None:
        """The device, with the size of its memory behind its name or without.

        Raises:
            ValueError: it may be several.
        """
        key = (name, kind)
        if key not in self._found:
            self._found[key] = self._looked_up(name, kind) or self._looked_up(_MEMORY.sub("", name), kind)
        return self._found[key]

    def _looked_up(self, name: str, kind: HardwareKind | None) -> Hardware | None:
        known = self._of_kind.get(kind)
        try:
            return None if known is None else known.find(name)
        except ValueError as error:
            if " may be " in str(error):
                raise
            return None


def _completed(each: ListedFigure, origin: ListOrigin, coins: Mapping[str, Coin]) -> ListedFigure:
    """With what the user says where the list does not; of a revenue the algorithm is that of its coin."""
    algorithm = each.algorithm or origin.algorithm
    if each.coin is not None:
        coin = coins.get(each.coin)
        algorithm = None if coin is None else coin.algorithm
    return replace(each, device=each.device or origin.device, kind=each.kind or origin.kind, algorithm=algorithm)


def _flaw(each: ListedFigure, ours: str | None, middles: Mapping[tuple[str, HardwareKind | None], float]) -> str | None:
    """What keeps a figure out; ``None`` where nothing does."""
    if each.device is None:
        return "figures that name no device: say whose they are with --device and --kind"
    if each.algorithm is None:
        return "figures that name no algorithm: say which with --algorithm"
    if ours is None:
        return f"{each.algorithm}: an algorithm that is not known; [algorithms] of your file can say what it is"
    if each.hashes_per_second is None:
        return f"{each.device} on {ours}: {each.unread or 'no hashrate is told'}"
    middle = middles[each.algorithm, each.kind]
    if each.kind != "asic" and not middle / ODD <= each.hashes_per_second <= middle * ODD:
        return f"{each.device} on {ours}: {each.hashes_per_second:.4g} is far from the others; is it in another unit?"
    return None


def _with_hashrates(listed: Sequence[ListedFigure], names: _Names, left: dict[str, None]) -> list[ListedFigure]:
    """With hashrates where revenues alone are told: of one coin they go by the hashrate, as known devices show."""
    shares: dict[str, list[float]] = defaultdict(list)
    for each in listed:
        if each.coin is not None and each.revenue_per_day is not None and (rate := _cited(each, names)) is not None:
            shares[each.coin].append(each.revenue_per_day / rate)
    worth = {}
    for coin, found in shares.items():
        middle = statistics.median(found)
        agree = [share for share in found if middle / AGREE <= share <= middle * AGREE]
        if len(agree) >= FEWEST_KNOWN and len(agree) * 2 > len(found):
            worth[coin] = middle
    whole = []
    for each in listed:
        if each.coin is None:
            whole.append(each)
        elif each.coin in worth and each.revenue_per_day is not None:
            whole.append(replace(each, hashes_per_second=float(f"{each.revenue_per_day / worth[each.coin]:.4g}")))
        else:
            left[f"{each.coin}: revenues alone are told, and too few of its devices are known to go by"] = None
    return whole


def _cited(each: ListedFigure, names: _Names) -> float | None:
    """What the table cites of the device of a figure on its algorithm."""
    try:
        device = names.find(each.device or "", each.kind)
    except ValueError:
        return None
    for one in () if device is None else device.benchmarks:
        if one.algorithm == each.algorithm and one.modelled is None:
            return one.hashes_per_second
    return None


def _middles(listed: Iterable[ListedFigure]) -> dict[tuple[str, HardwareKind | None], float]:
    """The middle of the figures of each algorithm and kind of device."""
    rates: dict[tuple[str, HardwareKind | None], list[float]] = defaultdict(list)
    for each in listed:
        if each.algorithm is not None and each.hashes_per_second is not None:
            rates[each.algorithm, each.kind].append(each.hashes_per_second)
    return {key: statistics.median(found) for key, found in rates.items()}


def _device(each: ListedFigure, names: _Names) -> ImportedDevice:
    """Raises ValueError: it may be several, or nobody can say which kind of device it is."""
    name = each.device or ""
    known = names.find(name, each.kind)
    if known is not None:
        return ImportedDevice(slug=known.slug, name=known.name, kind=known.kind, known=True, figures={})
    slug = _OTHER.sub("-", name.lower()).lstrip("-._+").rstrip("-._")[:64]
    if not slug or each.kind is None:
        raise ValueError(f"{name}: it is in no table, and its kind is not told: say it with --kind")
    return ImportedDevice(slug=slug, name=clean_text(name), kind=each.kind, known=False, figures={})
