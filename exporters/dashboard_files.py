"""The dashboards for Grafana, as they come with the agent. ``tools/dashboards.py`` makes them."""

from importlib.resources import files


def dashboard_files() -> dict[str, str]:
    """The text of each file, by its name."""
    folder = files("exporters") / "dashboards"
    return {
        file.name: file.read_text(encoding="utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name)
    }
