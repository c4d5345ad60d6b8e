"""What a driver is, and how it reads the answers of its source."""
