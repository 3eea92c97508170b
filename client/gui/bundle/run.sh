#!/bin/sh
# `make run`: the server, and the window beside it where there is a screen. Its argument is the folder of the programs.
# The window's life is its own: closed, it leaves the server running, whose end by Ctrl-C closes it.
set -u
bin=$1
server=$$

why_not() {  # why no window opens; nothing where one can
    if [ "$(uname -s)" != Darwin ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
        echo "there is no screen here"
    elif ! "$bin/python" -c 'import tkinter' 2>/dev/null; then
        echo "Python lacks tkinter; on Debian and Ubuntu: sudo apt install python3-tk"
    fi
}

address() {  # where the server answers once it does; nothing where only the server knows; fails if it ends before
    "$bin/python" - "$server" <<'END'
import os
import sys
import time
import urllib.request

from server.settings import Settings, SettingsError

try:
    settings = Settings()
except (SettingsError, ValueError):  # the server itself says what is wrong
    sys.exit(1)
if not settings.port:
    sys.exit(0)
host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
url = f"http://{host}:{settings.port}"
while True:
    try:
        os.kill(int(sys.argv[1]), 0)
        urllib.request.urlopen(f"{url}/health", timeout=2).close()
    except ProcessLookupError:
        sys.exit(1)
    except OSError:
        time.sleep(0.1)
    else:
        print(settings.public_url or url)
        break
END
}

window() {
    url=$(address) && "$bin/sealcase-desktop" --server "$url" &&
        echo "The window is closed. The server goes on until Ctrl-C; $bin/sealcase-desktop opens the window again."
}

reason=$(why_not)
if [ -n "$reason" ]; then
    echo "No window: $reason. The server does without, and so does the command line: $bin/sealcase -h"
else
    window &
fi
exec "$bin/sealcase-server" serve
