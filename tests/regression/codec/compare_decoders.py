#!/usr/bin/env python3
"""Compares the pixels that we decode with those of decoders that are not ours, and with the truth where it is known.

    compare_decoders.py BINARY_DIR [--every N] [--generated-every N] [--table FILE]

Generated images in every form of pixels are compressed by encoders that are not ours (generated_images.py,
encoders.py); real files are those of ../shared/testdata or RECOGNITION_SHARED_TESTDATA, where there are some.
Of either every n-th is compared, and always what known_differences.tsv names.
Ends with 1 when a difference is not in that list or codec_tool is not built, and with 77 (skipped) without the peers.
Needs Debian's python3, for which GDCM is packaged.
"""
import argparse
import collections
import pathlib
import sys
import tempfile

import tool

ENOUGH = 5 # images of which an encoder can hold one


def check_file(name, path, codec, report, scratch):
    import judgement
    outcome, words = judgement.judge(path, codec, scratch)
    if outcome not in ("unequal", "only others", "only we"):
        report.fine(name, outcome, words)
    elif report.differs(name, outcome, words) and report.twin_of(name, outcome):
        twin, _ = judgement.ours_of(path.parent / report.twin_of(name, outcome), codec, f"{scratch}/twin")
        ours, _ = judgement.ours_of(path, codec, scratch)
        same = twin is not None and ours.pixels.tobytes() == twin.pixels.tobytes()
        if same:
            report.fine(name, "equal to its twin")
        else:
            report.differs(name, "unequal to its twin")


def check_generated(image, encoder, codec, report, scratch):
    """Whether the encoder could hold the image. Pixels of a lossless one must be those that were put in."""
    import judgement
    import peers
    name = f"generated/{image.name}/{encoder.name}"
    source, target = pathlib.Path(scratch, "source.dcm"), pathlib.Path(scratch, "target.dcm")
    source.write_bytes(image.part10())
    if not encoder.encode(image, source, target, scratch):
        return False
    report.looked_at.add(name)
    outcome, words = judgement.judge(target, codec, scratch)
    ours, _ = judgement.ours_of(target, codec, scratch)
    if encoder.lossless and ours is not None:
        exact, difference = judgement.compare(ours, peers.Pixels(image.interleaved(), image.photometric))
        if exact != "equal":
            report.differs(name, "not what was put in", difference)
        elif outcome in ("unequal", "only we"):
            outcome = "equal to what was put in" # who else errs, or cannot decode it, is not our matter
    fine = outcome in ("equal", "near", "equal to what was put in")
    (report.fine if fine else report.differs)(name, outcome, words)
    return True


def all_generated(options, codec, report, scratch):
    import encoders
    import generated_images
    pairs = [(image, encoder) for encoder in encoders.ALL for image in generated_images.all_images()]
    chosen = [(image, encoder) for n, (image, encoder) in enumerate(pairs) if n % options.generated_every == 0 or
              f"generated/{image.name}/{encoder.name}" in report.names()]
    tried, done = collections.Counter(), collections.Counter()
    for number, (image, encoder) in enumerate(chosen):
        report.begin(number, len(chosen), f"generated/{image.name}/{encoder.name}")
        tried[encoder.name] += 1
        done[encoder.name] += check_generated(image, encoder, codec, report, scratch)
    for encoder, count in tried.items():
        if count >= ENOUGH and done[encoder] == 0:
            report.differs(f"generated/*/{encoder}", "this encoder made nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary_dir")
    parser.add_argument("--every", type=int, default=1, help="only every n-th real file; 0: none")
    parser.add_argument("--generated-every", type=int, default=1, help="only every n-th generated image")
    parser.add_argument("--table", help="write one line for each file")
    options = parser.parse_args()
    tool.exit_unless_complete(options.binary_dir)
    from report import Report # the modules behind this line want numpy and GDCM
    report, codec = Report("decoders"), tool.CodecTool(options.binary_dir)
    real = tool.real_files(options.every, report.names()) if options.every else []
    with tempfile.TemporaryDirectory() as scratch:
        pathlib.Path(scratch, "twin").mkdir()
        all_generated(options, codec, report, scratch)
        for number, (name, path) in enumerate(real):
            report.begin(number, len(real), name)
            check_file(name, path, codec, report, scratch)
    if not real:
        print("No real files were compared, only generated ones.")
    return report.finish(codec, options.table)


if __name__ == "__main__":
    sys.exit(main())
