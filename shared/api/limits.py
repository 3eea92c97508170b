"""Limits that both sides know. Times in seconds, sizes in bytes."""

ACCESS_TOKEN_SECONDS = 3_600
REFRESH_TOKEN_SECONDS = 7 * 86_400
SIGN_IN_CODE_SECONDS = 600
SIGN_IN_CODE_TRIES = 3
SIGN_IN_CODE_DIGITS = 6
MAX_SECOND_FACTOR_CHARS = 32
DEFAULT_TOKEN_EXPIRY_HOURS = 90 * 24
MAX_TOKEN_EXPIRY_HOURS = 10 * 365 * 24
MAX_TOKEN_NAME_CHARS = 100
MAX_ACCESS_TOKENS = 100
"""Personal access tokens of one person."""

DEFAULT_EXPIRY_HOURS = 168
MIN_EXPIRY_HOURS = 1
MAX_EXPIRY_HOURS = 8_760
UPLOAD_IDLE_SECONDS = 24 * 3_600
"""An unfinished upload without a new part for so long is removed."""

MAX_DIRECT_PARTS = 100
"""Parts in one request about parts that go straight to the store."""
MAX_SINGLE_PUT = 5 << 30
"""Bytes that an S3 store takes in one request."""
MAX_DOWNLOAD_LIMIT = 1_000_000
MAX_ALLOWED_USERS = 1_000
MAX_LINKED_FILES = 2_000
"""Of one link: a folder's list, and what is in it."""
MAX_BOX_FILES = 100_000
MAX_BOX_NOTE = 500
"""Characters that a drop box says to whoever has its key."""
MAX_DROP_MANIFEST = 64 << 10
"""Bytes of the manifest of a file that is left in a drop box: a long name and a message."""
PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
MAX_RECOVERY_BYTES = 256 << 10
"""Of the sealed copy of somebody's keys: as many earlier ones as anybody will have."""
MAX_LOG_ENTRIES = 4_096
"""Of the key log, in one answer."""
MAX_DEVICE_NAME_CHARS = 64
PAIRING_SECONDS = 600
"""How long a new device waits for an old one."""
PAIRING_MESSAGES = 4
MAX_PAIRING_BYTES = 4 << 20
"""Of all messages of two devices together: the last one holds keys and contacts."""
MAX_PAIRINGS = 3
"""Devices of one person that wait at the same time."""
MAX_JSON_BODY = 8 << 20
"""Large enough for a manifest and a thousand grants."""
MAX_WHOLE_UPLOAD = 1 << 20
"""Sealed bytes of a file that is sent in one request."""
