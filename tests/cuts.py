"""Where an answer is cut short: a connection that ends, a buffer that is too small."""

import re
from collections.abc import Sequence
from random import Random

import pytest

TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\w.+-]+|\s+|.', re.DOTALL)
"""What an answer is made of, as JSON or as text."""

MOST_PLACES = 60
"""Of one answer, in the run that is waited for."""

at_tokens_and_at_every_byte = pytest.mark.parametrize(
    "every_byte", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["tokens", "every-byte"]
)


def lengths(answer: bytes, *, every_byte: bool) -> Sequence[int]:
    """How much is left of it: each number of bytes, or up to each token and into the middle of it.

    A long answer repeats itself; of its tokens a sample is taken, the same one each time.
    """
    if every_byte:
        return range(len(answer))
    found: set[int] = set()
    for token in TOKEN.finditer(answer):
        found |= {token.start(), (token.start() + token.end()) // 2}
    places = sorted(found)
    return places if len(places) <= MOST_PLACES else sorted(Random(len(answer)).sample(places, MOST_PLACES))
