"""The devices that we know, with those of the user's file."""

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from msgspec import Meta
from msgspec.structs import asdict, replace

from calculators.equipment.hardware import Benchmark, Hardware, HardwareKind, Modelled, PowerIs, Specification
from calculators.equipment.hardware_model import HardwareModel
from calculators.equipment.rigs import name_key
from calculators.nearest_words import suggestion
from miner_agent.config.key_types import Table, exactly
from miner_agent.config.sentences import converted
from miner_agent.errors import ConfigError
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.modelled_figures import ModelledFile, Six, modelled_figures
from miner_agent.tables.spellings import OUR_NAME, algorithms_with
from miner_agent.tables.users_file import (
    Line,
    Positive,
    Row,
    UserTables,
    built_in,
    keyed,
    not_possible,
    of_ours,
    users_tables,
)
from miner_agent.text import clean_text

OURS = "hardware.toml"


class BenchmarkTable(Table, frozen=True, kw_only=True):
    """One of a device's ``benchmarks``."""

    algorithm: Line
    hashes_per_second: Positive
    power_watts: Annotated[float, Meta(gt=0, le=1e6)] | None = None
    source: Line
    dated: date


class SpecificationTable(Table, frozen=True, kw_only=True):
    """What a device is made of."""

    design: Line
    cores: Annotated[int, Meta(ge=1, le=1_000_000)]
    boost_hertz: Positive
    limit_watts: Annotated[float, Meta(gt=0, le=1e6)]
    memory_bytes: Positive | None = None
    memory_bytes_per_second: Positive | None = None
    threads: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    cache_bytes: Positive | None = None


class HardwareTable(Table, frozen=True, kw_only=True):
    """``[[hardware]]``"""

    slug: Annotated[str, exactly(OUR_NAME, "write it as rtx3080 or antminer-s19-xp")]
    name: Line
    kind: HardwareKind
    vendor: Line
    aliases: tuple[Line, ...] = ()
    power_is: PowerIs = "board"
    specification: SpecificationTable | None = None
    benchmarks: Annotated[tuple[BenchmarkTable, ...], Meta(min_length=1)]


class ModelledTable(HardwareTable, frozen=True, kw_only=True):
    """``[[hardware]]`` of which a model has figures: no cited one is needed."""

    benchmarks: tuple[BenchmarkTable, ...] = ()


class HardwareFile(Table, frozen=True):
    """``hardware.toml``"""

    sources: dict[str, Row]
    hardware: tuple[Row, ...]


def load_hardware(extra: Path | None = None) -> dict[str, Hardware]:
    """Every device by its slug. A device in ``extra`` is added; of one that we know, it changes what it tells.

    Raises:
        ConfigError: ``extra`` cannot be read, or says something that cannot be.
    """
    user = users_tables(extra)
    algorithms = algorithms_with(user) if user.hardware else Algorithms()
    rows = dict(_builtin_rows())
    places = dict.fromkeys(rows, OURS)
    for slug, row, place in user.hardware:
        rows[slug], places[slug] = _over(rows.get(slug, {}), _spelled(row, algorithms, place)), place
    modelled = _with_users(modelled_figures(), user, rows, places)
    ours = _builtin_hardware()
    hardware = {
        slug: ours[slug] if places[slug] == OURS else _device(row, places[slug], modelled) for slug, row in rows.items()
    }
    _refuse_same_names(hardware.values(), places)
    return hardware


def _with_users(
    modelled: ModelledFile, user: UserTables, rows: Mapping[str, Row], places: Mapping[str, str]
) -> ModelledFile:
    """With what the model makes of the user's devices that tell what they are made of."""
    own = [slug for slug, row, _ in user.hardware if "specification" in row]
    if not own:
        return modelled
    model, figures = HardwareModel(cited_hardware().values()), dict(modelled.figures)
    for slug in own:
        device = _device(rows[slug], places[slug], replace(modelled, figures={slug: {}}))
        try:
            figures[slug] = {name: _six(figure) for name, figure in model.figures(device).items()}
        except ValueError as error:
            raise ConfigError(f"{places[slug]}: specification: {error}") from None
        if not figures[slug] and not device.benchmarks:
            raise ConfigError(f'{places[slug]}: key "benchmarks" is missing')
    return replace(modelled, figures=figures)


def _six(figure: Modelled) -> Six:
    return (
        *(figure.hashes_per_second, figure.hashes_per_second_from, figure.hashes_per_second_to),
        *(figure.power_watts, figure.power_watts_from, figure.power_watts_to),
    )


def cited_hardware() -> dict[str, Hardware]:
    """The devices that come with the agent with nothing but their cited figures, as the model is fitted on."""
    figures: dict[str, dict[str, Six]] = {slug: {} for slug in _builtin_rows()}
    unfitted = ModelledFile(dated=date.min, coverage_ratio=0, held=0, of=0, figures=figures)
    return {slug: _device(row, OURS, unfitted) for slug, row in _builtin_rows().items()}


@functools.cache
def _builtin_hardware() -> Mapping[str, Hardware]:
    return {slug: _device(row, OURS, modelled_figures()) for slug, row in _builtin_rows().items()}


@functools.cache
def _builtin_rows() -> Mapping[str, Row]:
    file = built_in(OURS, HardwareFile)
    return {
        slug: {**row, "benchmarks": [{**each, **file.sources[each["source"]]} for each in row.get("benchmarks", ())]}
        for slug, row, _ in keyed(file.hardware, "hardware", "slug", OURS)
    }


def _device(row: Row, place: str, file: ModelledFile) -> Hardware:
    """A device with what is cited of it, and what is modelled where nothing is."""
    kind = ModelledTable if row.get("slug") in file.figures else HardwareTable
    table = of_ours(row, kind, place) if place == OURS else converted(row, kind, place)
    modelled = file.of_device(table.slug)
    cited = [_cited(each, modelled.get(each.algorithm), table.kind) for each in table.benchmarks]
    told = {each.algorithm for each in cited}
    rest = [
        Benchmark(
            algorithm=name,
            hashes_per_second=figure.hashes_per_second,
            power_watts=figure.power_watts,
            source=file.source,
            dated=file.dated,
            modelled=figure,
            power_is_modelled=True,
        )
        for name, figure in modelled.items()
        if name not in told
    ]
    made = table.specification
    return Hardware(
        slug=table.slug,
        name=clean_text(table.name),
        kind=table.kind,
        vendor=clean_text(table.vendor),
        aliases=tuple(clean_text(alias) for alias in table.aliases),
        power_is=table.power_is,
        specification=None if made is None else Specification(**asdict(made)),
        benchmarks=(*cited, *rest),
    )


def _cited(told: BenchmarkTable, modelled: Modelled | None, kind: HardwareKind) -> Benchmark:
    """A figure that somebody measured; where its source tells no watts, those that the model has."""
    power_is_modelled = told.power_watts is None and modelled is not None and kind != "asic"
    return Benchmark(
        algorithm=told.algorithm,
        hashes_per_second=told.hashes_per_second,
        power_watts=modelled.power_watts if power_is_modelled and modelled is not None else told.power_watts,
        source=clean_text(told.source, length=256),
        dated=told.dated,
        power_is_modelled=power_is_modelled,
    )


def _spelled(row: Row, algorithms: Algorithms, place: str) -> Row:
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
        ours = algorithms.known(told)
        where = f"{place}: benchmark {position}"
        if ours is None:
            raise not_possible(where, "algorithm", told, suggestion(told, algorithms.names))
        if ours in seen:
            raise not_possible(where, "algorithm", told, "an earlier benchmark has it; write each algorithm once")
        seen.add(ours)
        spelled.append({**benchmark, "algorithm": ours})
    return {**row, "benchmarks": spelled}


def _over(known: Row, row: Row) -> Row:
    """``known`` with what ``row`` tells; what it does on the algorithms that ``row`` does not name stays."""
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
