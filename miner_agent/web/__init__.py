"""What the agent says over HTTP: the page of metrics, health, and the host that serves them."""
