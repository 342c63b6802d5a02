"""A local Stripe: the real SDK talks to it over HTTP, and the SDK's own types check what it is told."""
