"""Days of other rigs: sealed where they are, asked for over HTTP, and posted into one book by who keeps it."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.config import loading
from miner_agent.config.books_keys import BookRig
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import AuthRefused, BadPayload, ConfigError, SourceError, Unreachable
from miner_agent.posting import day_desk
from miner_agent.posting.book_prices import prices_of_book
from miner_agent.posting.daily_posting import Posting, post_days
from miner_agent.posting.day_desk import KEPT_SECONDS, DayDesk
from miner_agent.posting.day_record import LARGEST_RECORD_BYTES, canonical_sealed, read_day
from miner_agent.posting.posting_child import do
from miner_agent.posting.posting_errand import PostingErrand
from miner_agent.posting.rig_records import RigRecords, ask_rig
from miner_agent.storage.ledger.side_tables import evidence
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.questions import calendar_periods
from miner_agent.web.app import build_app
from miner_agent.web.certificates import Certificates
from miner_agent.web.day_pages import MOST_ASKED, DayPages
from miner_agent.web.guard import Guard
from miner_agent.web.pages import Pages
from tests import databases
from tests.bookkeeping.books import told
from tests.certificates import ONE
from tests.cli.every_command import ended
from tests.log_ticks import RIG, START, device, tick
from tests.posting.test_daily_posting import BANDS, FLAT, TIERS, configured, energies, logged
from tests.web.tls_clients import files
from tests.web.web_agent import serving

NOW = START + timedelta(days=2, hours=2)
FIRST = date(2026, 1, 1)
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of who keeps the book, and whose own log is empty."""
    databases.begun(tmp_path)
    return databases.empty_ledger(tmp_path).parent


@pytest.fixture
def rig_folder(tmp_path: Path) -> Path:
    """Of another rig, which is called left, with two days."""
    own = tmp_path / "rig"
    own.mkdir()
    logged(own, 49)
    return own


@contextmanager
def agent(folder: Path, *, now: datetime | None = NOW, guard: Guard | None = None) -> Iterator[str]:
    """The days of that folder over HTTP: its address."""
    desk = DayDesk(folder, rig=lambda: RIG, now=lambda: now)
    with (
        closing(DayPages(desk.answer)) as days,
        serving(build_app(Pages(lambda: None), guard=guard, days=days)) as host,
    ):
        yield f"http://127.0.0.1:{host.port}"


@contextmanager
def telling(answers: Mapping[str, bytes], certificates: Certificates | None = None) -> Iterator[tuple[str, list[str]]]:
    """Who answers as told, by the day or "" for the list of them: the address, and what was asked for."""
    asked: list[str] = []

    def answer(day: str | None, _rig: str | None, _zone: str | None) -> bytes:
        asked.append(day or "")
        if asked[-1] not in answers:
            raise LookupError("There is no such day.")
        return answers[asked[-1]]

    with (
        closing(DayPages(answer)) as days,
        serving(build_app(Pages(lambda: None), days=days), certificates) as host,
    ):
        yield f"{'http' if certificates is None else 'https'}://localhost:{host.port}", asked


@contextmanager
def nobody() -> Iterator[str]:
    """The address of a port at which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@dataclass(frozen=True)
class Posted:
    """What came of one posting."""

    added: list[str]
    problems: dict[str, str]


def posted(folder: Path, *rigs: BookRig, now: datetime = NOW, tariff: str = FLAT, zone: str = "UTC") -> Posted:
    config = loading.load([configured(folder, tariff, zone)], environment={}, known_drivers=())
    others = RigRecords(rigs, now)
    with closing(TelemetryLog.open_read_only(folder / "telemetry.db")) as log:
        posting = Posting(
            folder=BooksFolder(folder),
            book="main",
            log=log,
            prices_in=lambda currency: prices_of_book(config, currency, state_directory=folder, now=now),
            others=others,
        )
        booked = post_days(posting, now=now)
    return Posted([event.id for one in booked for event in one.added], others.problems)


def sums(folder: Path) -> dict[str, tuple[Decimal, Decimal | None]]:
    """Energy and value by the id of each entry."""
    return {event.id: (event.kwh, event.value) for event in energies(folder)}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("tariff", "zone"),
    [
        pytest.param(FLAT, "UTC", id="flat", marks=pytest.mark.thorough),
        pytest.param(BANDS, "Europe/Berlin", id="bands", marks=pytest.mark.thorough),
        pytest.param(BANDS, "Asia/Kolkata", id="half-hour"),
        pytest.param(TIERS, "Europe/Berlin", id="tiers"),
    ],
)
def test_what_a_rig_tells_is_posted_as_its_own_agent_would(tmp_path: Path, tariff: str, zone: str) -> None:
    start = datetime(2026, 3, 27, tzinfo=UTC)
    now = start + timedelta(days=4)
    found = []
    for name, is_told in (("alone", False), ("told", True)):
        own = tmp_path / name
        databases.empty_ledger(databases.begun(own))
        told(own, currency="EUR", time_zone=zone)
        if not is_told:
            logged(own, 24 * 4, start=start)  # over the night that has no third hour in Berlin
            assert not posted(own, now=now, tariff=tariff, zone=zone).problems
        else:
            with agent(tmp_path / "alone", now=now) as url:
                rig = BookRig(name=RIG, base_url=url)
                assert not posted(own, rig, now=now, tariff=tariff, zone=zone).problems
                assert posted(own, rig, now=now, tariff=tariff, zone=zone) == Posted([], {}), "nothing is new"
        found.append(sums(own))
    alone, other = found
    assert len(alone) >= 6
    assert alone.keys() == other.keys()
    for own_id, (drawn, value) in alone.items():
        assert abs(other[own_id][0] - drawn) < Decimal("1e-8")
        assert value is not None
        assert abs((other[own_id][1] or Decimal(0)) - value) < Decimal("1e-6")


def test_the_record_is_kept_as_evidence_beside_what_was_posted(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    with agent(rig_folder) as url:
        rig = BookRig(name=RIG, base_url=url)
        assert len(posted(folder, rig).added) == 8
        raw = ask_rig(rig, f"/-/day/{FIRST}", now=NOW)
    assert b"price" not in raw
    assert b"EUR" not in raw
    first = next(energies(folder))
    with BooksFolder(folder).reading() as ledger:
        detail = json.loads(evidence(ledger, first.slots or "") or b"")
        assert evidence(ledger, detail["records"][RIG]) == raw


def test_a_day_that_grew_is_posted_beside_what_was_there(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    with agent(rig_folder) as url:
        posted(folder, BookRig(name=RIG, base_url=url))
    log = TelemetryLog.open(rig_folder / "telemetry.db", now=START)
    log.append(tick(30 * 3600, [device("GPU-3", power_watts=90.0)], energy_joules={"GPU-3": 3_600_000.0}))
    log.append(tick(49 * 3600 + 5, [device("GPU-3", power_watts=90.0)], energy_joules={"GPU-3": 3_600_000.0}))
    log.close()
    with agent(rig_folder) as url:
        assert posted(folder, BookRig(name=RIG, base_url=url)).added == [
            "energy/2026-01-02/left/GPU-3/1",
            "hours/2026-01-02/left/GPU-3/1",
        ]


def test_a_rig_that_is_not_there_costs_itself(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    with agent(rig_folder) as url, nobody() as silent, telling({}) as (empty, _):
        found = posted(
            folder,
            BookRig(name="gone", base_url=silent),
            BookRig(name="other", base_url=empty),
            BookRig(name=RIG, base_url=url),
        )
    assert len(found.added) == 8
    assert set(found.problems) == {"gone", "other"}
    assert "connection refused" in found.problems["gone"]
    assert "HTTP 404" in found.problems["other"]


def test_a_rig_that_this_agent_reads_itself_is_not_posted_twice(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    (folder / "telemetry.db").unlink()
    logged(folder, 49)
    with agent(rig_folder) as url:
        found = posted(folder, BookRig(name=RIG, base_url=url))
    assert len(found.added) == 8
    assert "this agent reads that rig itself on 2026-01-0" in found.problems[RIG]


@pytest.fixture(scope="module")
def good_record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of the first day of a rig."""
    own = tmp_path_factory.mktemp("rig")
    logged(own, 26)
    return record_of(own)


def record_of(rig_folder: Path, day: date = FIRST) -> dict[str, Any]:
    desk = DayDesk(rig_folder, rig=lambda: RIG, now=lambda: NOW)
    return dict(json.loads(desk.answer(day.isoformat(), None, None))["record"])


def sealed(record: dict[str, Any]) -> bytes:
    return canonical_sealed(json.dumps(record))


def changed(**keys: Any) -> Callable[[dict[str, Any]], bytes]:
    return lambda record: sealed(record | keys)


def with_hour(**keys: Any) -> Callable[[dict[str, Any]], bytes]:
    def change(record: dict[str, Any]) -> bytes:
        record["devices"][0]["hours"][3] |= keys
        return sealed(record)

    return change


def gap(**keys: Any) -> Callable[[dict[str, Any]], bytes]:
    one = {"name": "a", "is_meter": False, "known_at": "2026-01-01T12:00:00Z", "kwh": "1"}
    return changed(unplaced=[one | keys])


HOSTILE: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "wrong seal": lambda record: sealed(record).replace(b'"hours": "1', b'"hours": "0', 1),
    "no seal": lambda record: json.dumps({"record": record}).encode(),
    "no json": lambda _: b"<html>" * 100,
    "cut": lambda record: sealed(record)[:500],
    "deep": lambda _: b'{"record":' + b"[" * 100_000,
    "huge": lambda record: sealed(record) + b" " * LARGEST_RECORD_BYTES,
    "not utf-8": lambda record: sealed(record).replace(b"GPU-1", b"GPU-\xff"),
    "another rig": changed(rig="right"),
    "a future day": changed(day="2036-01-01"),
    "another zone": changed(time_zone="Europe/Berlin"),
    "a later form": changed(form=2),
    "below zero": with_hour(kwh="-1"),
    "no number": with_hour(kwh="NaN"),
    "an exponent": with_hour(kwh="1e99999999"),
    "a float": with_hour(kwh=1.5),
    "too much": with_hour(kwh="1" * 7),
    "more hours than there are": with_hour(hours="1.1"),
    "an hour of another day": with_hour(**{"from": "2026-01-02T03:00:00Z"}),
    "an hour without a zone": with_hour(**{"from": "2026-01-01T03:00:00"}),
    "an hour twice": with_hour(**{"from": "2026-01-01T04:00:00Z"}),
    "a device twice": lambda record: sealed(record | {"devices": record["devices"][:1] * 2}),
    "a name that hides": lambda record: sealed(record | {"devices": [record["devices"][0] | {"name": "GPU\u202e"}]}),
    "no name": lambda record: sealed(record | {"devices": [record["devices"][0] | {"name": ""}]}),
    "a long name": lambda record: sealed(record | {"devices": [record["devices"][0] | {"name": "G" * 77}]}),
    "a gap of another day": gap(known_at="2026-01-02T00:00:00Z"),
    "a gap without a zone": gap(known_at="2026-01-01T12:00:00"),
    "a gap without a name": gap(name=""),
}


@pytest.mark.thorough
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_record_is_refused_in_a_sentence(case: str, good_record: dict[str, Any]) -> None:
    periods = tuple(calendar_periods(START, START + timedelta(days=1), "hour"))
    good = sealed(good_record)
    assert read_day(good, rig=RIG, day=FIRST, zone=UTC_ZONE, periods=periods).hours[3].devices[0].energy_joules

    with telling({str(FIRST): HOSTILE[case](deepcopy(good_record))}) as (url, _):
        rig = BookRig(name=RIG, base_url=url)
        with pytest.raises(SourceError) as refused:
            read_day(ask_rig(rig, f"/-/day/{FIRST}", now=NOW), rig=RIG, day=FIRST, zone=UTC_ZONE, periods=periods)
    assert isinstance(refused.value, BadPayload)
    assert len(str(refused.value)) < 400


def test_a_bad_day_costs_that_day_and_no_other(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    second = FIRST + timedelta(days=1)
    pages = {
        "": json.dumps(
            {"rig": RIG, "time_zone": "UTC", "days": [str(FIRST), str(second), "2036-01-01", "1999-01-01"]}
        ).encode(),
        str(FIRST): sealed(record_of(rig_folder) | {"rig": "right"}),
        str(second): sealed(record_of(rig_folder, second)),
    }
    with telling(pages) as (url, asked):
        found = posted(folder, BookRig(name=RIG, base_url=url))
    assert asked == ["", str(FIRST), str(second)], "no day that is not over, or too long ago, is asked for"
    assert {own.split("/")[1] for own in found.added} == {str(second)}
    assert found.problems[RIG] == "the days of left: the record of 2026-01-01: its rig is 'right'; expected left"


@pytest.mark.parametrize(
    "listed",
    [
        b"[]",
        b"[" * 100000,
        b'{"rig": "right", "time_zone": "UTC", "days": []}',
        b'{"rig": "left"}',
        b"\xff" * 9,
        json.dumps({"rig": RIG, "time_zone": "UTC", "days": ["2026-01-01"] * 1001}).encode(),
    ],
)
def test_a_hostile_list_of_days_costs_its_rig(listed: bytes, folder: Path) -> None:
    told(folder, currency="EUR")
    with telling({"": listed}) as (url, _):
        found = posted(folder, BookRig(name=RIG, base_url=url))
    assert not found.added
    assert "its days" in found.problems[RIG]


def status_and_sentence(url: str, path: str) -> tuple[int, str]:
    import http.client

    with closing(http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=5)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()


def test_what_is_not_over_not_held_or_no_day_is_said_so(rig_folder: Path) -> None:
    with agent(rig_folder) as url:
        for path, sentence in {
            "/-/day/2026-01-03": "2026-01-03 is not over",
            "/-/day/2036-01-01": "2036-01-01 is not over",
            "/-/day/1999-01-01": "too long ago",
            "/-/day/2025-12-31": "The log holds nothing of the rig left on 2025-12-31",
            "/-/day/2026-01-01?rig=right": "The log holds nothing of the rig right",
            "/-/day/2026-13-01": "That is no day",
            "/-/day/2026-01-01?time_zone=Moon": "There is no such time zone",
            "/-/day/2026-01-01?time_zone=../../etc/passwd": "There is no such time zone",
            f"/-/day/2026-01-01?rig={'r' * 65}": "at most 64 characters",
        }.items():
            status, said = status_and_sentence(url, path)
            assert (status, sentence in said) == (404, True), said
        assert json.loads(status_and_sentence(url, "/-/days")[1])["days"] == ["2026-01-01", "2026-01-02"]
    with agent(rig_folder, now=None) as url:
        assert status_and_sentence(url, "/-/days")[0] == 404
    with agent(rig_folder / "nowhere") as url:
        assert status_and_sentence(url, "/-/days") == (503, "The log of this rig cannot be read.\n")


def test_the_seal_is_over_the_record_as_it_is_written(rig_folder: Path) -> None:
    desk = DayDesk(rig_folder, rig=lambda: RIG, now=lambda: NOW)
    raw = desk.answer("2026-01-01", None, None)
    record = raw.partition(b'"record":')[2].rpartition(b',"sha256"')[0]
    assert json.loads(raw)["sha256"] == sha256(record).hexdigest()
    assert json.dumps(json.loads(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == record


def test_a_record_is_made_once_in_a_while_and_few_are_kept(rig_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_desk, "KEPT", 4)
    seconds = [0.0]
    desk = DayDesk(rig_folder, rig=lambda: RIG, now=lambda: NOW, monotonic=lambda: seconds[0])
    first = desk.answer("2026-01-01", None, None)
    assert desk.answer("2026-01-01", RIG, "UTC") is first
    seconds[0] = KEPT_SECONDS
    again = desk.answer("2026-01-01", None, None)
    assert again == first
    assert again is not first
    for number in range(6):
        desk.answer(None, f"rig-{number}", None)
    assert len(desk._kept) == 4


def test_an_agent_with_users_asks_for_a_password(rig_folder: Path, tmp_path: Path) -> None:
    import bcrypt

    users = {"collector": bcrypt.hashpw(b"a-password", bcrypt.gensalt(10)).decode()}
    key = tmp_path / "key"
    key.write_text("collector:a-password")
    key.chmod(0o600)
    with closing(Guard(users=users)) as guard, agent(rig_folder, guard=guard) as url:
        with pytest.raises(AuthRefused, match="wants a key; set key_file"):
            ask_rig(BookRig(name=RIG, base_url=url), "/-/days", now=NOW)
        rig = BookRig(name=RIG, base_url=url, key_file=SecretFile(key))
        assert b"2026-01-01" in ask_rig(rig, "/-/days", now=NOW)


@pytest.mark.parametrize(
    ("rig", "said"),
    [
        (BookRig(name="a", base_url="http://10.0.0.7:9877"), "use https"),
        (BookRig(name="a", base_url="ftp://10.0.0.7"), "begins with neither"),
        (
            BookRig(name="a", base_url="https://10.0.0.7", ca_file=Path("/nonexistent/ca")),
            r"ca_file /\.\.\. is no file",
        ),
    ],
)
def test_what_cannot_be_asked_safely_is_not_asked(rig: BookRig, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        ask_rig(rig, "/-/days", now=NOW)


def test_a_certificate_is_taken_from_who_signs_it(tmp_path: Path) -> None:
    pages = {"": b"{}"}
    with telling(pages, Certificates(files(tmp_path))) as (url, _):
        with pytest.raises(Unreachable, match="certificate cannot be verified"):
            ask_rig(BookRig(name=RIG, base_url=url), "/-/days", now=NOW)
        assert ask_rig(BookRig(name=RIG, base_url=url, ca_file=ONE), "/-/days", now=NOW) == b"{}"


def test_no_more_questions_wait_than_are_answered_soon() -> None:
    release = threading.Event()

    def answer(_day: str | None, _rig: str | None, _zone: str | None) -> bytes:
        release.wait(10)
        return b"{}"

    async def ask_all() -> list[int]:
        asking = [asyncio.ensure_future(days.told(None, None, None)) for _ in range(MOST_ASKED + 2)]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result()[0] for task in done} == {503}, "the loop answers while a question waits for a disk"
        assert all(one.daemon for one in threading.enumerate() if one.name == "days"), "no end waits for a disk"
        release.set()
        return [status for status, _ in await asyncio.gather(*asking)]

    with closing(DayPages(answer)) as days:
        assert sorted(asyncio.run(ask_all())) == [200] * MOST_ASKED + [503] * 2


def test_two_rigs_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[[books.rigs]]\nname = "a"\nbase_url = "https://a"\n' * 2)
    with pytest.raises(ConfigError, match=r'name "a" stands there twice'):
        loading.load([path], environment={}, known_drivers=())


def test_the_posting_child_and_the_command_ask_the_rigs(folder: Path, rig_folder: Path) -> None:
    told(folder, currency="EUR")
    with agent(rig_folder) as url, ExitStack() as stack:
        silent = stack.enter_context(nobody())
        path = configured(folder, FLAT, "UTC")
        rigs = f'[[books.rigs]]\nname = "left"\nbase_url = "{url}"\n'
        rigs += f'[[books.rigs]]\nname = "gone"\nbase_url = "{silent}"\n'
        path.write_text(path.read_text("utf-8") + rigs, "utf-8")
        config = loading.load([path], environment={}, known_drivers=())

        done = ended("energy", "post", "--config", str(path), "--dry-run")
        assert done.returncode == 69, done.stderr
        assert "error: the days of gone: " in done.stderr
        errand = PostingErrand.of(config, folder, credentials=None, post_at=NOW, ask_pools_at=None, started_at=None)
        returned = do(errand)
    assert returned.error is None
    assert returned.added == 8
    assert [problem.partition(": ")[0] for problem in returned.rigs] == ["the days of gone"]
