"""Runs in RP2's own environment: the gains of its full reports, as JSON rows of year, asset, gain, term and type."""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """``rp2_summary.py METHOD SPREADSHEET.ods...``: each with what it says of itself beside it, as ``.ini``.

    It is RP2's own command that reads them, each in a process of its own; only its libraries are loaded once.
    """
    import ezodf  # type: ignore[import-not-found]
    from rp2.plugin.country.us import rp2_entry  # type: ignore[import-not-found]

    method, rows = sys.argv[1], []
    for file in map(Path, sys.argv[2:]):
        out = f"{file.stem}-report"
        process = os.fork()
        if process == 0:
            os.dup2(2, 1)  # what it prints is no row
            sys.argv = ["rp2_us", "-m", method, "-o", out, str(file.with_suffix(".ini")), str(file)]
            sys.exit(rp2_entry())
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if code:
            sys.exit(code)
        (report,) = Path(out).glob("*full_report.ods")
        for sheet in ezodf.opendoc(report).sheets:
            if not sheet.name.endswith(" Tax"):
                continue
            for row in sheet.rows():
                values = [cell.value for cell in row][:5]
                if isinstance(values[0], float) and isinstance(values[2], float) and values[3] in {"SHORT", "LONG"}:
                    rows.append([int(values[0]), *values[1:]])
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
