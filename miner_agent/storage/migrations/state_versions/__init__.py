"""Steps of what must survive a restart."""
