#!/usr/bin/env python3
"""Transcodes every real file and compares the data sets with those that DCMTK writes.

    compare_transcoding.py BINARY_DIR [--every N]

Uncompressed files: our implicit, big endian and deflated copies must read (dcmdump) as dcmconv's do, and so must
what comes back from them (but for the pixels, whose VR may be OB or OW). All images: what comes back from each lossless syntax must have the pixels it had.
Ends with 1 when something differs, with 77 (skipped) without the real files or DCMTK's programs.
"""
import argparse
import collections
import hashlib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import tool

SKIPPED = 77
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
DCMCONV = {IMPLICIT: "+ti", EXPLICIT: "+te", BIG: "+tb", DEFLATED: "+td"}
LOSSLESS = ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
            "1.2.840.10008.1.2.4.202")


def dumped(path):
    """Lines of dcmdump behind the meta information, without lengths, which depend on the encoding."""
    run = subprocess.run(["dcmdump", "-q", "+L", "+R", "4096", "-Un", str(path)], capture_output=True, check=False)
    lines = run.stdout.decode("latin-1").splitlines()
    kept = [re.sub(r"#.*", "", line).rstrip() for line in lines]
    kept = [line for line in kept if re.match(r"\s*\(", line) and not line.startswith("(0002,")]
    # Written by dcmconv, taken out by us, or said by lengths: group lengths and delimiters.
    return [re.sub(r"\(.*?with (explicit|undefined) length.*", "", line) for line in kept
            if not re.match(r"\s*\([0-9a-f]{4},0000\)|\s*\(fffe,e0[0d]d\)|\(7fe0,0010\)", line)]


def differs(ours, theirs):
    a, b = dumped(ours), dumped(theirs)
    if a == b:
        return None
    first = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"{a[first:first + 1]} instead of {b[first:first + 1]}"


def check_native(path, syntax, codec, scratch, counts):
    wrong = []
    for to, flag in DCMCONV.items():
        ours, theirs = f"{scratch}/ours.dcm", f"{scratch}/theirs.dcm"
        if to == syntax:
            continue
        made, reason = codec.ask("transcode", path, to, ours)
        conv = subprocess.run(["dcmconv", "-q", flag, str(path), theirs], capture_output=True, check=False)
        if made is None or conv.returncode != 0:
            counts["refused by us and by dcmconv" if made is None and conv.returncode != 0 else
                   "refused by us only" if made is None else "refused by dcmconv only"] += 1
            if made is None and conv.returncode == 0 and not tool.is_broken(path):
                wrong.append(f"{to}: {reason}")
            continue
        # DCMTK states the length of every sequence; ours are as they were. An implicit data set shows whether an
        # unknown element is a sequence only when it has no length.
        subprocess.run(["dcmconv", "-q", flag, ours, f"{scratch}/stated.dcm"], capture_output=True, check=False)
        difference = differs(f"{scratch}/stated.dcm", theirs)
        counts["data sets equal" if difference is None else "data sets unequal"] += 1
        if difference is not None and not tool.is_broken(path):
            wrong.append(f"{to}: {difference}")
    return wrong


def digest_of(codec, path, scratch):
    answer, _ = codec.ask("raw", path, f"{scratch}/raw")
    return answer and (answer[2:5], hashlib.sha256(pathlib.Path(f"{scratch}/raw").read_bytes()).hexdigest())


def check_pixels(path, codec, scratch, counts):
    before = digest_of(codec, path, scratch)
    if not before:
        return []
    wrong = []
    for to in LOSSLESS:
        there, back = f"{scratch}/there.dcm", f"{scratch}/back.dcm"
        made, reason = codec.ask("transcode", path, to, there)
        if made is None:
            counts["not acceptable" if reason.startswith("3 ") else "failed"] += 1
            if not reason.startswith("3 ") and not tool.is_broken(path):
                wrong.append(f"{to}: {reason}")
            continue
        again, reason = codec.ask("transcode", there, EXPLICIT, back)
        same = again and digest_of(codec, back, scratch) == before
        counts["pixels came back" if same else "pixels differ"] += 1
        if not same:
            wrong.append(f"{to}: came back otherwise {reason}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary_dir")
    parser.add_argument("--every", type=int, default=1, help="only every n-th file")
    options = parser.parse_args()
    folder = tool.shared_testdata()
    if folder is None or not shutil.which("dcmconv") or not tool.is_built(options.binary_dir):
        print("skipped: no real files beside this tree, no DCMTK, or codec_tool is not built")
        return SKIPPED
    counts, wrong = collections.Counter(), []
    codec = tool.CodecTool(options.binary_dir)
    with tempfile.TemporaryDirectory() as scratch:
        for path in tool.files_of(folder)[::options.every]:
            found = check_pixels(path, codec, scratch, counts)
            ours, _ = codec.ask("transcode", path, IMPLICIT, f"{scratch}/is_native.dcm")
            described, _ = codec.ask("streams", path, f"{scratch}/stream")
            syntax = described[0] if described else EXPLICIT
            if ours and syntax in DCMCONV:
                found += check_native(path, syntax, codec, scratch, counts)
            wrong += [f"{path.relative_to(folder)}\t{line}" for line in found]
    said, _ = codec.close()
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print("\n".join(wrong))
    if said:
        print("a library was not silent:\n" + said[:2000])
    return 1 if wrong or said else 0


if __name__ == "__main__":
    sys.exit(main())
