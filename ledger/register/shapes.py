"""Shapes that the data of several events share: the form of an identifier, before any rule asks what it stands for.

Data of any other shape is not admitted. Patterns spell out [0-9], because \\d also matches the digits of other scripts.
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta

from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.record import Holder

HOLDERS_MAX = 200
AREA_CM2_MAX = 10**12
CERTIFICATE_CHARACTERS_MAX = 64
# Limits on what a payload says of a title in the clear; the register holds only references and commitments.
NAME_CHARACTERS_MAX = 100
LOCATION_CHARACTERS_MAX = 200

ITEMS_MAX = 32

UnitCode = Annotated[
    str, Meta(pattern=r"^[0-9]{6}[0-9A-Z]{22}\Z")
]  # GB/T 37346: see identifiers.check_unit_code
RightId = Annotated[str, Meta(pattern=r"^R-[0-9A-Za-z-]{1,62}\Z")]
MortgageId = Annotated[str, Meta(pattern=r"^M-[0-9A-Za-z-]{1,62}\Z")]
OrderId = Annotated[str, Meta(pattern=r"^O-[0-9]{1,16}\Z")]
CaseNumber = Annotated[str, Meta(pattern=r"^[0-9]{6}-[0-9]{8}-[0-9]{6,9}\Z")]
# A paper, a task, a ground or a doubt, by a code from the institution's own list.
ListCode = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\Z")]
Channel = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z")]  # the channel by which an application came
District = Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]
CertificateNumber = Annotated[str, Meta(min_length=1, max_length=CERTIFICATE_CHARACTERS_MAX)]
Use = Annotated[str, Meta(pattern=r"^[a-z][a-z-]{0,31}\Z")]
AreaCm2 = Annotated[int, Meta(ge=1, le=AREA_CM2_MAX)]
Mode = Literal["single", "joint", "shares"]
REQUISITION = "requisition"
StandsStill = Literal["requisition", "announcement", "inspection", "verification"]
GROUNDS: tuple[StandsStill, ...] = get_args(StandsStill)  # of a suspension of a case
Score = Literal[1, 2, 3, 4, 5]  # 非常不满意, 不满意, 基本满意, 满意, 非常满意
SCORES: tuple[Score, ...] = get_args(Score)
MortgageForm = Literal["ordinary", "maximum"]
Holders = Annotated[tuple[Holder, ...], Meta(min_length=1, max_length=HOLDERS_MAX)]
Refs = Annotated[
    tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)
]  # holder references, such as those of consenting holders
ObjectionId = Annotated[str, Meta(pattern=r"^O-[0-9-]{1,62}\Z")]
NoticeId = Annotated[str, Meta(pattern=r"^N-[0-9-]{1,62}\Z")]
Acknowledged = Annotated[
    tuple[ObjectionId, ...], Meta(max_length=HOLDERS_MAX)
]  # objections of which the acquirer has acknowledged knowing
FaultId = Annotated[str, Meta(pattern=r"^F-[0-9]{1,16}\Z")]
LossId = Annotated[str, Meta(pattern=r"^L-[0-9]{1,16}\Z")]
