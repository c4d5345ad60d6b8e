"""``miner-agent rules``: the table of alerts for a Prometheus or a VictoriaMetrics."""

from pathlib import Path

import click

from miner_agent.cli.support.measure_range import MeasureRange
from miner_agent.cli.support.options import Written, config_option, json_option


@click.group("rules")
def command() -> None:
    """Write the rules of alerts as files that Prometheus loads.

    \b
    Example:
      miner-agent rules export --out rules
    """


@command.command("export")
@click.option("--out", "folder", type=Written(), required=True, metavar="DIR", help="Folder to write the files into.")
@click.option(
    "--for",
    "engine",
    type=click.Choice(["prometheus", "victoriametrics"]),
    default="prometheus",
    show_default=True,
    help="Who is to load them. The vmalert of VictoriaMetrics 1.79 knows no keep_firing_for.",
)
@click.option(
    "--runbook-base",
    metavar="URL",
    help="Where your runbooks are to be read, for a link in every alert; else as alerts.runbook_base says.",
)
@click.option(
    "--scale",
    type=MeasureRange(min=0.001, max=10),
    default=1.0,
    show_default=True,
    help="Multiply every time of the rules: below 1 for a trial in which hours are to pass in minutes.",
)
@config_option
@json_option
def export(
    *, folder: Path, engine: str, runbook_base: str | None, scale: float, config_path: Path | None, as_json: bool
) -> None:
    """Write alerts, records for fleets, and what an Alertmanager starts with.

    What the configuration changes in [[alerts.rules]] is changed here too. A rig whose agent tells of its alerts itself
    is left out by the rules: nobody is told twice.

    \b
    Example:
      miner-agent rules export --out /etc/prometheus/rules --runbook-base https://wiki.example/runbooks
    """
    from exporters.alerts import ALERTS
    from exporters.alerts.alertmanager_file import MutedHours, alertmanager_file
    from exporters.alerts.rule_changes import overridden
    from exporters.alerts.rule_files import Engine, inhibition_file, record_file, rule_file
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.cli.support.output_files import write_all
    from miner_agent.config.key_types import RUNBOOK_BASE, RUNBOOK_EXAMPLE
    from miner_agent.text import clean_text

    if runbook_base is not None and RUNBOOK_BASE.fullmatch(runbook_base) is None:
        told = f"{clean_text(runbook_base)!r} is no such address; write {RUNBOOK_EXAMPLE}"
        raise click.BadParameter(told, param_hint="--runbook-base")
    loaded = configuration(config_path)
    rules = overridden(ALERTS, loaded.alerts.rules, place=loaded.origins)
    hours = [
        MutedHours(zone=one.zone, days=one.days, start=one.start, end=one.end)
        for one in loaded.planned_off
        if one.rig is None
    ]
    of_engine: Engine = "prometheus" if engine == "prometheus" else "victoriametrics"
    base = runbook_base or loaded.alerts.runbook_base
    told_base = None if base is None else base.rstrip("/")
    files = {
        "miner-agent.rules.yaml": rule_file(rules, engine=of_engine, scale=scale, runbook_base=told_base),
        "miner-agent.records.yaml": record_file(),
        "miner-agent.inhibitions.yml": inhibition_file(rules),
        "miner-agent.alertmanager.yml": alertmanager_file(rules, hours),
    }
    write_all(folder, files, as_json=as_json)
