"""A channel and an outbox in memory, and a clock that a test turns."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from miner_agent.errors import DeliveryError
from miner_agent.model.alerting import Notice, Waiting
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.outbox_desk import BothClocks
from tests.notifying.notices import NOW

NAME = "phone"


class FakeChannel:
    """Takes what it is given, unless ``refuses`` says otherwise."""

    def __init__(self, name: str = NAME) -> None:
        self.name = name
        self.dispatches: list[Dispatch] = []
        self.attempts: list[datetime] = []
        self.refuses: Callable[[Dispatch], DeliveryError | None] = lambda _: None

    @property
    def taken(self) -> list[Notice]:
        return [notice for dispatch in self.dispatches for notice in dispatch.notices]

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        self.attempts.append(now)
        if (error := self.refuses(dispatch)) is not None:
            if error.delivered:
                self.dispatches.append(Dispatch(notices=dispatch.notices[: error.delivered]))
            raise error
        self.dispatches.append(dispatch)
        return "taken"

    def close(self) -> None:
        pass


class FakeOutbox:
    """What waits, in memory."""

    def __init__(self) -> None:
        self.rows: list[Waiting] = []
        self.done: list[Waiting] = []
        self.given_up: list[tuple[Notice, str]] = []
        self.begun = True  # what it says of a beginning that it does not know

    def put(self, *notices: Notice, channel: str = NAME, at: datetime = NOW) -> None:
        for notice in notices:
            number = 1 + len(self.rows) + len(self.done) + len(self.given_up)
            row = Waiting(
                id=number,
                channel=channel,
                notice=notice,
                made_at=at,
                expires_at=at + timedelta(days=1),
            )
            self.rows.append(row)

    def waiting(self, channel: str, now: datetime) -> list[Waiting]:
        return [row for row in self.rows if row.channel == channel]

    def delivered(self, rows: Sequence[Waiting], now: datetime) -> None:
        self.rows = [row for row in self.rows if row not in rows]
        self.done += rows

    def dropped(self, rows: Sequence[Waiting], now: datetime, why: str) -> None:
        self.rows = [row for row in self.rows if row not in rows]
        self.given_up += [(row.notice, why) for row in rows]

    def was_delivered(self, fingerprint: str, channel: str, now: datetime) -> bool:
        firing = [
            row for row in self.done if row.notice.key.fingerprint == fingerprint and row.notice.state == "firing"
        ]
        return self.begun or bool(firing)


def at(seconds: float = 0.0, *, clock_ok: bool = True) -> BothClocks:
    """So long after ``NOW``."""
    return BothClocks(now=NOW + timedelta(seconds=seconds), steady_seconds=1000.0 + seconds, clock_ok=clock_ok)
