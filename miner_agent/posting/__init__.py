"""What enters the books by itself, day by day, from the log: electricity by tariff slot and device, and hours."""
