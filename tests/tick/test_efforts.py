"""A source that takes long to read takes the time of no other."""

import pytest

from miner_agent import drivers
from miner_agent.errors import Excessive
from miner_agent.tick.efforts import CHEAP_SECONDS, SHARE, Efforts
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.transport.polls import Endpoint
from tests.tick.test_mistakes import NOW, TREX, Recorded

DEADLINE_SECONDS = 0.8
ROOM_SECONDS = SHARE * DEADLINE_SECONDS


def refusal(efforts: Efforts, source: str, spent_seconds: float) -> Excessive | None:
    return efforts.refusal(source, spent_seconds=spent_seconds, deadline_seconds=DEADLINE_SECONDS)


def test_the_cheapest_of_the_last_tick_come_first_and_before_it_the_shortest() -> None:
    efforts = Efforts()

    assert efforts.order({"long": 90_000, "short": 900, "middle": 9_000}) == ["short", "middle", "long"]

    efforts.note("short", 0.3)
    efforts.note("long", 0.001)
    efforts.note("middle", 0.002)

    assert efforts.order({"long": 90_000, "short": 900, "middle": 9_000}) == ["long", "middle", "short"]


def test_one_that_is_dear_is_left_out_where_no_room_is_left_and_a_cheap_one_never() -> None:
    efforts = Efforts()
    efforts.order({"dear": 1000, "cheap": 1000})
    efforts.note("dear", 0.05)
    efforts.note("cheap", CHEAP_SECONDS)

    assert refusal(efforts, "dear", ROOM_SECONDS - 0.06) is None
    assert refusal(efforts, "cheap", 10 * ROOM_SECONDS) is None
    assert str(refusal(efforts, "dear", ROOM_SECONDS - 0.04)) == (
        "its answers were not read this time: reading them takes about 0.050 s, and reading others took 0.160 s before"
    )


@pytest.mark.parametrize(("seconds", "every"), [(0.1, 1), (0.3, 2), (0.6, 3), (3.0, 5)])
def test_the_dearer_it_is_the_less_often_it_is_read(seconds: float, every: int) -> None:
    efforts, read = Efforts(), []
    for tick in range(20):
        efforts.order({"dear": 100})
        if refusal(efforts, "dear", 0.0) is None:
            read.append(tick)
            efforts.note("dear", seconds)

    assert read == list(range(0, 20, every))


def test_who_gave_no_answer_keeps_no_place_in_the_way_of_others() -> None:
    efforts = Efforts()
    efforts.order({"gone": 100, "dear": 100})
    efforts.note("gone", 5.0)

    assert efforts.order({"gone": 0, "dear": 100}) == ["gone", "dear"]


def test_a_tick_leaves_out_who_is_dear_and_tells_what_reading_took() -> None:
    seconds = iter([0.0, 0.001, 0.901, 1.0, 1.001, 1.101])  # before and after each reading, tick by tick
    place = Endpoint(scheme="http", host="127.0.0.1", port=1)
    pipeline = Pipeline(
        rig="left",
        miners=[MinerSource(name=name, driver=drivers.load("trex"), endpoint=place) for name in ("dear", "good")],
        fetcher=Recorded({"dear": TREX | {"more": b" " * 1000}, "good": TREX}),
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=1.0,
        monotonic=lambda: 0.0,
        busy=lambda: next(seconds),
    )

    first, second = pipeline.tick(NOW), pipeline.tick(NOW)

    assert [outcome.error for outcome in first.outcomes] == [None, None]
    assert [outcome.source for outcome in second.outcomes] == ["dear", "good"]
    assert str(second.outcomes[0].error) == (
        "dear: its answers were not read this time: reading them takes about 0.900 s, "
        "and reading others took 0.001 s before"
    )
    assert second.outcomes[1].error is None
    assert {one.source: round(one.reading_seconds_total, 3) for one in second.sources} == {"dear": 0.9, "good": 0.002}
