"""A Prometheus that scrapes every profile of the demo, with its rules and records: what dashboards are tried on."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from exporters.alerts import ALERTS
from exporters.alerts.rule_files import record_file, rule_file
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import PROFILES
from tests.agent import Agent
from tests.real_services import Prometheus, prometheus
from tests.waiting import until

EVERY = "1s"
STARTING_SECONDS = 150.0
SCENES: Mapping[str, tuple[Fault, ...]] = {
    "nvidia": (Fault.XID, Fault.CARD_LOST),
    "asic": (Fault.MACHINE_FAULT,),
}
"""What has to happen so that there is something to show of it."""

SETTINGS = {
    "asic": '[alerts]\nowner = "prometheus"\n',
    "nvidia": '[alerts]\nevaluate_seconds = 1\n[[alerts.rules]]\nalert = "DeviceLost"\nfor_seconds = 1\n',
}
"""Elsewhere than at the machines the agents tell of their alerts themselves."""

READY = """
count(count_over_time(rig_device_info[1m]) > 5) > 20
and on () sum(site:rigs_up:sum) > 10
and on () count(ALERTS{alertstate="firing", severity!="none"})
and on () count(rig_alert_firing > 0)
"""


@contextmanager
def scraped_demo(folder: Path) -> Iterator[Prometheus]:
    """All of it, once every rig was scraped twice and every record was made. Ended behind it."""
    with ExitStack() as stack:
        agents = {name: stack.enter_context(_demo(folder / name, name)) for name in PROFILES}
        (folder / "rules.yaml").write_text(rule_file(ALERTS, scale=1 / 60))
        (folder / "records.yaml").write_text(record_file().replace("interval: 30s", f"interval: {EVERY}"))
        server = stack.enter_context(prometheus(folder, json.dumps(_configuration(agents))))
        until(lambda: server.answered(READY), seconds=STARTING_SECONDS, every_seconds=0.5)
        yield server


def _demo(folder: Path, profile: str) -> Agent:
    folder.mkdir()
    scenes = [word for fault in SCENES.get(profile, ()) for word in ("--scene", fault.value)]
    played = ("--after", "0", *scenes) if scenes else ("--script", "calm")
    command = ("demo", "--profile", profile, "--config", str(folder / "config.toml"), *played)
    return Agent(folder, SETTINGS.get(profile, ""), command=command)


def _configuration(agents: Mapping[str, Agent]) -> Mapping[str, Any]:
    """As ``deploy/`` has it, more often. JSON is YAML."""
    found = [
        {
            "targets": [agent.url.removeprefix("http://")],
            "labels": {"rig": name, "site": "farm" if name == "farm" else "home"},
        }
        for name, agent in agents.items()
    ]
    rigs = {
        "job_name": "rig",
        "static_configs": found,
        "http_sd_configs": [{"url": f"{agents[name].url}/sd", "refresh_interval": "5s"} for name in ("asic", "farm")],
        "relabel_configs": [
            {"source_labels": ["site"], "regex": "", "target_label": "site", "replacement": "farm"},
        ],
    }
    return {
        "global": {"scrape_interval": EVERY, "scrape_timeout": EVERY, "evaluation_interval": EVERY},
        "rule_files": ["rules.yaml", "records.yaml"],
        "scrape_configs": [rigs],
    }
