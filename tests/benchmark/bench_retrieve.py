"""The suite "retrieve": issue 3's table. One CT study of 300 slices of 512x512 in and out, eight senders at once, and
workstations that ask at once; then C-FIND before large indexes, on our port without Orthanc.

Three servers run side by side, each with data of its own, and take their turns in every round:
  shipped          Orthanc with Debian's configuration and its DICOMweb plugin
  shipped nodelay  the same with TCP_NODELAY=1 in its environment
  ours             Orthanc with our plugin and our configuration: the query/retrieve port
DCMTK's tools stand on the other side, unmodified, unless the case says that they too have TCP_NODELAY=1. References in
every round: storescu straight to the same receiver, TCP_NODELAY on both sides, and the bytes over a raw socket.

Always an index of 50,000 studies; --index FILE, as often as wanted, adds one that fill_index has made.
"""
import contextlib
import json
import os
import subprocess
import tempfile
import time

import find_cases
from archives import CALLER, beside_shipped, make_study, medians, processor_seconds, raw_seconds, say, verdict
from bench_node import Case
from harness.dimse_tools import Receiver, tool_path
from harness.orthanc_server import AET, BINARY, SOURCE, OwnPort, free_port

TARGETS = ("OrthancRecognition", "region_generator", "store_sink", "raw_copy", "move_client", "get_client", "find_load", "find_server",
           "fill_index")
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
SENDERS = 8
STATIONS = (1, 8, 64)
# Orthanc's DICOM threads wait up to a second on each association in turn: with more, opening them takes minutes.
ORTHANC_STATIONS = 1

# name, unit, what it is
CASES = (
    ("store", "s", "C-STORE, unmodified storescu"),
    ("store_nodelay", "s", "C-STORE, storescu with TCP_NODELAY"),
    ("senders", "/s", f"C-STORE, {SENDERS} unmodified senders at once"),
    ("senders_nodelay", "/s", f"C-STORE, {SENDERS} senders with TCP_NODELAY"),
    ("move", "s", "C-MOVE to unmodified storescp --ignore"),
    ("first", "ms", "C-MOVE, first image whole at the receiver"),
    ("sink", "s", "C-MOVE to a receiver that only reads"),
    ("get", "s", "C-GET by getscu --ignore with TCP_NODELAY"),
    ("get_read", "s", "C-GET by a client that only reads"),
    *((f"find_{number}", "/s", f"C-FIND by card, {number} workstation{'s' * (number > 1)}") for number in STATIONS),
    ("memory", "MiB", "peak memory (VmHWM)"),
)
REFERENCES = (("straight", "s", "storescu straight to storescp, TCP_NODELAY both"), ("raw", "s", "the bytes over a raw socket"))


@contextlib.contextmanager
def nodelay():
    """What is started inside has TCP_NODELAY=1."""
    os.environ["TCP_NODELAY"] = "1"
    try:
        yield
    finally:
        del os.environ["TCP_NODELAY"]


class Sink:
    """store_sink as a context; .line() is what it says of the last `expected` instances."""

    def __init__(self, port, expected):
        self.port, self.expected = port, expected

    def __enter__(self):
        self.process = subprocess.Popen([str(BINARY / "store_sink"), str(self.port), "--expect", str(self.expected)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        time.sleep(0.2)  # it prints nothing when it listens, and a connection to see would be counted
        return self

    def line(self):
        words = self.process.stdout.readline().split()
        return {"associations": int(words[5]), **{words[i]: float(words[i + 1]) for i in (6, 8, 10)}}

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class RetrieveCase(Case):
    """One server with the study and those of the senders; each function gives one sample."""

    def __init__(self, server, study, folder, senders, quick):
        super().__init__(server, study, folder, quick)
        self.senders_folders = senders
        self.seconds = 1 if quick else 5
        self.sunk = None

    def all_at_once(self):
        self.forget()
        command = [tool_path("storescu"), "-v", "-R", "+sd", "-aet", "H001_CT", *map(str, self.peer)]
        with contextlib.ExitStack() as files:
            said = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in self.senders_folders]
            before = time.perf_counter()
            running = [subprocess.Popen([*command, str(folder)], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
                       for (_, folder), output in zip(self.senders_folders, said)]
            codes = [process.wait(600) for process in running]
            spent = time.perf_counter() - before
            for code, output in zip(codes, said):
                if code:
                    output.seek(0)
                    raise RuntimeError(f"a sender failed:\n{output.read()[-1500:]}")
        wanted = sum(study["images"] for study, _ in self.senders_folders)
        held = self.server.get("/statistics").json()["CountInstances"]
        if held != wanted:
            raise RuntimeError(f"{held} of {wanted} instances were stored")
        return wanted / spent

    def senders(self):
        return self.all_at_once()

    def senders_nodelay(self):
        with nodelay():
            rate = self.all_at_once()
        # The cases after this one want the study back, beside what has come.
        self.timed("storescu", "-R", "+sd", "-aet", "H001_CT", *self.peer, self.folder, nodelay=True)
        return rate

    def first(self):
        """Two C-MOVEs to a receiver that only reads: the better one, as the first may wait for the disk."""
        tries = []
        for _ in range(2):
            with Sink(self.server.workstation_port, self.study["images"]) as sink:
                done = subprocess.run([str(BINARY / "move_client"), "127.0.0.1", str(self.server.dicom_port), CALLER, AET,
                                       CALLER, self.study["study_instance_uid"]], capture_output=True, text=True,
                                      timeout=300, check=True)
                requested = float(done.stdout.split()[1])
                said = sink.line()
            tries.append((1000 * (said["first"] - requested), said["last"] - requested))
            time.sleep(0.3)
        self.sunk = min(last for _, last in tries)
        return min(first for first, _ in tries)

    def sink(self):
        return self.sunk

    def get(self):
        return self.timed("getscu", "-S", "--ignore", "-aet", CALLER, *self.peer, "-k", "0008,0052=STUDY", "-k",
                          f"0020,000D={self.study['study_instance_uid']}", "-d", nodelay=True,
                          expect=rf"Completed Suboperations\s*: {self.study['images']}")

    def get_read(self):
        """The better of two, as for C-MOVE to a receiver that only reads."""
        tries = []
        for _ in range(2):
            done = subprocess.run([str(BINARY / "get_client"), "127.0.0.1", str(self.server.dicom_port), CALLER, AET,
                                   self.study["study_instance_uid"], CT_IMAGE], capture_output=True, text=True, timeout=300,
                                  check=True)
            words = done.stdout.split()
            if int(words[5]) != self.study["images"]:
                raise RuntimeError(f"{words[5]} of {self.study['images']} instances came by C-GET")
            tries.append(float(words[1]))
        return min(tries)

    def find(self, stations):
        if stations > ORTHANC_STATIONS and not isinstance(self.server, OwnPort):
            return None
        with tempfile.NamedTemporaryFile("w", prefix="recognition-values-") as values:
            values.write("".join(study["patient_id"] + "\n" for study, _ in self.senders_folders))
            values.flush()
            asked = find_cases.load(self.server.dicom_port, CALLER, stations, self.seconds, ["0010,0020=@"], values.name)
        if asked["answers"] != asked["questions"]:
            raise RuntimeError("a C-FIND found another number of studies than one")
        return asked["questions"] / asked["seconds"]


for _number in STATIONS:
    setattr(RetrieveCase, f"find_{_number}", lambda self, number=_number: self.find(number))


def straight(port, folder):
    with nodelay(), Receiver(port, aet=CALLER, ignore=True):
        before = time.perf_counter()
        subprocess.run([tool_path("storescu"), "-R", "+sd", "-aec", CALLER, "127.0.0.1", str(port), str(folder)], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return time.perf_counter() - before


def make_senders(slices, size):
    """A study of each sender, kept between runs: rows of (manifest's row, folder)."""
    folder = SOURCE / "build" / "bench" / f"senders-{slices}x{size}"
    if not (folder / "manifest.json").exists():
        say(f"Making {SENDERS} CTs of {slices} slices of {size}x{size} ...")
        subprocess.run([str(BINARY / "region_generator"), "ct", "--output", str(folder), "--patients", str(SENDERS + 1),
                        "--slices", str(slices), "--size", str(size)], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    # The first patient is the one of make_study().
    studies = json.loads((folder / "manifest.json").read_text())["studies"][1:]
    return [(study, folder / study["folder"]) for study in studies]


def run_archives(options):
    slices, each, size, rounds = (20, 5, 128, 1) if options.quick else (300, 100, 512, options.rounds)
    study, folder = make_study(slices, size)
    senders = make_senders(each, size)
    samples, processor = {}, {}

    def keep(key, name, sample, unit, number, spent=0.0):
        if sample is not None:
            samples.setdefault(key, {}).setdefault(name, []).append(sample)
            processor.setdefault(key, {}).setdefault(name, []).append(spent)
            say(f"round {number} of {rounds}  {name:16} {key:16} {sample:9.3f} {unit:3}  processor of the server {spent:.2f} s")

    with beside_shipped() as servers:
        for number in range(1, rounds + 1):
            keep("straight", "", straight(free_port(), folder), "s", number)
            keep("raw", "", raw_seconds(folder), "s", number)
            for name, server in servers.items():
                asked = server.own_port if name == "ours" else server
                case = RetrieveCase(asked, study, folder, senders, options.quick)
                for key, unit, _ in CASES:
                    before = processor_seconds(server)
                    sample = getattr(case, key)()
                    keep(key, name, sample, unit, number, processor_seconds(server) - before)
    return {"slices": slices, "each": each, "size": size, "rounds": rounds, "servers": list(servers), "samples": samples,
            "processor_seconds": processor,
            "medians": medians(samples)}


def run(options):
    os.environ.pop("TCP_NODELAY", None)
    result = {"archives": run_archives(options)} if options.part != "index" else {}
    if options.part != "archives":
        result["indexes"] = find_cases.run(options)
    return result


def targets(middle):
    """(sentence, ours, wanted, whether less is better) for issue 3's lines."""
    def of(key, name="ours"):
        return middle[key][name]
    return [
        ("C-MOVE to storescp, s", of("move"), 0.6, True),
        ("C-MOVE against storescu straight to it, s", of("move"), of("straight", ""), True),
        ("first image at the receiver, ms", of("first"), 30, True),
        ("C-STORE, unmodified, against 1/6 of shipped, s", of("store"), of("store", "shipped") / 6, True),
        ("C-STORE, unmodified, against nodelay both sides, s", of("store"), of("store_nodelay", "shipped nodelay"), True),
        ("8 senders against 1.5 x shipped, /s", of("senders"), 1.5 * of("senders", "shipped"), False),
        ("8 senders against 1.5 x nodelay both sides, /s", max(of("senders"), of("senders_nodelay")),
         1.5 * of("senders_nodelay", "shipped nodelay"), False),
        ("C-GET by getscu against 1/2 of nodelay, s", of("get"), of("get", "shipped nodelay") / 2, True),
        ("C-GET, client only reads, against 1/2 of nodelay, s", of("get_read"), of("get_read", "shipped nodelay") / 2, True),
        ("a receiver that only reads, against 2 x raw, s", of("sink"), 2 * of("raw", ""), True),
        (f"C-FIND by card, {STATIONS[-1]} workstations, /s", of(f"find_{STATIONS[-1]}"), 1000, False),
    ]


def archive_table(result):
    servers, middle = result["servers"], result["medians"]
    lines = [f"{result['slices']} slices of {result['size']}x{result['size']}, {SENDERS} senders with {result['each']} each, "
             f"medians of {result['rounds']} rounds", "",
             f"{'':48}{servers[0]:>12}{servers[1]:>17}{servers[2]:>10}   {'shipped/ours':>12}  {'nodelay/ours':>12}"]
    for key, unit, what in CASES:
        row = [middle[key].get(name) for name in servers]
        ours = row[-1]
        better = [other and (ours / other if unit == "/s" else other / ours) for other in row[:-1]]
        shown = ["-" if number is None else f"{number:.3f}" for number in row]
        shown += ["" if ratio is None else f"{ratio:.2f}" for ratio in better]
        lines.append("{:48}{:>12}{:>17}{:>10}   {:>12}  {:>12}".format(what + ", " + unit, *shown))
    lines += [f"{what + ', ' + unit:48}{middle[key]['']:39.3f}" for key, unit, what in REFERENCES]
    lines += ["", f"{'(shipped/ours, nodelay/ours: how many times better ours is)':48}", ""]
    return lines + [verdict(*target) for target in targets(middle)]


def table(result):
    lines = [f"{result['machine']['cores']} cores, {result['machine']['orthanc']}"]
    if "archives" in result:
        lines += archive_table(result["archives"])
    if "indexes" in result:
        lines += ["", *find_cases.table(result["indexes"])]
    return "\n".join(lines)
