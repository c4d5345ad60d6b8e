"""Runs in RP2's own environment: the gains of a full report, as JSON rows of year, asset, gain, term and type."""

import json
import sys


def main() -> None:
    """``rp2_summary.py REPORT.ods``."""
    import ezodf  # type: ignore[import-not-found]

    rows = []
    for sheet in ezodf.opendoc(sys.argv[1]).sheets:
        if not sheet.name.endswith(" Tax"):
            continue
        for row in sheet.rows():
            values = [cell.value for cell in row][:5]
            if isinstance(values[0], float) and isinstance(values[2], float) and values[3] in {"SHORT", "LONG"}:
                rows.append([int(values[0]), *values[1:]])
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
