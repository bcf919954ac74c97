"""Drives the built program from outside and lets the field's own tools judge what it hands on.

Usage: python test/clients/run.py BIN

It sets up a fresh data folder, brings in the sample library and files of its own, exports by command line and
by API, validates STIX 2.1 with stix2-validator, loads MISP events with pymisp, and checks CSV, block lists,
ceilings, tokens and conditional requests. Exit code 1 when something is wrong; each finding is a line.
"""

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from pymisp import MISPEvent
from stix2validator import ValidationOptions, validate_string

PASSWORD = "Correct-Horse-Battery-77"
EMAIL = "clients@example.org"
NOTE = """Fox campaign 银狐

The loader calls hxxps://cdn[.]fox-clients[.]com/a.js and 45[.]77[.]36[.]244, drops
44d88612fea8a8f36de82e1278abb02f and uses CVE-2023-38831. Mail came from billing@fox-clients[.]com.
It was seen as cdn-fox-clients[.]net/login as well.
"""
RED = "Only for us: red-secret-host[.]com and 45[.]77[.]36[.]245 are sinkholes.\n"
FORMULA = 'value,type,comment\nformula-one.com,domain,"=HYPERLINK(""http://x"";""y"")"\nformula-two.com,domain,+1+1\nformula-three.com,domain,@SUM(A1)\n'
BUNDLE = {
    "type": "bundle",
    "id": "bundle--5d0092c5-5f74-4287-9642-33f4c354e56d",
    "objects": [
        {
            "type": "indicator", "spec_version": "2.1", "id": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f",
            "created": "2024-04-14T13:07:49.812Z", "modified": "2024-04-14T13:07:49.812Z", "name": "Panel", "indicator_types": ["malicious-activity"],
            "pattern": "[url:value = 'http://panel.fox-clients.org/x' OR domain-name:value = 'panel.fox-clients.org']", "pattern_type": "stix",
            "valid_from": "2024-04-14T13:07:49.812Z",
        },
        {
            "type": "malware", "spec_version": "2.1", "id": "malware--162d917e-766f-4611-b5d6-652791454fca", "created": "2024-04-14T13:07:49.812Z",
            "modified": "2024-04-14T13:07:49.812Z", "name": "Fox", "is_family": True, "x_vendor_note": "kept whole",
        },
        {
            "type": "relationship", "spec_version": "2.1", "id": "relationship--44298a74-ba52-4f0c-87a3-1824e67d7fad", "created": "2024-04-14T13:07:49.812Z",
            "modified": "2024-04-14T13:07:49.812Z", "relationship_type": "indicates",
            "source_ref": "indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f", "target_ref": "malware--162d917e-766f-4611-b5d6-652791454fca",
        },
    ],
}
EVENT = {
    "Event": {
        "uuid": "5e0f2d1c-8d3c-4b7e-9c51-1f0a7b6c5d4e", "info": "Event of a partner 合作方", "date": "2024-05-01", "threat_level_id": "2", "analysis": "2",
        "published": True, "timestamp": "1714550400", "Orgc": {"name": "Partner", "uuid": "6f1e3c2b-9a4d-4c8e-8b62-2e1b8c7d6f5a"},
        "Tag": [{"name": "tlp:green"}, {"name": 'misp-galaxy:threat-actor="Fox"'}],
        "Attribute": [
            {"uuid": "7a2f4d3c-0b5e-4d9f-9c73-3f2c9d8e7a6b", "type": "domain|ip", "category": "Network activity", "to_ids": True, "timestamp": "1714550400",
             "value": "pair.fox-clients.net|45.77.36.246"},
            {"uuid": "8b3a5e4d-1c6f-4eaf-8d84-4a3daf9e8b7c", "type": "sha256", "category": "Payload delivery", "to_ids": True, "timestamp": "1714550400",
             "value": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"},
        ],
    }
}

findings = []


def check(ok, text):
    """Notes a finding unless ok."""
    if not ok:
        findings.append(text)
        print("WRONG:", text, flush=True)
    return ok


class Drive:
    """One fresh installation."""

    def __init__(self, binary, folder):
        self.bin, self.folder = binary, folder
        self.data = str(folder / "data")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("VEDETTE_")}
        self.key, self.url, self.server = "", "", None

    def run(self, *args, stdin="", codes=(0,)):
        """Runs a command and returns what it printed."""
        env = dict(self.env, VEDETTE_KEY=self.key) if self.key else self.env
        p = subprocess.run([self.bin, *args], input=stdin.encode(), capture_output=True, timeout=120, env=env, check=False)
        out, err = p.stdout.decode(), p.stderr.decode()
        if p.returncode not in codes:
            sys.exit(f"vedette {' '.join(args)}: exit code {p.returncode}\n{out[:2000]}\n{err[:2000]}")
        self.said = err
        return out

    def set_up(self):
        """Makes the administrator, the key, and brings everything in."""
        self.run("user", "create", "--data", self.data, "--admin", "--email", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
        out = self.run("token", "create", "--data", self.data, "--user", EMAIL)
        check(re.fullmatch(r"[A-Za-z0-9_-]{30,}\n", out) is not None, f"token create prints more than the key: {out!r}")
        key = out.strip()
        files = self.folder / "files"
        files.mkdir()
        for name, text in {"note.txt": NOTE, "feed.csv": FORMULA, "bundle.json": json.dumps(BUNDLE), "event.json": json.dumps(EVENT)}.items():
            (files / name).write_text(text, encoding="utf-8")
        (self.folder / "red.txt").write_text(RED, encoding="utf-8")
        done = json.loads(self.run("import", "--data", self.data, "--accept", "--json", str(files)))
        check(done["new"] == 4 and not done["refused"], f"import of four files: {done}")
        self.run("import", "--data", self.data, "--accept", "--tlp", "red", str(self.folder / "red.txt"))
        again = json.loads(self.run("import", "--data", self.data, "--json", str(files)))
        check(again["new"] == 0 and again["known"] == 4, f"the same files again: {again}")
        self.run("source", "add", "Sample", "--data", self.data, "--kind", "sample", "--enable")
        self.run("source", "run", "Sample", "--data", self.data)
        self.key = key

    def serve(self):
        """Starts the server and waits until it is ready."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = open(self.folder / "server.log", "wb")  # noqa: SIM115 - open as long as the server runs
        self.server = subprocess.Popen(
            [self.bin, "serve", "--data", self.data, "--listen", f"127.0.0.1:{port}", "--no-open"], stdout=self.log, stderr=self.log, env=self.env)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=5) as r:
                    if r.status == 200:
                        return
            except OSError:
                pass
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("the server is not ready:\n" + (self.folder / "server.log").read_text())

    def stop(self):
        """Ends the server, which must go by itself."""
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            code = self.server.wait(timeout=30)
            check(code == 0, f"the server ended with exit code {code}")
        except subprocess.TimeoutExpired:
            self.server.kill()
            check(False, "the server did not stop within 30 seconds")
        self.log.close()

    def call(self, path, method="GET", body=None, headers=None, key=True):
        """Asks the server; returns status, headers and body."""
        req = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        if key:
            req.add_header("Authorization", "Bearer " + self.key)
        if body is not None:
            req.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            req.add_header(name, value)
        try:
            with urllib.request.urlopen(req, timeout=60) as r:
                return r.status, r.headers, r.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()

    def export(self, form, *args):
        """Exports over the network by the command line."""
        return self.run("export", "--server", self.url, "--format", form, *args)


def judge_stix(what, text, **options):
    """Validates a bundle and returns its objects."""
    result = validate_string(text, ValidationOptions(version="2.1", silent=True, **options))
    for one in getattr(result, "object_results", []):
        for e in (one.errors or [])[:5]:
            check(False, f"{what}: {one.object_id}: {e}")
    check(result.is_valid, f"{what} is not valid STIX 2.1")
    return json.loads(text)["objects"]


def judge_misp(what, text):
    """Loads events and returns them."""
    doc = json.loads(text)
    events = []
    for raw in doc["response"] if "response" in doc else [doc]:
        event = MISPEvent()
        try:
            event.load(json.loads(json.dumps(raw)))  # pymisp takes apart what it is given
        except Exception as e:  # noqa: BLE001 - whatever pymisp says is a finding
            check(False, f"{what}: pymisp refuses {raw.get('Event', {}).get('info')}: {e}")
            continue
        check(len(event.attributes) == len(raw["Event"].get("Attribute", [])), f"{what}: {event.info}: attributes are lost on the way")
        check(len(event.objects) == len(raw["Event"].get("Object", [])), f"{what}: {event.info}: objects are lost on the way")
        events.append(event)
    check(events, f"{what} holds no event")
    return events


def judge_csv(what, text):
    """Parses CSV; no cell may be a formula."""
    rows = list(csv.reader(io.StringIO(text)))
    check(len(rows) > 1 and all(len(r) == len(rows[0]) for r in rows), f"{what}: rows of different length")
    for row in rows:
        for cell in row:
            check(cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), f"{what}: the cell {cell!r} is a formula")
    return rows


def stix(d):
    """One report and everything, by command line and API."""
    bundle = d.export("stix21", "--all")
    objects = judge_stix("everything as STIX", bundle)
    kinds = {o["type"] for o in objects}
    for kind in ("indicator", "report", "domain-name", "ipv4-addr", "url", "file", "vulnerability", "malware"):
        check(kind in kinds, f"everything as STIX holds no {kind}")
    check("red-secret-host" not in bundle, "TLP red leaves by STIX below the ceiling of amber")
    ids = [(o["id"], o.get("modified")) for o in objects]
    check(len(ids) == len(set(ids)), "objects are doubled in the bundle")
    note = report(d, "note.txt")
    _, head, one = d.call(f"/api/v1/export?format=stix21&all=true&q=report:{note}")
    check("stix" in head.get("Content-Type", ""), f"media type of STIX: {head.get('Content-Type')}")
    text = one.decode()
    judge_stix("one report as STIX, strictly", text, strict_types=True, enforce_refs=True)
    check("cdn.fox-clients.com" in text and "panel.fox-clients.org" not in text, "one report as STIX holds other values")
    try:
        import stix2  # noqa: PLC0415 - judged when it is there
    except ImportError:
        return
    stix2.parse(text, allow_custom=True)


def report(d, title):
    """The id of a report by its title."""
    _, _, b = d.call("/api/v1/reports?limit=100")
    for r in json.loads(b)["items"]:
        if r["title"] == title:
            return r["id"]
    sys.exit(f"there is no report {title}: {[r['title'] for r in json.loads(b)['items']]}")


def misp(d):
    """MISP events come back as they came."""
    text = d.export("misp", "--all")
    events = judge_misp("everything as MISP", text)
    partner = [e for e in events if e.uuid == EVENT["Event"]["uuid"]]
    if check(len(partner) == 1, "the partner's event is not exported under its UUID"):
        e = partner[0]
        want = {(a["uuid"], a["type"], a["value"], a["to_ids"]) for a in EVENT["Event"]["Attribute"]}
        got = {(str(a.uuid), a.type, a.value, a.to_ids) for a in e.attributes}
        check(want <= got, f"the partner's attributes changed: {got}")
        check({t["name"] for t in EVENT["Event"]["Tag"]} <= {t.name for t in e.tags}, f"the partner's tags changed: {[t.name for t in e.tags]}")
    check("red-secret-host" not in text, "TLP red leaves by MISP below the ceiling of amber")
    judge_misp("one report as MISP", d.call(f"/api/v1/export?format=misp&all=true&q=report:{report(d, 'note.txt')}")[2].decode())


def lists(d):
    """CSV, plain lists and NDJSON."""
    rows = judge_csv("everything as CSV", d.export("csv", "--all"))
    check(any("formula-one.com" in r for r in rows), "the rows of feed.csv are not in the CSV")
    held = d.export("csv", "--tlp", "clear")
    check("held back" in d.said and "--all" in d.said, f"an export that holds back says nothing: {d.said!r}")
    check(len(held.splitlines()) == 1, "TLP clear lets amber pass")
    domains = d.export("text", "type:domain-name").split()
    check("formula-one.com" in domains, f"block list of domains: {domains}")
    check("45.77.36.244" in d.export("text", "type:ipv4-addr").split(), "the address of note.txt is not on the block list of addresses")
    check("red-secret-host.com" not in domains, "TLP red is on a block list")
    check("red-secret-host.com" in d.export("text", "--tlp", "red", "type:domain-name").split(), "TLP red does not leave when it may")
    lines = d.export("ndjson").splitlines()
    check(lines and all(json.loads(line)["state"] == "accepted" for line in lines), "NDJSON holds what nobody accepted")
    found = json.loads(d.run("search", "--server", d.url, "--json", "45[.]77[.]36[.]244"))
    check(found["exact"]["known"] and found["exact"]["value"] == "45.77.36.244", f"search of a defanged value: {found.get('exact')}")
    found = json.loads(d.run("search", "--server", d.url, "--json", "银狐"))
    check(any(r["title"] == "note.txt" or "银狐" in r["title"] for r in found["reports"]), "search of 银狐 finds no report")


def stable(d):
    """A stable URL with a token, ETag and ceiling."""
    code, _, b = d.call("/api/v1/exports", "POST", {"name": "Block list", "format": "text", "query": "type:domain-name", "tlp": "amber"})
    if not check(code == 201, f"stable export: {code} {b[:300]!r}"):
        return
    made = json.loads(b)
    code, head, b = d.call(made["path"], key=False)
    tag = head.get("ETag", "")
    check(code == 200 and b"formula-one.com" in b and b"red-secret" not in b, f"stable URL: {code} {b[:200]!r}")
    check(tag.startswith(('"', "W/")), f"no ETag: {tag!r}")
    check(d.call(made["path"], headers={"If-None-Match": tag}, key=False)[0] == 304, "If-None-Match is not answered by 304")
    check(d.call(made["path"][:-2] + "xx", key=False)[0] in (401, 403, 404), "a wrong token is answered")
    d.call("/api/v1/exports/" + made["item"]["id"], "DELETE")
    check(d.call(made["path"], key=False)[0] in (401, 403, 404, 410), "a deleted stable export is answered")


def main():
    """Runs everything."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = str(Path(sys.argv[1]).resolve())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vedette-clients") as folder:
        d = Drive(binary, Path(folder))
        d.set_up()
        d.serve()
        try:
            for part in (lists, misp, stable, stix):
                part(d)
                print(f"{part.__name__}: done after {time.monotonic() - began:.1f} s", flush=True)
        finally:
            d.stop()
    if findings:
        sys.exit(f"clients: {len(findings)} findings")
    print(f"clients: the exports are good ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    main()
