"""Pages of the site's staff: what organizations, plans, usage, jobs and deliveries are doing. Never their documents."""
