"""Rules over pages of metrics, without Prometheus."""

from collections.abc import Mapping, Sequence

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.evaluator import Evaluator, Looked
from exporters.alerts.sliding_windows import MARKS
from miner_agent.model.alerting import AlertKey
from tests.written_families import families

HOT = 'rig_device_temperature_celsius{device="card",sensor="core"}'
HOT_FROM = 'rig_device_temperature_threshold_celsius{device="card",sensor="core",level="warning"}'
CARD_HOT = AlertKey("DeviceTemperatureHigh", "rig", (("device", "card"), ("sensor", "core")))
RESTARTS = 'rig_miner_restarts_total{miner="xmrig"}'
DOWN = {'rig_miner_up{miner="xmrig"}': 0.0, "rig_host_cpus": 8.0}


def named(*names: str) -> Sequence[AlertRule]:
    return [rule for rule in ALERTS if rule.name in names]


def look(rules: Evaluator, page: Mapping[str, float], seconds: float = 0.0) -> Looked:
    return rules.look(families(page), now_seconds=1_800_000_000 + seconds, steady_seconds=seconds)


def found(looked: Looked) -> list[str]:
    return [each.finding.key.rule for each in looked.found]


def test_a_finding_says_which_series_its_value_and_its_bound() -> None:
    looked = look(Evaluator(named("DeviceTemperatureHigh"), rig="rig"), {HOT: 91, HOT_FROM: 85})

    (one,) = looked.found
    assert (one.finding.key, one.finding.value, one.finding.threshold) == (CARD_HOT, 91, 85)
    assert one.rule.severity == "warning"


@pytest.mark.parametrize(("celsius", "holds", "held"), [(86, 1, 0), (85, 0, 1), (83, 0, 1), (82, 0, 0), (60, 0, 0)])
def test_what_has_not_passed_the_lower_bound_is_held(celsius: float, holds: int, held: int) -> None:
    looked = look(Evaluator(named("DeviceTemperatureHigh")), {HOT: celsius, HOT_FROM: 85})

    assert (len(looked.found), len(looked.held)) == (holds, held)


def test_what_is_not_on_the_page_is_not_known_to_be_over() -> None:
    rules = Evaluator(named("DeviceTemperatureHigh"), rig="rig")

    assert look(rules, {HOT: 60, HOT_FROM: 85}).knows(CARD_HOT)
    assert not look(rules, {HOT_FROM: 85}).knows(CARD_HOT)  # the card says nothing
    assert not look(rules, {HOT: 60}).knows(CARD_HOT)  # nobody says from when on it is hot
    assert not look(rules, {}).knows(CARD_HOT)


def test_what_goes_away_with_its_end_is_known_to_be_over_by_something_else() -> None:
    rules, up = Evaluator(named("DeviceLost")), 'rig_device_up{device="board"}'
    (lost,) = look(rules, {'rig_device_state{device="board",state="lost"}': 1, up: 0}).found

    assert look(rules, {up: 1}).knows(lost.finding.key)  # firmware that tells a state only of what is not well
    assert not look(rules, {'rig_device_up{device="other"}': 1}).knows(lost.finding.key)
    assert not look(rules, {}).knows(lost.finding.key)


def test_a_guard_holds_back_what_it_matches_and_nothing_else() -> None:
    rules = Evaluator(named("MinerHashrateZero"))
    page = {
        f'rig_miner_{what}{{miner="{miner}",{rest}}}': value
        for miner in ("paused", "hung")
        for what, rest, value in (
            ("hashrate_hashes_per_second", 'algorithm="kawpow"', 0.0),
            ("start_time_seconds", "", 1_700_000_000.0),
            ("paused", 'reason="user"', float(miner == "paused")),
        )
    }

    assert [each.finding.key.labels for each in look(rules, page).found] == [
        (("algorithm", "kawpow"), ("miner", "hung"))
    ]


@pytest.mark.parametrize("reason", ['rig_maintenance{reason="configured"}', "rig_planned_off"])
def test_a_rig_that_is_worked_on_or_meant_to_be_off_is_not_down(reason: str) -> None:
    rules = Evaluator(named("MinerDown"))

    assert found(look(rules, DOWN | {reason: 0})) == ["MinerDown"]
    assert found(look(rules, DOWN | {reason: 1})) == []


def test_a_counter_grows_within_its_window_only() -> None:
    rules = Evaluator(named("MinerRestartLoop"))
    told = [found(look(rules, {RESTARTS: minutes // 5}, minutes * 60)) for minutes in range(121)]

    assert next(minutes for minutes, names in enumerate(told) if names) == 30  # six, five minutes apart
    assert told[120] == ["MinerRestartLoop"]
    later = [found(look(rules, {RESTARTS: 24}, minutes * 60)) for minutes in range(121, 190)]
    assert later[-1] == []


def test_a_counter_that_was_reset_tells_what_has_come_since() -> None:
    rules = Evaluator(named("MinerRestartLoop"))
    look(rules, {RESTARTS: 1000}, 0)

    assert found(look(rules, {RESTARTS: 3}, 60)) == []
    assert found(look(rules, {RESTARTS: 9}, 120)) == ["MinerRestartLoop"]


def test_windows_go_on_over_a_restart() -> None:
    before = Evaluator(named("MinerRestartLoop", "RigRebootLoop"))
    for minute in range(30):
        look(before, {RESTARTS: minute // 6, "rig_host_boot_time_seconds": minute // 25}, minute * 60)
    after = Evaluator(named("MinerRestartLoop", "RigRebootLoop"), kept=before.kept())
    page = {RESTARTS: 6.0, "rig_host_boot_time_seconds": 2.0}

    assert sorted(found(look(after, page, 1860))) == ["MinerRestartLoop", "RigRebootLoop"]
    assert found(look(Evaluator(named("MinerRestartLoop", "RigRebootLoop")), page, 1860)) == []


@pytest.mark.parametrize("kept", [b"", b"null", b"{", b'[{"what":1}]', b"[]"])
def test_windows_that_cannot_be_read_begin_anew(kept: bytes) -> None:
    assert found(look(Evaluator(named("MinerRestartLoop"), kept=kept), {RESTARTS: 9})) == []


def test_a_series_takes_a_bounded_number_of_marks_and_is_forgotten_when_it_is_gone() -> None:
    rules = Evaluator(named("MinerRestartLoop"))
    for second in range(0, 7200, 2):
        look(rules, {RESTARTS: second}, second)
    growing = len(rules.kept())
    look(rules, {'rig_miner_restarts_total{miner="other"}': 1}, 20_000)

    assert growing < 25 * (MARKS + 10)
    assert b"xmrig" not in rules.kept()
    assert b"other" in rules.kept()


def test_a_clock_of_windows_that_goes_back_raises_nothing() -> None:
    rules = Evaluator(named("MinerRestartLoop"))
    for seconds in (10_000, 9_000, 5_000, 12_000):
        assert found(look(rules, {RESTARTS: 3}, seconds)) == []


@pytest.mark.parametrize(
    ("proven", "expected", "rules"),
    [
        (700, 720, []),
        (585, 720, []),
        (575, 720, ["PoolHashrateDivergence"]),  # 0.95 * 720 less four times its root is 579.4
        (0, 16, []),
        (0, 20, ["PoolHashrateDivergence"]),
    ],
)
def test_shares_that_do_not_arrive_are_told_from_bad_luck(proven: int, expected: int, rules: list[str]) -> None:
    evaluator = Evaluator(named("PoolHashrateDivergence"))
    labels = '{miner="xmrig",algorithm="randomx"}'
    counts = f"rig_miner_shares_proven_total{labels}", f"rig_miner_shares_expected_total{labels}"
    look(evaluator, dict.fromkeys(counts, 1000))

    assert found(look(evaluator, dict(zip(counts, (1000 + proven, 1000 + expected), strict=True)), 20_000)) == rules


@pytest.mark.parametrize(
    ("rejected", "accepted", "rules"),
    [
        (0, 0, []),
        (3, 52, []),
        (8, 100, []),
        (13, 107, []),
        (17, 103, ["RejectRatioHigh"]),
        (10, 0, ["PoolRefusesShares", "RejectRatioHigh"]),
    ],
)
def test_rejects_are_told_from_a_few_that_come_together(rejected: int, accepted: int, rules: list[str]) -> None:
    evaluator = Evaluator(named("RejectRatioHigh", "PoolRefusesShares"))
    labels = '{miner="xmrig",algorithm="randomx"}'
    counts = f"rig_miner_shares_rejected_total{labels}", f"rig_miner_shares_accepted_total{labels}"
    look(evaluator, dict.fromkeys(counts, 5))
    grown = dict(zip(counts, (5 + rejected, 5 + accepted), strict=True))

    assert sorted(found(look(evaluator, grown, 250))) == rules
