"""The page at `/`: what this node is, how it is, and where its API, its documents and its keys are."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from flask import Blueprint, Response, make_response, render_template

from dengbu.api.edge.access import public
from dengbu.api.edge.state import state
from dengbu.ledger import __version__
from dengbu.ledger.law.calendar import CHINA_OFFSET_MS, SECOND_MS
from dengbu.ledger.register.members import Institution, Role

pages = Blueprint("pages", __name__, template_folder="templates")

BEIJING = timezone(timedelta(milliseconds=CHINA_OFFSET_MS))
ROLES = {
    Role.REGISTRY: ("不动产登记机构", "real-estate registry"),
    Role.TAX: ("税务机关", "tax bureau"),
    Role.BANK: ("银行", "bank"),
    Role.COURT: ("人民法院", "people's court"),
    Role.NOTARY: ("公证机构", "notary office"),
    Role.BUREAU: ("主管部门", "government bureau"),
    Role.UTILITY: ("公用企业", "utility company"),
}
STYLE = (Path(__file__).parent / "pages.css").read_bytes()
STYLE_S = 3600  # a browser may keep the style sheet that long


@pages.get("/")
@public
def home() -> Response:
    """首页 Say to a person what this node is and where to go on."""
    node = state().node
    own = node.register.get(Institution, node.institution)
    checks = node.health()
    zh, en = ROLES[Role(node.role)]
    page = render_template(
        "home.html",
        name_zh=own.name_zh if own else node.institution,
        name_en=own.name_en if own else node.institution,
        id=node.institution,
        role_zh=zh,
        role_en=en,
        net=node.net,
        version=__version__,
        ready=checks.is_ready,
        failing=[check.name for check in checks if not check.ok],
        size=node.final_size,
        as_of=datetime.fromtimestamp(node.as_of // SECOND_MS, UTC).astimezone(BEIJING),
        keys=[key for key in node.listings.public_keys() if key.institution == node.institution],
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.get("/pages.css")
@public
def style() -> Response:
    """样式 The style sheet of every page."""
    return Response(
        STYLE, content_type="text/css; charset=utf-8", headers={"Cache-Control": f"max-age={STYLE_S}"}
    )
