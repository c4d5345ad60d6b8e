"""What a live view reads of the agent's snapshot is what that says, and nothing hostile gets through."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from miner_agent.errors import BadPayload, Excessive
from miner_agent.look.told_rig import ToldRig, told_rig
from miner_agent.model.health import Ailment, Symptom, Verdict
from miner_agent.model.planned import PlannedState
from miner_agent.sources.payload import Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, ReadingBudget
from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import snapshot_view
from tests.for_each import for_each
from tests.log_ticks import full_tick

ILL = Verdict(word="ill", symptoms=(Symptom(ailment=Ailment.DEVICE_LOST, subject="GPU-7", source="nvml", said="gone"),))


def document(*, stale_because: str | None = None, **changes: Any) -> dict[str, Any]:
    tick = replace(full_tick(3), **{"verdict": ILL, **changes})
    view = snapshot_view(tick, Circumstances(taken_at=tick.taken_at, stale_because=stale_because))
    decoded: dict[str, Any] = json.loads(msgspec.json.encode(view))
    return decoded


DOCUMENT = document()


def told(doc: object) -> ToldRig:
    raw = json.dumps(doc).encode()
    return told_rig(Payloads({"snapshot": raw}, ReadingBudget(FARM_STEPS)).json("snapshot"))


def test_it_says_what_the_tick_said() -> None:
    tick, rig = full_tick(3), told(DOCUMENT)
    first = rig.devices[0]
    reading = tick.inventory.devices[0].reading

    assert (rig.rig, rig.taken_at, rig.stale_because) == (tick.rig, tick.taken_at, None)
    assert (rig.verdict, rig.symptoms_total, [one.subject for one in rig.symptoms]) == ("ill", 1, ["GPU-7"])
    assert [one.device for one in rig.devices] == [one.label for one in tick.inventory.devices]
    assert (first.power_watts, first.fan_ratio) == (reading.power_watts, reading.fan_ratio)
    assert first.temperature_celsius == reading.memory_temperature_celsius
    assert first.throttled
    assert [one.miner for one in rig.miners] == [one.source for one in tick.outcomes if one.kind == "miner"]


def test_the_headroom_is_that_of_the_sensor_next_to_its_limit() -> None:
    doc = deepcopy(DOCUMENT)
    device = doc["devices"][0]
    device["core_temperature_celsius"]["value"] = 60.0
    device["memory_temperature_celsius"]["value"] = 80.0
    device["hotspot_temperature_celsius"]["value"] = None
    device["vrm_temperature_celsius"]["value"] = None
    device["thresholds"] = [
        {"sensor": "core", "warning_celsius": 65.0, "critical_celsius": None},
        {"sensor": "memory", "warning_celsius": 100.0, "critical_celsius": None},
        {"sensor": "hotspot", "warning_celsius": 50.0, "critical_celsius": None},
    ]

    assert (told(doc).devices[0].temperature_celsius, told(doc).devices[0].headroom_celsius) == (80.0, 5.0)
    device["thresholds"] = [{"sensor": "board", "warning_celsius": 55.0, "critical_celsius": None}]
    assert told(doc).devices[0].headroom_celsius == -5.0
    device["inlet_temperature_celsius"]["value"] = 41.0
    device["thresholds"] = [{"sensor": "inlet", "warning_celsius": 40.0, "critical_celsius": None}]
    assert told(doc).devices[0].headroom_celsius == -1.0


def test_money_is_told_as_it_is_or_why_it_is_not() -> None:
    doc = deepcopy(DOCUMENT)
    doc["profit"] = {"value": None, "reason": "not shown to you: [http] books_users"}
    assert (told(doc).net_per_day, told(doc).net_unknown_because) == (None, "not shown to you: [http] books_users")

    doc["profit"] = {
        "value": {"net_per_day": {"value": {"amount": "6.0282985", "currency": "EUR"}, "reason": None}},
        "reason": None,
    }
    assert (told(doc).net_per_day, told(doc).net_unknown_because) == ("6.03 EUR", None)


def test_a_rig_that_should_stand_still_and_runs_is_not_said_to_stand_still() -> None:
    down = Symptom(ailment=Ailment.MINER_DOWN, subject="m", source="m", said="no answer")
    still = Verdict(word="ill", symptoms=(down,)).at_rest()
    told_of = [
        told(document(verdict=verdict, planned=PlannedState(off=True))).is_resting
        for verdict in (still, Verdict(word="well").at_rest())
    ]

    assert told_of == [True, False]


def test_what_is_of_the_past_says_so() -> None:
    assert told(document(stale_because="the last tick is 40 s old")).stale_because == "the last tick is 40 s old"


@for_each(
    ("key", "value"),
    [
        ("rig", None),
        ("verdict", {"verdict": "splendid", "symptoms": []}),
        ("taken_at", "yesterday"),
        ("taken_at", "2026-11-29T14:02:00"),
        ("taken_at", "9999-12-31T23:59:59Z"),
        ("taken_at", "0001-01-01T00:00:00+14:00"),
        ("devices", [{"device": 7}]),
        ("devices", [17]),
        *(
            ("profit", {"value": {"net_per_day": {"value": {"amount": amount, "currency": "EUR"}}}})
            for amount in ("much", "NaN", "1e999999999")
        ),
    ],
)
def test_what_is_no_snapshot_is_refused_in_a_sentence(key: str, value: object) -> None:
    with pytest.raises(BadPayload):
        told({**DOCUMENT, key: value})


@for_each("doc", [[], "x", 7, {}, None])
def test_another_document_is_refused(doc: object) -> None:
    with pytest.raises(BadPayload):
        told(doc)


@pytest.mark.thorough
def test_one_that_would_never_end_is_refused() -> None:
    with pytest.raises(Excessive):
        told({**DOCUMENT, "devices": [DOCUMENT["devices"][0]] * 5000})


def test_what_a_newer_agent_adds_is_passed_over() -> None:
    doc = deepcopy(DOCUMENT)
    doc["devices"][0]["new"] = {"value": 1}
    doc["new"] = [1]

    assert told(doc) == told(DOCUMENT)
