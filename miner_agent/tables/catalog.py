"""The tables that come with the agent (coins, hardware, a market of one day), and a file of the user's over them."""

import functools
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.equipment.hardware import Benchmark, Hardware, HardwareKind, PowerIs
from calculators.equipment.rigs import name_key
from calculators.money import Money
from miner_agent.config.words import did_you_mean
from miner_agent.errors import ConfigError
from miner_agent.text import clean_text

ANY_SOURCE = "any"
SOURCES = ("whattomine", "hashrate_no", "minerstat", "node")
"""What ``any`` in a coin's ``hashes_per_difficulty`` stands for at least, where they are not named beside it."""
BUILT_IN = "built-in"
"""How the source of every quote of ``builtin_market`` begins."""

_FOLDER = Path(__file__).parent
_USD = "USD"
_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.$@_-]{0,23}", re.ASCII)
_NAME = re.compile(r"[a-z0-9][a-z0-9+._-]{0,63}", re.ASCII)  # of an algorithm, a device, a source
_LARGEST = 1e60  # no figure of a chain or a device comes near it

_Text = Annotated[str, Meta(min_length=1, max_length=256)]
_Positive = Annotated[float, Meta(gt=0, le=_LARGEST)]
_Raw = dict[str, Any]
_Keyed = tuple[str, _Raw, str]  # its key, the row, where it stands
_T = TypeVar("_T", bound="_Table")


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a file: unknown keys are refused."""


class CoinTable(_Table, frozen=True, kw_only=True):
    """``[[coins]]``"""

    ticker: _Text
    name: _Text
    algorithm: _Text
    block_time_seconds: _Positive | None = None
    former_block_times: tuple[tuple[date, _Positive], ...] = ()
    reward_rule: _Text | None = None
    reward_parameters: dict[str, float] = {}
    miner_part: Annotated[float, Meta(gt=0, le=1)] | None = None
    hashes_per_difficulty: dict[str, _Positive] = {}
    merged_with: _Text | None = None
    sources: tuple[_Text, ...] = ()


class BenchmarkTable(_Table, frozen=True, kw_only=True):
    """One of a device's ``benchmarks``."""

    algorithm: _Text
    hashes_per_second: _Positive
    power_watts: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    source: _Text
    dated: date


class HardwareTable(_Table, frozen=True, kw_only=True):
    """``[[hardware]]``"""

    slug: _Text
    name: _Text
    kind: HardwareKind
    vendor: _Text
    aliases: tuple[_Text, ...] = ()
    power_is: PowerIs = "board"
    benchmarks: Annotated[tuple[BenchmarkTable, ...], Meta(min_length=1)]


class QuoteTable(_Table, frozen=True, kw_only=True):
    """``[[quotes]]`` of the market of one day."""

    coin: _Text
    difficulty: _Positive
    network_hashes_per_second: _Positive
    block_time_seconds: _Positive
    block_reward_coins: _Positive
    price_usd: Decimal
    volume_usd_per_day: Decimal


class SnapshotTable(_Table, frozen=True, kw_only=True):
    """``[snapshot]``: what holds for all of its quotes."""

    source: _Text
    units: _Text  # whose unit of difficulty it is
    dated: date


class UserFile(_Table, frozen=True, kw_only=True):
    """What a file of the user's may hold."""

    algorithms: dict[str, tuple[_Text, ...]] = {}
    coins: tuple[_Raw, ...] = ()
    hardware: tuple[_Raw, ...] = ()


class _CoinsFile(_Table, frozen=True, kw_only=True):
    sources: dict[str, str]
    algorithms: dict[str, tuple[_Text, ...]]
    coins: tuple[_Raw, ...]


class _HardwareFile(_Table, frozen=True, kw_only=True):
    sources: dict[str, _Raw]
    hardware: tuple[_Raw, ...]


class _MarketFile(_Table, frozen=True, kw_only=True):
    snapshot: SnapshotTable
    quotes: tuple[QuoteTable, ...]


def load_coins(extra: Path | None = None) -> dict[str, Coin]:
    """Every coin by its ticker. A coin in ``extra`` is added; of one that we know, it changes the figures it tells.

    Raises:
        ConfigError: ``extra`` cannot be read, or says something that cannot be.
    """
    user = _user_file(extra)
    spellings = _spellings(user)
    rows = dict(_builtin_coins())
    places = dict.fromkeys(rows, "coins.toml")
    for ticker, row, place in user.coins:
        known = rows.get(ticker, {})
        sources = {"sources": (f"your {user.name}", *known.get("sources", ()))}
        rows[ticker], places[ticker] = _over(known, {**sources, **row}), place
    coins = {ticker: _coin(row, spellings, places[ticker]) for ticker, row in rows.items()}
    for coin in coins.values():
        _check_merged(coin, coins, places[coin.ticker])
    return coins


def load_hardware(extra: Path | None = None) -> dict[str, Hardware]:
    """Every device by its slug. A device in ``extra`` is added; of one that we know, it changes what it tells.

    Raises:
        ConfigError: ``extra`` cannot be read, or says something that cannot be.
    """
    user = _user_file(extra)
    spellings = _spellings(user) if user.hardware else {}
    rows = dict(_builtin_hardware())
    places = dict.fromkeys(rows, "hardware.toml")
    for slug, row, place in user.hardware:
        rows[slug], places[slug] = _over_device(rows.get(slug, {}), _spelled(row, spellings, place)), place
    hardware = {slug: _device(row, places[slug]) for slug, row in rows.items()}
    _refuse_same_names(hardware.values(), places)
    return hardware


def load_algorithms(extra: Path | None = None) -> dict[str, str]:
    """Our spelling of an algorithm by the letters of any that sources and mining programs use: see ``algorithm_named``.

    Raises:
        ConfigError: ``extra`` cannot be read, or gives one spelling to two algorithms.
    """
    return _spellings(_user_file(extra))


def algorithm_named(text: str, algorithms: Mapping[str, str]) -> str | None:
    """Our spelling of an algorithm; ``None`` where nobody knows it.

    >>> algorithm_named("Equihash 200,9", {"equihash2009": "equihash-200-9"})
    'equihash-200-9'
    """
    return algorithms.get(_letters(text))


def builtin_market() -> tuple[Quote, ...]:
    """A market of one day, for when no feed is configured. A quote is as old as the start of its day at least."""
    file = _converted(_builtin("market.toml"), _MarketFile, "market.toml")
    coins = load_coins()
    snapshot = file.snapshot
    return tuple(
        Quote(
            coin=row.coin,
            algorithm=coins[row.coin].algorithm,
            source=f"{BUILT_IN}, {snapshot.source}",
            taken_at=datetime.combine(snapshot.dated, time(), UTC),
            difficulty=row.difficulty,
            hashes_per_difficulty=hashes_per_difficulty(coins[row.coin], snapshot.units),
            network_hashes_per_second=row.network_hashes_per_second,
            block_time_seconds=row.block_time_seconds,
            block_reward_coins=row.block_reward_coins,
            price=Money(row.price_usd, _USD),
            volume_per_day=Money(row.volume_usd_per_day, _USD),
        )
        for row in file.quotes
    )


def hashes_per_difficulty(coin: Coin, source: str) -> float | None:
    """Hashes for one unit of the coin's difficulty as ``source`` writes it; ``None`` where nobody has confirmed it."""
    return coin.hashes_per_difficulty.get(source, coin.hashes_per_difficulty.get(ANY_SOURCE))


def _coin(row: _Raw, spellings: Mapping[str, str], place: str) -> Coin:
    table = _converted(row, CoinTable, place)
    if not _TICKER.fullmatch(table.ticker):
        raise _not_possible(place, "ticker", table.ticker, "write it in capitals, such as RVN")
    if table.reward_parameters and table.reward_rule is None:
        raise ConfigError(f'{place}: reward_parameters belong to a rule; add reward_rule, such as "halvings"')
    for source in table.hashes_per_difficulty:
        if not _NAME.fullmatch(source):
            raise _not_possible(place, "hashes_per_difficulty", source, f"name a source, such as {', '.join(SOURCES)}")
    factors = dict(table.hashes_per_difficulty)
    if ANY_SOURCE in factors:
        factors = {**dict.fromkeys(SOURCES, factors[ANY_SOURCE]), **factors}
    return Coin(
        ticker=table.ticker,
        name=clean_text(table.name),
        algorithm=spellings[_letters(table.algorithm)],
        block_time_seconds=table.block_time_seconds,
        former_block_times=tuple(sorted(table.former_block_times)),
        reward_rule=table.reward_rule,
        reward_parameters=table.reward_parameters,
        miner_part=table.miner_part,
        hashes_per_difficulty=factors,
        merged_with=table.merged_with,
        sources=tuple(clean_text(source, length=256) for source in table.sources),
    )


def _check_merged(coin: Coin, coins: Mapping[str, Coin], place: str) -> None:
    if coin.merged_with is None:
        return
    parent = coins.get(coin.merged_with)
    if parent is None:
        raise _not_possible(place, "merged_with", coin.merged_with, did_you_mean(coin.merged_with, coins))
    if parent.merged_with is not None or parent.algorithm != coin.algorithm:
        raise _not_possible(
            place, "merged_with", coin.merged_with, f"name a chain of {coin.algorithm} that is not merged with another"
        )


def _device(row: _Raw, place: str) -> Hardware:
    table = _converted(row, HardwareTable, place)
    if not _NAME.fullmatch(table.slug):
        raise _not_possible(place, "slug", table.slug, "write it as rtx3080 or antminer-s19-xp")
    return Hardware(
        slug=table.slug,
        name=clean_text(table.name),
        kind=table.kind,
        vendor=clean_text(table.vendor),
        aliases=tuple(clean_text(alias) for alias in table.aliases),
        power_is=table.power_is,
        benchmarks=tuple(
            Benchmark(
                algorithm=each.algorithm,
                hashes_per_second=each.hashes_per_second,
                power_watts=each.power_watts,
                source=clean_text(each.source, length=256),
                dated=each.dated,
            )
            for each in table.benchmarks
        ),
    )


def _spelled(row: _Raw, spellings: Mapping[str, str], place: str) -> _Raw:
    """A device of the user's, its algorithms spelled as ours."""
    benchmarks = row.get("benchmarks")
    if not isinstance(benchmarks, list):
        return row
    seen: set[str] = set()
    spelled = []
    for position, benchmark in enumerate(benchmarks, start=1):
        told = benchmark.get("algorithm") if isinstance(benchmark, dict) else None
        if not isinstance(told, str):
            spelled.append(benchmark)
            continue
        ours = algorithm_named(told, spellings)
        where = f"{place}: benchmark {position}"
        if ours is None:
            raise _not_possible(where, "algorithm", told, did_you_mean(told, set(spellings.values())))
        if ours in seen:
            raise _not_possible(where, "algorithm", told, "an earlier benchmark has it; write each algorithm once")
        seen.add(ours)
        spelled.append({**benchmark, "algorithm": ours})
    return {**row, "benchmarks": spelled}


def _over(known: _Raw, row: _Raw) -> _Raw:
    """``known`` with what ``row`` tells. Factors of other sources stay; the parameters of a rule are one whole."""
    both = {**known, **row}
    old, new = known.get("hashes_per_difficulty"), row.get("hashes_per_difficulty")
    if isinstance(old, dict) and isinstance(new, dict):
        both["hashes_per_difficulty"] = {**old, **new}
    if "reward_rule" in row and "reward_parameters" not in row:
        both.pop("reward_parameters", None)
    return both


def _over_device(known: _Raw, row: _Raw) -> _Raw:
    """The same for a device: what it does on the algorithms that ``row`` does not name stays."""
    both = {**known, **row}
    if known and isinstance(row.get("benchmarks"), list):
        told = [each.get("algorithm") for each in row["benchmarks"] if isinstance(each, dict)]
        both["benchmarks"] = [
            *row["benchmarks"],
            *(each for each in known["benchmarks"] if each["algorithm"] not in told),
        ]
    return both


def _refuse_same_names(devices: Iterable[Hardware], places: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for device in devices:
        for key in {name_key(name) for name in (device.slug, device.name, *device.aliases)} - {""}:
            other = taken.setdefault(key, device.slug)
            if other != device.slug:
                raise ConfigError(f'{places[device.slug]}: the name "{key}" is taken by {other}; choose another')


class _User(NamedTuple):
    """A file of the user's as it was read; nothing in it where there is none."""

    name: str = ""
    origin: str = ""
    algorithms: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    coins: tuple[_Keyed, ...] = ()
    hardware: tuple[_Keyed, ...] = ()


def _keyed(rows: Iterable[_Raw], key: str, what: str, origin: str) -> tuple[_Keyed, ...]:
    """Rows with their keys and where a person finds them. A key stands once in a file."""
    found: dict[str, _Keyed] = {}
    for position, row in enumerate(rows, start=1):
        name = row.get(key)
        shown = clean_text(name) if isinstance(name, str) else ""
        place = f"{origin}: {what} {position} ({shown})" if shown else f"{origin}: {what} {position}"
        if name is None:
            raise ConfigError(f'{place}: key "{key}" is missing')
        if not isinstance(name, str):
            raise _not_possible(place, key, name, "write text in quotes")
        if name in found:
            raise ConfigError(f'{place}: {key} "{shown}" is taken by {found[name][2]}; keep one of them')
        _refuse_not_finite(row, place, key)
        found[name] = (name, row, place)
    return tuple(found.values())


def _spellings(user: _User) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for origin, algorithms in (("coins.toml", _coins_file().algorithms), (user.origin, user.algorithms)):
        for ours, theirs in algorithms.items():
            for spelling in (ours, *theirs):
                _add_spelling(spellings, spelling, ours, f"{origin}: [algorithms]")
    for _, row, place in user.coins:
        algorithm = row.get("algorithm")
        if isinstance(algorithm, str) and _letters(algorithm) not in spellings:
            _add_spelling(spellings, algorithm, algorithm, place)
    return spellings


def _add_spelling(spellings: dict[str, str], spelling: str, ours: str, place: str) -> None:
    if not _NAME.fullmatch(ours) or not _letters(spelling):
        raise _not_possible(place, "algorithm", spelling, "write it as kawpow or equihash-200-9")
    other = spellings.setdefault(_letters(spelling), ours)
    if other != ours:
        raise ConfigError(f"{place}: {_shown(spelling)} already means {other}; leave it away under {ours}")


def _letters(algorithm: str) -> str:
    return re.sub(r"[^a-z0-9]", "", algorithm.lower())


@functools.cache
def _coins_file() -> _CoinsFile:
    return _converted(_builtin("coins.toml"), _CoinsFile, "coins.toml")


@functools.cache
def _builtin_coins() -> Mapping[str, _Raw]:
    file = _coins_file()
    return {
        ticker: {**row, "sources": tuple(file.sources[name] for name in row["sources"])}
        for ticker, row, _ in _keyed(file.coins, "ticker", "coin", "coins.toml")
    }


@functools.cache
def _builtin_hardware() -> Mapping[str, _Raw]:
    file = _converted(_builtin("hardware.toml"), _HardwareFile, "hardware.toml")
    return {
        slug: {**row, "benchmarks": [{**each, **file.sources[each["source"]]} for each in row["benchmarks"]]}
        for slug, row, _ in _keyed(file.hardware, "slug", "device", "hardware.toml")
    }


def _builtin(name: str) -> _Raw:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _user_file(path: Path | None) -> _User:
    if path is None:
        return _User()
    origin = clean_text(str(path), length=256)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{origin}: not UTF-8 text (byte {error.start}); write it in UTF-8") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ConfigError(f"{origin}: {reason}; name a file that this user may read") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin}: not TOML: {error}") from None
    except ValueError:  # of int(): TOML itself knows no limit
        raise ConfigError(f"{origin}: a whole number has more digits than anything here needs; shorten it") from None
    except RecursionError:
        raise ConfigError(
            f"{origin}: lists or tables are nested too deep; no key needs more than three levels"
        ) from None
    file = _converted(raw, UserFile, origin)
    return _User(
        name=clean_text(path.name),
        origin=origin,
        algorithms=file.algorithms,
        coins=_keyed(file.coins, "ticker", "coin", origin),
        hardware=_keyed(file.hardware, "slug", "device", origin),
    )


_EXPECTED = {
    "`float`": "a number",
    "`float | null`": "a number",
    "`int`": "a whole number",
    "`str`": "text in quotes",
    "`str | null`": "text in quotes",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
    "`date`": "a day, such as 2026-01-31",
    "`datetime`": "a time",
    "`": "",
}
_ERROR = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")


def _converted(raw: _Raw, table: type[_T], place: str) -> _T:
    try:
        return msgspec.convert(raw, table)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}: {_sentence(str(error), raw, table)}") from None


def _sentence(message: str, raw: Any, table: Any) -> str:
    """msgspec's message in our words: where in the table, what was there, what to do."""
    found = _ERROR.fullmatch(message)
    what, steps = (found["what"], _STEP.findall(found["path"] or "")) if found else (message, [])
    where, value, key = "", raw, ""
    for name, index in steps:
        if index.isdigit() and isinstance(value, list | tuple):
            value = value[int(index)]
            where, key = f"{where}{key.removesuffix('s')} {int(index) + 1}: ", ""
            table = BenchmarkTable if table is HardwareTable else table
        else:
            value = value.get(name) if name and isinstance(value, dict) else value
            key = name or key
    if unknown := re.search(r"unknown field `(.*)`", what, re.DOTALL):
        known = [field.name for field in msgspec.structs.fields(table)]
        return f"{where}key {_shown(unknown[1])} is not known; {did_you_mean(unknown[1], known)}"
    if missing := re.search(r"missing required field `(.+)`", what):
        return f'{where}key "{missing[1]}" is missing'
    if what.startswith("Invalid enum value"):
        choices = next(get_args(field.type) for field in msgspec.structs.fields(table) if field.name == key)
        return f"{where}{key} = {_shown(value)} is not known; {did_you_mean(str(value), choices)}"
    expected = what[:1].lower() + what[1:]
    for theirs, ours in _EXPECTED.items():
        expected = expected.replace(theirs, ours)
    return f"{where}{key} = {_shown(value)} is not possible; {expected}" if key else f"{where}{expected}"


def _refuse_not_finite(value: Any, place: str, key: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{place}: {clean_text(key)} = {value} is not a number; write a finite one")
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_not_finite(inner, place, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_not_finite(inner, place, key)


def _not_possible(place: str, key: str, value: object, hint: str) -> ConfigError:
    return ConfigError(f"{place}: {key} = {_shown(value)} is not possible; {hint}")


def _shown(value: object) -> str:
    try:
        text = f'"{clean_text(value)}"' if isinstance(value, str) else repr(value)
    except ValueError:  # of str(): a number with thousands of digits
        text = "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
