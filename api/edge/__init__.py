"""What every route uses of HTTP: who calls and what a route requires, rate limits, idempotency, preconditions, paging, problems,
headers, logs and metrics.

This room imports no other room of the API and knows no single route. What it keeps between requests is in `state`.
"""
