"""Puts the parts together: from a configuration to something that can tick."""
