"""`GET /files` through nginx: three nodes of one worker process each, over one data folder, against one such node.

Nodes, nginx and the load share this machine's cores, so with two of them the load and nginx take what a second node
could use: the figure says what several nodes cost here, not what several machines give.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from os import geteuid
from pathlib import Path
from statistics import median

from benchmarks import tools, workplace
from benchmarks.figures import Figure, Measurement
from benchmarks.scale import MIB, Scale
from benchmarks.servers import Server, free_port, sealcase_server, stopped_afterwards, wait_for
from benchmarks.small_requests import FEW, REQUESTS, Load, filled, under_load

NODES = 3
TARGET = 1.15
"""Three nodes are hardly slower than one, where they have no cores of their own."""
_NEEDED = 200 * MIB
_UNLIMITED = {"RATE_LIMIT_SIGNED_IN": "100000000 per minute; 100000000 per hour", "WORKERS": "1"}
_NGINX_CONF = """\
pid {folder}/nginx.pid;
worker_processes 1;
daemon off;
{user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream nodes {{ least_conn; {nodes} keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }}
  }}
}}
"""


def measure(scale: Scale) -> list[Measurement]:
    """One node and three, one after the other, and again."""
    loads: dict[str, list[Load]] = {"one node": [], "three nodes": []}
    with (
        workplace.folder(_NEEDED) as folder,
        filled(folder / "first", FEW, **_UNLIMITED) as (first, token),
        ExitStack() as stack,
    ):
        data = str(folder / "first" / "data")
        others = [
            stack.enter_context(sealcase_server(folder / f"node{number}", **_UNLIMITED, DATA_DIR=data))
            for number in range(1, NODES)
        ]
        fronts = {
            "one node": stack.enter_context(_nginx(folder / "one", [first])),
            "three nodes": stack.enter_context(_nginx(folder / "three", [first, *others])),
        }
        for number in range(scale.runs + 1):
            for name, front in fronts.items():
                load = under_load(front, token, REQUESTS if number else REQUESTS // 5)
                if number:  # the first warms caches
                    loads[name].append(load)
    samples = {name: [1_000 * load.per_request for load in each] for name, each in loads.items()}
    one, three = median(samples["one node"]), median(samples["three nodes"])
    figure = Figure("a page of 50 files: three nodes against one", "ms", three, TARGET, one, "one node")
    return [Measurement("nodes", {"files": FEW, "nodes": NODES}, samples, "ms", [figure])]


@contextmanager
def _nginx(folder: Path, nodes: Sequence[Server]) -> Iterator[Server]:
    folder.mkdir()
    port = free_port()
    servers = " ".join(f"server {node.url.removeprefix('http://')};" for node in nodes)
    user = "user root;" if geteuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(_NGINX_CONF.format(folder=folder, port=port, user=user, nodes=servers))
    process = subprocess.Popen(
        [tools.peer("nginx"), "-p", folder, "-c", config, "-e", folder / "error.log"], stderr=subprocess.DEVNULL
    )
    with stopped_afterwards(process):
        wait_for(port, process, folder / "error.log")
        yield Server(f"http://127.0.0.1:{port}", process.pid)
