"""Every driver against answers that were damaged, or are meant to do damage."""

from functools import cache
from random import Random

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload, Excessive
from miner_agent.sources.payload import Payloads
from miner_agent.tick.plausibility import without_impossible
from tests.captured import cases, own
from tests.mutations import assert_possible, mutated
from tests.requires import captured_folder


@cache
def recorded() -> dict[str, list[dict[str, bytes]]]:
    """By driver: our own captures, and the real ones where a folder of them is given."""
    found = {name: list(own(name)) for name in drivers.names()}
    if folder := captured_folder():
        for case in cases(folder):
            found[case.driver.name].append(case.raw)
    return found


@pytest.mark.thorough
@pytest.mark.parametrize(
    "count",
    [40, pytest.param(400, marks=pytest.mark.thorough), pytest.param(100_000, marks=pytest.mark.soak)],
)
@pytest.mark.parametrize("name", drivers.names())
def test_a_damaged_answer_gives_possible_numbers_or_a_bad_payload(name: str, count: int) -> None:
    driver, answers = drivers.load(name), recorded()[name]
    donors = [answer for raw in answers for answer in raw.values()]
    for seed in range(count):
        dice = Random(seed)
        raw = dict(answers[seed % len(answers)])
        for asked in dice.sample(sorted(raw), dice.choice((1, 1, min(2, len(raw))))):
            raw[asked] = mutated(raw[asked], donors, dice)
        try:
            reading = driver.read(Payloads(raw))
        except (BadPayload, Excessive) as bad:
            assert str(bad).isprintable()
            continue
        assert_possible(without_impossible(reading, source="x")[0], f"{name}, seed {seed}")
