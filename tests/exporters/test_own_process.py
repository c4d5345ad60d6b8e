"""What the page tells of its own process, beside what ``prometheus-client`` tells."""

import resource
from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from exporters.metric_table import Family
from exporters.own_process import OwnProcess

Told = list[tuple[str, str, str, dict[str, str], float]]
"""Name, kind, help, labels and value of each sample."""


def told(families: Iterable[Family]) -> Told:
    return [
        (
            family.spec.name,
            family.spec.kind,
            family.spec.help,
            dict(zip(family.spec.labels, labels, strict=True)),
            value,
        )
        for family in families
        for _, labels, value in family.samples
    ]


def told_by_library() -> Told:
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return [
        (sample.name, metric.type, metric.documentation, sample.labels, sample.value)
        for metric in registry.collect()
        for sample in metric.samples
    ]


def test_it_tells_what_the_library_tells() -> None:
    theirs, ours = told_by_library(), told(OwnProcess().families())

    assert [one[:4] for one in ours] == [one[:4] for one in theirs]
    for (name, *_, our_value), (*_, their_value) in zip(ours, theirs, strict=True):
        assert our_value == pytest.approx(their_value, rel=0.2, abs=5), name
        if name in {"process_start_time_seconds", "process_max_fds", "process_open_fds"}:
            assert our_value == their_value, name


def test_a_limit_that_is_none_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    assert "process_max_fds" not in {name for name, *_ in told(OwnProcess().families())}


def test_what_the_kernel_does_not_tell_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    process = OwnProcess()
    monkeypatch.setattr("exporters.own_process._SELF", "/nowhere")

    assert {name.partition("_")[0] for name, *_ in told(process.families())} == {"python"}
