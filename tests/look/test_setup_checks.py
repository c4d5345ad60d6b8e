"""What surrounds a rig: every finding of the doctor about service, exposure, alerts, prices and books."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from miner_agent.config.alert_keys import AlertsTable
from miner_agent.config.channel_keys import ChannelEntry, DeadManTable
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import Unreachable
from miner_agent.look.check import GROUPS, LEVELS, Check, in_groups
from miner_agent.look.service_unit import ServiceUnit
from miner_agent.look.setup_checks import (
    BooksFacts,
    ExposureFacts,
    FeedFacts,
    SecretFacts,
    SetUp,
    examine_set_up,
)
from miner_agent.model.channel_status import ChannelDeliveries
from miner_agent.model.ledger_status import BookStatus
from tests.for_each import for_each

NOW = datetime(2026, 11, 29, 14, 2, tzinfo=UTC)
LOOPBACK = ExposureFacts(listen="127.0.0.1:9877", is_loopback=True)
RUNS = ServiceUnit(installed=True, enabled=True, running=True)
LIFE = DeadManTable(url_file=SecretFile(Path("/etc/life")))
LOG_CHANNEL = ChannelEntry(name="log", kind="journal")
BOOK = BookStatus(
    book="main", entries=7, head_known=True, unpriced=0, open_items=0, posted_until=NOW - timedelta(hours=14)
)


def well(**changes: Any) -> SetUp:
    """Where there is nothing to say but that all is well."""
    facts = SetUp(
        now=NOW,
        agent_answers=True,
        unit=RUNS,
        exposure=LOOPBACK,
        alerts=AlertsTable(channels=(LOG_CHANNEL,), dead_man=LIFE),
        owner="local",
        looked_at=NOW,
        feeds=(FeedFacts(name="ecb", place="ecb.example:443", last_at=NOW),),
        has_tariff=True,
        books=BooksFacts(books=(BOOK,)),
    )
    return replace(facts, **changes)


def test_where_all_is_well_nothing_is_to_mend_and_nothing_to_note() -> None:
    checks = examine_set_up(well())

    assert {check.level for check in checks} == {"good"}
    assert {check.area for check in checks} == {"service", "exposure", "channel", "feed", "books"}


def secret(**said: Any) -> ExposureFacts:
    return replace(LOOPBACK, secrets=(SecretFacts(key="feeds.key_file", file="/etc/miner-agent/key", **said),))


def feed(**said: Any) -> dict[str, Any]:
    return {"feeds": (replace(FeedFacts(name="ecb", place="ecb.example:443"), **said),)}


def sent(**said: Any) -> dict[str, Any]:
    return {"deliveries": {"log": ChannelDeliveries(**said)}}


def books(**said: Any) -> dict[str, Any]:
    return {"books": BooksFacts(books=(replace(BOOK, **said),))}


BY_PROMETHEUS = {"owner": "prometheus", "alerts": AlertsTable(owner="prometheus", channels=(LOG_CHANNEL,))}


@for_each(
    ("changes", "level", "said", "mend"),
    [
        ({"unit": replace(RUNS, enabled=False)}, "risk", "does not start with the machine", "systemctl enable"),
        ({"unit": replace(RUNS, running=False)}, "broken", "does not run", "systemctl start miner-agent"),
        ({"agent_answers": False}, "broken", "does not answer", "journalctl"),
        (
            {"unit": replace(RUNS, denied=(ip_network("0.0.0.0/0"),)), "outside": {"s19": "10.0.0.7"}},
            "broken",
            "may not talk to 10.0.0.7",
            "IPAddressAllow",
        ),
        ({"exposure": replace(LOOPBACK, writable=(Path("/etc/c.toml"),))}, "risk", "anybody", "chmod o-w /etc/c.toml"),
        ({"exposure": secret(mode=0o640)}, "broken", "mode 0640", "chmod 600 /etc/miner-agent/key"),
        ({"exposure": secret(unread="no such file or directory")}, "broken", "no such file", "write the secret"),
        (
            sent(waiting=3, waiting_since=NOW - timedelta(hours=1)),
            "broken",
            "3 of its messages wait",
            "alerts test log",
        ),
        (sent(dropped=2, last_at=NOW), "risk", "2 of its messages were given up", "journalctl"),
        ({"looked_at": NOW - timedelta(minutes=10)}, "broken", "since 2026-11-29 13:52 UTC", "journalctl"),
        (BY_PROMETHEUS, "broken", "nothing goes by these channels", "leave [alerts] owner away"),
        (feed(unreachable=Unreachable("the name is not known here")), "broken", "the name is not known", "firewall"),
        (feed(unreadable="key_file x: can be read by others"), "broken", "cannot be asked", "key_file x"),
        (feed(failures=4, last_at=NOW), "risk", "4 times in a row", "journalctl"),
        ({"books": BooksFacts(books=(BOOK,), findings=("main: entry 3 was changed",))}, "broken", "entry 3", "a copy"),
        ({"books": BooksFacts(unusable="ledger.db: it is gone")}, "broken", "cannot be read", "it is gone"),
        (books(unpriced=1), "risk", "1 entry has no value", "prices import"),
        (books(unpriced=5), "risk", "5 entries have no value", "prices import"),
        (books(posted_until=NOW - timedelta(days=3)), "risk", "2026-11-26 14:02 UTC only", "energy post"),
    ],
)
def test_each_finding_says_what_is_wrong_and_what_to_do(
    changes: dict[str, Any], level: str, said: str, mend: str
) -> None:
    (found,) = (check for check in examine_set_up(well(**changes)) if not check.good)

    assert (found.level, said in found.said, mend in (found.mend or "")) == (level, True, True), found


@for_each(
    ("changes", "said"),
    [
        ({"unit": ServiceUnit(installed=False)}, "sudo make install-service"),
        ({"exposure": replace(LOOPBACK, money="money is shown to nobody")}, "shown to nobody"),
        ({"alerts": AlertsTable()}, "the agent itself tells nobody"),
        ({"alerts": AlertsTable(), "owner": "prometheus"}, "miner-agent rules export"),
        ({"alerts": AlertsTable(channels=(LOG_CHANNEL,))}, "nobody is told that this agent"),
        ({"alerts_unread": "alerts.db: only miner-agent may read it"}, "only miner-agent may read it"),
        ({"has_tariff": False}, "nobody says what a kilowatt-hour costs"),
        ({"feeds": ()}, "a market of one past day"),
        ({"books": BooksFacts()}, "none was begun"),
        ({"books": BooksFacts(unread="ledger.db: only miner-agent may read it")}, "only miner-agent may read it"),
        (books(open_items=2), "2 items are open"),
    ],
)
def test_what_nobody_has_to_mend_is_a_note(changes: dict[str, Any], said: str) -> None:
    (note,) = (check for check in examine_set_up(well(**changes)) if check.level != "good")

    assert note.level == "note"
    assert said in note.said


@for_each(
    "changes",
    [
        {"unit": None},
        {"unit": replace(RUNS, denied=(ip_network("0.0.0.0/0"),)), "outside": {}},
        sent(waiting=1, waiting_since=NOW - timedelta(minutes=1)),
        {"books": BooksFacts(books=(replace(BOOK, posted_until=NOW - timedelta(days=9)),), posts_energy=False)},
        books(posted_until=None),
        {"looked_at": NOW - timedelta(days=1), "agent_answers": False, "unit": None},
    ],
)
def test_what_is_as_it_should_be_is_no_finding(changes: dict[str, Any]) -> None:
    assert {check.level for check in examine_set_up(well(**changes))} == {"good"}


def test_whom_the_agent_tells_of_alerts_is_said() -> None:
    phone = ChannelEntry(name="phone", kind="apprise", severities=("critical",), rigs=("a", "b"))
    checks = examine_set_up(
        well(alerts=AlertsTable(channels=(phone,), dead_man=LIFE), deliveries={"phone": ChannelDeliveries(last_at=NOW)})
    )

    assert [check.said for check in checks if check.area == "channel"] == [
        "apprise, critical of a, b; try it: miner-agent alerts test phone; it last took something at 2026-11-29 14:02 UTC"
    ]


def test_who_may_ask_is_said() -> None:
    open_to_others = ExposureFacts(
        listen="0.0.0.0:9877", is_loopback=False, has_tls=True, users=2, books_users=("ann",)
    )
    said = [check.said for check in examine_set_up(well(exposure=open_to_others)) if check.area == "exposure"]

    assert said == ["others reach it; TLS, 2 users", "ann may see them over HTTP"]


def test_the_worst_comes_first_in_its_group_and_before_other_groups() -> None:
    checks = (
        Check(area="miner", subject="a", said=""),
        Check(area="books", subject="b", said="", mend="x", is_risk=True),
        Check(area="miner", subject="c", said="", is_note=True),
        Check(area="clock", subject="d", said="", mend="x"),
        Check(area="collector", subject="e", said=""),
        Check(area="clock", subject="f", said="", mend="x"),
    )

    assert [(group, [check.subject for check in those]) for group, those in in_groups(checks)] == [
        ("This machine", ["d", "f", "e"]),
        ("Books", ["b"]),
        ("Miners and meters", ["c", "a"]),
    ]
    assert sorted(LEVELS, key=LEVELS.index) == ["broken", "risk", "note", "good"]


def test_every_area_that_is_told_has_its_group() -> None:
    source = [Path(f"miner_agent/look/{name}.py") for name in ("doctor", "setup_checks")]
    text = "".join((Path(__file__).parents[2] / path).read_text() for path in source)
    areas = {part.partition('"')[0] for part in text.split('area="')[1:]}

    assert areas
    assert areas <= {area for those in GROUPS.values() for area in those}


@pytest.mark.parametrize("kind", ["miner", "meter", "collector"])
def test_every_kind_of_source_has_its_group(kind: str) -> None:
    assert any(kind in areas for areas in GROUPS.values())


def test_the_page_tells_every_group_and_every_level_in_their_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
    heads = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("|")]

    assert [head for head in heads if head in GROUPS] == list(GROUPS)
    assert [head.strip("`") for head in heads if head.strip("`") in LEVELS] == list(LEVELS)
