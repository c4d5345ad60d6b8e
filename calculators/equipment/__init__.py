"""What machines do and draw."""
