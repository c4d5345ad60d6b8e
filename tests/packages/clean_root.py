"""A system of this machine's release with nothing on it but what is named: made once, and fresh for each test."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from tests import requires
from tests.requires import require_tool
from tests.waiting import until

MAKING_SECONDS = 300.0
COMMAND_SECONDS = 120.0
ENDING_SECONDS = 30.0
PATH_OF_ROOT = "/usr/sbin:/usr/bin:/sbin:/bin"
SMALL = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command in a root ended, and what it said, errors among it."""

    exit_code: int
    said: str


@dataclass(frozen=True, slots=True)
class Root:
    """One to be changed. Nothing in it has a network but its own loopback."""

    path: Path

    def run(self, *command: str, options: Sequence[str] = ()) -> Ran:
        """The end of a command in it, with /proc, /sys and /dev, without systemd."""
        done = subprocess.run(
            [*in_container(self.path), "--pipe", *options, "/bin/sh", "-c", 'exec "$@" 2>&1', "sh", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    @contextmanager
    def booted(self) -> Iterator["Booted"]:
        """It under its own systemd."""
        container = psutil.Popen(
            [*in_container(self.path), "--boot", "--console=read-only"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            booted = Booted(container)
            until(lambda: booted.run("systemctl", "is-system-running").said in STARTED, seconds=COMMAND_SECONDS)
            yield booted
        finally:
            container.terminate()  # it shuts its system down
            try:
                container.wait(ENDING_SECONDS)
            except psutil.TimeoutExpired:
                container.kill()
                container.wait(ENDING_SECONDS)


STARTED = {"running\n", "degraded\n"}  # degraded: a unit of the system's own that finds no hardware here


@dataclass(frozen=True, slots=True)
class Booted:
    """A root whose systemd runs."""

    container: psutil.Popen

    def run(self, *command: str) -> Ran:
        """The end of a command in it."""
        inits = [child.pid for child in self.container.children() if child.name() == "systemd"]
        if not inits:
            return Ran(1, "its systemd has not begun")
        spaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--root")
        done = subprocess.run(
            ["nsenter", "--target", str(inits[0]), *spaces, *command],
            env={"PATH": PATH_OF_ROOT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout)


def in_container(path: Path) -> list[str]:
    return ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", f"--directory={path}"]


def made(folder: Path, *packages: str) -> Path:
    """A root with these packages and what they need, from where this machine's apt has its own."""
    tool = require_tool("mmdebstrap", package="mmdebstrap")
    require_tool("systemd-nspawn", package="systemd-container")
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    options = ['--aptopt=Acquire::Languages "none"', *(f"--dpkgopt=path-exclude={path}" for path in SMALL)]
    done = subprocess.run(
        [
            *(tool, "--quiet", "--mode=root", "--variant=essential", f"--include={','.join(packages)}"),
            *(*options, release, str(folder), *sources(release)),
        ],
        env=os.environ | {"PATH": PATH_OF_ROOT},
        capture_output=True,
        text=True,
        timeout=MAKING_SECONDS,
        check=False,
    )
    if done.returncode:
        lacks(f"needs the packages of {release}, which apt does not get: {done.stderr.strip()[-300:]}")
    if subprocess.run([*in_container(folder), "true"], capture_output=True, check=False).returncode:
        lacks("needs containers of systemd-nspawn, which this machine does not let root make")
    return folder


def sources(release: str) -> list[str]:
    """Where this machine's apt has the packages of its release."""
    asked = ("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = [f"deb {line}" for line in dict.fromkeys(said.splitlines()) if line.split()[1:] == [release, "main"]]
    if not found:
        lacks(f"needs to know where apt has {release}, which it does not say")
    return found


def lacks(sentence: str) -> NoReturn:
    if requires.ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


@contextmanager
def in_memory(folder: Path) -> Iterator[Path]:
    """A folder of which nothing is left: dpkg waits for the disk after each file, and here there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def fresh(base: Path, folder: Path) -> Iterator[Root]:
    """One that is as the base was made, whatever is done to it."""
    with in_memory(folder):
        upper, work, merged = (folder / name for name in ("upper", "work", "merged"))
        for path in (upper, work, merged):
            path.mkdir()
        options = f"lowerdir={base},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, merged], check=True)
        try:
            yield Root(merged)
        finally:
            subprocess.run(["umount", merged], check=True)
