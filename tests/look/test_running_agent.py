"""What the running agent says of its rigs, and what is said where there is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import BadPayload, SourceError
from miner_agent.look.agent_line import AgentLine
from miner_agent.look.running_agent import ToldSymptom, ask_agent
from miner_agent.model.health import WORST_FIRST, Ailment, Symptom, Verdict
from tests.agent import Agent
from tests.agent_pages import agent_pages, own
from tests.cli.every_command import Done, ended

LOST = Symptom(ailment=Ailment.DEVICE_LOST, subject="GPU-a", source="nvml", said="is lost")
ILL = Verdict(word="ill", symptoms=(LOST,))


def status(port: int, *arguments: str) -> Done:
    return ended("status", "--agent", f"127.0.0.1:{port}", *arguments)


def test_the_agent_tells_of_its_own_rig_and_of_those_behind_it() -> None:
    with agent_pages(own(ILL), hall=Verdict(word="well"), roof=ILL) as port:
        told = ask_agent(AgentLine("127.0.0.1", port))

    assert [(one.rig, one.verdict) for one in told] == [("left", "ill"), ("roof", "ill"), ("hall", "well")]
    assert told[0].symptoms == (ToldSymptom(reason="device_lost", subject="GPU-a", part=None, said="is lost"),)
    assert told[0].as_of is not None


def test_of_ill_rigs_the_one_with_most_wrong_comes_first_as_in_the_list_of_rigs() -> None:
    worse = Verdict(
        word="ill", symptoms=(LOST, Symptom(ailment=Ailment.DISK_FULL, subject="/", source="host", said="x"))
    )
    with agent_pages(own(ILL), barn=ILL, yard=worse) as port:
        told = ask_agent(AgentLine("127.0.0.1", port))

    assert [one.rig for one in told] == ["yard", "barn", "left"]


def test_a_rig_that_stands_still_as_planned_is_said_to_do_so() -> None:
    down = Symptom(ailment=Ailment.MINER_DOWN, subject="m", source="m", said="no answer")
    with agent_pages(own(Verdict(word="ill", symptoms=(down,)).at_rest()), hall=Verdict(word="well")) as port:
        told = {one.rig: one.is_resting for one in ask_agent(AgentLine("127.0.0.1", port))}
        done = status(port)

    assert told == {"left": True, "hall": False}
    assert done.stdout.splitlines()[0].startswith(("left: well, standing still as planned, as of", "hall: well, as of"))
    assert "left: well, standing still as planned" in done.stdout
    assert done.returncode == 0


def test_an_agent_without_readings_says_why() -> None:
    with agent_pages(None) as port:
        (told,) = ask_agent(AgentLine("127.0.0.1", port))

    assert (told.verdict, told.why) == ("unknown", "no tick is complete yet")


def test_what_it_says_is_told_in_utc_and_on_one_line() -> None:
    said = {"reason": "lost", "subject": "GPU\x1b[2J", "part": "", "said": "gone\nor not"}
    page = {"rig": "left\u202e", "verdict": "ill", "taken_at": "2026-11-29T16:02:11+02:00", "symptoms": [said]}
    with agent_pages(json.dumps(page).encode()) as port:
        done = status(port)

    assert done.stdout == "left: ill, as of 2026-11-29 14:02:11 UTC\n  lost: GPU [2J: gone or not\n"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b'{"verdict": 7}', b'{"verdict": "fine"}', b"\xff", b"[" * 9999]
)
def test_what_is_no_agent_is_refused(body: bytes) -> None:
    with agent_pages(body or b" ") as port, pytest.raises((BadPayload, SourceError)):
        ask_agent(AgentLine("127.0.0.1", port))


def test_where_nobody_listens_nothing_is_said() -> None:
    with pytest.raises(SourceError):
        ask_agent(AgentLine("127.0.0.1", 1))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ({"left": Verdict(word="well")}, 0),
        ({"left": ILL}, 3),
        ({"left": Verdict()}, 69),
        ({"left": Verdict(), "hall": Verdict(word="well")}, 0),
        ({"left": Verdict(word="well"), "hall": ILL}, 3),
    ],
)
def test_the_exit_code_of_the_command_is_the_health(verdicts: dict[str, Verdict], code: int) -> None:
    others: dict[str, Any] = {name: verdict for name, verdict in verdicts.items() if name != "left"}
    with agent_pages(own(verdicts["left"]), **others) as port:
        done = status(port)

    assert done.returncode == code, done.stderr
    worst_first = sorted(verdicts, key=lambda name: (WORST_FIRST.index(verdicts[name].word), name))
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if line[0] != " "] == worst_first
    assert ("  device_lost: GPU-a: is lost" in done.stdout.splitlines()) is (code == 3)


def test_where_nothing_that_mines_was_read_the_command_says_so_and_what_to_do() -> None:
    with agent_pages(own(Verdict())) as port:
        (line,) = status(port).stdout.splitlines()

    assert line.startswith("left: unknown, as of ")
    assert line.endswith(": nothing that mines was read; miner-agent doctor says what is missing")


def test_one_rig_is_told_alone_and_one_that_is_not_there_is_a_mistake_of_the_asker() -> None:
    with agent_pages(own(ILL), hall=Verdict(word="well")) as port:
        hall, nobody = status(port, "--rig", "hall", "--json"), status(port, "--rig", "halls")

    assert [one["rig"] for one in json.loads(hall.stdout)] == ["hall"]
    assert (hall.returncode, nobody.returncode) == (0, 2)
    assert "reads no rig of the name 'halls'; did you mean \"hall\"?" in " ".join(nobody.stderr.split())


def test_without_an_agent_the_command_says_what_to_do() -> None:
    done = status(1)

    assert done.returncode == 69
    assert "Is the agent running?" in done.stderr


@pytest.mark.parametrize("address", ["192.0.2.1:9877", "nowhere", "127.0.0.1:99999"])
def test_nobody_but_this_machine_is_asked(address: str) -> None:
    assert ended("status", "--agent", address).returncode == 2


@pytest.mark.e2e
def test_the_demo_is_asked_as_every_agent_is(tmp_path: Path) -> None:
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0", "TMPDIR": str(tmp_path)}
    with Agent(tmp_path, environment=environment, command=("demo",)) as agent:
        page = agent.wait_until(lambda page: page.get('rig_verdict{verdict="well"}') == 1.0)
        assert sum(value for name, value in page.items() if name.startswith("rig_verdict_symptoms")) == 0
        told = json.loads(agent.get("/-/verdict"))
        assert (told["rig"], told["verdict"], told["sources_up"]) == ("demo", "well", told["sources"])
        assert agent.get("/-/ready") == "ready\nthe rig is well\n"


def test_an_agent_whose_port_the_system_chose_is_not_asked() -> None:
    with pytest.raises(SourceError, match="a port of the system's choice"):
        ask_agent(AgentLine("127.0.0.1", 0))

    assert status(0).stderr.count("Is the agent running?") == 1
