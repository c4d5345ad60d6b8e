"""``miner-agent dashboards``: what Grafana shows of rigs."""

from pathlib import Path

import click

from miner_agent.cli.support.options import Written, json_option


@click.group("dashboards")
def command() -> None:
    """Write the dashboards as files that Grafana loads.

    \b
    Example:
      miner-agent dashboards export --out dashboards
    """


@command.command("export")
@click.option("--out", "folder", type=Written(), required=True, metavar="DIR", help="Folder to write the files into.")
@json_option
def export(*, folder: Path, as_json: bool) -> None:
    """Write every dashboard, as JSON.

    Fleet, rig, device, ASIC farm, miners and pools, profitability, energy and tariff, alerts, agents. They ask the
    Prometheus that is chosen in them; those of fleets ask its records, which rules export writes.

    \b
    Example:
      miner-agent dashboards export --out /var/lib/grafana/dashboards/miner-agent
    """
    from exporters.dashboard_files import dashboard_files
    from miner_agent.cli.support.output_files import write_all

    write_all(folder, dashboard_files(), as_json=as_json)
