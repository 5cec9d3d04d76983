"""What the suites that measure whole servers share: the servers beside ours, a study, what a process has used, verdicts."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from harness.orthanc_server import BINARY, DEBIAN_DICOMWEB, SOURCE, OrthancServer

CALLER = "H001_WS"


def say(text):
    print(text, file=sys.stderr, flush=True)


class ShippedServer(OrthancServer):
    """Debian's configuration; only ports, folders and who may ask are set, so that the cases can run."""

    def configuration(self):
        base = super().configuration()
        return {"Plugins": [DEBIAN_DICOMWEB], "DicomWeb": {"Enable": True},
                "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, "DicomAlwaysAllowMove": True,
                **{key: base[key] for key in ("StorageDirectory", "IndexDirectory", "HttpPort", "DicomPort", "DicomAet",
                                              "DicomModalities")}}

    def start(self):
        self.plugin = False
        return super().start()


@contextlib.contextmanager
def beside_shipped():
    """{column: server}, all running, each with data of its own."""
    with tempfile.TemporaryDirectory(prefix="recognition-bench-") as data:
        servers = {
            "shipped": ShippedServer(f"{data}/shipped", environment={"TCP_NODELAY": "0"}),
            "shipped nodelay": ShippedServer(f"{data}/nodelay", environment={"TCP_NODELAY": "1"}),
            "ours": OrthancServer(f"{data}/ours"),
        }
        try:
            for server in servers.values():
                server.quiet = True
                server.start()
            yield servers
        finally:
            for server in servers.values():
                server.kill()


class ServerInFolder(ShippedServer):
    """The Orthanc of another Debian, run inside a folder that scripts/debian_folder has made.

    It sees its data under the same path as we do, by a mount that ends with it: a namespace of its own, and every step
    replaces the one before, so that the process which we started is Orthanc.
    """

    def __init__(self, debian_folder, folder, **settings):
        super().__init__(folder, **settings)
        self.inside = pathlib.Path(f"{debian_folder}{self.folder.resolve()}")
        self.inside.mkdir(parents=True, exist_ok=True)
        enter = 'mount -t proc proc "$1/proc" && mount --bind "$2" "$1$2" && exec chroot "$1" /usr/sbin/Orthanc "${@:3}"'
        self.program = ["unshare", "--mount", "bash", "-c", enter, "enter", str(debian_folder), str(self.folder.resolve())]

    def kill(self):
        super().kill()
        for place in (self.inside, self.inside.parent):  # where the mount was
            with contextlib.suppress(OSError):
                place.rmdir()


def debian_13(folder):
    """A Debian 13 folder with its Orthanc in it: (folder, first line of Orthanc --version). folder: a path or ""."""
    made = subprocess.run([str(SOURCE / "scripts" / "debian_folder"), "13", *([folder] if folder else [])], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()
    if not pathlib.Path(f"{made}{DEBIAN_DICOMWEB}").exists():
        say("Installing Orthanc in the Debian 13 folder ...")
        shutil.copyfile("/etc/resolv.conf", f"{made}/etc/resolv.conf")
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                 "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        for words in (["update"], ["install", "--no-install-recommends", "-y", "orthanc", "orthanc-dicomweb"]):
            subprocess.run(["chroot", made, "apt-get", "-q", *words], check=True, **quiet)
    version = subprocess.run(["chroot", made, "/usr/sbin/Orthanc", "--version"], capture_output=True, text=True, check=False)
    return made, version.stdout.split("\n")[0]


def make_study(slices, size):
    """One CT study, kept between runs: (manifest's row, folder)."""
    folder = SOURCE / "build" / "bench" / f"ct-{slices}x{size}"
    if not (folder / "manifest.json").exists():
        say(f"Making a CT of {slices} slices of {size}x{size} ...")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([str(BINARY / "region_generator"), "ct", "--output", str(folder), "--slices", str(slices), "--size",
                        str(size)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    study = json.loads((folder / "manifest.json").read_text())["studies"][0]
    return study, folder / study["folder"]


def memory_mib(process, name="VmHWM"):
    """A line of /proc/PID/status that is in kB; VmHWM is the most that was ever resident."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status).group(1)) / 1024


def processor_seconds(server):
    """Of the whole process so far. Beside the sample it tells whether a busy machine or the server was slow; what a case
    prepares (deleting, mostly) is in it too."""
    words = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def raw_seconds(folder):
    """The bytes of a folder over a raw loopback socket: what the wire can carry, the best of three."""
    done = subprocess.run([str(BINARY / "raw_copy"), str(folder), "3"], capture_output=True, text=True, check=True)
    return min(float(line.split()[0]) for line in done.stdout.splitlines())


def medians(samples):
    """{case: {server: [samples]}} with one number in the place of each list."""
    return {key: {name: statistics.median(row) for name, row in rows.items()} for key, rows in samples.items()}


def verdict(sentence, ours, wanted, less_is_better=True):
    """A target's line. ours None: what was to be measured failed or is not there."""
    bound = f"wanted at {'most' if less_is_better else 'least'} {wanted:.3f}"
    if ours is None:
        return f"NOT reached {sentence}: not measured, {bound}"
    reached = ours <= wanted if less_is_better else ours >= wanted
    return f"{'reached    ' if reached else 'NOT reached'} {sentence}: {ours:.3f}, {bound}"
