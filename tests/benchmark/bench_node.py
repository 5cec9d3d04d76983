"""The suite "node": one CT study of 300 slices of 512x512 in, found, and out again by every door.

Three servers run side by side, each with data of its own, and take their turns in every round:
  shipped          Orthanc with Debian's configuration and its DICOMweb plugin
  shipped nodelay  the same with TCP_NODELAY=1 in its environment
  ours             Orthanc with our plugin and our configuration, and nothing in its environment
DCMTK's tools stand on the other side, unmodified, unless the case says that they too have TCP_NODELAY=1.
"""
import http.client
import os
import re
import statistics
import subprocess
import time

from archives import CALLER, beside_shipped, make_study, medians, memory_mib, say
from harness.dimse_tools import Receiver, tool_path
from harness.orthanc_server import AET, BINARY

TARGETS = ("OrthancRecognition", "region_generator", "find_client")

# name, unit, what it is
CASES = (
    ("store", "s", "C-STORE, unmodified storescu"),
    ("store_nodelay", "s", "C-STORE, storescu with TCP_NODELAY"),
    ("find_process", "ms", "C-FIND by ID, findscu from start to end"),
    ("find", "ms", "C-FIND by ID, one of many on an association"),
    ("move", "s", "C-MOVE to storescp --ignore"),
    ("get", "s", "C-GET by getscu --ignore"),
    ("qido", "ms", "QIDO-RS by ID, connection kept"),
    ("wado_study", "s", "WADO-RS study"),
    ("wado_metadata", "s", "WADO-RS study metadata"),
    ("memory", "MiB", "peak memory (VmHWM)"),
)
# What issue 2 wants of ours: case, compared with, ours at most this part of it.
TARGETS_TO_REACH = (
    ("store_nodelay", "shipped nodelay", 1 / 0.95),
    ("store", "shipped", 1 / 2),
    ("move", "shipped", 1 / 8),
)


class Case:
    """One study on one server; each function gives one sample."""

    def __init__(self, server, study, folder, quick):
        self.server, self.study, self.folder = server, study, folder
        self.queries = 20 if quick else 200

    def timed(self, name, *arguments, nodelay=False, expect=None):
        environment = dict(os.environ)
        environment.pop("TCP_NODELAY", None)
        if nodelay:
            environment["TCP_NODELAY"] = "1"
        before = time.perf_counter()
        done = subprocess.run([tool_path(name), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, timeout=600, check=False)
        spent = time.perf_counter() - before
        said = done.stdout.decode("utf-8", "replace")
        if done.returncode or expect and not re.search(expect, said):
            raise RuntimeError(f"{name} failed (exit code {done.returncode}):\n{said[-800:]}")
        return spent

    @property
    def peer(self):
        return ("-aec", AET, "127.0.0.1", self.server.dicom_port)

    def forget(self):
        """Takes the study out again, so that the next C-STORE brings new instances."""
        for study in self.server.get("/studies").json():
            self.server.delete(f"/studies/{study}")
        deadline = time.monotonic() + 60
        while self.server.plugin and self.server.status()["instances"] and time.monotonic() < deadline:
            time.sleep(0.05)

    def store(self, nodelay=False):
        self.forget()
        spent = self.timed("storescu", "-R", "+sd", "-aet", "H001_CT", *self.peer, self.folder, nodelay=nodelay)
        held = self.server.get("/statistics").json()["CountInstances"]
        if held != self.study["images"]:
            raise RuntimeError(f"{held} of {self.study['images']} instances were stored")
        return spent

    def store_nodelay(self):
        return self.store(nodelay=True)

    def find_process(self):
        return statistics.median(
            1000 * self.timed("findscu", "-S", "-aet", CALLER, *self.peer, "-k", "0008,0052=STUDY", "-k",
                              f"0010,0020={self.study['patient_id']}", "-k", "0020,000D", expect="Find Response: 1")
            for _ in range(5))

    def find(self):
        environment = dict(os.environ, TCP_NODELAY="1")
        done = subprocess.run([str(BINARY / "find_client"), "127.0.0.1", str(self.server.dicom_port), CALLER, AET,
                               str(self.queries), self.study["patient_id"]], capture_output=True, text=True, timeout=300,
                              env=environment, check=True)
        rows = [line.split() for line in done.stdout.splitlines()]
        if any(answers != "1" for _, answers in rows):
            raise RuntimeError("a C-FIND found another number of studies than one")
        return statistics.median(int(spent) for spent, _ in rows) / 1000

    def move(self):
        with Receiver(self.server.workstation_port, aet=CALLER, ignore=True):
            return self.timed("movescu", "-S", "-aet", CALLER, "-aem", CALLER, *self.peer, "-k", "0008,0052=STUDY", "-k",
                              f"0020,000D={self.study['study_instance_uid']}", "-d",
                              expect=rf"Completed Suboperations\s*: {self.study['images']}")

    def get(self):
        return self.timed("getscu", "-S", "--ignore", "-aet", CALLER, *self.peer, "-k", "0008,0052=STUDY", "-k",
                          f"0020,000D={self.study['study_instance_uid']}", "-v")

    def http(self, path, accept, repeat=1):
        """Median time of a GET on one kept connection, and the last body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.http_port, timeout=600)
        spent = []
        for _ in range(repeat):
            before = time.perf_counter()
            connection.request("GET", "/dicom-web" + path, headers={"Accept": accept})
            reply = connection.getresponse()
            body = reply.read()
            spent.append(time.perf_counter() - before)
            if reply.status != 200:
                raise RuntimeError(f"GET {path.split('?')[0]}: {reply.status} {body[:200]!r}")
        connection.close()
        return statistics.median(spent), body

    def qido(self):
        spent, body = self.http(f"/studies?PatientID={self.study['patient_id']}", "application/dicom+json", self.queries // 4)
        if body.count(b'"0020000D"') != 1:
            raise RuntimeError("QIDO found another number of studies than one")
        return 1000 * spent

    def wado_study(self):
        spent, body = self.http(f"/studies/{self.study['study_instance_uid']}",
                                'multipart/related; type="application/dicom"; transfer-syntax=*')
        if body.count(b"DICM") < self.study["images"]:
            raise RuntimeError("WADO gave another number of instances")
        return spent

    def wado_metadata(self):
        spent, body = self.http(f"/studies/{self.study['study_instance_uid']}/metadata", "application/dicom+json")
        if body.count(b'"00080018"') < self.study["images"]:
            raise RuntimeError("the metadata is of another number of instances")
        return spent

    def memory(self):
        return memory_mib(self.server.process)


def run(options):
    slices, size, rounds = (20, 128, 1) if options.quick else (300, 512, options.rounds)
    study, folder = make_study(slices, size)
    samples = {}
    with beside_shipped() as servers:
        for number in range(1, rounds + 1):
            for name, server in servers.items():
                case = Case(server, study, folder, options.quick)
                for key, unit, _ in CASES:
                    sample = getattr(case, key)()
                    samples.setdefault(key, {}).setdefault(name, []).append(sample)
                    say(f"round {number} of {rounds}  {name:16} {key:14} {sample:9.3f} {unit}")
    return {"slices": slices, "size": size, "rounds": rounds, "servers": list(servers), "samples": samples,
            "medians": medians(samples)}


def table(result):
    """Medians, and how many times as long (or large) the others are."""
    servers, middle = result["servers"], result["medians"]
    lines = [f"{result['slices']} slices of {result['size']}x{result['size']}, medians of {result['rounds']} rounds, "
             f"{result['machine']['cores']} cores", "",
             f"{'':46}{servers[0]:>12}{servers[1]:>17}{servers[2]:>10}   {'shipped/ours':>12}  {'nodelay/ours':>12}"]
    for key, unit, what in CASES:
        row = middle[key]
        shipped, nodelay, ours = (row[name] for name in servers)
        lines.append(f"{what + ', ' + unit:46}{shipped:12.3f}{nodelay:17.3f}{ours:10.3f}   {shipped / ours:12.2f}  "
                     f"{nodelay / ours:12.2f}")
    lines.append("")
    for key, other, most in TARGETS_TO_REACH:
        part = middle[key]["ours"] / middle[key][other]
        lines.append(f"{'reached    ' if part <= most else 'NOT reached'} {key}: ours {part:.3f} of {other}, "
                     f"wanted at most {most:.3f}")
    return "\n".join(lines)
