"""Where an answer is cut short: a connection that ends, a buffer that is too small."""

import re
from collections.abc import Sequence
from random import Random

import pytest

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+|\s+|.', re.DOTALL)
"""What an answer is made of, as JSON or as text."""

at_some_places = pytest.mark.parametrize(
    "most",
    [
        10,
        pytest.param(60, marks=pytest.mark.thorough),
        pytest.param(None, marks=pytest.mark.soak),
    ],
    ids=["some-tokens", "tokens", "every-byte"],
)
"""At how many places of one answer; none said is every byte."""


def lengths(answer: bytes, *, most: int | None) -> Sequence[int]:
    """How much is left of it: each number of bytes, or up to each token and into the middle of it.

    A long answer repeats itself; of its tokens a sample is taken, the same one each time.
    """
    if most is None:
        return range(len(answer))
    found: set[int] = set()
    for token in TOKEN.finditer(answer):
        found |= {token.start(), (token.start() + token.end()) // 2}
    places = sorted(found)
    return places if len(places) <= most else sorted(Random(len(answer)).sample(places, most))
