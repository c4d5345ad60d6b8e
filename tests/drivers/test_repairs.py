"""Repairs of broken JSON: what they mend, what they leave alone, and that no cut answer becomes a whole one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.drivers.shared import repairs
from miner_agent.drivers.shared.repairs import cgminer_json
from miner_agent.errors import BadPayload
from miner_agent.sources.foreign_json import parse_json
from miner_agent.sources.reading_budget import ReadingBudget
from tests.for_each import for_each

BROKEN = {
    "objects without a comma": (b'{"A":[{"a":1}{"b":2} \n {"c":3}]}', {"A": [{"a": 1}, {"b": 2}, {"c": 3}]}),
    "nan": (b'{"MHS av":nan,"x":[ -NaN , 1]}', {"MHS av": None, "x": [None, 1]}),
    "inf": (b'{"a":inf,"b":-Infinity}', {"a": None, "b": None}),
    "comma before the end": (b'{"a":[1,2, ],}', {"a": [1, 2]}),
    "comma after the start": (b'{"a":[,{"b":1}]}', {"a": [{"b": 1}]}),
    "texts without a comma": (b'{"a":"""b":1}', {"a": "", "b": 1}),
    "line break in a text": (b'{"Type":"Antminer S9\nV1"}', {"Type": "Antminer S9 V1"}),
    "rest behind the end": (b'{"a":1}"}\x00', {"a": 1}),
}
WHOLE = [
    b'{"a":"}{ ,] nan [,"}',
    b'{"a":"\\"}{","nan":"\\\\"}',
    b'[{"a":1},{"b":[]},"x","",null,-1.5e3]',
]


@for_each(("broken", "meant"), BROKEN.values())
def test_what_was_meant_is_read(broken: bytes, meant: object) -> None:
    assert parse_json(cgminer_json(broken), "x", ReadingBudget()) == meant


@pytest.mark.parametrize("whole", WHOLE)
def test_json_that_is_whole_keeps_its_meaning(whole: bytes) -> None:
    assert json.loads(cgminer_json(whole)) == json.loads(whole)


@for_each("broken", [broken for broken, _ in BROKEN.values()])
def test_a_cut_answer_is_never_closed(broken: bytes) -> None:
    whole = parse_json(cgminer_json(broken), "x", ReadingBudget())
    for length in range(len(broken)):
        try:
            cut = parse_json(cgminer_json(broken[:length]), "x", ReadingBudget())
        except BadPayload:
            continue
        assert cut == whole, f"cut at byte {length}"


def test_two_answers_in_a_row_stay_two() -> None:
    assert parse_json(cgminer_json(b'{"a":1}{"a":2}'), "x", ReadingBudget()) == {"a": 1}


@pytest.mark.parametrize("hostile", [b'"' + b'\\"' * 200_000, b"," * 400_000, b"{ " * 200_000, b'""' * 200_000])
def test_a_hostile_answer_costs_no_more_than_its_length(hostile: bytes) -> None:
    assert len(cgminer_json(hostile)) <= 2 * len(hostile)


@given(
    st.lists(
        st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b'"', b"\\", b"nan", b"-INF", b"1", b"a"])
    )
)
def test_looking_first_changes_nothing(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repairs, "_may_be_broken", lambda _raw: True)
        repaired = cgminer_json(raw)

    assert cgminer_json(raw) == repaired


@pytest.mark.parametrize("whole", [WHOLE[0], b'{"STATUS":[{"Msg":"x"}],"id":1}\x00'])
def test_an_answer_that_is_whole_is_left_as_it_is(whole: bytes) -> None:
    assert not repairs._may_be_broken(whole)
    assert cgminer_json(whole) is whole
