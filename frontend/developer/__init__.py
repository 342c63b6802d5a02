"""Pages for who programs against the service: requests, webhooks, playground, guides."""
