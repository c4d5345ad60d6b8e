"""What people and programs see of the agent: the pages and the API, behind the web and below the service."""
