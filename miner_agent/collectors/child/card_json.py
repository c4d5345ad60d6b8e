"""JSON as the sensor child reads and writes it."""

import json

encoded, decoded = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode, json.JSONDecoder().decode
"""Kept: ``json.dumps`` makes an encoder each time, and ``json.loads`` asks first how the line is encoded."""
