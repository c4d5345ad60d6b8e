"""Recordings of what a source answered: the raw bytes, without what its owner would not show, and how they came about.

A recording is a folder: ``REQUEST.raw`` for every answer, and ``meta.toml``. What identifies its owner is replaced
character by character, so that every byte else stays where it was.
"""

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from miner_agent.config.toml_text import read_toml, written
from miner_agent.errors import ConfigError, Unreachable, not_written
from miner_agent.sources.driver import Driver
from miner_agent.text import clean_text
from miner_agent.transport.polls import Answer, Ask

META = "meta.toml"
_ADVICE = "name a folder that this user can make and fill"
_SECRET_KEYS = (
    rb"(?:[A-Za-z0-9 _-]{0,40}[ _-])?(?:pool_?|stratum_?|fallback_?|wifi_?|sta_?|miner[_-]?|rig_?)*"
    rb"(?:user(?:_?name)?|pass(?:word|wd)?|psw|pwd|wallet(?:_?address)?|account|(?:access_?)?token|api_?key|secret|"
    rb"worker(?:_?(?:id|name))?|(?:rig|miner)(?:_?(?:id|name))?|host(?:_?name)?|login|"
    rb"mac(?:_?addr(?:ess)?)?|e?mail|sid|salt|ssid|serial(?:_?(?:no|number))?|sn|pcb_?sn|ip(?:v4|v6)?)[0-9]?"
)
_HOST = (
    rb"\b(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}+\.){1,8}+[A-Za-z][A-Za-z0-9-]{0,62}+|\b\d{1,3}(?:\.\d{1,3}){3}|"
    rb"\[[0-9A-Fa-f:.]{2,45}\]"
)
_VISIBLE = rb"(?!\d{1,5}(?:[\s\"'|;,\\]|\Z))[^\s\"'|;,\\]{1,400}"  # no port, and to the end of the address
_RULES: dict[str, re.Pattern[bytes]] = {
    # the group "secret" goes; every repetition is bounded, so that no answer keeps us for long
    "named": re.compile(rb'(?P<kept>"' + _SECRET_KEYS + rb'"\s*:\s*")(?P<secret>(?:[^"\\]|\\.)*+)', re.IGNORECASE),
    "named in text": re.compile(rb"(?P<kept>\b(?:USER|PASS|WORKER|WALLET)=)(?P<secret>[^;|,\n]+)", re.IGNORECASE),
    "user of a URL": re.compile(rb"(?P<kept>:(?:\\?/){2})(?P<secret>[^\s/@\"'|;]{1,400})(?=@)"),
    "user before a host": re.compile(rb"(?<![^\s/@\"'|;,=\\])(?P<secret>[^\s/@\"'|;,=\\]{1,400}+)(?=@[A-Za-z0-9_\[])"),
    "behind a host": re.compile(
        rb"(?:" + _HOST + rb")(?::\d{1,5}(?![^:/?#\s\"'|;,\\]))?[:/?#](?P<secret>" + _VISIBLE + rb")"
    ),
    "mail": re.compile(rb"(?P<secret>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"),
    "hardware address": re.compile(rb"(?P<secret>\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b)"),
    "host": re.compile(rb"\b(?P<secret>(?:[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.){1,8}[A-Za-z][A-Za-z0-9-]{0,62})(?=:\d)"),
    "host behind a scheme": re.compile(rb"(?P<kept>:(?:\\?/){2}(?:[^\s/@\"'|;]{1,400}@)?)(?P<secret>[A-Za-z0-9_.%-]+)"),
    "address": re.compile(rb"(?P<secret>\b\d{1,3}(?:\.\d{1,3}){3})(?=:\d)"),
    # P2Pool: "192.0.2.30:51000,172700,330000,11000,shelf"; xmrig-proxy: ["shelf","192.0.2.30",2,
    "worker in text": re.compile(rb"(?P<kept>:\d{1,5}(?:,\d{1,20}){3},)(?P<secret>(?:[^\"\\]|\\.){1,400}+)"),
    "worker in a list": re.compile(
        rb'(?P<kept>\[\s{0,8}")(?P<secret>(?:[^"\\]|\\.){1,400}+"\s{0,8},\s{0,8}"[0-9A-Fa-f.:]{1,45})(?="\s{0,8},\s{0,8}\d)'
    ),
    "wallet": re.compile(rb"(?P<secret>\b(?=[0-9A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{26,120}\b)"),
}
"""What to look for, in this order."""


def masked(raw: bytes, *, secrets: Sequence[str] = ()) -> tuple[bytes, list[str]]:
    """``raw`` without what identifies its owner, of the same length, and the kinds of what was replaced.

    Letters become ``x`` and digits ``0``; what separates them stays, so that every parser finds its way. It knows names
    under which programs tell such things, and the shapes of wallets, addresses and mail. It cannot know them all.

    >>> masked(b'{"user":"43ab.rig1","pool":"pool.example:3333","hashrate":12.5}')
    (b'{"user":"00xx.xxx0","pool":"xxxx.xxxxxxx:3333","hashrate":12.5}', ['named', 'host'])
    """
    found: dict[str, None] = {}
    escapes = [match.span() for match in _ESCAPE.finditer(raw)]
    hidden = bytearray(raw)
    literal = {"secret": re.compile(b"|".join(re.escape(secret.encode()) for secret in secrets))} if secrets else {}
    for kind, rule in {**literal, **_RULES}.items():
        for match in rule.finditer(bytes(hidden)):
            start, end = match.span("secret" if "secret" in rule.groupindex else 0)
            blank = hidden[start:end].translate(_BLANK)
            if blank != hidden[start:end]:
                found[kind] = None
                hidden[start:end] = blank
    for start, end in escapes:  # else "\\u0007" would become no JSON
        hidden[start:end] = raw[start:end]
    return bytes(hidden), list(found)


_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_BLANK = bytes(
    ord("0") if 0x30 <= byte <= 0x39 else ord("x") if byte >= 0x80 or bytes([byte]).isalpha() else byte
    for byte in range(256)
)


def write(
    folder: Path,
    driver: Driver,
    raw: Mapping[str, bytes],
    *,
    day: date,
    software: str,
    secrets: Sequence[str] = (),
) -> list[str]:
    """Write one recording, masked, into a folder that must not be there yet; the kinds of what was masked.

    Raises:
        ConfigError: the folder is there already.
        NotPermitted: this user may not write there.
        StorageError: the disk does not take it.
    """
    kinds: dict[str, None] = {}
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise ConfigError(f"{folder} is there already; name a folder that is not") from None
    except OSError as error:
        raise not_written(str(folder), error, _ADVICE) from None
    try:
        for request in driver.requests:
            if request.name in raw:
                answer, found = masked(raw[request.name], secrets=secrets)
                kinds |= dict.fromkeys(found)
                (folder / f"{request.name}.raw").write_bytes(answer)
        meta = {"origin": "recorded", "driver": driver.name, "written": day, "source": clean_text(software)}
        (folder / META).write_text(written({**meta, "masked": list(kinds)}), encoding="utf-8")
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # half of it would be in the way of the next try
        raise not_written(str(folder), error, _ADVICE) from None
    return list(kinds)


@dataclass(frozen=True, slots=True)
class Recording:
    """What one source answered. ``name`` is that of its folder."""

    name: str
    driver: str
    raw: dict[str, bytes]
    options: Mapping[str, Any] = field(default_factory=dict)  # how a meter was configured, beside where it is


def recordings(folder: Path, *, known_drivers: Iterable[str]) -> list[Recording]:
    """The recording in a folder, or those in all folders below it, by name.

    Args:
        known_drivers: by whose names a recording can be read. Where ``meta.toml`` names none, the folder above does.

    Raises:
        ConfigError: there is none, or one that no driver reads.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; name one that `miner-agent record` has written")
    known = frozenset(known_drivers)
    found = []
    for meta in sorted(folder.rglob(META)):
        home = meta.parent
        head = read_toml(meta)
        driver = head.get("driver", home.parent.name)
        if driver not in known:
            raise ConfigError(f"{meta}: driver = {clean_text(str(driver))!r} is not known; correct it")
        raw = {file.stem: file.read_bytes() for file in sorted(home.glob("*.raw"))}
        options = head.get("options", {})
        if not isinstance(options, dict):
            raise ConfigError(f"{meta}: options is no table; correct it")
        found.append(Recording(home.name, str(driver), raw, options))
    if not found:
        raise ConfigError(f"{folder} holds no {META}: it is no recording, and holds none")
    return found


class Replay:
    """Answers for recorded sources, the same with every tick."""

    def __init__(self, found: Mapping[str, Recording]) -> None:
        """``found``: by the name of the source that it answers for."""
        self._recordings = dict(found)

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result([self._answer(ask) for ask in asks])
        return done

    def close(self) -> None:
        """Nothing is held."""

    def _answer(self, ask: Ask) -> Answer:
        raw = {r.name: self._recordings[ask.source].raw.get(r.name) for r in ask.requests}
        told = {name: answer for name, answer in raw.items() if answer is not None}
        error = None if ask.requests[0].name in told else Unreachable("the recording holds no first answer")
        return Answer(source=ask.source, raw=None if error else told, error=error, duration_seconds=0.0)
