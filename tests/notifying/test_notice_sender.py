"""Each channel sends in a thread of its own, and none waits for another."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.notifying.notice_sender import NoticeSender
from miner_agent.notifying.outbox_desk import BothClocks
from miner_agent.notifying.prepared_channels import PreparedAlerts
from tests.fake_http import FakeService
from tests.fakes import Mode
from tests.notifying.fake_channel import FakeOutbox, at
from tests.notifying.notices import notice
from tests.notifying.test_prepared_channels import alerts_of
from tests.waiting import until


class Rig:
    """A sender, two webhooks and a clock that stands."""

    def __init__(self, folder: Path, slow: FakeService, quick: FakeService) -> None:
        self.folder, self.slow, self.quick = folder, slow, quick
        self.outbox = FakeOutbox()
        self.seconds = 0.0
        self.sender = NoticeSender(self.outbox, clock=self.clock, is_fresh=lambda: True, firing=lambda: ())

    def clock(self) -> BothClocks:
        return at(self.seconds)

    def told(self, *, quick_path: str = "/a", rig: str = "left-rack") -> PreparedAlerts:
        text = "".join(
            f'[[alerts.channels]]\nname = "{name}"\nkind = "webhook"\nurl_file = "{name}"\n'
            for name in ("slow", "quick")
        )
        return alerts_of(self.folder, text, slow=f"{self.slow.address}/a", quick=f"{self.quick.address}{quick_path}")

    def threads(self) -> list[object]:
        return [worker.thread for worker in self.sender._workers.values()]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with FakeService({"/a": b""}, mode=Mode.HANG) as slow, FakeService({"/a": b"", "/b": b""}) as quick:
        rig = Rig(tmp_path, slow, quick)
        yield rig
        slow.mode = Mode.CLOSE
        rig.sender.close()


def test_a_channel_that_hangs_holds_up_no_other(rig: Rig) -> None:
    for channel in ("slow", "quick"):
        rig.outbox.put(notice(), channel=channel)
    rig.sender.take(rig.told())

    until(lambda: rig.quick.received and rig.slow.received)
    rig.outbox.put(notice(1), channel="quick")
    rig.sender.wake()

    until(lambda: len(rig.quick.received) == 2)
    until(lambda: {one.channel: one.sent_total for one in rig.sender.status} == {"slow": 0, "quick": 2})


def test_what_did_not_change_goes_on_and_what_did_begins_anew(rig: Rig) -> None:
    rig.sender.take(rig.told())
    slow, quick = rig.threads()

    rig.sender.take(rig.told(quick_path="/b"))

    slow_now, quick_now = rig.threads()
    assert slow_now is slow
    assert quick_now is not quick
    rig.outbox.put(notice(), channel="quick")
    rig.sender.wake()
    until(
        lambda: [path.decode() for path in rig.quick.received[0].split(b" ")[1:2]] == ["/b"], passing_over=(IndexError,)
    )


def test_a_mistake_of_ours_is_logged_and_ends_no_thread(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def broken(channel: str, now: object) -> list[object]:
        raise RuntimeError("forced")

    rig.outbox.waiting = broken  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.ERROR):
        rig.sender.take(rig.told())
        until(lambda: len(caplog.records) >= 2)

    assert all(thread.is_alive() for thread in rig.threads())  # type: ignore[attr-defined]


def test_nothing_is_started_where_no_channel_is_configured(rig: Rig) -> None:
    rig.sender.take(PreparedAlerts(rig="left-rack"))

    assert rig.threads() == []
    assert rig.sender.status == ()


def test_one_that_has_ended_takes_nothing_more(rig: Rig) -> None:
    rig.sender.close()

    rig.sender.take(rig.told())

    assert rig.threads() == []


def test_a_channel_for_which_there_is_no_thread_is_said_and_the_others_send(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    start = threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        if thread.name == "channel slow":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refused)
    rig.outbox.put(notice(), channel="quick")
    rig.sender.take(rig.told())

    until(lambda: rig.quick.received)
    assert "slow: sends nothing: no thread could be started for it" in caplog.text
