"""`sealcase-desktop`: the window itself comes in a later release."""

import sys


def main() -> None:
    """Says that the window is coming, and what works today. Exit code 1: nothing was opened."""
    sys.stderr.write(
        "The Sealcase window is coming in a later release. Until then the command line does the same work:\n"
        "    sealcase login --server URL        sealcase send FILE --to EMAIL        sealcase get ID\n"
    )
    raise SystemExit(1)
