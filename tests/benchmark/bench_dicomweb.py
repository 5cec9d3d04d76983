"""The suite "dicomweb": issue 4's table. One CT study of 300 slices of 512x512 by QIDO, WADO and STOW.

Servers side by side, each with data of its own, that take their turns in every round:
  Debian 12     Orthanc 1.10.1 with its DICOMweb plugin 1.7, as Debian ships them
  Debian 13     Orthanc 1.12.7 with DICOMweb 1.20, in a folder that the suite makes; only with --debian-13
  ours          Orthanc with our plugin and our configuration, asked on Orthanc's HTTP port
  ours, web     the same asked on the plugin's own web port, where it has one
All are asked by the same client, http_load. The bytes over a raw loopback socket stand beside them.

Then QIDO on our web port before large indexes, without Orthanc: always one of 50,000 studies; --index FILE, as often as
wanted, adds one that fill_index has made.
"""
import tempfile

import search_cases
from archives import (ServerInFolder, ShippedServer, debian_13, make_study, medians, processor_seconds, raw_seconds, say,
                      verdict)
from dicomweb_cases import CASES, NotServed, WebCase, memory_added
from harness.orthanc_server import OrthancServer

TARGETS = ("OrthancRecognition", "region_generator", "raw_copy", "http_load", "find_server", "fill_index")
OURS = ("ours", "ours, web")
LARGE = {"slices": 1000, "size": 1024}  # 2.1 GB
LARGE_QUICK = {"slices": 20, "size": 256}


def make_servers(options, data):
    """{column: server}, and sentences about what is measured and what is left out."""
    servers = {"Debian 12": ShippedServer(f"{data}/debian-12", environment={"TCP_NODELAY": "1"})}
    remarks = []
    if options.debian_13 is None:
        remarks.append("Debian 13 (Orthanc 1.12.7, DICOMweb 1.20) is left out; --debian-13 measures it too")
    else:
        folder, version = debian_13(options.debian_13)
        remarks.append(f"Debian 13: {version}")
        servers["Debian 13"] = ServerInFolder(folder, f"{data}/debian-13", environment={"TCP_NODELAY": "1"})
    for name in OURS:
        server = OrthancServer(f"{data}/{name.replace(', ', '-')}")
        if name == "ours" or getattr(server, "web_port", None):
            servers[name] = server
        else:
            remarks.append("the plugin's own web port is left out: this plugin has none")
    return servers, remarks


def door(name, server):
    return server.web_port if name == "ours, web" else server.http_port


class Samples:
    def __init__(self, rounds):
        self.rounds, self.values, self.processor, self.failures = rounds, {}, {}, {}

    def keep(self, number, key, unit, name, sample, spent=0.0):
        self.values.setdefault(key, {}).setdefault(name, []).append(sample)
        self.processor.setdefault(key, {}).setdefault(name, []).append(spent)
        say(f"round {number} of {self.rounds}  {name or '-':10} {key:16} {sample:10.3f} {unit:3}  processor of the server "
            f"{spent:.2f} s")

    def failed(self, key, name, failure):
        self.failures.setdefault(key, {})[name] = str(failure)
        say(f"{name}: {key}: {failure}")


def one_round(number, case, name, samples):
    case.prepare()
    for key, unit, _ in CASES:
        before = processor_seconds(case.server)
        try:
            sample = case.sample(key)
        except NotServed as failure:
            samples.failed(key, name, failure)
        else:
            # A case may have started the server anew.
            spent = max(0.0, processor_seconds(case.server) - before)
            samples.keep(number, key, unit, name, sample, spent)


def large_study(options, servers, samples):
    """Memory while a large study is served: {column: what memory_added() gives}."""
    study, folder = make_study(**(LARGE_QUICK if options.quick else LARGE))
    found = {}
    for name, server in servers.items():
        case = WebCase(server, door(name, server), study, folder, options.quick)
        case.prepare()
        try:
            found[name] = memory_added(case)
            say(f"{name:10} a study of {found[name]['bytes'] / 1e9:.2f} GB in {found[name]['seconds']:.2f} s, memory + "
                f"{found[name]['added']:.0f} MiB, without mapped files + {found[name]['added_anonymous']:.0f} MiB")
        except NotServed as failure:
            samples.failed("large", name, failure)
    return found


def run_archives(options):
    slices, size, rounds = (20, 128, 1) if options.quick else (300, 512, options.rounds)
    study, folder = make_study(slices, size)
    samples = Samples(rounds)
    with tempfile.TemporaryDirectory(prefix="recognition-bench-") as data:
        servers, remarks = make_servers(options, data)
        for sentence in remarks:
            say(sentence)
        try:
            for server in servers.values():
                server.quiet = True
                server.start()
            for number in range(1, rounds + 1):
                samples.keep(number, "raw", "ms", "", 1000 * raw_seconds(folder))
                for name, server in servers.items():
                    one_round(number, WebCase(server, door(name, server), study, folder, options.quick), name, samples)
            large = large_study(options, servers, samples) if options.full else {}
        finally:
            for server in servers.values():
                server.kill()
    return {"slices": slices, "size": size, "rounds": rounds, "servers": list(servers), "remarks": remarks, "large": large,
            "samples": samples.values, "processor_seconds": samples.processor, "failures": samples.failures,
            "medians": medians(samples.values)}


def run(options):
    result = {"archives": run_archives(options)} if options.part != "index" else {}
    if options.part != "archives":
        result["indexes"] = search_cases.run(options)
    return result


def targets(result):
    """(sentence, ours, wanted) for issue 4's lines; ours is the better of our doors, the peer the better of the peers."""
    middle = result["medians"]

    def best(key, names):
        return min((middle[key][name] for name in names if name in middle.get(key, {})), default=None)
    peers = [name for name in result["servers"] if name not in OURS]
    rows = []
    for key, part, sentence in (
            ("metadata", 5, "study metadata, warm, against 1/5 of the peer"),
            ("metadata_cold", 20, "study metadata, first request, against 1/20 of the peer"),
            ("frames", 3, "every frame over 6 connections, against 1/3 of the peer"),
            ("study", 2, "whole study, against 1/2 of the peer"),
            ("rendered", 3, "a rendered frame, against 1/3 of the peer")):
        peer = best(key, peers)
        if peer is not None:
            rows.append((sentence + ", ms", best(key, OURS), peer / part))
    rendered = best("rendered", OURS)
    if rendered is not None:
        rows.append(("a thumbnail, against a rendered frame of ours, ms", best("thumbnail", OURS), rendered))
    rows += [("QIDO by PatientID, ms", best("qido", OURS), 5),
             ("QIDO with ModalitiesInStudy, ms", best("qido_modalities", OURS), 5)]
    for name in OURS:
        if name in result["large"]:
            rows.append((f"memory added by a study of {result['large'][name]['bytes'] / 1e9:.1f} GB ({name}), MiB",
                         result["large"][name]["added_anonymous"], 100))
    return rows


def archive_table(result):
    servers, middle = result["servers"], result["medians"]
    peers = [name for name in servers if name not in OURS]
    lines = [f"{result['slices']} slices of {result['size']}x{result['size']}, medians of {result['rounds']} rounds", "",
             f"{'':58}" + "".join(f"{name:>12}" for name in servers) + "   better peer / better of ours"]
    for key, unit, what in CASES:
        row = [middle.get(key, {}).get(name) for name in servers]
        other = [number for name, number in zip(servers, row) if name in peers and number is not None]
        own = [number for name, number in zip(servers, row) if name in OURS and number is not None]
        shown = "".join("{:>12}".format("-" if number is None else f"{number:.2f}") for number in row)
        ratio = f"{min(other) / min(own):.2f}" if other and own else ""
        lines.append(f"{what + ', ' + unit:58}{shown}   {ratio:>10}")
    lines.append(f"{'the bytes over a raw loopback socket, ms':58}{middle['raw']['']:12.2f}")
    for name, found in result["large"].items():
        lines.append(f"{name}: a study of {found['bytes'] / 1e9:.2f} GB in {found['seconds']:.2f} s, memory + "
                     f"{found['added']:.0f} MiB, without mapped files + {found['added_anonymous']:.0f} MiB")
    lines += [f"- {name}: {key}: {reason}" for key, row in result["failures"].items() for name, reason in row.items()]
    lines += ["", *result["remarks"], ""]
    return lines + [verdict(*target) for target in targets(result)]


def table(result):
    lines = [f"{result['machine']['cores']} cores, {result['machine']['orthanc']}"]
    if "archives" in result:
        lines += archive_table(result["archives"])
    if "indexes" in result:
        lines += ["", *search_cases.table(result["indexes"])]
    return "\n".join(lines)
