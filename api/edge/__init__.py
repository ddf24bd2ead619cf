"""What every request passes, whatever it asks: who is calling, limits, idempotency, errors, headers, logs, figures.

It imports no other room of the API. It knows no route; what it keeps between requests is in `state`.
"""
