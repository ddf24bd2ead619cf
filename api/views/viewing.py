"""The viewer of this request: the node's institution, and whether the caller's key is an auditor's."""

from flask import g

from dengbu.api.edge.access import AUDITOR
from dengbu.api.edge.state import state
from dengbu.api.views.derived import derived
from dengbu.api.views.views import Viewer


def viewer() -> Viewer:
    """Return the viewer of this request."""
    node, is_auditor = state().node, AUDITOR in g.client.scopes
    return Viewer(node.institution, node.role, node.register, node.now_ms(), is_auditor, derived().concerns)
