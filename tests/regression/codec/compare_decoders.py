#!/usr/bin/env python3
"""Compares the pixels of every real file with decoders that are not ours.

    compare_decoders.py BINARY_DIR [--table FILE]

Ends with 1 when pixels differ that should not, or when only we cannot decode a file; with 77 (skipped) without the
real files or without GDCM. Lossless pixels must be equal in all stored bits; of lossy JPEG each sample may differ by
what another inverse transform or another way of spreading chroma gives.
"""
import argparse
import collections
import pathlib
import sys
import tempfile

try:
    import numpy
    import peers
except ImportError:
    numpy = None
import tool

SKIPPED = 77
LOSSY_JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
LOSSY_WAVELETS = ("1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203")


class Ours:
    def __init__(self, answer, path):
        self.syntax, frames, rows, columns, samples, allocated, stored, signed, self.photometric = answer
        self.frames, self.rows, self.columns, self.samples = int(frames), int(rows), int(columns), int(samples)
        self.allocated, self.stored, self.signed = int(allocated), int(stored), signed == "1"
        if self.allocated == 1:
            packed = numpy.fromfile(path, numpy.uint8).reshape(self.frames, -1)
            self.pixels = numpy.unpackbits(packed, axis=1, bitorder="little")[:, :self.rows * self.columns].reshape(-1)
        else:
            self.pixels = numpy.fromfile(path, {8: "<u1", 16: "<u2", 32: "<u4"}[self.allocated])


def compare(ours, other):
    """("equal" | "near" | "unequal", greatest difference)."""
    theirs = other.samples[:ours.pixels.size]
    if theirs.size != ours.pixels.size:
        return "unequal", f"{theirs.size} samples instead of {ours.pixels.size}"
    if other.photometric.strip().startswith("YBR_FULL") and ours.photometric == "RGB":
        theirs = peers.rgb_of_ybr(theirs)
    mask = (1 << ours.stored) - 1
    mine, theirs = ours.pixels.astype(numpy.int64) & mask, theirs.astype(numpy.int64) & mask
    if numpy.array_equal(mine, theirs):
        return "equal", 0
    if ours.signed:
        mine, theirs = [(p ^ (1 << (ours.stored - 1))) for p in (mine, theirs)]
    difference = int(numpy.abs(mine - theirs).max())
    share = float(numpy.mean(mine != theirs))
    limit = 0
    if ours.syntax in LOSSY_JPEG:
        limit = 16 if ours.samples == 3 else max(2, 2 << max(0, ours.stored - 8))
    elif ours.syntax in LOSSY_WAVELETS:
        limit = 1
    return ("near" if difference <= limit else "unequal"), f"up to {difference}, {share:.1%} of the samples"


def read_by_others(path, ours, codec, folder):
    """Name and pixels of the first peers that decode the file: at most two."""
    syntax = ours.syntax if ours else None
    found = []
    if syntax in peers.HTJ2K:
        described, _ = codec.ask("streams", path, f"{folder}/stream")
        if described:
            streams = [pathlib.Path(f"{folder}/stream.{n + 1}").read_bytes() for n in range(ours.frames)]
            found.append(("ojph_expand", peers.by_ojph(streams, ours.samples, ours.stored, folder)))
    found.append(("gdcm", peers.by_gdcm(path)))
    # GDCM mixes up the bytes of RLE colours of more than 8 bits: DCMTK is asked too.
    if all(pixels is None for _, pixels in found) or syntax in (*peers.JPEG, peers.RLE):
        found.append(("dcmtk", peers.by_dcmtk(path, syntax, folder)))
    return [(name, pixels) for name, pixels in found if pixels is not None]


def judge(path, codec, folder):
    """(outcome, peer, words) of one file; None when it holds no pixels for anybody."""
    answer, reason = codec.ask("raw", path, f"{folder}/raw")
    ours = Ours(answer, f"{folder}/raw") if answer else None
    others = read_by_others(path, ours, codec, folder)
    syntax = ours.syntax if ours else "-"
    if ours is None:
        if "no pixel data" in reason and not others:
            return None
        names = ", ".join(name for name, _ in others)
        return syntax, "only others" if others else "nobody", names, reason
    if not others:
        return syntax, "only we", "", ""
    results = [(name, *compare(ours, pixels)) for name, pixels in others]
    best = min(results, key=lambda result: ("equal", "near", "unequal").index(result[1]))
    return syntax, best[1], best[0], best[2] if best[1] != "equal" else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary_dir")
    parser.add_argument("--table", help="write one line for each file")
    options = parser.parse_args()
    folder = tool.shared_testdata()
    if folder is None or numpy is None or peers.gdcm is None:
        print("skipped: no real files beside this tree, or no python3-gdcm")
        return SKIPPED
    counts = collections.Counter()
    wrong, lines = [], []
    codec = tool.CodecTool(options.binary_dir)
    with tempfile.TemporaryDirectory() as scratch:
        for path in tool.files_of(folder):
            verdict = judge(path, codec, scratch)
            if verdict is None:
                counts["no pixels"] += 1
                continue
            syntax, outcome, peer, words = verdict
            counts[outcome] += 1
            line = "\t".join((outcome, syntax, peer, str(words), str(path.relative_to(folder))))
            lines.append(line)
            # Fuzzed and cut files: others invent pixels where we refuse to.
            if outcome == "unequal" or (outcome == "only others" and not tool.is_broken(path)):
                wrong.append(line)
    said, _ = codec.close()
    if options.table:
        pathlib.Path(options.table).write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    print("\n".join(wrong))
    if said:
        print("a library was not silent:\n" + said[:2000])
    return 1 if wrong or said else 0


if __name__ == "__main__":
    sys.exit(main())
