"""What goes on, for whoever waits: on standard error, so that the table stays alone on standard output."""

import sys


def tell(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
