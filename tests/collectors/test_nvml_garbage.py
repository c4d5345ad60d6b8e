"""NVIDIA cards: whatever the reader answers and whatever fails, no value is given to another card."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner_agent.collectors.nvml.nvml_answer import CardAnswers
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.errors import (
    BadPayload,
    SourceError,
)
from miner_agent.model.devices import DeviceState
from miner_agent.model.readings import SensorReading
from miner_agent.sources.payload import Doc
from tests import examples
from tests.collectors.nvml_rig import (
    LOST,
    RESET_REQUIRED,
    START,
    TIMEOUT,
    UNKNOWN,
    Rig,
    about,
    by_uuid,
    in_full_of,
    readers_of,
    rig_of,
    states,
)
from tests.nvml_stub import CALLS, uuid_of

GARBAGE: list[Any] = [None, True, -1, 2**70, 1.5, float("nan"), "text", [], [1], {}, {"a": 1}]


@pytest.fixture
def brief(rig: Rig) -> dict[str, Any]:
    """What four cards say that have been calm for a while."""
    return [rig.heard() for _ in range(3)][-1]


@given(data=st.data())
@settings(max_examples=examples.times(3), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_refused_and_leaves_what_is_known(
    raw: dict[str, Any], brief: dict[str, Any], data: st.DataObject
) -> None:
    assert all(type(card) is list for card in brief["cards"])
    raw = data.draw(st.sampled_from([raw, brief]))
    tracker = NvmlTracker()
    healthy = tracker.follow(raw, START)
    spoilt: Any = copy.deepcopy(raw)
    place = spoilt
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(GARBAGE))
            break
        place = place[key]

    try:
        reading = tracker.follow(spoilt, START)
    except BadPayload:
        assert tracker.follow(raw, START) == healthy
    else:
        assert set(by_uuid(healthy)) <= set(by_uuid(reading)) | {None}


NUMBERS: list[Any] = [
    0, 7, 2**31, 2**32 - 1, 2**32, 2**63 - 17, 2**63 - 16, 2**63 - 1, 2**64 - 1, 2**64, -1, 2.0, True, None, "5", [1, 2],
    [2**33, 2**32 - 1], [1], [1, 2, 3],
]  # fmt: skip


@given(data=st.data())
@settings(max_examples=examples.times(3), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_means_the_same_in_the_first_answer_and_in_a_later_one(
    raw: dict[str, Any], data: st.DataObject
) -> None:
    used = CardAnswers()
    used.cards(Doc(raw, "nvml"))
    answer = copy.deepcopy(raw)
    values = answer["cards"][1]["values"]
    names = st.sampled_from([*values, *(f"fan_percent_{fan}" for fan in range(4)), "fan_speed_rpm_3", "new"])
    for name, value in data.draw(st.dictionaries(names, st.sampled_from(NUMBERS), max_size=3)).items():
        if value is None and data.draw(st.booleans()):
            values.pop(name, None)
        else:
            values[name] = value

    def cards(answers: CardAnswers) -> object:
        try:
            return answers.cards(Doc(answer, "nvml"))
        except BadPayload as refusal:
            return str(refusal)

    assert cards(used) == cards(CardAnswers())


@given(data=st.data())
@settings(max_examples=examples.times(3), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_alone_mean_what_they_mean_beside_all_that_is_told_once(
    brief: dict[str, Any], data: st.DataObject
) -> None:
    heard = {**brief, "cards": [[*card] for card in brief["cards"]]}
    changed = heard["cards"][1]
    for at, number in data.draw(
        st.dictionaries(st.integers(0, len(changed)), st.sampled_from(NUMBERS), max_size=3)
    ).items():
        changed[at : at + 1] = [number]

    def told(answers: list[dict[str, Any]]) -> object:
        tracker = NvmlTracker()
        try:
            return [tracker.follow(answer, START) for answer in answers]
        except BadPayload:
            return None

    in_full = [in_full_of(brief), in_full_of(heard)] if len(changed) == len(brief["cards"][1]) else None
    assert told([brief, heard]) == (None if in_full is None else told(in_full))


@pytest.mark.parametrize("spoilt", [{}, {"cards": {}}, {"cards": [7]}, {"init_error": "x"}, {"cards": None}])
def test_what_is_no_answer_is_a_bad_payload(spoilt: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        NvmlTracker().follow(spoilt, START)


def test_two_cards_of_one_name_are_refused(raw: dict[str, Any]) -> None:
    raw["cards"][1]["uuid"] = raw["cards"][0]["uuid"]

    with pytest.raises(BadPayload, match="each card once"):
        NvmlTracker().follow(raw, START)


CARDS = 5
FAULTS = st.fixed_dictionaries(
    {
        "code": st.sampled_from([0, 0, LOST, UNKNOWN, TIMEOUT, RESET_REQUIRED, 1, 2, 4, 6, 8, 28, 12345]),
        "partial": st.tuples(
            st.sampled_from([1, 2, 3, 9, 10, 13, 15, 18, 999]), st.sets(st.sampled_from(CALLS), max_size=3)
        ),
        "sentinels": st.sets(st.sampled_from(CALLS), max_size=3),
    }
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 10.0, 25.0]),
        st.dictionaries(st.integers(0, CARDS - 1), FAULTS, max_size=3),
        st.permutations(range(CARDS)),
        st.integers(0, CARDS),  # how many of them are there
        st.sampled_from([0, 0, 0, 0, 9, 18, 999]),
        st.booleans(),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def abused(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with readers_of(library) as readers:
        yield from rig_of(library, tmp_path_factory.mktemp("abused"), cards=CARDS, readers=readers)


@pytest.mark.thorough
@given(steps=STEPS)
@settings(max_examples=examples.times(1.2))
def test_through_any_faults_no_value_is_given_to_another_card_and_all_come_back(
    abused: Rig, steps: list[tuple[float, dict[int, dict[str, Any]], list[int], int, int, bool]]
) -> None:
    stub = abused.stub
    start_anew(abused)
    for seconds, faults, order, count, init_error, reload in steps:
        stub.clear()
        stub.cards, stub.init_error, stub.tick = order[:count], init_error, stub.tick + 1
        for number, fault in faults.items():
            stub.set_fault(number, **fault)
        if reload:
            stub.reload_driver()
        try:
            assert_no_value_is_anothers(abused.tick(seconds), stub.tick)
        except SourceError:
            continue

    stub.clear()
    stub.cards = range(CARDS)
    for _ in range(8):  # a minute of back-off, and the tick that notices
        try:
            reading = abused.tick()
        except SourceError:
            continue
    assert states(reading) == [DeviceState.OK] * CARDS
    assert set(by_uuid(reading)) == {uuid_of(number) for number in range(CARDS)}
    assert reading.read_errors == ()


def start_anew(rig: Rig) -> None:
    """Let no example depend on the one before it."""
    rig.tracker = NvmlTracker()
    rig.stub.clear()
    rig.stub.cards, rig.stub.tick = range(CARDS), 0
    rig.stub.reload_driver()
    rig.raw(60.0)


def assert_no_value_is_anothers(reading: SensorReading, tick: int) -> None:
    for device in reading.devices:
        if device.power_watts is None:
            continue
        assert device.pci_address is not None or device.uuid is not None
        number = int((device.uuid or device.pci_address or "").replace(":00.0", "")[-2:], 16) - 1
        assert device.power_watts == about(120 + number + 0.1 * (tick % 10))
        assert device.name in {None, f"Stub Graphics {number + 1}"}
    assert len({device.index for device in reading.devices}) == len(reading.devices)
