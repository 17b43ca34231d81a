"""Start tianzhuo on one machine with a sample season: `make run`.

The first start of a data directory generates the sample and sends it through the API; later starts find it there.
"""

import argparse
import contextlib
import http.client
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE_EVENT = ROOT / "deploy" / "sample-event.json"
SAMPLE_LOT = "/01/09521000000018/10/PLUM-0714"
SEED = 77
READY_SECONDS = 60.0
PORTS_TRIED = 20

SHOWN = {"sold_pack": "a pack that was sold at a micro-market", "pallet": "a pallet that went to a store"}
"""Which examples of the simulator's manifest a newcomer sees first, and what they are."""


class Failed(Exception):
    """Something that ends the start; the text tells the person what and why."""


def tianzhuo(*arguments: str) -> list[str]:
    """The command line of the product's command in the environment that runs this."""
    return [str(Path(sys.executable).parent / "tianzhuo"), *arguments]


def free_port(wanted: int) -> int:
    """Return the first port from `wanted` on that nobody listens on.

    Raises:
        Failed: twenty ports in a row are taken.
    """
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            if port != wanted:
                print(f"port {wanted} is taken, using {port}")
            return port
    message = f"the ports {wanted} to {wanted + PORTS_TRIED - 1} are all taken; choose another: make run PORT=9000"
    raise Failed(message)


def wait_until_ready(server: subprocess.Popen[bytes], address: str, log: Path, begin: int) -> None:
    """Wait for the server's own word that it is ready; its part of the log begins at `begin`.

    Raises:
        Failed: it ended, or did not get ready in a minute.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            message = f"tianzhuo serve ended with exit code {server.returncode}:\n{tail(log, begin)}"
            raise Failed(message)
        if says_ready(address):
            return
        time.sleep(0.1)
    message = f"tianzhuo serve was not ready after {READY_SECONDS:.0f} s:\n{tail(log, begin)}"
    raise Failed(message)


def says_ready(address: str) -> bool:
    """Tell whether the server answers /readyz with 200."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tail(log: Path, begin: int) -> str:
    """The last lines of the server's log, from the byte `begin` on: what this start has written."""
    return "\n".join(log.read_bytes()[begin:].decode(errors="replace").splitlines()[-15:])


def send_sample(data: Path, address: str, events: int) -> None:
    """Generate the sample season and send it through the API, unless this directory has it already.

    A start that was interrupted sends it again: the same events are stored once.

    Raises:
        Failed: the simulator failed.
    """
    folder = data / "sample"
    sent = folder / "sent"
    if sent.exists():
        return
    if folder.exists():  # a start was interrupted; the simulator wants a new folder
        shutil.rmtree(folder)
    season = ["simulate", "--seed", str(SEED), "--events", str(events)]
    for target in (["--out", str(folder)], ["--to", address, "--key-file", str(data / "admin.key")]):
        done = subprocess.run(tianzhuo(*season, *target), check=False)
        if done.returncode:
            message = f"the sample season could not be made: tianzhuo {' '.join([*season, *target])}"
            raise Failed(message)
    sent.touch()


def sample_pages(data: Path) -> list[tuple[str, str]]:
    """Pages of the sample season that are worth opening: path, and what is to be seen there.

    A season of a few dozen events has no such examples yet: then the page on which to look a code up.
    """
    showcase = json.loads((data / "sample" / "manifest.json").read_text())["showcase"]
    found = [
        (urllib.parse.urlsplit(showcase[name]["unit"]).path, what) for name, what in SHOWN.items() if name in showcase
    ]
    return found or [("/", "look a code up")]


def greeting(data: Path, address: str, pages: list[tuple[str, str]], kept: Path) -> str:
    """What the person at the terminal reads when everything runs; the key is in `data`, the events stay in `kept`."""
    shown = "\n".join(f"  {address}{path}   {what}" for path, what in [*pages, ("/docs", "the API")])
    return f"""
tianzhuo runs. Open:
{shown}

Capture events of your own (these are in {SAMPLE_EVENT.name}):
  curl -i {address}/epcis/capture -H "Authorization: Bearer $(cat '{data / "admin.key"}')" \\
    -H "Content-Type: application/json" --data-binary @'{SAMPLE_EVENT}'
and look at what they say: {address}{SAMPLE_LOT}

Ctrl-C ends it; the events stay in {kept}.
"""


def run(data: Path, port: int, events: int) -> int:
    """Start the server, fill it once, and stay until it ends; returns the exit code.

    Raises:
        Failed: it could not be started.
    """
    data.mkdir(parents=True, exist_ok=True)
    port = free_port(port)
    address = f"http://127.0.0.1:{port}"
    log = data / "serve.log"
    print(f"starting tianzhuo on {address} (log: {log}) ...", flush=True)
    # Another one may run on this directory, and its log is to stay.
    with log.open("ab") as output:
        begin = output.tell()
        server = subprocess.Popen(
            tianzhuo("serve", "--data", str(data), "--port", str(port)), stdout=output, stderr=output
        )
    # A service manager's way to end this has to end the server too.
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        wait_until_ready(server, address, log, begin)
        send_sample(data, address, events)
        print(greeting(data, address, sample_pages(data), data), flush=True)
        code = server.wait()
        if code:
            message = f"tianzhuo serve ended with exit code {code}:\n{tail(log, begin)}"
            raise Failed(message)
    except KeyboardInterrupt:
        # The terminal has told the server too; a second Ctrl-C does not cut its ending short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print("ending ...", flush=True)
    finally:
        server.terminate()
        server.wait()
    return 0


def main() -> int:
    """Read the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="the data directory")
    parser.add_argument("--port", type=int, default=8080, help="the port to listen on, or the next free one")
    parser.add_argument("--events", type=int, default=20_000, help="events of the sample season")
    options = parser.parse_args()
    try:
        return run(options.data.resolve(), options.port, options.events)
    except Failed as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
