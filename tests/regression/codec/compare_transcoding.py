#!/usr/bin/env python3
"""Transcodes images into every syntax that we write, and compares what others read of them.

    compare_transcoding.py BINARY_DIR [--every N] [--generated-every N] [--table FILE]

Uncompressed files: our implicit, explicit, big endian and deflated copies must read (dcmdump) as dcmconv's do, but for
the pixels, whose VR may be OB or OW. Images: every decoder that is not ours must see in a compressed copy what we see
in it, and what comes back from a lossless one must be the pixels that there were.
Images and files, --every, exit codes and the Python that it needs: as compare_decoders.py.
"""
import argparse
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile

import tool

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
DCMCONV = {IMPLICIT: "+ti", EXPLICIT: "+te", BIG: "+tb", DEFLATED: "+td"}
LOSSLESS = {"RLE": "1.2.840.10008.1.2.5", "JPEG lossless": "1.2.840.10008.1.2.4.70",
            "JPEG-LS": "1.2.840.10008.1.2.4.80", "JPEG 2000 lossless": "1.2.840.10008.1.2.4.90",
            "HTJ2K lossless": "1.2.840.10008.1.2.4.202"}
LOSSY = {"JPEG baseline": "1.2.840.10008.1.2.4.50", "JPEG extended": "1.2.840.10008.1.2.4.51",
         "JPEG-LS near": "1.2.840.10008.1.2.4.81", "JPEG 2000": "1.2.840.10008.1.2.4.91",
         "HTJ2K": "1.2.840.10008.1.2.4.203"}
# Of the generated images: root of the mean square of what is lost, in shares of the range. Baseline loses most, in
# colours without any likeness between neighbours, whose chroma it halves.
MOST_LOST = {"JPEG baseline": 0.13, "JPEG extended": 0.13, "JPEG-LS near": 0.025, "JPEG 2000": 0.01, "HTJ2K": 0.01}
NATIVE = {IMPLICIT: "implicit", EXPLICIT: "explicit", BIG: "big endian", DEFLATED: "deflated"}
NOT_ACCEPTABLE = "3 " # the syntax cannot hold such pixels


def dumped(path):
    """Lines of dcmdump behind the meta information, without lengths, which depend on the encoding."""
    run = subprocess.run(["dcmdump", "-q", "+L", "+R", "4096", "-Un", str(path)], capture_output=True, check=False)
    lines = run.stdout.decode("latin-1").splitlines()
    kept = [re.sub(r"#.*", "", line).rstrip() for line in lines]
    kept = [line for line in kept if re.match(r"\s*\(", line) and not line.startswith("(0002,")]
    # Written by dcmconv, taken out by us, or said by lengths: group lengths and delimiters.
    return [re.sub(r"\(.*?with (explicit|undefined) length.*", "", line) for line in kept
            if not re.match(r"\s*\([0-9a-f]{4},0000\)|\s*\(fffe,e0[0d]d\)|\(7fe0,0010\)", line)]


def difference_of(ours, theirs):
    a, b = dumped(ours), dumped(theirs)
    if a == b:
        return None
    first = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"{a[first:first + 1]} instead of {b[first:first + 1]}"


class Comparison:
    def __init__(self, codec, report, scratch):
        self.codec, self.report, self.scratch = codec, report, scratch

    def check_native(self, name, path, syntax):
        for to, flag in DCMCONV.items():
            if to != syntax:
                self._check_native(name, path, to, flag)

    def _check_native(self, name, path, to, flag):
        ours, theirs, stated = (f"{self.scratch}/{end}.dcm" for end in ("ours", "theirs", "stated"))
        made, reason = self.codec.ask("transcode", path, to, ours)
        converted = tool.run("dcmconv", "-q", flag, path, theirs)
        if made is None:
            outcome = f"{NATIVE[to]}: only dcmconv writes it" if converted else "refused by us and by dcmconv"
            (self.report.differs if converted else self.report.fine)(name, outcome, reason)
            return
        if not converted:
            self.report.fine(name, "refused by dcmconv only")
            return
        # DCMTK states the length of every sequence; ours are as they were. An implicit data set shows whether an
        # unknown element is a sequence only when it has no length.
        tool.run("dcmconv", "-q", flag, ours, stated)
        difference = difference_of(stated, theirs)
        if difference is None:
            self.report.fine(name, "data sets equal")
        else:
            self.report.differs(name, f"{NATIVE[to]}: data sets differ", difference)

    def digest_of(self, path):
        answer, _ = self.codec.ask("raw", path, f"{self.scratch}/raw")
        return answer and (answer[2:5], hashlib.sha256(pathlib.Path(f"{self.scratch}/raw").read_bytes()).hexdigest())

    def check_pixels(self, name, path, syntaxes):
        before = self.digest_of(path)
        if not before:
            return
        there = f"{self.scratch}/there.dcm"
        for said, to in syntaxes.items():
            made, reason = self.codec.ask("transcode", path, to, there)
            if made is None and reason.startswith(NOT_ACCEPTABLE):
                self.report.fine(name, "not acceptable", reason)
            elif made is None:
                self.report.differs(name, f"{said}: could not be written", reason)
            else:
                self._check_others(name, said, there)
                if said in LOSSLESS:
                    self._check_back(name, said, there, before)
                else:
                    self._check_loss(name, said, path, there)

    def _check_others(self, name, said, there):
        import judgement
        import peers
        ours, reason = judgement.ours_of(there, self.codec, self.scratch)
        if ours is None:
            self.report.differs(name, f"{said}: we cannot read it", reason)
            return
        others = judgement.read_by_others(there, ours, self.codec, self.scratch, all_peers=True)
        if not others:
            self.report.fine(name, "read by nobody else", said)
            return
        if ours.syntax in peers.DCMTK_DECODERS and all(peer != "dcmtk" for peer, _ in others):
            self.report.differs(name, f"{said}: DCMTK does not read it")
        outcome, words = judgement.chosen_of(max, ours, others)
        fine = outcome in ("equal", "near")
        (self.report.fine if fine else self.report.differs)(name, f"{outcome} to others" if fine else
                                                            f"{said}: others read it otherwise", words)

    def _check_back(self, name, said, there, before):
        back = f"{self.scratch}/back.dcm"
        again, reason = self.codec.ask("transcode", there, EXPLICIT, back)
        if again and self.digest_of(back) == before:
            self.report.fine(name, "pixels came back")
        else:
            self.report.differs(name, f"{said}: other pixels came back", reason)

    def _check_loss(self, name, said, path, there):
        import judgement
        source, _ = judgement.ours_of(path, self.codec, self.scratch)
        copy, _ = judgement.ours_of(there, self.codec, self.scratch)
        lost = judgement.loss_of(source, copy) if source and copy else None
        if lost is None:
            self.report.fine(name, "lossy in other colours", said)
        elif lost > MOST_LOST[said]:
            self.report.differs(name, f"{said}: too much is lost", f"{lost:.4f}")
        else:
            self.report.fine(name, "little is lost", f"{said} {lost:.4f}")

    def check_file(self, name, path, syntaxes):
        self.check_pixels(name, path, syntaxes)
        ours, _ = self.codec.ask("transcode", path, IMPLICIT, f"{self.scratch}/is_native.dcm")
        described, _ = self.codec.ask("streams", path, f"{self.scratch}/stream")
        syntax = described[0] if described else EXPLICIT
        if ours and syntax in DCMCONV:
            self.check_native(name, path, syntax)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary_dir")
    parser.add_argument("--every", type=int, default=1, help="only every n-th real file; 0: none")
    parser.add_argument("--generated-every", type=int, default=1, help="only every n-th generated image")
    parser.add_argument("--table", help="write one line for each outcome")
    options = parser.parse_args()
    tool.exit_unless_complete(options.binary_dir)
    import generated_images # this and what Comparison imports want numpy and GDCM
    from report import Report
    report, codec = Report("transcoding"), tool.CodecTool(options.binary_dir)
    real = tool.real_files(options.every, report.names()) if options.every else []
    images = [image for n, image in enumerate(generated_images.all_images())
              if n % options.generated_every == 0 or f"generated/{image.name}" in report.names()]
    with tempfile.TemporaryDirectory() as scratch:
        comparison = Comparison(codec, report, scratch)
        for number, image in enumerate(images):
            report.begin(number, len(images), f"generated/{image.name}")
            source = pathlib.Path(scratch, "source.dcm")
            source.write_bytes(image.part10())
            comparison.check_file(f"generated/{image.name}", source, LOSSLESS | LOSSY)
        for number, (name, path) in enumerate(real):
            report.begin(number, len(real), name)
            comparison.check_file(name, path, LOSSLESS)
    if not real:
        print("No real files were compared, only generated ones.")
    return report.finish(codec, options.table)


if __name__ == "__main__":
    sys.exit(main())
