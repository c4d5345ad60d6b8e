"""``miner-agent alerts``: what is wrong now, and what is to be kept quiet."""

import sys
from pathlib import Path

import click

from miner_agent.cli.support.documents import print_json
from miner_agent.cli.support.fitted_lines import tell, tell_page
from miner_agent.cli.support.options import Name, config_option, json_option


@click.group("alerts")
def command() -> None:
    """What is wrong with the rigs of this agent, and what is not to be told for a while.

    \b
    Example:
      miner-agent alerts list
    """


@command.command("list")
@config_option
@json_option
def list_alerts(config_path: Path | None, *, as_json: bool) -> None:
    """List the alerts that fire, and those that will if it lasts.

    \b
    Example:
      miner-agent alerts list --json
    """
    from datetime import UTC, datetime

    from miner_agent.alarms.muting import is_silenced
    from miner_agent.cli.support.alert_tables import show_alerts
    from miner_agent.cli.support.alerts_place import alerts_path, tell_last_look
    from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
    from miner_agent.storage.kept_alerts.silences import read_silences
    from miner_agent.storage.kept_alerts.standings import read_standings
    from miner_agent.views.alert_view import alert_view, in_order
    from miner_agent.views.figures import Circumstances

    now = datetime.now(UTC)
    with alerts_beside(alerts_path(config_path, "alerts list"), writes=False) as connection:
        tell_last_look(connection, now)
        standings, silences = read_standings(connection), read_silences(connection, now)
    rows = [(one, is_silenced(silences, one.key, one.severity)) for one in in_order(standings)]
    if as_json:
        at = Circumstances(taken_at=now, sees_money=True)
        print_json([alert_view(standing, at, silenced=silenced) for standing, silenced in rows])
    else:
        show_alerts(rows, now=now)


@command.command("silence")
@click.argument("words", nargs=-1, required=True, type=Name(), metavar="MATCHER...")
@click.option("--for", "span", required=True, metavar="SPAN", help="For how long: 90m, 2h, 3d.")
@click.option("--comment", type=Name(), default="", metavar="TEXT", help="Why.")
@config_option
@json_option
def silence_alerts(words: tuple[str, ...], span: str, comment: str, config_path: Path | None, *, as_json: bool) -> None:
    """Tell nobody for a while of alerts that fit all of the matchers; the running agent heeds it within seconds.

    A matcher is the name of an alert, or a label and its value; * stands for anything. Its end is told all the same
    where its beginning was.

    \b
    Example:
      miner-agent alerts silence MinerDown 'rig=left-*' --for 2h --comment "new fans"
    """
    from datetime import UTC, datetime

    from miner_agent.cli.support import silencing
    from miner_agent.cli.support.alerts_place import alerts_path, silence_span, tell_last_look
    from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
    from miner_agent.storage.kept_alerts.silences import add_silence
    from miner_agent.text import LOG_LENGTH, clean_text
    from miner_agent.views.alert_view import silence_view

    matchers, now = silencing.matchers(words), datetime.now(UTC)
    until = now + silence_span(span)
    with alerts_beside(alerts_path(config_path, "alerts silence"), writes=True) as connection:
        tell_last_look(connection, now)
        made = add_silence(
            connection,
            matchers,
            until=until,
            author=silencing.author(),
            comment=clean_text(comment, length=LOG_LENGTH),
            now=now,
        )
    if as_json:
        print_json(silence_view(made, sees_money=True))
    else:
        tell(f"silence {made.id} until {made.until:%Y-%m-%d %H:%M} UTC; end it: miner-agent alerts unsilence {made.id}")


@command.command("silences")
@config_option
@json_option
def list_silences(config_path: Path | None, *, as_json: bool) -> None:
    """List the silences that have not ended.

    \b
    Example:
      miner-agent alerts silences
    """
    from datetime import UTC, datetime

    from miner_agent.cli.support.alert_tables import show_silences
    from miner_agent.cli.support.alerts_place import alerts_path, tell_last_look
    from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
    from miner_agent.storage.kept_alerts.silences import read_silences
    from miner_agent.views.alert_view import silence_view

    now = datetime.now(UTC)
    with alerts_beside(alerts_path(config_path, "alerts silences"), writes=False) as connection:
        tell_last_look(connection, now)
        silences = read_silences(connection, now)
    if as_json:
        print_json([silence_view(one, sees_money=True) for one in silences])
    else:
        show_silences(silences)


@command.command("unsilence")
@click.argument("number", type=click.IntRange(1, 2**62), metavar="ID")
@config_option
@json_option
def end_one_silence(number: int, config_path: Path | None, *, as_json: bool) -> None:
    """End a silence now. What fires yet is told.

    \b
    Example:
      miner-agent alerts unsilence 1
    """
    from datetime import UTC, datetime

    from miner_agent.cli.support.alerts_place import alerts_path, tell_last_look
    from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
    from miner_agent.storage.kept_alerts.silences import end_silence

    now = datetime.now(UTC)
    with alerts_beside(alerts_path(config_path, "alerts unsilence"), writes=True) as connection:
        tell_last_look(connection, now)
        is_ended = end_silence(connection, number, now)
    if not is_ended:
        raise click.BadParameter(f"there is no silence {number}; see: miner-agent alerts silences", param_hint="ID")
    if as_json:
        print_json({"id": number, "ended": True})
    else:
        tell(f"silence {number} is over")


@command.command("test")
@click.argument("channel", type=Name(), metavar="CHANNEL")
@config_option
@json_option
def try_one_channel(channel: str, config_path: Path | None, *, as_json: bool) -> None:
    """Send one message that says it is a test, and print what the other side answered. dead-man: the sign of life.

    \b
    Example:
      miner-agent alerts test log
    """
    import os
    from datetime import UTC, datetime

    from miner_agent.assembly import configured, unsaid
    from miner_agent.cli.support.shown_log import shown_log
    from miner_agent.notifying.prepared_channels import prepared
    from miner_agent.notifying.trying import try_channel

    loaded = configured.load_config(config_path, os.environ)
    told = prepared(loaded.alerts, rig=unsaid.rig_name(loaded))
    with shown_log("miner_agent.notifying"):
        answer = try_channel(told, channel, now=datetime.now(UTC))
    if as_json:
        print_json({"channel": channel, "answer": answer})
    else:
        tell(f"{channel}: {answer}")


@command.command("explain")
@click.argument("name")
def explain(name: str) -> None:
    """Print the runbook of an alert: when it is one, its causes, how to check them, and what to do.

    \b
    Example:
      miner-agent alerts explain DeviceTemperatureHigh
    """
    from calculators.nearest_words import suggestion
    from exporters.alerts.runbook_pages import runbook_names, runbook_page
    from miner_agent.config.words import within
    from miner_agent.text import clean_text

    names = {each.lower(): each for each in runbook_names()}
    found = names.get(name.lower())
    if found is None:
        advice = suggestion(name, names.values(), otherwise="docs/alerts.md has them all")
        raise click.BadParameter(f"{clean_text(name, length=64)!r} is no alert; {advice}", param_hint="NAME")
    tell_page(within(sys.stdout.encoding, runbook_page(found)))
