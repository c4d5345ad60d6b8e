"""An answer is decoded in C where nothing in it is to be marked, else in Python: what stands in it is the same."""

from pathlib import Path
from random import Random

import pytest

from miner_agent.errors import BadPayload
from miner_agent.sources.foreign_json import parse_json
from miner_agent.sources.reading_budget import ReadingBudget
from tests.mutations import BAD_NUMBERS, GOOD_VALUES, mutated

CAPTURES = Path(__file__).parents[1] / "captures"
BEHIND = b"\x00"  # it belongs to no document, and is read in Python alone


def read(raw: bytes) -> str:
    """The document with the types in it, or why there is none."""
    try:
        return repr(parse_json(raw, "x", ReadingBudget(1 << 20)))
    except BadPayload as error:
        return str(error)


def one_answer(raw: bytes) -> None:
    assert read(raw) == read(raw + BEHIND), raw


def test_a_value_is_the_same_however_it_is_decoded() -> None:
    for value in (*GOOD_VALUES, *BAD_NUMBERS, b"-0", b"9" * 19, b"9" * 20, b"-" + b"9" * 20, b"0." + b"9" * 30):
        for raw in (value, b'{"a":%b}' % value, b'{"a": [1,\n%b]}' % value):
            one_answer(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"a" : 1,"b":{}}',
        b'{"a":"::","a":1}',
        b'{"a":"\\u003a","a":1}',
        b'{"a":1,"\\u0061":"\\u003A"}',
        b'{"b":{"a":{},"a":{}}}',
    ],
)
def test_a_key_that_stands_twice_has_no_value_whatever_colons_there_are(raw: bytes) -> None:
    assert "there twice" in read(raw)
    one_answer(raw)


def test_whatever_is_made_of_a_recorded_answer_is_decoded_to_the_same() -> None:
    answers = [raw for file in sorted(CAPTURES.glob("*/*/*.raw")) if len(raw := file.read_bytes()) < 4096]
    assert len(answers) > 100
    dice = Random(16)
    for raw in answers:
        one_answer(raw)
        for _ in range(10):
            one_answer(mutated(raw, answers, dice))
