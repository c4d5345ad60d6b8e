"""What a miner makes beside what it should make, and what shares prove of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from miner_agent.model.devices import DeviceWork
from miner_agent.model.snapshot import AwaitedShares, DeviceContribution, ExpectedHashrate, PoolWatch
from miner_agent.views.figures import Circumstances
from miner_agent.views.mining_view import NO_SHARE, mining_views
from tests.log_ticks import START, device, miner_work, tick

AT = Circumstances(taken_at=START)


def awaited(miner: str, *, due: float, came: float) -> AwaitedShares:
    return AwaitedShares(
        miner=miner,
        algorithm="kawpow",
        expected_shares_total=due,
        proven_shares_total=came,
        expected_since_accepted=0.0,
        last_accepted_at=START - timedelta(seconds=40),
        share_interval_expected_seconds=20.0,
    )


def expected(miner: str, hashes_per_second: float) -> ExpectedHashrate:
    return ExpectedHashrate(
        miner=miner, algorithm="kawpow", device=None, source="learnt", hashes_per_second=hashes_per_second
    )


def test_the_one_furthest_below_what_it_should_make_is_first() -> None:
    works = [miner_work(name, "kawpow", hashes_per_second=90e6) for name in ("good", "weak", "unknown")]
    snapshot = replace(
        tick(0, works=works),
        expected_hashrates=(expected("good", 90e6), expected("weak", 120e6)),
        awaited=(awaited("good", due=100.0, came=98.0), awaited("weak", due=3.0, came=9.0)),
    )
    weak, good, unknown = mining_views(snapshot, AT)

    assert (weak.miner, weak.of_expected_ratio.value, weak.of_expected_ratio.source) == ("weak", 0.75, "learnt")
    assert weak.proven_ratio.value is None  # three shares prove nothing
    assert good.proven_ratio.value == pytest.approx(0.98)
    assert good.last_accepted_age_seconds.value == 40.0
    assert (unknown.of_expected_ratio.value, unknown.last_accepted_age_seconds.reason) == (None, NO_SHARE)


def test_a_miner_that_mines_for_somebody_else_is_before_all_others() -> None:
    works = [miner_work(name, "kawpow", hashes_per_second=1e6) for name in ("weak", "stolen")]
    watch = PoolWatch(
        miner="stolen", algorithm="kawpow", host="thief.example", port=None, scheme=None, account_hash=None,
        compared=("pool", "account"), differs=("account",),
    )  # fmt: skip
    snapshot = replace(tick(0, works=works), expected_hashrates=(expected("weak", 9e6),), pools=(watch,))
    first, _ = mining_views(snapshot, AT)

    assert (first.miner, first.differs) == ("stolen", ["account"])


def test_efficiency_is_of_devices_that_do_nothing_else() -> None:
    works = [miner_work("one", "kawpow", hashes_per_second=50e6), miner_work("two", "etchash", hashes_per_second=60e6)]
    cards = [device(name, power_watts=100.0) for name in ("a", "b", "both")]

    def does(label: str, miner: str, algorithm: str) -> DeviceContribution:
        return DeviceContribution(device=label, miner=miner, algorithm=algorithm, work=DeviceWork(device_index=0))

    alone = [does("a", "one", "kawpow"), does("b", "one", "kawpow"), does("both", "two", "etchash")]
    first, second = sorted(mining_views(tick(0, cards, works, alone), AT), key=lambda view: view.miner)
    assert first.joules_per_hash.value == pytest.approx(200 / 50e6)
    assert second.joules_per_hash.value == pytest.approx(100 / 60e6)

    shared = [*alone, does("both", "one", "kawpow")]
    views = mining_views(tick(0, cards, works, shared), AT)
    assert [view.joules_per_hash.value for view in views] == [None, None]
