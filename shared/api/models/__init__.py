"""What travels between client and server as JSON. Binary fields are base64url without padding unless said otherwise;
times are Unix seconds, sizes bytes.

Building a model takes about a millisecond, and a command needs few of them: a room is entered when a name in it is
first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.api.models.account import *  # noqa: F403
    from shared.api.models.activity import *  # noqa: F403
    from shared.api.models.basics import *  # noqa: F403
    from shared.api.models.boxes import *  # noqa: F403
    from shared.api.models.files import *  # noqa: F403
    from shared.api.models.key_log import *  # noqa: F403
    from shared.api.models.links import *  # noqa: F403
    from shared.api.models.people import *  # noqa: F403
    from shared.api.models.sign_in import *  # noqa: F403
    from shared.api.models.simple_upload import *  # noqa: F403
    from shared.api.models.system import *  # noqa: F403
    from shared.api.models.uploads import *  # noqa: F403

_ROOMS = {
    "basics": (
        "Email",
        "FileId",
        "UserId",
        "HexId",
        "Base64Url",
        "Base64",
        "ExpiresHours",
        "WireModel",
        "Problem",
        "DownloadLimit",
    ),
    "sign_in": (
        "OtpRequest",
        "OtpSent",
        "Login",
        "SignedIn",
        "Refresh",
        "Refreshed",
        "Ok",
        "SessionItem",
        "SessionList",
        "SessionName",
        "PairingMessage",
        "PairingStart",
        "PairingNext",
        "PairingItem",
        "PairingList",
        "SecondFactorState",
        "SecondFactorEnrolment",
        "SecondFactorCode",
        "RecoveryCodes",
        "TokenRequest",
        "TokenItem",
        "CreatedToken",
        "TokenList",
    ),
    "account": (
        "Account",
        "AccountDeletion",
        "RecoveryCopy",
        "StoredRecoveryCopy",
    ),
    "simple_upload": (
        "SimpleFieldsModel",
        "UploadTerms",
        "SimpleUpload",
        "UploadForm",
        "SimpleUploaded",
        "PresignedUpload",
        "Presigned",
        "S3Upload",
    ),
    "uploads": (
        "UploadStart",
        "Part",
        "Upload",
        "UploadComplete",
        "WholeUpload",
        "WholeUploaded",
        "WantedPart",
        "WantedParts",
        "PartUrl",
        "PartUrls",
        "SentPart",
        "SentParts",
        "StoredParts",
    ),
    "files": (
        "GrantModel",
        "FileItem",
        "FileDetail",
        "FileSummary",
        "FileChange",
        "NewGrants",
        "FilePage",
        "Deleted",
    ),
    "people": (
        "SignedCard",
        "PublishedCard",
        "Invitation",
        "CardHistory",
    ),
    "key_log": (
        "LogCheckpoint",
        "LogProof",
        "LogConsistency",
        "LogEntries",
    ),
    "boxes": (
        "BoxChange",
        "BoxItem",
        "BoxPage",
        "DropComplete",
        "Dropped",
        "DropStart",
        "NewBox",
        "OpenedBox",
    ),
    "links": (
        "LinkId",
        "LinkTarget",
        "LinkTerms",
        "NewFileLink",
        "NewLink",
        "LinkChange",
        "LinkItem",
        "LinkPage",
        "OpenedFile",
        "OpenedLink",
        "LinkPlace",
        "ClaimId",
    ),
    "activity": (
        "ActivityItem",
        "ActivityPage",
        "Stats",
    ),
    "system": (
        "Health",
        "Ready",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


if not TYPE_CHECKING:  # or a misspelt name would have a type

    def __getattr__(name: str) -> object:
        if (room := _ROOM_OF.get(name)) is None:
            raise AttributeError(f"there is no wire model {name}")
        value: object = getattr(import_module(f"{__name__}.{room}"), name)
        globals()[name] = value
        return value
