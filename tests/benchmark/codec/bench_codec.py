#!/usr/bin/env python3
"""Milliseconds of processor time a 512x512 CT frame in each syntax: ours, GDCM's and DCMTK's.

    bench_codec.py BINARY_DIR FILE

FILE is an uncompressed CT. Ours are medians of bench_codec. GDCM runs in this process and reads the file too, which
costs it the time shown for the uncompressed file; DCMTK's programs are timed over a run without work (--version).
"""
import argparse
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import gdcm

ROUNDS = 9
DCMTK = {"1.2.840.10008.1.2.5": "dcmdrle", "1.2.840.10008.1.2.4.51": "dcmdjpeg",
         "1.2.840.10008.1.2.4.70": "dcmdjpeg", "1.2.840.10008.1.2.4.80": "dcmdjpls", "1.2.840.10008.1.2.4.81": "dcmdjpls"}


def used():
    """Of this process and the programs that it waited for: others on the machine do not count."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def median(work):
    taken = []
    for _ in range(ROUNDS):
        begin = used()
        work()
        taken.append((used() - begin) * 1000)
    return statistics.median(taken)


def read_by_gdcm(path):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        return False
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.ExplicitVRLittleEndian))
    change.SetInput(reader.GetImage())
    return change.Change()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary_dir")
    parser.add_argument("file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copies = f"{folder}/copy"
        program = pathlib.Path(options.binary_dir) / "bench_codec"
        print(subprocess.run([program, options.file, copies], capture_output=True, check=True, text=True).stdout)
        print(f"{'gdcm, file uncompressed':34} {median(lambda: read_by_gdcm(options.file)):7.2f} ms")
        for copy in sorted(pathlib.Path(folder).iterdir()):
            syntax = copy.name.removeprefix("copy.")
            if read_by_gdcm(copy):
                print(f"{'gdcm ' + syntax:34} {median(lambda c=copy: read_by_gdcm(c)):7.2f} ms")
            peer = DCMTK.get(syntax)
            if peer:
                def run(*arguments, peer=peer):
                    return subprocess.run([peer, *arguments], capture_output=True, check=False)
                nothing = median(lambda run=run: run("--version"))
                whole = median(lambda run=run, c=copy: run(str(c), f"{folder}/out.dcm"))
                print(f"{peer + ' ' + syntax:34} {whole - nothing:7.2f} ms")


if __name__ == "__main__":
    main()
