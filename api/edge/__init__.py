"""The steps that every request passes through: identifying the caller, limits, idempotency, errors, headers, logs, metrics.

This room imports no other room of the API and knows no route. What it keeps between requests is in `state`.
"""
