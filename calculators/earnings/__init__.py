"""What mining leaves in a day, and what would break it."""
