#!/usr/bin/python3
"""The 40 ms trap, both ways, against Orthanc as Debian ships it; everything on loopback, side by side.

  cmake --build --preset release --target bench_send WatcherOnly
  tests/benchmark/dimse/bench_wire.py build/release/tests/benchmark/dimse [--slices 300] [--rounds 3]

receive: an unmodified storescu sends the slices to Orthanc: as shipped | TCP_NODELAY | with the watcher too.
send:    Orthanc's own C-MOVE to an unmodified `storescp --ignore` | the send engine to the same.
"""
import argparse, json, os, shutil, socket, statistics, subprocess, sys, tempfile, time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_slices(folder, count):
    import random
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid
    study, series = generate_uid(), generate_uid()
    noise = random.Random(1)
    for i in range(count):
        d = Dataset()
        d.is_little_endian, d.is_implicit_VR = True, False
        d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", generate_uid()
        d.PatientID, d.PatientName, d.Modality = "BENCH", "Bench^Wire", "CT"
        d.StudyInstanceUID, d.SeriesInstanceUID, d.InstanceNumber = study, series, str(i + 1)
        d.Rows = d.Columns = 512
        d.BitsAllocated = d.BitsStored = 16
        d.HighBit, d.PixelRepresentation, d.SamplesPerPixel = 15, 0, 1
        d.PhotometricInterpretation = "MONOCHROME2"
        d.PixelData = noise.randbytes(512 * 512 * 2)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = d.SOPClassUID, d.SOPInstanceUID
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.file_meta = meta
        d.save_as(os.path.join(folder, f"{i:04}.dcm"), write_like_original=False)
    return study


class Running:
    def __init__(self, command, port, env=None, log=None):
        self.log = open(log, "w") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(command, env=env, stdout=self.log, stderr=self.log)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("does not start: " + command[0])

    def __enter__(self):
        return self

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def orthanc(work, name, plugin, modality_port, extra=None):
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    dicom, http = free_port(), free_port()
    configuration = {
        "Name": "BENCH", "StorageDirectory": folder, "IndexDirectory": folder, "DicomPort": dicom,
        "HttpPort": http, "Plugins": [plugin] if plugin else [], "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowMove": True, "AuthenticationEnabled": False,
        "DicomModalities": {"sink": ["SINK", "127.0.0.1", modality_port]},
    }
    path = os.path.join(folder, "orthanc.json")
    with open(path, "w") as f:
        json.dump(configuration, f)
    env = {k: v for k, v in os.environ.items() if k not in ("TCP_NODELAY",)}
    env.update(WATCH_PORT=str(dicom), **(extra or {}))
    return Running(["/usr/sbin/Orthanc", path], dicom, env, os.path.join(work, name + ".log")), dicom


def timed(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin


def clean_environment():
    os.environ.pop("TCP_NODELAY", None)


def receive_case(work, slices, programs, case):
    plugin = None if case == "as shipped" else os.path.join(programs, "libWatcherOnly.so")
    extra = {"WATCH": "0"} if case == "TCP_NODELAY" else {}
    server, port = orthanc(work, "receive", plugin, 1, extra)
    with server:
        before = server.cpu()
        took = timed(["storescu", "-R", "+sd", "127.0.0.1", str(port), slices])
        return took, server.cpu() - before


def send_cases(work, slices, programs, study, rounds, table):
    sink = free_port()
    with Running(["storescp", "--ignore", "-aet", "SINK", str(sink)], sink):
        server, port = orthanc(work, "send", None, sink)
        with server:
            timed(["env", "TCP_NODELAY=1", "storescu", "+sd", "127.0.0.1", str(port), slices])
            for _ in range(rounds):
                table["send: Orthanc as shipped, C-MOVE"].append(
                    timed(["movescu", "-S", "-aem", "SINK", "-k", "QueryRetrieveLevel=STUDY", "-k",
                           f"StudyInstanceUID={study}", "127.0.0.1", str(port)]))
                table["send: the engine"].append(
                    timed([os.path.join(programs, "bench_send"), "127.0.0.1", str(sink), "SINK", slices]))
                table["send: storescu, TCP_NODELAY on its side"].append(
                    timed(["env", "TCP_NODELAY=1", "storescu", "+sd", "127.0.0.1", str(sink), slices]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["receive", "send"])
    arguments = parser.parse_args()
    programs = os.path.abspath(arguments.programs)
    clean_environment()
    from collections import defaultdict
    table, cpu = defaultdict(list), defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="recognition-wire-") as work:
        slices = os.path.join(work, "slices")
        os.makedirs(slices)
        study = make_slices(slices, arguments.slices)
        if arguments.only != "send":
            for _ in range(arguments.rounds):
                for case in ("as shipped", "TCP_NODELAY", "watcher"):
                    took, spent = receive_case(work, slices, programs, case)
                    table["receive: " + case].append(took)
                    cpu["receive: " + case].append(spent)
                    print(f"receive: {case}: {took:.2f} s, Orthanc's CPU {spent:.2f} s", file=sys.stderr)
            with open(os.path.join(work, "receive.log")) as log:
                print("".join(line for line in log if "acknowledgements" in line), file=sys.stderr)
        if arguments.only != "receive":
            send_cases(work, slices, programs, study, arguments.rounds, table)
    for name, values in table.items():
        line = f"{name:45} median {statistics.median(values):6.2f} s   " + " ".join(f"{v:.2f}" for v in values)
        print(line + (f"   CPU {statistics.median(cpu[name]):.2f} s" if name in cpu else ""))


if __name__ == "__main__":
    main()
