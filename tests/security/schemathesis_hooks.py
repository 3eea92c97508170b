"""Loaded by schemathesis itself, as schemathesis.toml says."""

import re
import uuid
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation

_KEY = "Idempotency-Key"
_GOOD = re.compile(r"[!-~]{1,200}")


@schemathesis.hook
def before_call(
    ctx: schemathesis.HookContext,
    case: schemathesis.Case[Any],
    kwargs: dict[str, object],
) -> None:
    """A key that was used before is answered as it was before, whatever comes with it; so every one is new."""
    about_headers = case.meta is not None and case.meta.phase.data.parameter_location is ParameterLocation.HEADER
    if not about_headers and _GOOD.fullmatch(str(case.headers.get(_KEY, ""))):
        case.headers[_KEY] = uuid.uuid4().hex
