"""What waits for a channel is sent: in order, until it is taken, and never as a flood."""

from datetime import timedelta

import pytest

from miner_agent.errors import DeliveryError
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.grouping import GROUPED_FROM
from miner_agent.notifying.outbox_desk import MOST_SINGLY, MOST_WAITING, OutboxDesk
from tests.notifying.fake_channel import FakeChannel, FakeOutbox, at
from tests.notifying.notices import NOW, notice, over

DAY_SECONDS = 86_400.0


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def outbox() -> FakeOutbox:
    return FakeOutbox()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def desk(channel: FakeChannel, outbox: FakeOutbox, said: list[str]) -> OutboxDesk:
    return OutboxDesk(channel, outbox, say=said.append)


def different(count: int) -> list[object]:
    return [notice(number, key=notice(number).key.__class__(f"Rule{number}", "left-rack")) for number in range(count)]


def down(dispatch: Dispatch) -> DeliveryError:
    return DeliveryError("http://127.0.0.1:9: no connection (connection refused)")


def test_what_waits_is_sent_in_its_order_and_once(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(notice(1), notice(2), over(1))

    assert desk.step(at()) is None
    assert desk.step(at(60)) is None

    assert [(each.key.labels[0][1], each.state) for each in channel.taken] == [
        ("gpu-1", "firing"), ("gpu-2", "firing"), ("gpu-1", "resolved"),
    ]  # fmt: skip
    assert len(channel.attempts) == 1
    assert (desk.status.sent_total, desk.status.queue_length, desk.status.oldest_at) == (3, 0, None)


def test_the_pauses_of_a_channel_that_takes_nothing_grow_to_a_quarter_of_an_hour(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox, said: list[str]
) -> None:
    channel.refuses = down
    outbox.put(notice())
    seconds, pauses = 0.0, list[float]()
    while len(pauses) < 9:
        pause = desk.step(at(seconds))
        assert pause is not None
        pauses.append(pause)
        seconds += pause

    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900, 900]
    assert said == ["phone: notices are not taken: http://127.0.0.1:9: no connection (connection refused)"]
    assert (desk.status.failures_total, desk.status.queue_length, desk.status.oldest_at) == (9, 1, NOW)
    channel.refuses = lambda _: None
    assert desk.step(at(seconds)) is None
    assert said[1:] == ["phone: notices are taken again"]
    assert desk.status.last_error is None


def test_something_new_does_not_shorten_a_pause(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    channel.refuses = down
    outbox.put(notice(1))
    desk.step(at())
    outbox.put(notice(2))

    assert desk.step(at(5)) == 10
    assert len(channel.attempts) == 1


@pytest.mark.parametrize(("wanted_seconds", "waited_seconds"), [(120.0, 120.0), (1.0, 15.0), (86_400.0, 900.0)])
def test_who_wants_to_be_left_alone_is_for_a_quarter_of_an_hour_at_most(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox, wanted_seconds: float, waited_seconds: float
) -> None:
    channel.refuses = lambda _: DeliveryError("429", retry_after_seconds=wanted_seconds)
    outbox.put(notice())

    assert desk.step(at()) == waited_seconds


def test_many_are_told_as_one_sum(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(*different(MOST_SINGLY + 1))  # type: ignore[arg-type]

    desk.step(at())

    (dispatch,) = channel.dispatches
    assert dispatch.summed
    assert len(dispatch.notices) == MOST_SINGLY + 1
    assert outbox.rows == []


def test_many_of_one_rule_are_one_notice(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(*(notice(0, rig=f"rig-{number}") for number in range(312)), notice(7))

    desk.step(at())

    (dispatch,) = channel.dispatches
    many, *others = dispatch.notices
    assert not dispatch.summed
    assert (many.summary, many.count, len(many.rigs)) == ("313 rigs: DeviceTemperatureHigh", 313, 10)
    assert others == []
    assert outbox.rows == []


def test_many_of_one_rig_name_what_is_affected(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(*(notice(number) for number in range(8)))

    desk.step(at())

    (many,) = channel.taken
    assert many.summary == (
        "8 alerts: DeviceTemperatureHigh of gpu-0 core, gpu-1 core, gpu-2 core, gpu-3 core, gpu-4 core and others"
    )
    assert (many.key.rig, many.rigs) == ("left-rack", ("left-rack",))


def test_what_is_taken_of_several_is_not_sent_again(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(*different(3))  # type: ignore[arg-type]
    channel.refuses = lambda _: DeliveryError("half", delivered=2)
    desk.step(at())
    channel.refuses = lambda _: None

    desk.step(at(15))

    assert [each.key.rule for each in channel.taken] == ["Rule0", "Rule1", "Rule2"]


def test_one_that_is_never_taken_costs_its_neighbours_nothing(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox, said: list[str]
) -> None:
    outbox.put(*different(3))  # type: ignore[arg-type]
    channel.refuses = lambda dispatch: (
        DeliveryError("HTTP 400", retry=False) if any(one.key.rule == "Rule1" for one in dispatch.notices) else None
    )

    while desk.step(at()) is not None:
        pass

    assert [each.key.rule for each in channel.taken] == ["Rule0", "Rule2"]
    assert [(each.key.rule, why) for each, why in outbox.given_up] == [("Rule1", "HTTP 400")]
    assert desk.status.dropped_total == 1
    assert "phone: 1 notice given up: HTTP 400" in said


def test_what_waits_for_a_day_is_given_up_by_a_clock_that_can_be_believed(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox
) -> None:
    channel.refuses = down
    outbox.put(notice())

    desk.step(at(2 * DAY_SECONDS, clock_ok=False))
    assert outbox.given_up == []
    desk.step(at(2 * DAY_SECONDS + 900))

    assert [why for _, why in outbox.given_up] == ["expired"]


def test_an_end_is_not_told_to_whom_its_beginning_was_not(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox
) -> None:
    outbox.begun = False
    outbox.put(over(1), notice(2), over(2))

    desk.step(at())

    assert [(each.key.labels[0][1], each.state) for each in channel.taken] == [
        ("gpu-2", "firing"),
        ("gpu-2", "resolved"),
    ]
    assert [why for _, why in outbox.given_up] == ["its beginning was never told"]


def test_of_too_many_for_a_channel_that_takes_nothing_the_oldest_go(
    desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox
) -> None:
    channel.refuses = down
    outbox.put(*(notice(number) for number in range(MOST_WAITING + 5)))

    desk.step(at())
    assert outbox.given_up == []
    desk.step(at(15))

    assert len(outbox.rows) == MOST_WAITING
    assert [each.key.labels[0][1] for each, _ in outbox.given_up] == [f"gpu-{number}" for number in range(5)]
    assert desk.status.dropped_total == 5


def test_a_farm_that_goes_dark_is_told_whole(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    outbox.put(*(notice(0, rig=f"rig-{number}") for number in range(3 * MOST_WAITING)))

    desk.step(at())

    assert [each.count for each in channel.taken] == [3 * MOST_WAITING]
    assert outbox.given_up == []


def test_a_wall_clock_that_is_set_holds_nothing_up(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    channel.refuses = down
    outbox.put(notice(), at=NOW + timedelta(days=400))
    pause = desk.step(at())
    channel.refuses = lambda _: None

    desk.step(at(pause or 0.0))

    assert len(channel.taken) == 1


def test_groups_keep_the_order_of_each_alert(desk: OutboxDesk, channel: FakeChannel, outbox: FakeOutbox) -> None:
    told = [over(9), *(notice(number) for number in range(GROUPED_FROM))]
    told += [over(number) for number in range(GROUPED_FROM)]
    outbox.put(*told, notice(0, since=NOW), over(0, since=NOW))

    desk.step(at())

    states = [(each.state, each.count) for each in channel.taken]
    assert states == [("resolved", 1), ("firing", 4), ("resolved", 4), ("firing", 1), ("resolved", 1)]
