"""A server with other pages than ours: what an upgrade changes beneath those that are open."""

import sys
from pathlib import Path


def with_web_in(folder: Path) -> tuple[str, ...]:
    """A command that runs the server with another folder of pages, for `live_server(inside=...)`."""
    program = (
        "import runpy, sys, pathlib; from server.http import web;"
        f"load = web.Site.load; web.Site.load = lambda: load(pathlib.Path({str(folder)!r}));"
        "sys.argv = sys.argv[sys.argv.index('-m') + 1:]; runpy.run_module('server', run_name='__main__')"
    )
    return (sys.executable, "-c", program)
