"""Makes the package for Debian or Ubuntu of the release that this runs on: ``make deb``.

The program is a virtual environment below ``/opt`` on the release's own Python, so each release has a package of its
own. It holds sources only: the same inputs give the same bytes, and what is compiled fits the Python that runs it.
"""

import argparse
import base64
import csv
import gzip
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ROOT / "packages" / "deb"
PYTHON = Path("/usr/bin/python3")
HOME = Path("opt/miner-agent")
PROGRAM = "miner-agent"
MAINTAINER = "The miner-agent maintainers <maintainers@miner-agent.invalid>"
CHANGES = """miner-agent ({version}) unstable; urgency=medium

  * As changelog.gz tells.

 -- {maintainer}  {day}
"""
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
CONFIGURATION = {"packages/deb/config.toml": "config.toml", "systemd/environment.example": "environment"}
FILES = {
    "systemd/miner-agent.service": "usr/lib/systemd/system/miner-agent.service",
    "systemd/miner-agent.sysusers.conf": "usr/lib/sysusers.d/miner-agent.conf",
    "systemd/miner-agent.tmpfiles.conf": "usr/lib/tmpfiles.d/miner-agent.conf",
    "systemd/config.example.toml": "usr/share/doc/miner-agent/examples/config.toml",
    "packages/deb/copyright": "usr/share/doc/miner-agent/copyright",
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--wheel", type=Path, required=True, help="ours")
    asked.add_argument("--wheelhouse", type=Path, required=True, help="the folder of what is in packages/locked.txt")
    asked.add_argument("--out", type=Path, required=True, help="the folder that the package is written to")
    asked.add_argument("--compression", default="xz", choices=("xz", "none"), help="none where it is only tried")
    print(build(**vars(asked.parse_args())))


def build(*, wheel: Path, wheelhouse: Path, out: Path, compression: str) -> Path:
    """The package, made of a wheel of ours and of the locked libraries, without a network."""
    python = release_python()
    name, version = wheel.name.split("-")[:2]
    if name.replace("_", "-") != PROGRAM:
        raise SystemExit(f"{wheel}: a wheel of {PROGRAM} is wanted")
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "stage"
        stage.mkdir(mode=0o755)
        install(stage / HOME, wheel, version, wheelhouse)
        place_files(stage)
        write_for_shells(stage)
        full_version = f"{version}-1~{release_word()}"
        write_changes(stage, full_version)
        architecture = output("dpkg", "--print-architecture")
        write_control(stage, full_version, architecture, python)
        made = out / f"{PROGRAM}_{full_version}_{architecture}.deb"
        out.mkdir(parents=True, exist_ok=True)
        pack = ("dpkg-deb", "--root-owner-group", "--threads-max=1", f"-Z{compression}", "--build", stage, made)
        output(*pack)  # one thread: how many there are would show in the bytes
    return made


def release_python() -> tuple[int, int]:
    """The release's own Python, which has to be of the kind that the wheelhouse was filled for."""
    told = output(PYTHON, "-c", "import sys; print(*sys.version_info[:2])")
    major, minor = (int(word) for word in told.split())
    if (major, minor) != sys.version_info[:2]:
        raise SystemExit(f"{PYTHON} is Python {major}.{minor}, .venv another one: make clean, then PYTHON={PYTHON}")
    return major, minor


def release_word() -> str:
    """What tells the packages of two releases apart: ``deb12``, ``ubuntu24.04``. A newer release's is the greater."""
    release = platform.freedesktop_os_release()
    return f"{release['ID'].replace('debian', 'deb')}{release.get('VERSION_ID', '')}"


def install(home: Path, wheel: Path, version: str, wheelhouse: Path) -> None:
    """A virtual environment that does not know where it was made."""
    output(PYTHON, "-m", "venv", "--without-pip", home)
    pip = (sys.executable, "-m", "pip", "--quiet", "--isolated", "--disable-pip-version-check", "--python")
    options = ("--no-index", "--no-deps", "--no-compile", "--only-binary", ":all:")
    into = (*pip, home / "bin/python", "install", *options)
    output(*into, "--find-links", wheelhouse, "--require-hashes", "--requirement", ROOT / "packages" / "locked.txt")
    output(*into, "--find-links", wheel.parent, f"{PROGRAM}=={version}")
    for path in (home / "bin").iterdir():
        if path.name != PROGRAM and not path.is_symlink():
            path.unlink()
    script = home / "bin" / PROGRAM
    _, _, lines = script.read_text().partition("\n")
    script.write_text(f"#!/{HOME}/bin/python\n{lines}")
    kind = ".".join(map(str, sys.version_info[:2]))  # not the very release: it would differ by where this is made
    (home / "pyvenv.cfg").write_text(
        f"home = {PYTHON.parent}\ninclude-system-site-packages = false\nversion = {kind}\n"
    )
    for record in home.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        set_right(record, script)


def set_right(record: Path, script: Path) -> None:
    """The list of what a library installed, without the programs that were taken away."""
    kept = []
    with record.open(newline="") as lines:
        for name, checksum, size in csv.reader(lines):
            path = record.parents[1] / name
            if path.parent.resolve() != script.parent.resolve():
                kept.append((name, checksum, size))
            elif path.name == script.name:
                digest = base64.urlsafe_b64encode(hashlib.sha256(script.read_bytes()).digest()).rstrip(b"=").decode()
                kept.append((name, f"sha256={digest}", str(script.stat().st_size)))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(kept)
    record.write_text(text.getvalue())


def place_files(stage: Path) -> None:
    """Everything beside the program."""
    files = FILES | {
        f"systemd/drop-ins/{path.name}": f"usr/share/miner-agent/drop-ins/{path.name}" for path in DROP_INS
    }
    for source, place in files.items():
        copy(ROOT / source, stage / place)
    for source, place in CONFIGURATION.items():
        copy(ROOT / source, stage / "etc/miner-agent" / place)
    (stage / "etc/miner-agent").chmod(0o750)
    (stage / "usr/bin").mkdir()
    (stage / "usr/bin" / PROGRAM).symlink_to(f"/{HOME}/bin/{PROGRAM}")


def write_changes(stage: Path, version: str) -> None:
    """Ours, and the package's own in the form that Debian's programs read."""
    made_at = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    own = CHANGES.format(version=version, maintainer=MAINTAINER, day=format_datetime(made_at))
    folder = stage / "usr/share/doc/miner-agent"
    (folder / "changelog.gz").write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0))
    (folder / "changelog.Debian.gz").write_bytes(gzip.compress(own.encode(), mtime=0))


def write_for_shells(stage: Path) -> None:
    """Pages of the manual and completion, as the program tells them, where Debian looks for them."""
    output(stage / HOME / "bin/python", "-B", ROOT / "tools" / "shell_files.py", stage / "usr")
    for page in sorted(stage.glob("usr/share/man/man1/*.1")):
        page.with_name(f"{page.name}.gz").write_bytes(gzip.compress(page.read_bytes(), mtime=0))
        page.unlink()


DROP_INS = sorted((ROOT / "systemd" / "drop-ins").glob("*.conf"))


def copy(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)


def write_control(stage: Path, version: str, architecture: str, python: tuple[int, int]) -> None:
    """What dpkg is told: who needs what, what is checked, what is its owner's to change."""
    files = sorted(path for path in stage.rglob("*") if path.is_file() and not path.is_symlink())
    major, minor = python
    said = (PARTS / "control.in").read_text()
    told = said.format(
        version=version,
        maintainer=MAINTAINER,
        architecture=architecture,
        python=f"{major}.{minor}",
        next_python=f"{major}.{minor + 1}",
        installed_kib=sum(-(-path.stat().st_size // 1024) for path in files),
    )
    sums = (f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(stage)}\n" for path in files)
    control = stage / "DEBIAN"
    control.mkdir(mode=0o755)
    (control / "control").write_text(told)
    (control / "md5sums").write_text("".join(sums))
    (control / "conffiles").write_text("".join(f"/etc/miner-agent/{place}\n" for place in CONFIGURATION.values()))
    for name in SCRIPTS:
        copy(PARTS / name, control / name)
        (control / name).chmod(0o755)


def output(*command: str | Path) -> str:
    """What a program says, which must end well."""
    try:
        done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{command[0]}: {error.stderr.strip()}") from error
    except FileNotFoundError as error:
        raise SystemExit(f"{command[0]} is not here: this wants Debian or Ubuntu") from error
    return done.stdout.strip()


if __name__ == "__main__":
    os.umask(0o022)
    main()
