"""What people read of a notice."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from miner_agent.model.alerting import AlertKey, Notice
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.message_text import LINE_LENGTH, TITLE_LENGTH, letter_of, letters_of
from tests.notifying.notices import NOW, notice, over


def test_a_notice_says_whose_it_is_what_is_wrong_since_when_and_what_to_do() -> None:
    letter = letter_of(notice(), now=NOW)

    assert letter.title == "warning: left-rack: core of gpu-0 is at 93 °C"
    assert letter.lines == (
        "left-rack: core of gpu-0 is at 93 °C",
        "device gpu-0, sensor core",
        "Now 93 °C, the limit is 90 °C",
        "Since 2026-11-29 14:00 UTC, for 5 min",
        "What to do: Check that its fans turn and the intake is clear, then lower its power limit.",
        "Runbook: https://docs.example/runbooks/DeviceTemperatureHigh.md",
        "DeviceTemperatureHigh (warning)",
    )
    assert letter.kind == "warning"


def test_its_end_says_how_long_it_lasted_and_asks_for_nothing() -> None:
    letter = letter_of(over(), now=NOW + timedelta(hours=1))

    assert letter.title == "resolved: left-rack: core of gpu-0 is at 93 °C"
    assert "It lasted 12 min, from 2026-11-29 14:00 UTC to 2026-11-29 14:12 UTC" in letter.lines
    assert not any(line.startswith(("What to do", "Now", "Since")) for line in letter.lines)
    assert letter.kind == "success"


def test_what_is_not_recorded_and_what_has_no_data_any_more_is_said() -> None:
    letter = letter_of(notice(state="no_data", recorded=False, severity="critical"), now=NOW)

    assert letter.title.startswith("no data: left-rack: ")
    assert "Its source says nothing any more: whether it is over is not known" in letter.lines
    assert letter.lines[-1].startswith("Not recorded")


def test_a_state_has_no_number_and_an_alert_without_a_limit_none() -> None:
    told = letter_of(notice(value=1.0, threshold=None, unit="state"), now=NOW).body
    assert "Now" not in told
    assert "Now 93 °C\n" in letter_of(notice(threshold=None), now=NOW).body


def test_many_are_one_message_with_some_of_their_rigs() -> None:
    many = notice(
        key=AlertKey("MinerDown", ""),
        summary="312 rigs: MinerDown",
        count=312,
        rigs=tuple(f"rig-{n}" for n in range(10)),
    )

    letter = letter_of(many, now=NOW)

    assert letter.title == "warning: 312 rigs: MinerDown"
    assert letter.lines[1] == "On rig-0, rig-1, rig-2, rig-3, rig-4 and others"


def test_a_sum_counts_by_rule_and_names_the_worst() -> None:
    told: list[Notice] = [notice(number) for number in range(10)]
    told += [notice(20, severity="critical", key=AlertKey("MinerDown", "rig-7"), summary="nothing answers")]
    told += [over(number) for number in range(3)]

    (letter,) = letters_of(Dispatch(notices=tuple(told), summed=True), now=NOW)

    assert letter.title == "14 notices: 11 of alerts that fire (1 critical)"
    assert letter.lines[:4] == (
        "14 notices: 11 of alerts that fire (1 critical), 3 of such that are over",
        "MinerDown: 1 firing",
        "DeviceTemperatureHigh: 10 firing, 3 over",
        "critical: rig-7: nothing answers, 2026-11-29 14:00 UTC",
    )
    assert len(letter.lines) == 3 + 10
    assert letter.kind == "failure"


HOSTILE = st.text(st.sampled_from("a\u202e\x1b\n\r\t\0<>=@\u0301\u3164"), max_size=40)


@given(name=HOSTILE, value=HOSTILE)
def test_no_name_breaks_a_line_or_turns_it_around(name: str, value: str) -> None:
    hostile = notice(key=AlertKey("Rule", name, (("device", value),)), summary=f"{name} {value}", what_to_do=name)

    letter = letter_of(hostile, now=NOW)

    for line in (letter.title, *letter.lines):
        assert line.isprintable()
    assert len(letter.title) <= TITLE_LENGTH
    assert all(len(line) <= LINE_LENGTH for line in letter.lines)


@given(length=st.integers(1, 500))
def test_a_letter_is_cut_by_whole_lines(length: int) -> None:
    letter = letter_of(notice(), now=NOW)

    fitted = letter.fitted(length)

    assert len(fitted) <= length
    assert letter.body.startswith(fitted.removesuffix("…").rstrip())
