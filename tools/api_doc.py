"""Writes ``docs/api.md`` from the API itself: ``python -m tools.api_doc > docs/api.md``."""

import re
import sys

from miner_agent.face.api import ENDPOINTS
from miner_agent.face.api.api_endpoint import PREFIX
from tools.openapi import PARAMETERS

HEAD = """# The API

Made from `miner_agent/face/api/` by `tools/api_doc.py`. `/api/v1/openapi.json` describes every field of every document. v1 only grows: what is
published keeps its name, its kind and its unit.

```sh
curl http://127.0.0.1:9877/api/v1/snapshot
curl 'http://127.0.0.1:9877/api/v1/devices?format=csv'
```

- A figure is `{"value", "unit", "source", "taken_at", "reason", "stale"}`, in the base unit that its name ends in. Where there is no value it is null, and
  `reason` says why. What is `stale` is of the past: nothing newer is known.
- Money is `{"amount", "currency"}`, the amount a decimal number as text. Times are RFC 3339 in UTC.
- Money and books are told by the agent's own socket, and over HTTP to the users in `[http] books_users`
  ([exposure.md](exposure.md#money-and-books)); to others they are null with a reason, or 403.
- A parameter that there is not is refused (400), as is one that is given twice. What is wrong is said as `application/problem+json`.
- Every document has an `ETag`: who asks with `If-None-Match` is told 304 until the next tick. It is made when somebody asks, and kept until then.
- With `format=csv` the rows of a document come as CSV: a column a figure, nothing that a spreadsheet would take for a formula. Lists within a row
  are in JSON alone.

`miner-agent once --json` prints the document of `snapshot`, `miner-agent tax summary --json` what `books/{year}` is made of.

"""


def render() -> str:
    """The whole page."""
    parts = [HEAD, "| document | what it tells | parameters |\n| --- | --- | --- |\n"]
    for one in ENDPOINTS:
        names = ", ".join(f"`{name}`" for name in one.takes)
        parts.append(f"| `{PREFIX}{one.path}` | {one.summary} | {names} |\n")
    parts.append("\n| parameter | what it says |\n| --- | --- |\n")
    used = {name for one in ENDPOINTS for name in (*one.takes, *re.findall(r"{(\w+)}", one.path))}
    parts += (f"| `{name}` | {meaning} |\n" for name, (meaning, _) in PARAMETERS.items() if name in used)
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
