"""Steps of what is known of alerts."""
