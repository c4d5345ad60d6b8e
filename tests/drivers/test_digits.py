"""One digit too many or too few in a number of a recorded answer: what cannot be is seen, and how much is not."""

import re
from collections import Counter, defaultdict

import pytest

from tests.drivers.test_tolerance import answers
from tests.tolerance import is_json, one_of_each, places, read, wrong

SEEN = re.compile(
    r"(temperature_celsius|fan_ratios?|fan_speed_rpm|utilization_ratio|core_clock_hertz|boards_expected)$"
)
"""What a digit too many never gets through in: each begins where ten times its value cannot be."""
BY_ITS_BUS = {"teamblackminer"}
"""Drivers of programs that number two cards alike: one on another bus is another card, and its number is the next."""
MOST_THAT_PASS = {"doubled": 0.32, "lost": 0.48}
"""The rest are counts, times and what only another machine of its kind would tell to be odd: parts of all numbers."""


def doubled(number: bytes) -> bytes | None:
    found = re.search(rb"\d", number)
    if found is None or found[0] == b"0":
        return None
    return number[: found.end()] + found[0] + number[found.end() :]


def lost(number: bytes) -> bytes | None:
    """Without the digit in the middle of its whole part."""
    digits = [found.start() for found in re.finditer(rb"\d", number.split(b".")[0])]
    if len(digits) < 2:
        return None
    middle = digits[len(digits) // 2]
    shorter = number[:middle] + number[middle + 1 :]
    return None if re.match(rb"-?0\d", shorter) else shorter


DAMAGE = {"doubled": doubled, "lost": lost}


@pytest.fixture(scope="module", params=["one of each key", pytest.param("all", marks=pytest.mark.thorough)])
def damaged(request: pytest.FixtureRequest) -> tuple[Counter[str], Counter[str], list[str]]:
    """How often a digit was added or taken, how often a wrong value came of it, and where one must not have."""
    tried, passed, slipped = Counter[str](), Counter[str](), list[str]()
    keys: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, driver, raw in answers():
        whole = read(driver, raw)
        for asked, answer in raw.items() if whole is not None else ():
            found = list(places(answer)) if is_json(answer) else []
            for start, end in found if request.param == "all" else one_of_each(answer, found, keys[driver.name, asked]):
                for kind, damage in DAMAGE.items():
                    number = damage(answer[start:end])
                    if number is None or number == answer[start:end]:
                        continue
                    reading = read(driver, {**raw, asked: answer[:start] + number + answer[end:]})
                    told = list(wrong(whole, reading)) if reading is not None else []
                    tried[kind] += 1
                    passed[kind] += bool(told)
                    places_told = [(one.partition(":")[0].rpartition(".")[2], one) for one in told]
                    slipped += [
                        f"{name}: {asked}: {answer[start:end].decode()} as {number.decode()}: {one}"
                        for field, one in places_told
                        if kind == "doubled" and SEEN.search(field) and driver.name not in BY_ITS_BUS
                    ]
    return tried, passed, slipped


@pytest.mark.thorough
def test_a_digit_too_many_is_seen_in_what_has_narrow_bounds(
    damaged: tuple[Counter[str], Counter[str], list[str]],
) -> None:
    assert damaged[2] == []


@pytest.mark.thorough
def test_no_more_wrong_values_pass_than_are_known_to(damaged: tuple[Counter[str], Counter[str], list[str]]) -> None:
    tried, passed, _ = damaged

    assert min(tried.values()) > 300
    shares = {kind: passed[kind] / count for kind, count in tried.items()}
    assert {kind: share for kind, share in shares.items() if share > MOST_THAT_PASS[kind]} == {}
