"""``miner-agent devices``: which cards and boards are remembered, and to forget one that was taken out."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.options import Name, config_option, json_option

if TYPE_CHECKING:
    from miner_agent.model.remembered_devices import RememberedDevice


@click.group("devices")
def command() -> None:
    """The cards and boards that the agent remembers, so that it misses one that is gone.

    \b
    Example:
      miner-agent devices list
    """


@command.command("list")
@config_option
@json_option
def list_devices(config_path: Path | None, *, as_json: bool) -> None:
    """Those that are remembered, by the source that tells of them, and since when one is missing.

    \b
    Example:
      miner-agent devices list --json
    """
    from miner_agent.cli.support.documents import print_json
    from miner_agent.cli.support.fitted_tables import figures_table, print_table
    from miner_agent.cli.support.plain_lines import ABSENT, plain_console
    from miner_agent.text import clean_text

    known = list(_remembered(_state(config_path, "devices list")))
    if as_json:
        print_json(
            [
                {"device": one.label, "kind": one.kind, "source": source, "missing_since": one.missing_since}
                for source, one in known
            ]
        )
        return
    if not known:
        tell("no device is remembered yet")
        return
    heads = ("device", "kind", "told by", "missing since")
    rows = [
        [
            clean_text(one.label),
            one.kind.value,
            clean_text(source),
            ABSENT if one.missing_since is None else f"{one.missing_since:%Y-%m-%d %H:%M} UTC",
        ]
        for source, one in known
    ]
    print_table(plain_console(), figures_table(heads, rows, names=len(heads)))


@command.command("forget")
@click.argument("device", type=Name())
@config_option
@json_option
def forget(device: str, config_path: Path | None, *, as_json: bool) -> None:
    """No longer miss a card or board that was taken out, by its name in the list; one that comes back is known again.

    \b
    Example:
      miner-agent devices forget GPU-8f4c1d1e-5b7c-4a0e-9d55-000000000000
    """
    from datetime import UTC, datetime

    from calculators.nearest_words import suggestion
    from miner_agent.cli.support.documents import print_json
    from miner_agent.storage.state.forgotten_devices import let_go
    from miner_agent.text import clean_text

    state = _state(config_path, "devices forget")
    known = {one.label: one for _, one in _remembered(state)}
    if device not in known:
        hint = suggestion(device, known) if known else "no device is remembered"
        raise click.BadParameter(f"{clean_text(device)!r} is not remembered; {hint}", param_hint="DEVICE")
    if known[device].missing_since is None:
        raise click.BadParameter(
            f"{clean_text(device)} is there, as far as the agent has kept; take it out, and forget it once the list "
            "says that it is missing",
            param_hint="DEVICE",
        )
    let_go(state, device, now=datetime.now(UTC))
    if as_json:
        print_json({"device": device, "forgotten": True})
    else:
        tell(f"{clean_text(device)} is forgotten; a running agent hears of it within seconds")


def _state(config_path: Path | None, command_: str) -> Path:
    from miner_agent.cli.support.needed_config import needed
    from miner_agent.cli.support.state_place import refuse_anothers, state_place
    from miner_agent.storage.sqlite.file_names import STATE_FILE

    path = state_place(needed(config_path), STATE_FILE, "state")
    refuse_anothers(path, command_)
    return path


def _remembered(state: Path) -> "Iterator[tuple[str, RememberedDevice]]":
    """With their sources, in the order of their names as people count."""
    from miner_agent.model.remembered_devices import devices_in
    from miner_agent.storage.state.forgotten_devices import remembered
    from miner_agent.text import natural_key

    told = ((source, one) for source, fact in remembered(state).items() for one in devices_in(fact))
    yield from sorted(told, key=lambda named: (natural_key(named[1].label), named[0]))
