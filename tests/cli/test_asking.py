"""`tianzhuo trace` and `tianzhuo keys` at a running service, and what they say when it is not there."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from tests.api.client import Client
from tests.cli.command import fails, on_a_terminal
from tests.cli.command import tianzhuo as run
from tests.servers.process import free_port
from tests.servers.tianzhuo import TianzhuoServer
from tests.store.events import document, event, gtin_serial, pack, sscc

BAD_URLS = (
    *("foo", "", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:nota", "http://127.0.0.1:99999"),
    *("http://a b", "http://127.0.0.1/base", "http://127.0.0.1?x=1", "http://me:secret@127.0.0.1"),
)


@pytest.fixture
def admin(tianzhuo: TianzhuoServer) -> Client:
    return Client(tianzhuo, tianzhuo.admin_key)


def traced(admin: Client) -> tuple[str, str, str]:
    """Canonical ids of a thing with a long name, of the container in which it is, and the event that flags it."""
    thing, box = gtin_serial("LONG"), sscc()
    place = {"readPoint": {"id": "https://id.gs1.org/414/0614141007776/254/" + "X" * 20}}
    into, again = (pack(box, [thing], eventTime=f"2026-05-01T{hour}:00:00Z", **place) for hour in ("09", "10"))
    emptied = event(epcList=[thing], bizStep=None, eventTime="2026-05-01T11:00:00Z")
    void = {**emptied, "errorDeclaration": {"declarationTime": "2026-05-02T00:00:00Z"}}
    admin.capture(document(into, again, emptied))
    admin.capture(document(void))
    unit = admin.unit(thing)
    return unit["unit"], unit["container"], again["eventID"]


def test_trace_shows_one_line_for_each_event_where_nobody_looks_at_a_screen(admin: Client) -> None:
    thing, box, flagged = traced(admin)
    done = run("trace", "--url", admin.server.url, thing)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert lines[:4] == [
        f"{thing} (instance)",
        "commissioned: no such event is known",
        f"now inside:   {box}",
        f"packed_twice: {flagged}",
    ]
    place = "https://id.gs1.org/414/0614141007776/254/" + "X" * 20
    assert lines[4].split() == ["time", "step", "action", "as", "place", "container"]
    for line, hour in zip(lines[5:7], ("09", "10"), strict=True):
        assert line.split() == [f"2026-05-01T{hour}:00:00Z", "packing", "ADD", "child", place, box]
    assert lines[7].startswith("void: urn:uuid:")
    assert lines[8].startswith("as known at ")
    assert len(lines) == 9


@pytest.mark.parametrize("columns", [40, 80])
def test_trace_cuts_no_id_on_a_narrow_terminal(admin: Client, columns: int) -> None:
    thing, box, flagged = traced(admin)
    shown = on_a_terminal(columns, "trace", "--url", admin.server.url, thing)
    assert "…" not in shown
    for words in (f"{thing} (instance)", f"now inside:   {box}", f"packed_twice: {flagged}"):
        assert words in shown.splitlines()  # the terminal folds these, so they can be copied whole
    rows = [line for line in shown.splitlines() if re.match(r" +[\w:/.\-]| +time", line)]
    if columns >= 80:
        heading = next(line for line in rows if "container" in line)
        at = heading.index("container")
        assert box in "".join(line[at:].strip() for line in rows[rows.index(heading) + 1 :])


def test_trace_as_json_is_the_apis_answer(admin: Client) -> None:
    thing, _, _ = traced(admin)
    known = admin.unit(thing)
    for form in (thing, f" {thing}/ "):
        done = run("trace", "--url", admin.server.url + "/", "--json", form, "--as-of", known["as_of"])
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == known


def test_trace_as_of_an_earlier_time(admin: Client) -> None:
    thing, _, _ = traced(admin)
    before = admin.unit(thing)["as_of"]
    admin.capture(document(event(epcList=[thing], bizStep="destroying")))
    shown = [run("trace", "--url", admin.server.url, thing, *when).stdout for when in (("--as-of", before), ())]
    assert ["destroying" in text for text in shown] == [False, True]


def test_trace_of_what_is_not_known_fails(admin: Client) -> None:
    url = ("--url", admin.server.url)
    fails(run("trace", *url, "urn:x:none"), "404", "urn:x:none")
    fails(run("trace", *url, "apples"), "400", "'apples'")
    fails(run("trace", *url, "urn:x:none", "--as-of", "yesterday"), "400", "as_of")
    fails(run("trace", *url, "--json", "urn:x:none"), "404")
    fails(run("trace", *url, ""), "400")


def test_texts_with_markup_are_shown_as_they_are(admin: Client) -> None:
    thing = f"urn:x:[red]{gtin_serial().rpartition('.')[2]}[/red]"
    admin.capture(document(event(epcList=[thing.replace("[", "%5B").replace("]", "%5D")], bizStep="urn:x:(bold)")))
    done = run("trace", "--url", admin.server.url, thing.replace("[", "%5B").replace("]", "%5D"))
    assert "%5Bred%5D" in done.stdout
    party = "[bold]base[/bold] 9"
    made = admin.post("/v1/keys", {"party": party}).json()
    listed = run("keys", "--url", admin.server.url, "--key-file", admin.server.data / "admin.key", "list").stdout
    assert party in next(line for line in listed.splitlines() if made["id"] in line)


def test_address_that_is_none_fails(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("tz_x_x")
    for url in BAD_URLS:
        fails(run("trace", "--url", url, "x"), "expected http://host:port")
    where = ("--key-file", tmp_path / "key")
    fails(run("keys", "--url", "foo", *where, "list"), "expected http://host:port")
    fails(run("simulate", "--events", "1", "--to", "foo", *where), "expected http://host:port")


def test_service_that_is_away_fails(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("tz_x_x\n")
    url = f"http://127.0.0.1:{free_port()}"
    for arguments in (
        ("trace", "--url", url, "urn:x:y"),
        ("keys", "--url", url, "--key-file", "key", "list"),
        ("simulate", "--events", "20", "--to", url, "--key-file", "key"),
    ):
        fails(run(*arguments, folder=tmp_path), f"{url} does not answer")


class Somebody(BaseHTTPRequestHandler):
    """A web server that is no tianzhuo: a page for everybody, and a way to elsewhere."""

    def do_GET(self) -> None:
        self.send_response(307 if self.path.startswith("/v1/keys") else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        pass


def test_somebody_else_at_the_address_fails(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("tz_x_x")
    with ThreadingHTTPServer(("127.0.0.1", 0), Somebody) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        fails(run("trace", "--url", url, "urn:x:y"), "not as tianzhuo does")
        fails(run("keys", "--url", url, "--key-file", tmp_path / "key", "list"), "307")
        server.shutdown()


def test_keys_are_made_listed_and_revoked(admin: Client) -> None:
    options = ("keys", "--url", admin.server.url, "--key-file", admin.server.data / "admin.key")
    party = "https://id.gs1.org/417/9521000000018"
    made = run(*options, "create", party, "--label", "扫码枪 3, on the long shelf of the warehouse in the north")
    token = made.stdout.strip()
    assert (made.returncode, made.stderr) == (0, "")
    key_id = token.split("_")[1]
    Client(admin.server, token).capture(document(event()))

    def row() -> str:
        done = run(*options, "list")
        assert (done.returncode, done.stderr) == (0, "")
        assert token not in done.stdout
        assert done.stdout.split()[:6] == ["id", "party", "label", "admin", "created", "revoked"]
        (found,) = [line for line in done.stdout.splitlines() if key_id in line]
        return found

    known = next(key for key in admin.get("/v1/keys").json() if key["id"] == key_id)
    assert row().split()[:2] == [key_id, party]
    assert known["label"] in row()
    assert known["created"] in row()
    gone = run(*options, "revoke", key_id)
    assert gone.returncode == 0
    assert gone.stdout.startswith(f"{key_id} ({party}) revoked at ")
    assert gone.stdout.split()[-1] in row()
    assert Client(admin.server, token).post("/epcis/capture", b"{}").status == 401


def test_keys_list_cuts_no_id_on_a_narrow_terminal(admin: Client) -> None:
    key = admin.post("/v1/keys", {"party": "https://id.gs1.org/417/9521000000018", "label": "x" * 60}).json()
    options = ("keys", "--url", admin.server.url, "--key-file", admin.server.data / "admin.key")
    for columns in (60, 80):
        shown = on_a_terminal(columns, *options, "list")
        assert "…" not in shown
        heading, *rows = shown.splitlines()
        places = [heading.index(name) for name in ("id", "party", "label")]
        cells = ["".join(row[start:end].strip() for row in rows) for start, end in pairwise(places)]
        assert key["id"] in cells[0]
        assert key["party"] in cells[1]


def test_revoking_a_key_that_is_none_fails(admin: Client) -> None:
    options = ("keys", "--url", admin.server.url, "--key-file", admin.server.data / "admin.key")
    for key_id in ("none", "a b", "../x", "", "李"):
        fails(run(*options, "revoke", key_id))


def test_key_file_is_looked_for_where_the_data_are(admin: Client, tmp_path: Path) -> None:
    list_ = ("keys", "--url", admin.server.url, "list")
    fails(run(*list_, folder=tmp_path), "from data/admin.key: No such file", "give --key-file")
    elsewhere = {"TIANZHUO_DATA": str(tmp_path / "elsewhere")}
    fails(run(*list_, folder=tmp_path, variables=elsewhere), f"{tmp_path}/elsewhere/admin.key", "give --key-file")
    found = run(*list_, folder=tmp_path, variables={"TIANZHUO_DATA": str(admin.server.data)})
    assert found.returncode == 0, found.stderr
    send = ("simulate", "--events", "20", "--to", admin.server.url)
    fails(run(*send, folder=tmp_path, variables=elsewhere), f"{tmp_path}/elsewhere/admin.key", "give --key-file")
    sent = run(*send, folder=tmp_path, variables={"TIANZHUO_DATA": str(admin.server.data)})
    assert "20 events sent" in sent.stdout


def test_key_file_that_is_none_fails(admin: Client, tmp_path: Path) -> None:
    (tmp_path / "two").write_text("a\nb")
    (tmp_path / "letters").write_text("钥匙")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("\n")
    for name in ("two", "letters", "bytes", "empty"):
        done = run("keys", "--url", admin.server.url, "--key-file", tmp_path / name, "list")
        fails(done, "holds no API key")
    fails(run("simulate", "--to", admin.server.url, "--key-file", tmp_path / "two"), "holds no API key")
    fails(run("keys", "--url", admin.server.url, "--key-file", tmp_path / "none", "list"), "No such file")
    (tmp_path / "wrong").write_text("tz_ffffffffffff_wrong")
    fails(run("keys", "--url", admin.server.url, "--key-file", tmp_path / "wrong", "list"), "401")
