"""Questions of the log behind the face: one thread, bounds, what is kept, and the same values as `log stats`."""

import csv
import io
import json
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from miner_agent.cli.support.documents import json_text
from miner_agent.cli.support.log_csv import stats_csv
from miner_agent.config.configuration import Config
from miner_agent.face import question_desk
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.asked_wrongly import AskedWrongly
from miner_agent.face.known import Known
from miner_agent.face.page.history_page import not_accepted
from miner_agent.face.past import past_desk
from miner_agent.face.past.asked_time import asked_time
from miner_agent.face.past.changes_question import MOST_OF_A_KIND
from miner_agent.face.past.log_question import LogQuestion
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.question_desk import BUSY, KEPT_SECONDS, MOST_KEPT_BYTES, MOST_QUESTIONS
from miner_agent.model.finances import DecisionNote, Economy
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.figures import NOT_SHOWN
from miner_agent.views.series_view import NO_LINE, NOT_MEASURED
from miner_agent.views.stats_view import StatsView, WorkPeriod
from miner_agent.web.app import build_app
from miner_agent.web.inquiry import Inquiry, Reply
from miner_agent.web.pages import Pages
from tests import databases
from tests.face.told_desks import desks
from tests.for_each import for_each
from tests.log_ticks import RIG, START, full_tick, miner_work, tick
from tests.waiting import until
from tests.web.web_agent import Agent, serving

TICKS = 360
LAST = full_tick(TICKS - 1, cards=2)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of two cards."""
    path = databases.empty_log(tmp_path_factory.mktemp("past"))
    log = TelemetryLog.open(path, now=START)
    for number in range(TICKS):
        log.append(full_tick(number, cards=2))
    log.close()
    return path


class Clock:
    """Goes where it is told."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(file: Path, clock: Clock) -> Iterator[PastDesk]:
    desk = PastDesk(file, monotonic=clock)
    yield desk
    desk.close()


@pytest.fixture
def face(desk: PastDesk) -> AgentFace:
    known = Known(snapshot=LAST, loaded=Config())
    return AgentFace(lambda: known, lambda: None, desks(desk))


def ask(face: AgentFace, address: str) -> Reply:
    path, _, query = address.partition("?")
    told = face.answer(Inquiry(path=f"/api/v1/{path}", query=tuple(parse_qsl(query))))
    return told.result(20) if isinstance(told, Future) else told


def document(face: AgentFace, address: str) -> Any:
    reply = ask(face, address)
    assert (reply.status, reply.media_type) == (200, "application/json"), reply.body
    return json.loads(reply.body)


def test_a_series_is_columns_of_one_length_with_null_where_nothing_was_measured(face: AgentFace) -> None:
    told = document(face, "series?quantity=power_watts&from=2h&points=120")
    nobody = document(face, "series?quantity=power_watts&from=2h&points=120&device=nobody")
    assert (nobody["lines"], nobody["reason"]) == ([], NO_LINE)
    assert told["reason"] == NOT_MEASURED

    assert (told["unit"], told["step_seconds"], told["points"]) == ("watts", 60.0, 120)
    assert told["starts_at"] == "2025-12-31T23:00:00Z"
    assert {line["device"] for line in told["lines"]} == {device.label for device in LAST.inventory.devices}
    for line in told["lines"]:
        assert len(line["values"]) == told["points"]
        assert line["values"][:60] == [None] * 60
        assert all(116 < value < 126 for value in line["values"][60:])


def test_stats_are_those_of_the_command_line(face: AgentFace, file: Path) -> None:
    log = TelemetryLog.open_read_only(file)
    start, end = START + timedelta(minutes=7), START + timedelta(minutes=52)
    expected = json.loads(json_text(log.stats(start, end, "quarter_hour", rig=RIG)))
    log.close()
    told = document(face, "stats?from=2026-01-01T00:07Z&to=2026-01-01T00:52Z&by=quarter_hour")["periods"]

    assert len(told) == 4
    assert told == expected


def test_shares_that_no_miner_counts_are_not_shown_as_none_refused() -> None:
    counted = WorkPeriod(
        rig=RIG,
        miner="m",
        algorithm="kawpow",
        reported_ratio=1.0,
        hashes_per_second_mean=None,
        accepted_shares=7,
        rejected_shares=None,
        stale_shares=2,
        invalid_shares=0,
    )
    assert not_accepted(counted) == 2
    assert not_accepted(msgspec.structs.replace(counted, stale_shares=None)) == 0
    assert not_accepted(msgspec.structs.replace(counted, stale_shares=None, invalid_shares=None)) is None


def test_days_are_those_of_the_zone_that_is_named(face: AgentFace) -> None:
    address = "stats?from=2026-03-28T00:00&to=2026-03-31T00:00&by=day&zone=Europe/Berlin"
    told = msgspec.json.decode(ask(face, address).body, type=StatsView)

    assert [(one.end - one.start) / timedelta(hours=1) for one in told.periods] == [24, 23, 24]
    assert told.periods[0].start == datetime(2026, 3, 27, 23, tzinfo=UTC)


def test_whatever_clock_a_question_goes_by_its_answer_is_in_utc_and_a_day_has_24_hours(face: AgentFace) -> None:
    time = "from=24h&to=2026-10-26T00:00&zone=Europe/Berlin"
    told = document(face, f"stats?{time}")
    assert (told["starts_at"], told["ends_at"]) == ("2026-10-24T23:00:00Z", "2026-10-25T23:00:00Z")

    for asked in ("stats", "series", "changes", "decisions"):
        told = document(face, f"{asked}?from=2026-01-01T01:00%2B01:00&to=2026-01-01T02:00%2B01:00")
        assert (told["starts_at"], told["ends_at"]) == ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"), asked


@for_each(
    ["address", "status", "said"],
    [
        (
            "series?quantity=watts",
            400,
            "quantity: 'watts' is not logged; those that are: hashes_per_second, power_watts",
        ),
        ("series?points=0", 400, "points: '0' is no whole number from 1 to 1000"),
        ("series?points=1001", 400, "points: '1001' is no whole number from 1 to 1000"),
        ("series?points=%C2%B2", 400, "is no whole number"),
        ("series?from=yesterday", 400, "from: 'yesterday' is neither a span (24h) nor a time"),
        ("series?to=24h", 400, "to: '24h' is no time, such as 2026-01-31T06:00"),
        ("series?from=2026-01-02&to=2026-01-01", 400, "from: '2026-01-02' is not before the end"),
        ("series?from=0001-01-01", 400, "from: '0001-01-01' lies outside the years 1970 to 9998"),
        ("series?from=99999999999d", 400, "from: '99999999999d' lies outside"),
        ("series?from=999999w", 400, "from: '999999w' lies outside"),
        ("series?rig=right", 404, "The log holds nothing of the rig 'right'."),
        ("series?colour=red", 400, "does not take the parameter 'colour'"),
        ("stats?by=week", 400, "by: 'week' is no period; there are quarter_hour, hour, day, month, year, total"),
        ("stats?zone=Mars/Olympus", 400, "zone: 'Mars/Olympus' is no time zone"),
        ("stats?by=hour&from=52w", 400, "by: these are more than 1000 periods"),
    ],
)
def test_a_question_that_is_put_wrongly_is_refused_in_one_sentence(
    face: AgentFace, address: str, status: int, said: str
) -> None:
    reply = ask(face, address)
    told = json.loads(reply.body)

    assert (reply.status, told["status"], reply.media_type) == (status, status, "application/problem+json")
    assert said in told["detail"]


def test_questions_of_the_same_seconds_are_one(face: AgentFace, clock: Clock) -> None:
    first = ask(face, "series?quantity=power_watts&from=1h")

    assert face.answer(Inquiry(path="/api/v1/series", query=(("quantity", "power_watts"), ("from", "1h")))) is first
    clock.seconds += KEPT_SECONDS
    again = ask(face, "series?quantity=power_watts&from=1h")
    assert again is not first
    assert again == first


def test_a_page_of_the_log_that_is_kept_is_handed_to_nobody_who_may_see_less(face: AgentFace) -> None:
    def page(*, sees_money: bool) -> Reply | Future[Reply]:
        return face.answer(Inquiry(path="/history", sees_money=sees_money))

    made = page(sees_money=True)
    assert isinstance(made, Future)
    assert made.result(20) is page(sees_money=True)
    assert isinstance(page(sees_money=False), Future)


def test_a_span_ends_with_the_newest_tick_and_moves_on_by_less_than_a_step() -> None:
    newest = START + timedelta(hours=5, seconds=47)
    start, end = asked_time({"from": "12h"}, newest, UTC, parts=360)

    assert timedelta() < end - newest <= timedelta(minutes=1)
    assert end - start == timedelta(hours=12)
    assert asked_time({"from": "12h"}, newest + timedelta(seconds=10), UTC, parts=360) == (start, end)
    assert asked_time({"from": "2026-01-01T01:00"}, newest, UTC, parts=360)[0] == START + timedelta(hours=1)
    with pytest.raises(AskedWrongly):
        asked_time({"from": "2027-01-01"}, newest, UTC, parts=360)


@dataclass(frozen=True)
class Hanging(LogQuestion):
    """Waits until it is let go, as a question on a dead disk."""

    name: str
    begun: threading.Event
    let_go: threading.Event

    def answer(self, log: TelemetryLog) -> msgspec.Struct:
        self.begun.set()
        self.let_go.wait(30)
        return msgspec.defstruct("Empty", [])()


def told(_struct: msgspec.Struct) -> Reply:
    return Reply(body=b"told")


def refused(status: int, sentence: str, headers: Any) -> Reply:
    return Reply(status=status, body=sentence.encode(), headers=headers)


def test_a_question_that_hangs_holds_up_neither_scrapes_nor_more_than_a_few_others(desk: PastDesk) -> None:
    begun, let_go = threading.Event(), threading.Event()
    known = Known(snapshot=LAST, loaded=Config())
    pages = Pages(lambda: None)
    with serving(build_app(pages, face=AgentFace(lambda: known, lambda: None, desks(desk)))) as host:
        agent = Agent(host, pages)
        try:
            waiting = [
                desk.ask(Hanging(f"{number}", begun, let_go), told, refused, form="x")
                for number in range(MOST_QUESTIONS)
            ]
            assert begun.wait(10)
            refusal = desk.ask(Hanging("more", begun, let_go), told, refused, form="x")
            assert isinstance(refusal, Reply)
            assert (refusal.status, refusal.headers["retry-after"]) == (503, "5")
            assert agent.ask("/-/healthy")[0].status == 200
            assert agent.ask("/api/v1/snapshot")[0].status == 200
            response, body = agent.ask("/api/v1/series")
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
            assert json.loads(body)["detail"] == BUSY
        finally:
            let_go.set()
        assert [one.result(10).body for one in waiting if isinstance(one, Future)] == [b"told"] * MOST_QUESTIONS


@dataclass(frozen=True)
class Endless(LogQuestion):
    """A question that the log would work at for hours."""

    clock: Clock

    def answer(self, log: TelemetryLog) -> msgspec.Struct:
        self.clock.seconds += past_desk.ANSWERED_WITHIN_SECONDS + 1
        log.stats(START, START + timedelta(days=1))
        log.chart(START, START + timedelta(hours=1), "power_watts", rig=RIG)
        raise AssertionError("it went on")


def test_a_question_that_takes_too_long_is_given_up(
    desk: PastDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("miner_agent.storage.sqlite.database._LOOKED_AFTER_STEPS", 10)
    asked = desk.ask(Endless(clock), told, refused, form="x")
    assert isinstance(asked, Future)
    reply = asked.result(10)

    assert (reply.status, reply.body.decode()) == (503, past_desk.TOO_LONG)
    after = desk.ask(replace(HOUR_OF_POWER), told, refused, form="x")
    assert isinstance(after, Future)
    assert after.result(10).body == b"told"


@dataclass(frozen=True)
class Power(LogQuestion):
    """The hour that the log holds."""

    points: int = 60

    def answer(self, log: TelemetryLog) -> msgspec.Struct:
        log.chart(START, START + timedelta(hours=1), "power_watts", rig=RIG, points=self.points)
        return msgspec.defstruct("Empty", [])()


HOUR_OF_POWER = Power()


def test_who_does_not_wait_any_more_is_not_answered(desk: PastDesk) -> None:
    begun, let_go = threading.Event(), threading.Event()
    first = desk.ask(Hanging("first", begun, let_go), told, refused, form="x")
    gone_begun = threading.Event()
    gone = desk.ask(Hanging("gone", gone_begun, let_go), told, refused, form="x")
    assert isinstance(first, Future)
    assert isinstance(gone, Future)
    gone.cancel()
    let_go.set()

    assert first.result(10).body == b"told"
    last = desk.ask(HOUR_OF_POWER, told, refused, form="x")
    assert isinstance(last, Future)
    assert last.result(10).body == b"told"
    assert not gone_begun.is_set()


def test_an_answer_that_was_begun_before_all_was_forgotten_is_not_kept(desk: PastDesk) -> None:
    begun, let_go = threading.Event(), threading.Event()
    question = Hanging("begun", begun, let_go)
    asked = desk.ask(question, told, refused, form="x")
    assert isinstance(asked, Future)
    assert begun.wait(10)
    desk.forget()
    let_go.set()

    assert asked.result(10).body == b"told"
    again = desk.ask(question, told, refused, form="x")
    assert isinstance(again, Future)
    assert again.result(10) is desk.ask(question, told, refused, form="x")


def test_what_nobody_asks_for_again_is_let_go(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_desk, "KEPT_SECONDS", 0.05)
    desk = PastDesk(file)
    question = Power(4)
    gone = weakref.ref(question)

    asked = desk.ask(question, told, refused, form="x")
    assert isinstance(asked, Future)
    assert asked.result(10).body == b"told"
    del question, asked

    until(lambda: gone() is None)
    desk.close()


def test_what_is_kept_holds_nothing_of_how_it_was_made(desk: PastDesk) -> None:
    class Teller:
        def __call__(self, _struct: msgspec.Struct) -> Reply:
            return Reply(body=b"told")

    teller = Teller()
    gone = weakref.ref(teller)
    asked = desk.ask(HOUR_OF_POWER, teller, refused, form="x")
    assert isinstance(asked, Future)
    kept = asked.result(10)
    del teller

    until(lambda: gone() is None)
    assert desk.ask(HOUR_OF_POWER, told, refused, form="x") is kept


def test_what_is_kept_has_a_bound(desk: PastDesk) -> None:
    def much(_struct: msgspec.Struct) -> Reply:
        return Reply(body=b"x" * (MOST_KEPT_BYTES // 2))

    for points in range(1, 5):
        asked = desk.ask(Power(points), much, refused, form="much")
        assert isinstance(asked, Future)
        asked.result(10)

    assert isinstance(desk.ask(Power(4), much, refused, form="much"), Reply)
    assert isinstance(desk.ask(Power(1), much, refused, form="much"), Future)


def test_a_log_that_is_not_there_is_told_so(tmp_path: Path) -> None:
    known = Known(snapshot=LAST, loaded=Config())
    desk = PastDesk(tmp_path / "none.db")
    reply = ask(AgentFace(lambda: known, lambda: None, desks(desk)), "series")
    desk.close()

    assert (reply.status, json.loads(reply.body)["detail"]) == (503, past_desk.UNREADABLE)


def test_changes_are_told_in_words_and_money_to_who_may_see_it(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    log = TelemetryLog.open(path, now=START)
    decision = DecisionNote(
        decided_at=START + timedelta(minutes=30), part="6 cards", before="RVN", after="ETC", wanted="ETC",
        reason="better", refused=False, sentence="ETC leaves 1.25 EUR more a day", inputs=(),
    )  # fmt: skip
    for number in range(TICKS):
        snapshot = full_tick(number, cards=2)
        if number == 180:
            snapshot = replace(snapshot, economy=Economy(computed_at=snapshot.taken_at, decisions=(decision,)))
        if not 60 <= number < 180:
            log.append(snapshot)
    log.close()
    started = {"miner0": START + timedelta(minutes=31, seconds=12.5)}
    known = Known(snapshot=replace(LAST, miners_started_at=started), loaded=Config())
    desk = PastDesk(path)
    face = AgentFace(lambda: known, lambda: None, desks(desk))
    shown = face.answer(Inquiry(path="/api/v1/changes", query=(("from", "2h"),), sees_money=True))
    assert isinstance(shown, Future)
    all_of_them, without_money = json.loads(shown.result(10).body), document(face, "changes?from=2h")
    desk.close()

    assert [(one["kind"], one["said"]) for one in all_of_them["changes"]] == [
        ("advice", "ETC leaves 1.25 EUR more a day"),
        ("pause", "nothing was read for 20 min 10 s"),
        ("miner_start", "miner0 started"),
    ]
    assert [one["kind"] for one in without_money["changes"]] == ["pause", "miner_start"]
    assert (all_of_them["reason"], without_money["reason"]) == (None, f"advice: {NOT_SHOWN}")


def test_of_a_kind_of_change_the_newest_are_told(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    log = TelemetryLog.open(path, now=START)
    for number in range(0, 600, 5):
        log.append(full_tick(number, cards=2))
    log.close()
    known = Known(snapshot=full_tick(600), loaded=Config())
    desk = PastDesk(path)
    told = document(AgentFace(lambda: known, lambda: None, desks(desk)), "changes?from=2h")
    desk.close()

    assert (len(told["changes"]), told["left_out"]) == (MOST_OF_A_KIND, 119 - MOST_OF_A_KIND)
    assert told["changes"][-1]["at"] == "2026-01-01T01:39:10Z"


def test_a_start_that_the_log_tells_is_told_once(tmp_path: Path) -> None:
    path = databases.empty_log(tmp_path)
    log = TelemetryLog.open(path, now=START)
    started = {"m": START + timedelta(seconds=8), "other": START + timedelta(seconds=9)}
    for number, total in enumerate((9, 1)):
        work = miner_work("m", "kawpow", accepted_shares_total=total)
        log.append(replace(tick(10 * number, [], [work]), miners_started_at=started))
    log.close()
    known = Known(snapshot=replace(tick(20), miners_started_at=started), loaded=Config())
    desk = PastDesk(path)
    told = document(AgentFace(lambda: known, lambda: None, desks(desk)), "changes?from=2h")["changes"]
    desk.close()

    assert sorted((one["kind"], one["said"]) for one in told) == [
        ("miner_restart", "m restarted"),
        ("miner_start", "other started"),
    ]


def test_as_csv_each_value_each_period_and_each_change_has_a_line(face: AgentFace, file: Path) -> None:
    def table(address: str) -> list[dict[str, str]]:
        reply = ask(face, address)
        assert (reply.status, reply.media_type) == (200, "text/csv; charset=utf-8"), reply.body
        return list(csv.DictReader(io.StringIO(reply.body.decode())))

    series = document(face, "series?quantity=power_watts&from=2h&points=4")
    told = table("series?quantity=power_watts&from=2h&points=4&format=csv")
    assert [row["value"] for row in told] == [
        "" if value is None else str(value) for line in series["lines"] for value in line["values"]
    ]
    assert told[0]["device"] == series["lines"][0]["device"]

    log = TelemetryLog.open_read_only(file)
    periods = log.stats(START, START + timedelta(hours=2), "hour", rig=RIG)
    log.close()
    entries: list[tuple[Any, Any]] = [
        (period, one) for period in periods for one in (*period.devices, *period.meters, *period.works)
    ]
    head, rows = stats_csv(entries, UTC)
    rows_told = table("stats?from=2026-01-01T00:00Z&to=2026-01-01T02:00Z&by=hour&format=csv")
    assert len(rows_told) == len(list(rows)) == 4
    assert set(rows_told[0]) == set(head)
    assert rows_told[0]["power_watts_mean"] == str(entries[0][1].power_watts_mean)

    assert set(ask(face, "changes?from=2h&format=csv").body.decode().splitlines()[0].split(",")) == {
        "at", "kind", "subject", "said"
    }  # fmt: skip
