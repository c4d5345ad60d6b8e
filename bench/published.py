"""Exporters and libraries of others as they are published: peers where they can be installed. The agent needs none of them.

Each has an environment of its own, as the programs have that tests compare with. Debian's node_exporter is a peer
where it is installed.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests import foreign_tools

PACKAGES = {
    "nvitop-exporter": ("nvitop-exporter==1.7.2", "nvitop==1.7.2"),
    "glances": ("glances==4.5.8", "nvidia-ml-py==13.615.71", "prometheus-client==0.26.0"),
    "pyasic": ("pyasic==0.79.0",),
}
NODE_EXPORTER = "prometheus-node-exporter"


@cache
def program(peer: str, name: str | None = None) -> Path | None:
    """A program of a peer, the one that is named like it unless told. ``None``, and a line that says so: it is not there."""
    try:
        return foreign_tools.make_of(peer, PACKAGES[peer]) / (name or peer)
    except (subprocess.SubprocessError, OSError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        print(f"{peer}: cannot be installed ({said}); its rows are left out", file=sys.stderr)
        return None


def node_exporter() -> str | None:
    """Debian's, as above."""
    found = shutil.which(NODE_EXPORTER)
    if found is None:
        print(f"{NODE_EXPORTER}: not installed; its rows are left out", file=sys.stderr)
    return found
