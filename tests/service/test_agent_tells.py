"""The whole agent: a miner goes away and comes back, and whoever is to be told is, once each, over a restart."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import Agent
from tests.fake_http import FakeMiner, FakeService
from tests.fakes import Mode
from tests.waiting import let_pass, until

XMRIG = Path(__file__).parents[1] / "captures" / "xmrig" / "6.21__2x-gpu__mining"
SECRET = "/hook/canary-7c1f93ab"


@pytest.fixture
def hook() -> Iterator[FakeService]:
    with FakeService({SECRET: b"ok", "/life": b"ok"}) as hook:
        yield hook


def configured(folder: Path, miner: FakeMiner, hook: FakeService) -> str:
    for name, path in (("hook.url", SECRET), ("life.url", "/life")):
        (folder / name).write_text(f"{hook.address}{path}\n")
        (folder / name).chmod(0o600)
    return f"""
[agent]
interval_seconds = 1
rig = "left-rack"
[[miners]]
name = "cpu"
driver = "xmrig"
address = "{miner.address}"
[alerts]
evaluate_seconds = 1
group_wait_seconds = 0
[[alerts.rules]]
alert = "MinerDown"
for_seconds = 0
[[alerts.channels]]
name = "hook"
kind = "webhook"
url_file = "hook.url"
[alerts.dead_man]
url_file = "life.url"
interval_seconds = 1
"""


def told(hook: FakeService) -> list[tuple[str, str]]:
    bodies = [json.loads(each.partition(b"\r\n\r\n")[2]) for each in hook.received if each.startswith(b"POST")]
    notices = [each for body in bodies for each in body["notices"]]
    return [(each["alert"], each["state"]) for each in notices if each["alert"] == "MinerDown"]


@pytest.mark.e2e
def test_who_is_to_be_told_is_told_of_the_beginning_and_the_end_once_each(tmp_path: Path, hook: FakeService) -> None:
    pages = {"/2/summary": (XMRIG / "summary.raw").read_bytes(), "/2/backends": (XMRIG / "backends.raw").read_bytes()}
    with FakeMiner(pages) as miner:
        config = configured(tmp_path, miner, hook)
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: page.get('rig_miner_up{miner="cpu"}') == 1)
            miner.mode = Mode.REFUSE
            until(lambda: told(hook) == [("MinerDown", "firing")])
            agent.wait_until(lambda page: page.get('rig_agent_notifications_total{channel="hook"}', 0) >= 1)
            assert any(each.startswith(b"GET /life ") for each in hook.received)
            hook.mode = Mode.REFUSE
            miner.mode = Mode.NORMAL
            agent.wait_until(lambda page: page.get('rig_agent_notifications_queued{channel="hook"}', 0) >= 1, 40)
            log = "\n".join(agent.lines)
        hook.mode = Mode.NORMAL
        with Agent(tmp_path, config) as agent:
            until(lambda: len(told(hook)) > 1)
            let_pass(2.0)
            log += "\n".join(agent.lines)

    assert told(hook) == [("MinerDown", "firing"), ("MinerDown", "resolved")]
    assert "hook: notices are not taken: http://127.0.0.1" in log
    assert "canary" not in log
