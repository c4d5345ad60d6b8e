"""``miner-agent scan``: ASICs on a network of one's own."""

import time

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import json_option


@click.command("scan")
@click.argument("cidr")
@json_option
def command(cidr: str, *, as_json: bool) -> None:
    """Look for ASICs on the network CIDR, and print the configuration that reads them.

    Only a private network is asked, at most 100 addresses a second, and only with questions that change nothing: port
    4028 in the cgminer protocol and never with HTTP; where nothing listens there 4433 (Whatsminer) and 80 (AxeOS).

    \b
    Example:
      miner-agent scan 127.0.0.16/30
    """
    from miner_agent.look import scan
    from miner_agent.transport.polls import Transport

    network = scan.network_of(cidr)
    transport = Transport()

    def told(done: int) -> None:
        click.echo(f"\r{done} of {network.num_addresses} addresses", err=True, nl=False)

    try:
        found = list(scan.scan(network, lambda asks: transport.fetch(asks).result(), pause=time.sleep, told=told))
    finally:
        transport.close()
        tell("", err=True)
    if as_json:
        print_json(found)
        return
    for miner in found:
        what = " ".join(part for part in (miner.product, miner.driver and f"(driver {miner.driver})") if part)
        click.echo(f"# {miner.host}:{miner.port}: {what or 'speaks the cgminer protocol; which firmware is not known'}")
    if found:
        click.echo(f"\n{scan.configuration(found)}", nl=False)
    tell(f"{len(found)} found", err=True)
