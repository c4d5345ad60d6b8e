"""AMD cards: the reader runs in the sensor child, the rest makes readings of what it saw."""
