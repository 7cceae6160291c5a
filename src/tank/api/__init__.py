"""The HTTP API (FastAPI): the only place that knows HTTP statuses."""
