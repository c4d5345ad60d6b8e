"""The image: nobody in it is root, its root may be read-only, and it says whether its agent answers."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miner_agent import __version__
from tests import requires
from tests.packages.clean_root import Ran, Root, in_memory
from tests.packages.wheels import ROOT, require_wheelhouse

FILE = ROOT / "deploy" / "Containerfile"
FOUND_IN_THE_WHEELHOUSE = "[global]\nno-index = true\nfind-links = /wheelhouse\n"
BUILDING_SECONDS = 300.0


def lines() -> list[str]:
    """The instructions, each on one line."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE)
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def test_what_it_copies_is_there_and_is_let_into_the_build() -> None:
    sources = [
        word for line in lines() if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    let_in = set((ROOT / ".dockerignore").read_text().replace("!", "").split())

    assert sources
    assert [name for name in sources if not (ROOT / name).exists() or name.split("/")[0] not in let_in] == []


def test_it_installs_by_hash_as_nobody_and_carries_no_tag_that_moves_by_itself() -> None:
    installs = [line for line in lines() if " pip install " in line]
    (base,) = (line.partition("=")[2] for line in lines() if line.startswith("ARG BASE="))

    assert all("--require-hashes" in line or "--no-deps ." in line for line in installs)
    assert lines().index("USER 9877:9877") > max(at for at, line in enumerate(lines()) if line.startswith("RUN "))
    assert re.fullmatch(r"[a-z.]+/[a-z/]+:\d+\.\d+-[a-z-]+", base)


@dataclass(frozen=True, slots=True)
class Image:
    """One that was built, with what it says of itself."""

    root: Root
    said: dict[str, Any]
    state: Path

    def run(self, *command: str) -> Ran:
        """As a container is run that may change nothing but its state: as its user, with its environment."""
        user, group = self.said["User"].split(":")
        options = ["--read-only", "--tmpfs=/tmp", f"--bind={self.state}:/var/lib/miner-agent"]
        options += [f"--setenv={each}" for each in self.said["Env"]]
        ids = (f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--bounding-set=-all")
        return self.root.run("setpriv", *ids, *command, options=options)


@pytest.fixture(scope="module")
def image(clean_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Built of a base that this machine made itself and of the wheelhouse: nothing of it is fetched."""
    tool = requires.require_tool("buildah", package="buildah")
    wheelhouse = require_wheelhouse()
    settings = tmp_path_factory.mktemp("settings")
    (settings / "pip.conf").write_text(FOUND_IN_THE_WHEELHOUSE)
    with in_memory(tmp_path_factory.mktemp("images")) as folder:

        def buildah(*arguments: str | Path) -> str:
            done = subprocess.run(
                [tool, "--root", folder / "store", "--runroot", folder / "run", "--storage-driver=vfs", *arguments],
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BUILDAH_ISOLATION": "chroot"},
                capture_output=True,
                text=True,
                timeout=BUILDING_SECONDS,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        base = buildah("from", "scratch")
        buildah("copy", "--quiet", base, clean_base, "/")
        buildah("commit", "--quiet", "--rm", base, "localhost/base")
        mounts = (f"--volume={wheelhouse}:/wheelhouse:ro", f"--volume={settings / 'pip.conf'}:/etc/pip.conf:ro")
        buildah(
            *("build", "--quiet", "--format=docker", *mounts, "--build-arg=BASE=localhost/base"),
            *("--file", FILE, "--tag=localhost/miner-agent", ROOT),
        )
        container = buildah("from", "localhost/miner-agent")
        said = json.loads(buildah("inspect", container))["Docker"]["config"]
        path = Path(buildah("mount", container))
        state = folder / "state"
        state.mkdir()
        shutil.chown(state, *(int(word) for word in said["User"].split(":")))
        try:
            yield Image(Root(path), said, state)
        finally:
            buildah("umount", container)


@pytest.mark.root
def test_it_runs_as_nobody_on_a_root_that_it_may_not_change(image: Image) -> None:
    assert image.run("id", "--user").said == "9877\n"
    assert image.run("miner-agent", "--version").said == f"miner-agent, version {__version__}\n"
    assert image.run("miner-agent", "profit", "--hardware", "6x rtx3080", "--kwh-price", "0.16").exit_code == 0
    assert image.run("touch", "/opt/miner-agent/written").exit_code != 0
    assert image.said["Entrypoint"] == ["miner-agent"]
    assert image.said["Cmd"] == ["run"]


@pytest.mark.root
def test_it_is_healthy_while_its_agent_answers_and_not_before(image: Image) -> None:
    kind, asked = image.said["Healthcheck"]["Test"]
    assert kind == "CMD-SHELL"
    tried = f"""
    ({asked}) && echo 'healthy without an agent'
    miner-agent run & agent=$!
    for second in $(seq 60); do ({asked}) && break; sleep 1; done
    ({asked}) && echo healthy
    kill $agent; wait $agent; echo "ended with $?"
    """

    ran = image.run("sh", "-c", tried)

    assert "healthy without an agent" not in ran.said
    assert "\nhealthy\n" in ran.said, ran.said
    assert ran.said.endswith("ended with 0\n"), ran.said
    assert (image.state / "state.db").exists()
