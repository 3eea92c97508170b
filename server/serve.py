"""Running the application: gunicorn with threads, or waitress where there is no gunicorn (Windows)."""

import gc
import json
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

from flask import Flask

from server import boot, heap, logs
from server.adapters.metrics.prometheus import metering
from server.app import app_over
from server.services.housekeeping import Housekeeping
from server.settings import Settings, SettingsError
from server.wiring import services, wire

log = logging.getLogger(__name__)

GRACEFUL_SECONDS = 30
KEEPALIVE_SECONDS = 75
_BACKLOG = 1_024


def serve(settings: Settings) -> None:
    """Serve until told to stop. Raises `SettingsError` where the server can't start."""
    heap.one_heap()
    form = logs.set_up(settings.log_level, settings.log_format)
    with metering() if settings.metrics else nullcontext() as meter:
        wiring = wire(settings, meter=meter)
        everything = services(settings, wiring)
        app = app_over(everything, settings)
        for warning in boot.warnings(settings):
            log.warning("%s", warning)
        with _listen(settings.host, settings.port) as listener:
            _say_where(settings, listener, form)
            keep_house = partial(_keep_house, everything.housekeeping)
            if sys.platform == "win32":
                _run_waitress(app, listener, settings, keep_house)
            else:
                _run_gunicorn(app, listener, settings, wiring.stores.load, keep_house)


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket; bound here, so that a port in use is one clear line."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError(
            f"The server can't listen on {host} port {port}: {reason}. "
            "Stop what uses it, or set HOST and PORT to something else."
        ) from None
    return listener


def _say_where(settings: Settings, listener: socket.socket, form: logs.Format) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = settings.public_url or f"http://{host}:{listener.getsockname()[1]}"
    message = f"Sealcase serves {url} (data in {settings.data_dir.resolve()})"
    if form == "json":
        sys.stdout.write(json.dumps({"level": "INFO", "logger": "sealcase", "message": message}) + "\n")
    else:
        sys.stdout.write(f"{message}\n")
    sys.stdout.flush()
    if not settings.rate_limits:
        log.warning("RATE_LIMITS=0: nothing keeps anybody from trying codes or asking for mail without end")


def _run_gunicorn(
    app: Flask, listener: socket.socket, settings: Settings, load: Callable[[], None], keep_house: Callable[[], None]
) -> None:
    # Imported here: there is no gunicorn on Windows.
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    from server.worker import MAX_REQUEST_LINE, Worker

    class Server(BaseApplication):  # type: ignore[misc]  # untyped base class
        """gunicorn with our settings and nothing from files or the command line."""

        def load_config(self) -> None:
            options: dict[str, object] = {
                "bind": f"fd://{listener.detach()}",  # gunicorn closes it
                "worker_class": Worker,
                "workers": settings.workers,
                "threads": settings.threads,
                "worker_connections": 1_000,
                "preload_app": True,  # workers share the memory of what is imported before they are forked
                "graceful_timeout": GRACEFUL_SECONDS,
                "keepalive": KEEPALIVE_SECONDS,
                "limit_request_line": MAX_REQUEST_LINE,
                "loglevel": "warning",
                "control_socket_disable": True,
                "proc_name": "sealcase-server",
                "when_ready": lambda _: _freeze(load),
                # A worker told to stop before it has its own handler would run the master's, which only takes a note.
                "post_fork": lambda _, __: signal.signal(signal.SIGTERM, signal.SIG_DFL),
                # Threads do not survive a fork, so each worker starts its own; one of them gets the lock.
                "post_worker_init": lambda _: keep_house(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    Server().run()


def _run_waitress(app: Flask, listener: socket.socket, settings: Settings, keep_house: Callable[[], None]) -> None:
    import waitress  # type: ignore[import-untyped]

    keep_house()
    waitress.serve(
        app,
        sockets=[listener],
        threads=settings.threads,
        ident="sealcase",
        max_request_body_size=1 << 40,
        channel_timeout=int(settings.body_timeout) + 1,
    )


def _keep_house(housekeeping: Housekeeping) -> None:
    threading.Thread(target=housekeeping.run, args=(threading.Event(),), name="housekeeping", daemon=True).start()


def _freeze(load: Callable[[], None]) -> None:
    """What was loaded before the fork stays shared: the collector never writes to it again."""
    load()
    gc.collect()
    gc.freeze()
