"""``miner-agent record``: keep what a miner answers, as a test or a report of a fault needs it."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import FILE, Fingerprint, Written, json_option


@click.command("record")
@click.argument("driver")
@click.argument("address")
@click.option("--out", "folder", type=Written(), required=True, help="New folder to write into.")
@click.option("--token-file", type=FILE, help="File with the token of the miner's API.")
@click.option(
    "--tls-fingerprint-sha256", type=Fingerprint(), help="Of the miner's own certificate, for an https:// address."
)
@json_option
def command(
    driver: str,
    address: str,
    folder: Path,
    token_file: Path | None,
    tls_fingerprint_sha256: str | None,
    *,
    as_json: bool,
) -> None:
    """Ask ADDRESS once, as DRIVER does, and write its raw answers into a folder.

    What identifies you is masked: wallets, users, passwords, tokens, workers, host names, addresses, mail. No mask
    knows everything: read the files before you show them to anybody.

    \b
    Example:
      miner-agent record xmrig 127.0.0.1:18080 --out recorded
    """
    from miner_agent.assembly import looks, miner_sources
    from miner_agent.errors import SourceError
    from miner_agent.look import record
    from miner_agent.sources.payload import Payloads

    if os.path.exists(folder):  # noqa: PTH110  of a name that is too long it says no
        raise click.BadParameter(f"{folder} is there already; name a folder that is not", param_hint="--out")
    source = miner_sources.source_at(driver, address, token_file, tls_fingerprint_sha256)
    now = datetime.now(UTC)
    raw = looks.ask_once(source, now)
    try:
        software = looks.software_of(source.driver.read(Payloads(raw, source.driver.budget())))
        problem = None
    except SourceError as error:  # then the recording is wanted all the more
        software, problem = source.driver.products[0], error
    secrets = [source.endpoint.token] if source.endpoint.token else []
    kinds = record.write(folder, source.driver, raw, day=now.date(), software=software, secrets=secrets)
    if as_json:
        counts = {"answers": len(raw), "requests": len(source.driver.requests)}
        print_json({"folder": str(folder), **counts, "masked": kinds, "problem": problem and str(problem)})
    else:
        tell(f"{folder}: {len(raw)} of {len(source.driver.requests)} answers, masked: {', '.join(kinds) or 'nothing'}")
    tell("Read the files before you show them to anybody: no mask knows everything.", err=True)
    if problem is not None:
        tell(f"miner-agent: the answer cannot be read yet: {problem}", err=True)
        raise click.exceptions.Exit(problem.exit_code)
