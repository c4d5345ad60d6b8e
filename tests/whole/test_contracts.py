"""A number ends in its unit: in the model, in the metrics and in what they share."""

import dataclasses
import importlib
import pkgutil
import typing

import pytest

from exporters import sections
from exporters.metric_table import MetricSpec, Section
from exporters.sections import SECTIONS
from miner_agent import model

UNITS = (
    "_celsius",
    "_ratio",
    "_watts",
    "_joules_total",
    "_hertz",
    "_rpm",
    "_bytes",
    "_seconds",
    "_per_second",
    "_total",
    "_volts",
    "_amperes",
    "_joules",
    "_since_last_tick",
)
WITHOUT_UNIT = {
    "index", "device_index", "load1", "load5", "load15", "cpu_count", "share_difficulty", "pcie_link_width",
    "pcie_link_generation", "performance_state", "left_out", "devices_expected", "queue_length",
    "xid", "remapped_rows_corrected", "remapped_rows_uncorrected", "chips", "chips_expected", "hashes_per_difficulty",
    "workers_connected", "rigs_configured", "rigs_answered", "rigs_dead", "refused",
}  # fmt: skip
"""Counts, numbers of things, loads, widths, generations: what has no unit."""

METRICS_WITHOUT_UNIT = (
    "_info", "_up", "_state", "_throttled", "_detected", "_expected", "_load1", "_load5", "_load15", "_cpus",
    "_width", "_generation", "_readonly", "_paused", "_error", "_success", "_stuck", "_successful", "_kept", "_difficulty", "_queued_ticks",
    "_remapped_rows", "_pending", "_failed", "_chips", "_connected", "_match", "_configured", "_answered", "_dead", "_price", "_coins", "_per_kilowatt_hour", "_per_day",
    "_selected",
)  # fmt: skip


def numbers() -> list[tuple[str, str]]:
    found = []
    for name, kind in vars(model).items():
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            hints = typing.get_type_hints(kind)
            for field in dataclasses.fields(kind):
                held = set(typing.get_args(hints[field.name])) or {hints[field.name]}
                if held & {int, float}:
                    found.append((name, field.name))
    return found


@pytest.mark.parametrize(("kind", "field"), numbers())
def test_a_number_of_the_model_ends_in_its_unit(kind: str, field: str) -> None:
    assert field.endswith(UNITS) or field in WITHOUT_UNIT


ALL_METRICS = [spec for section in SECTIONS for spec in section.specs]


@pytest.mark.parametrize("spec", ALL_METRICS, ids=lambda spec: spec.name)
def test_a_metric_is_named_by_the_rules(spec: MetricSpec[object]) -> None:
    assert spec.name.startswith("rig_")
    assert spec.name.endswith((*UNITS, *METRICS_WITHOUT_UNIT))
    assert spec.name.endswith("_total") == (spec.kind == "counter")
    assert spec.name.endswith("_info") == (spec.kind == "info")
    assert spec.help.endswith(".")
    assert not {"rig", "site", "wallet", "address", "error", "pid", "type"} & set(spec.labels)


def test_no_two_metrics_share_a_name() -> None:
    names = [spec.name for spec in ALL_METRICS]

    assert len(names) == len(set(names))


def test_every_section_is_on_the_page() -> None:
    written = [
        found
        for file in pkgutil.iter_modules(sections.__path__)
        for found in vars(importlib.import_module(f"{sections.__name__}.{file.name}")).values()
        if isinstance(found, Section)
    ]

    assert sorted(map(id, written)) == sorted(map(id, SECTIONS))
