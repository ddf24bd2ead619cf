"""The routes, one file per resource.

This room may import views, shapes and the edge. A route asks `Node` and decides nothing.
"""

from dengbu.api.routes import (
    cases,
    certificates,
    drafts,
    events,
    health,
    institutions,
    log,
    mortgages,
    private,
    problems,
    receipts,
    seizures,
    statements,
    stats,
    tax,
    titles,
    units,
    worklists,
)

BLUEPRINTS = tuple(
    module.blp
    for module in (
        events,
        statements,
        cases,
        drafts,
        tax,
        units,
        mortgages,
        seizures,
        certificates,
        receipts,
        log,
        institutions,
        worklists,
        stats,
        private,
        titles,
        health,
        problems,
    )
)
