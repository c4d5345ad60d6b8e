"""Shares of the last hour: over restarts of a miner, over a clock that was set, and no longer than an hour."""

from datetime import timedelta

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances
from miner_agent.views.share_funnel_view import (
    NOT_COUNTED,
    NOT_YET,
    ShareFunnelView,
    SharesSeen,
    share_funnel_views,
    with_shares_of,
)
from tests.log_ticks import START, miner_work, tick

AT = Circumstances(taken_at=START)


def counted(seconds: float, accepted: int | None, rejected: int | None = 0) -> RigSnapshot:
    return tick(
        seconds,
        works=[miner_work("m", "kawpow", accepted_shares_total=accepted, rejected_shares_total=rejected)],
    )


def funnel(*ticks: RigSnapshot) -> ShareFunnelView:
    seen: tuple[SharesSeen, ...] = ()
    for one in ticks:
        seen = with_shares_of(one, seen)
    (view,) = share_funnel_views(seen, AT)
    return view


def test_what_came_in_the_window_is_told_and_not_since_the_start() -> None:
    view = funnel(counted(0, 1000, 50), counted(60, 1090, 55), counted(120, 1180, 60))

    assert (view.submitted_shares.value, view.accepted_shares.value, view.rejected_shares.value) == (190, 180, 10)
    assert (view.accepted_ratio.value, view.window_seconds.value) == (180 / 190, 120)
    assert (view.stale_shares.value, view.stale_shares.reason) == (None, NOT_COUNTED)


def test_a_miner_that_starts_anew_counts_on() -> None:
    assert funnel(counted(0, 1000), counted(60, 1010), counted(120, 4)).accepted_shares.value == 14


def test_one_look_tells_nothing_yet() -> None:
    view = funnel(counted(0, 1000))

    assert (view.accepted_shares.value, view.accepted_shares.reason) == (None, NOT_YET)


def test_an_hour_of_fast_ticks_is_kept_in_a_minute_each() -> None:
    seen: tuple[SharesSeen, ...] = ()
    for number in range(3 * 720):
        seen = with_shares_of(counted(5 * number, number), seen)
    (view,) = share_funnel_views(seen, AT)

    assert len(seen) <= 63
    assert 3600 <= (view.window_seconds.value or 0) <= 3720
    assert view.accepted_shares.value == (view.window_seconds.value or 0) / 5


def test_a_clock_that_is_set_back_begins_anew() -> None:
    seen = with_shares_of(counted(0, 5, 0), with_shares_of(counted(7200, 5, 0), ()))

    assert [one.at for one in seen] == [START]
    assert with_shares_of(counted(7200, 9), seen)[0].at == START + timedelta(hours=2)
