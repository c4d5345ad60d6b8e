"""A program that tells only when it was started has an uptime, where its clock is this machine's."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from miner_agent import drivers
from miner_agent.model.readings import MinerSnapshot
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.transport.polls import Answer, Ask, Endpoint
from tests.captured import own
from tests.for_each import for_each

STARTED = datetime.fromtimestamp(1_700_000_000, UTC)  # as the capture of NBMiner says
NBMINER = next(iter(own("nbminer")))


class Recorded:
    """Answers with what was recorded."""

    def __init__(self, raw: Mapping[str, bytes]) -> None:
        self._raw = raw

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result([Answer(source=a.source, raw=dict(self._raw), error=None, duration_seconds=0.1) for a in asks])
        return done


def asked(now: datetime, *, host: str = "127.0.0.1", raw: Mapping[str, bytes] = NBMINER) -> RigSnapshot:
    endpoint = Endpoint(scheme="http", host=host, port=1)
    return Pipeline(
        rig="left",
        miners=[MinerSource(name="nb", driver=drivers.load("nbminer"), endpoint=endpoint)],
        fetcher=Recorded(raw),
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=1.0,
        monotonic=lambda: 0.0,
    ).tick(now)


def uptime_seconds(snapshot: RigSnapshot) -> float | None:
    reading = snapshot.outcomes[0].reading
    assert isinstance(reading, MinerSnapshot)
    return reading.uptime_seconds


def test_the_start_is_told_and_the_uptime_follows() -> None:
    snapshot = asked(STARTED + timedelta(hours=3))

    assert uptime_seconds(snapshot) == 10_800
    assert snapshot.miners_started_at == {"nb": STARTED}


def test_a_clock_that_stands_before_the_start_tells_nothing() -> None:
    assert uptime_seconds(asked(STARTED - timedelta(hours=3))) is None


def test_the_clock_of_another_machine_is_not_believed() -> None:
    assert uptime_seconds(asked(STARTED + timedelta(hours=3), host="192.0.2.1")) is None


@for_each("told", [b"0", b"-1", b'"N/A"', b"1700000000000", b"1e300", b"null"])
def test_what_is_no_moment_is_none(told: bytes) -> None:
    raw = {name: answer.replace(b"1700000000", told) for name, answer in NBMINER.items()}

    assert uptime_seconds(asked(STARTED + timedelta(hours=3), raw=raw)) is None
