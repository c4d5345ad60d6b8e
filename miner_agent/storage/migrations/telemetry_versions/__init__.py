"""Steps of the telemetry log."""
