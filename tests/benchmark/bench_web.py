"""The suite "web": what an HTTP server costs beside the bytes themselves. The same files of one CT of 300 slices of
512x512, as 300 bodies over 6 kept connections and as one body, over the loopback interface:

  raw memory, map, populate, sendfile   a loop round a socket, without a server (web_serve.cpp)
  listener                              the web port alone, files mapped
  our port, Orthanc's port              the node inside Orthanc, asked on either

The client (web_load.cpp) is the same throughout and drops what it gets. All take their turns in every round.
--full also asks for a study of 2 GB and tells how much memory that adds.
"""
import json
import pathlib
import statistics
import subprocess
import tempfile

from bench_node import Case, make_study, say
from harness.orthanc_server import BINARY, OrthancServer

TARGETS = ("OrthancRecognition", "region_generator", "web_serve", "web_load")
RAW = ("memory", "map", "populate", "sendfile")
CASES = (("bodies", "s", "300 bodies over 6 connections"), ("study", "s", "all in one body"),
         ("small", "ms", "one small answer, mean of 1000 on one connection"))
ACCEPT = "application/dicom; transfer-syntax=*"


def load(port, paths, connections, accept):
    done = subprocess.run([str(BINARY / "web_load"), str(port), str(connections), accept], input="\n".join(paths),
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


class Files:
    """web_serve on a folder."""

    def __init__(self, way, folder, count):
        self.process = subprocess.Popen([str(BINARY / "web_serve"), way, str(folder)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.count = count

    def ask(self, case):
        if case == "small":
            return None
        paths = ["/all"] if case == "study" else [f"/{i}" for i in range(self.count)]
        return load(self.port, paths, 1 if case == "study" else 6, "*/*")

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


class Node:
    """The node, on one of its two ports."""

    def __init__(self, server, port, study):
        self.port, self.study = port, f"/dicom-web/studies/{study['study_instance_uid']}"
        listed = server.get(self.study + "/instances").json()
        self.paths = [f"{self.study}/series/{one['0020000E']['Value'][0]}/instances/{one['00080018']['Value'][0]}"
                      for one in listed]

    def ask(self, case):
        if case == "small":
            found = load(self.port, ["/recognition/status"] * 1000, 1, "*/*")
            return {**found, "seconds": found["seconds"]}
        if case == "study":
            return load(self.port, [self.study], 1, 'multipart/related; type="application/dicom"; transfer-syntax=*')
        return load(self.port, self.paths, 6, ACCEPT)

    def close(self):
        pass


def memory(server, field):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def large_study(options):
    """How much a study of 2 GB adds to the peak of a fresh server, on either port: (MiB, MiB)."""
    study, folder = make_study(200 if options.quick else 4000, 512)
    added = []
    for which in ("web_port", "http_port"):
        with tempfile.TemporaryDirectory(prefix="recognition-bench-") as data:
            server = OrthancServer(data)
            server.quiet = True
            server.start()
            try:
                Case(server, study, folder, options.quick).store_nodelay()
                server.restart()
                node = Node(server, getattr(server, which), study)
                load(node.port, node.paths[:20], 6, ACCEPT)
                before = memory(server, "VmRSS")
                got = node.ask("study")
                added.append(memory(server, "VmHWM") - before)
                say(f"{which}: {got['bytes'] / 1e9:.2f} GB in {got['seconds']:.2f} s, {before:.0f} MiB before, {added[-1]:.0f} MiB more at the peak")
            finally:
                server.kill()
    return added


def run(options):
    slices, size, rounds = (20, 128, 1) if options.quick else (300, 512, options.rounds)
    study, folder = make_study(slices, size)
    samples = {}
    with tempfile.TemporaryDirectory(prefix="recognition-bench-") as data:
        server = OrthancServer(data)
        server.quiet = True
        served = {}
        try:
            server.start()
            Case(server, study, folder, options.quick).store_nodelay()
            for way in RAW:
                served[f"raw {way}"] = Files(way, folder, slices)
            served["listener"] = Files("listener", folder, slices)
            served["our port"] = Node(server, server.web_port, study)
            served["Orthanc's port"] = Node(server, server.http_port, study)
            for number in range(0, rounds + 1):  # the first warms up
                for name, one in served.items():
                    for key, unit, _ in CASES:
                        sample = one.ask(key)
                        if sample and number:
                            samples.setdefault(key, {}).setdefault(name, []).append(sample["seconds"])
                            say(f"round {number} of {rounds}  {name:16} {key:8} {sample['seconds']:9.4f} {unit}"
                                f"  {sample['bytes'] / 1e6:7.1f} MB  {sample['connections']} connections")
        finally:
            for one in served.values():
                one.close()
            server.kill()
    result = {"slices": slices, "size": size, "rounds": rounds, "servers": list(served), "samples": samples,
              "medians": {key: {name: statistics.median(row) for name, row in rows.items()} for key, rows in samples.items()}}
    if options.full:
        result["memory"] = large_study(options)
    return result


def table(result):
    lines = [f"{result['slices']} files of a CT of {result['size']}x{result['size']}, medians of {result['rounds']} rounds, "
             f"{result['machine']['cores']} cores", "", f"{'':18}" + "".join(f"{what + ', ' + unit:>52}" for _, unit, what in CASES)]
    for name in result["servers"]:
        lines.append(f"{name:18}" + "".join(f"{result['medians'][key].get(name, float('nan')):52.4f}" for key, _, _ in CASES))
    if "memory" in result:
        ours, orthancs = result["memory"]
        lines += ["", f"a large study adds at the peak: our port {ours:.0f} MiB, Orthanc's port {orthancs:.0f} MiB"]
    return "\n".join(lines)
