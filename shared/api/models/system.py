"""The server itself."""

from typing import Literal

from shared.api.models.basics import WireModel


class Health(WireModel):
    """Strangers learn the first two."""

    status: Literal["healthy"] = "healthy"
    product: Literal["Sealcase"] = "Sealcase"
    timestamp: int | None = None
    s3_available: bool | None = None
    email_available: bool | None = None


class Ready(WireModel):
    status: Literal["ready"] = "ready"
