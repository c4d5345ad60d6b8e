"""``miner-agent drivers``: which mining software can be read, and how to switch its API on."""

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import json_option

WIDTH = 15
"""Of the column of names."""


@click.command("drivers")
@json_option
def command(*, as_json: bool) -> None:
    """List the mining software and the meters that can be read, and how to switch their APIs on.

    "seen" are the versions whose recorded answers the driver was tried on; what it was only read about in
    documentation may hold surprises. Programs that hardly anybody runs any more are "old".

    \b
    Example:
      miner-agent drivers --json
    """
    from miner_agent import drivers

    known = [drivers.load(name) for name in drivers.names()]
    if as_json:
        listed = [
            {
                "name": driver.name,
                "kind": driver.kind,
                "products": driver.products,
                "transport": driver.scheme,
                "default_port": driver.default_port,
                "enable_api": driver.enable_api,
                "documentation": driver.documentation,
                "seen": driver.seen,
                "only_read_about": driver.only_read_about,
                "old": driver.old,
                "processes": driver.processes,
                "port_options": driver.port_options,
            }
            for driver in known
        ]
        print_json(listed)
        return
    for driver in known:
        mark = ", old" if driver.old else ", a meter" if driver.kind == "meter" else ""
        place = f"({driver.scheme}, {driver.usual_place}{mark})"
        tell(f"{driver.name:<{WIDTH}} {', '.join(driver.products)} {place}", hang=WIDTH + 1)
        for label, told in (
            ("API", driver.enable_api),
            ("seen", "; ".join(driver.seen)),
            ("only read about", driver.only_read_about),
            ("more at", driver.documentation),
        ):
            if told:
                tell(f"{'':<{WIDTH}} {label}: {told}")
