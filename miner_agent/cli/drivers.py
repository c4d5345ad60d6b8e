"""``miner-agent drivers``: which mining software can be read, and how to switch its API on."""

import json

import click

from miner_agent.cli._options import json_option


@click.command("drivers")
@json_option
def command(*, as_json: bool) -> None:
    """List the mining software that can be read, and how to switch its API on.

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
                "products": driver.products,
                "transport": driver.scheme,
                "default_port": driver.default_port,
                "enable_api": driver.enable_api,
                "documentation": driver.documentation,
            }
            for driver in known
        ]
        click.echo(json.dumps(listed, indent=2))
        return
    for driver in known:
        click.echo(f"{driver.name:<12} {', '.join(driver.products)} ({driver.scheme}, {driver.usual_place})")
        click.echo(f"{'':<12} {driver.enable_api}")
