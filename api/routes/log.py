"""The log itself, as static files: checkpoint, tiles of hashes, bundles of entries (C2SP tlog-tiles)."""

from flask import Response

from dengbu.api.edge.access import AUDITOR, access, public
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state
from dengbu.api.shapes.blueprint import BYTES, TEXT, Blueprint
from dengbu.ledger.log import tiles
from dengbu.ledger.log.encoding import Malformed

blp = Blueprint("log", __name__, url_prefix="/v1", description="账本 The log")

IMMUTABLE = "public, max-age=31536000, immutable"


@blp.route("/checkpoint", methods=["GET"])
@blp.response(200, TEXT, content_type="text/plain", description="检查点 checkpoint (C2SP tlog-checkpoint)")
@blp.may_answer(404)
@public
def read_checkpoint() -> Response:
    """检查点 The newest final checkpoint with its cosignatures."""
    found = state().node.ledger.last_checkpoint()
    if found is None:
        raise Problem("not-found", "尚无最终检查点。", "There is no final checkpoint yet.")
    response = Response(found[1], content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blp.route("/tile/<int:level>/<path:place>", methods=["GET"])
@blp.response(200, BYTES, content_type="application/octet-stream", description="哈希块 tile of hashes")
@public
def read_tile(level: int, place: str) -> Response:
    """哈希块 A tile of the tree's hashes, which reveal nothing of the signed entries."""
    tile = _tile(f"tile/{level}/{place}")
    nodes = tiles.tile_nodes(level, tile.n, tile.width or tiles.TILE_WIDTH)
    return _file(b"".join(state().node.ledger.read(nodes)))


@blp.route("/tile/entries/<path:place>", methods=["GET"])
@blp.response(200, BYTES, content_type="application/octet-stream", description="条目包 bundle of entries")
@access(AUDITOR)
def read_entries(place: str) -> Response:
    """条目包 A bundle of entries, for auditing the whole log; for auditors only, as entries name every unit."""
    tile = _tile(f"tile/entries/{place}")
    start = tile.n * tiles.TILE_WIDTH
    return _file(tiles.bundle(state().node.ledger.leaves(start, start + (tile.width or tiles.TILE_WIDTH))))


def _tile(path: str) -> tiles.Tile:
    """Return the tile of a path. Raises Problem not-found unless the final log has all of it."""
    try:
        tile = tiles.parse_path(path)
    except Malformed as fault:
        raise Problem("not-found", "没有此路径的文件。", "There is no file at this path.") from fault
    there = tiles.tile_width(state().node.final_size, tile.level or 0, tile.n)
    if there < (tile.width or tiles.TILE_WIDTH):
        raise Problem("not-found", "账本尚未记到此处。", "The log has not grown to this place yet.")
    return tile


def _file(raw: bytes) -> Response:
    response = Response(raw, content_type="application/octet-stream")
    response.headers["Cache-Control"] = IMMUTABLE
    return response
