"""The outbox: nothing waits twice, nothing is lost with the process or with the file, and no disk is needed to send."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from miner_agent.errors import AgentError
from miner_agent.model.alerting import AlertKey, Notice, Waiting
from miner_agent.model.channel_status import ChannelDeliveries
from miner_agent.storage.kept_alerts.alerts_file import AlertsFile
from miner_agent.storage.kept_alerts.deliveries import read_deliveries
from miner_agent.storage.kept_alerts.outbox import ChannelsFor, Outbox, Outgoing, tidy_outbox
from miner_agent.storage.kept_alerts.silences import add_silence, end_silence, read_silences
from tests import databases
from tests.log_ticks import ask_one

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEY = AlertKey("MinerDown", "rig-1", (("miner", "left-rack"),))
FIRING = Notice(
    key=KEY, severity="critical", state="firing", since=NOW, summary="left-rack is down", what_to_do="Look at it."
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.db"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def file(path: Path, said: list[str]) -> Iterator[AlertsFile]:
    file = AlertsFile(path, say=said.append, migrator=databases.migrate)
    yield file
    file.close()


def put(file: AlertsFile, outbox: Outbox, *notices: Notice, channels: tuple[str, ...] = ("hook",)) -> list[Waiting]:
    news = [Outgoing(notice, channels) for notice in notices]
    with file.writing(NOW) as connection:
        rows = outbox.insert(connection, news, NOW)
    outbox.take(rows)
    return rows


def waiting(outbox: Outbox, channel: str = "hook") -> list[Notice]:
    return [row.notice for row in outbox.waiting(channel, NOW)]


def always(*channels: str) -> ChannelsFor:
    return lambda _: channels


def next_run(file: AlertsFile, path: Path) -> Outbox:
    file.close()
    return Outbox(AlertsFile(path, say=lambda _: None, migrator=databases.migrate))


def change(path: Path, statement: str) -> None:
    """As a command does it, beside the agent."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_what_became_of_word_of_alerts_is_told_channel_by_channel(file: AlertsFile) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING, structs.replace(FIRING, state="resolved"), channels=("hook", "mail", "phone"))
    later = NOW + timedelta(minutes=5)
    outbox.delivered(outbox.waiting("hook", NOW)[:1], later)
    outbox.dropped(outbox.waiting("mail", NOW)[:1], later, "it refused it")
    outbox.delivered(outbox.waiting("mail", NOW), later)
    with file.reading(NOW) as connection:
        told = read_deliveries(connection)

    assert told == {
        "hook": ChannelDeliveries(last_at=later, waiting=1, waiting_since=NOW),
        "mail": ChannelDeliveries(last_at=later, dropped=1),
        "phone": ChannelDeliveries(waiting=2, waiting_since=NOW),
    }


def test_what_waits_for_a_channel_that_is_renamed_goes_by_its_new_name_and_by_the_old_one_again(
    file: AlertsFile, path: Path
) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING, channels=("hook", "mail"))
    outbox.delivered(outbox.waiting("mail", NOW), NOW)
    outbox.take_unrecorded([Outgoing(structs.replace(FIRING, state="no_data"), ("hook",))], NOW)
    for gone, name in (("hook", "phone"), ("phone", "hook"), ("hook", "phone")):
        now = ("mail", name)
        assert outbox.hand_on(now, always(*now), NOW) == (gone,)
        assert ([each.state for each in waiting(outbox, name)], waiting(outbox, gone)) == (["firing", "no_data"], [])
        assert [each.state for each in waiting(outbox, "mail")] == ["no_data"]  # it took the other one
        assert outbox.hand_on(now, always(*now), NOW) == ()
    assert waiting(next_run(file, path), "phone") == [FIRING]


def test_a_disk_that_takes_nothing_leaves_what_is_to_be_handed_on_where_it_waits(file: AlertsFile, path: Path) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    change(path, "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    assert outbox.hand_on(("phone",), always("phone"), NOW) == ()
    assert (waiting(outbox), waiting(outbox, "phone")) == ([FIRING], [])
    change(path, "DROP TRIGGER full")
    assert outbox.hand_on(("phone",), always("phone"), NOW) == ("hook",)
    assert (waiting(outbox), waiting(outbox, "phone")) == ([], [FIRING])


def test_what_is_put_waits_for_each_of_its_channels_until_it_is_delivered(file: AlertsFile) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING, channels=("hook", "mail"))
    assert waiting(outbox) == waiting(outbox, "mail") == [FIRING]

    outbox.delivered(outbox.waiting("hook", NOW), NOW)
    assert (waiting(outbox), waiting(outbox, "mail")) == ([], [FIRING])
    assert outbox.was_delivered(KEY.fingerprint, "hook", NOW)
    assert not outbox.was_delivered(KEY.fingerprint, "mail", NOW)


def test_the_same_is_put_in_once(file: AlertsFile) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    assert put(file, outbox, FIRING) == []
    assert waiting(outbox) == [FIRING]


def test_a_transaction_that_is_not_committed_puts_nothing_in(file: AlertsFile) -> None:
    outbox = Outbox(file)
    with suppress(ZeroDivisionError), file.writing(NOW) as connection:
        outbox.insert(connection, [Outgoing(FIRING, ("hook",))], NOW)
        raise ZeroDivisionError
    assert waiting(outbox) == []


def test_what_waits_is_there_for_the_next_run(file: AlertsFile, path: Path) -> None:
    put(file, Outbox(file), FIRING)

    (row,) = next_run(file, path).waiting("hook", NOW)
    assert row.notice == FIRING
    assert (row.made_at, row.expires_at) == (NOW, NOW + timedelta(days=2))


def test_what_is_dropped_is_gone_and_its_reason_is_kept(file: AlertsFile, path: Path) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    outbox.dropped(outbox.waiting("hook", NOW), NOW, "expired")

    assert waiting(next_run(file, path)) == []
    assert ask_one(path, "SELECT dropped FROM outbox") == "expired"


def test_a_file_that_is_removed_while_the_agent_runs_loses_nothing_that_waits(
    file: AlertsFile, path: Path, said: list[str]
) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    assert waiting(outbox) == [FIRING]
    path.unlink()
    second = Notice(
        key=AlertKey("TempHigh", "rig-1"),
        severity="warning",
        state="firing",
        since=NOW,
        summary="hot",
        what_to_do="Clean it.",
    )
    put(file, outbox, second)

    assert sorted(n.summary for n in waiting(outbox)) == ["hot", "left-rack is down"]
    assert ask_one(path, "SELECT count(*) FROM outbox") == 2
    assert len(said) == 1
    assert "was removed while the agent ran; a new one is begun" in said[0]
    assert file.status.files_lost_total == 1


def test_a_file_that_a_command_writes_into_is_no_lost_one(file: AlertsFile, path: Path, said: list[str]) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    change(path, "INSERT INTO silences VALUES (7, '[[\"rig\", \"a\"]]', 9000000000000, 'me', 'why', 1)")
    put(
        file,
        outbox,
        structs.replace(FIRING, state="no_data"),
    )

    assert said == []
    with file.reading(NOW) as connection:
        (silence,) = read_silences(connection, NOW)
    assert (silence.id, silence.matchers, silence.author) == (7, (("rig", "a"),), "me")


def test_without_a_disk_it_waits_in_memory_and_says_so(tmp_path: Path, said: list[str]) -> None:
    folder = tmp_path / "gone"
    file = AlertsFile(folder / "alerts.db", say=said.append, migrator=databases.migrate)
    outbox = Outbox(file)
    with pytest.raises(AgentError), file.writing(NOW):
        pass
    outbox.take_unrecorded([Outgoing(FIRING, ("hook",))], NOW)

    (row,) = outbox.waiting("hook", NOW)
    assert (row.notice.recorded, row.notice.summary) == (False, FIRING.summary)
    outbox.delivered(outbox.waiting("hook", NOW), NOW)
    assert waiting(outbox) == []
    assert len(said) == 1
    assert file.status.write_failures_total >= 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_is_no_lost_one(file: AlertsFile, path: Path) -> None:
    with file.writing(NOW):
        pass
    file.close()
    path.chmod(0o400)
    with pytest.raises(AgentError), file.writing(NOW):
        pass


def test_what_was_delivered_while_the_disk_was_full_is_not_sent_again(file: AlertsFile, path: Path) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    rows = outbox.waiting("hook", NOW)
    with file.writing(NOW) as connection:
        connection.execute("CREATE TRIGGER full BEFORE UPDATE ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    outbox.delivered(rows, NOW)
    assert waiting(outbox) == []
    with file.writing(NOW) as connection:
        connection.execute("DROP TRIGGER full")
    outbox.delivered([], NOW)

    assert waiting(next_run(file, path)) == []


def test_a_damaged_file_is_set_aside_and_what_waits_is_written_anew(
    file: AlertsFile, path: Path, said: list[str]
) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    file.close()
    path.write_bytes(b"no database at all" * 300)

    assert waiting(outbox) == [FIRING]
    with file.writing(NOW):
        pass
    assert waiting(outbox) == [FIRING]
    assert ask_one(path, "SELECT count(*) FROM outbox") == 1
    assert "was damaged, lies now at" in said[0]


def test_a_row_that_cannot_be_read_holds_up_no_other(file: AlertsFile, path: Path) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING, channels=("hook", "mail"))
    change(path, "UPDATE outbox SET body = '{' WHERE channel = 'mail'")

    again = next_run(file, path)
    assert (waiting(again), waiting(again, "mail")) == ([FIRING], [])


def test_a_silence_lasts_until_it_ends_or_is_ended(file: AlertsFile) -> None:
    with file.writing(NOW) as connection:
        made = [
            add_silence(connection, [("rig", rig)], until=NOW + timedelta(hours=2), author="me", comment="", now=NOW)
            for rig in ("a", "b")
        ]
        assert read_silences(connection, NOW) == tuple(made)
        assert end_silence(connection, made[0].id, NOW)
        assert not end_silence(connection, 99, NOW)
        assert read_silences(connection, NOW) == (made[1],)
        assert read_silences(connection, NOW + timedelta(hours=2)) == ()


def test_a_fingerprint_tells_labels_apart_and_stays() -> None:
    assert KEY.fingerprint == "f054dba47a01f36e"
    other = [
        AlertKey("MinerDown", "rig-1"),
        AlertKey("MinerDown", "rig-1", (("miner", "left"), ("rack", ""))),
        AlertKey("MinerDown", "rig", (("miner", "left-rack"),)),
    ]
    assert len({key.fingerprint for key in (KEY, *other)}) == 4


def test_a_channel_that_is_new_was_told_of_no_beginning(file: AlertsFile) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING)
    outbox.delivered(outbox.waiting("hook", NOW), NOW)

    assert outbox.was_delivered(KEY.fingerprint, "hook", NOW)
    assert not outbox.was_delivered(KEY.fingerprint, "new", NOW)
    assert outbox.was_delivered("of a file that was lost", "new", NOW)


def test_what_is_over_for_a_week_is_forgotten_and_so_is_what_waits_for_a_channel_that_is_gone(
    file: AlertsFile, path: Path
) -> None:
    outbox = Outbox(file)
    put(file, outbox, FIRING, channels=("hook", "gone"))
    outbox.delivered(outbox.waiting("hook", NOW), NOW)

    def left_after(days: int) -> int:
        with file.writing(NOW) as connection:
            tidy_outbox(connection, NOW + timedelta(days=days))
            return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])

    assert [left_after(days) for days in (6, 8, 10)] == [2, 1, 0]
