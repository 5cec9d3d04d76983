"""What we decode of one file, beside what others decode of it."""
import pathlib

import numpy

import peers

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
            self.pixels = numpy.fromfile(path, peers.CONTAINERS[self.allocated])


def ours_of(path, codec, folder):
    """What we decode, or None and the reason."""
    answer, reason = codec.ask("raw", path, f"{folder}/raw")
    return (Ours(answer, f"{folder}/raw"), "") if answer else (None, reason)


def limit_of(ours):
    """By how much a sample may differ: nothing in lossless syntaxes."""
    if ours.syntax in LOSSY_JPEG:
        return 16 if ours.samples == 3 else max(2, 2 << max(0, ours.stored - 8))
    if ours.syntax in LOSSY_WAVELETS:
        return 1 << max(0, ours.stored - 13) # wavelets in single precision have 24 bits
    return 0


def compare(ours, other):
    """("equal" | "near" | "unequal", the greatest difference in words). Lossless pixels must be equal in all stored
    bits; of lossy JPEG a sample may differ by what another inverse transform or way of spreading chroma gives."""
    theirs = other.samples[:ours.pixels.size]
    if theirs.size != ours.pixels.size:
        return "unequal", f"{theirs.size} samples instead of {ours.pixels.size}"
    if other.photometric.strip().startswith("YBR_FULL") and ours.photometric == "RGB":
        theirs = peers.rgb_of_ybr(theirs, ours.stored)
    mine, limit = ours.pixels, limit_of(ours)
    if ours.photometric == "YBR_FULL" and other.photometric.strip() == "RGB": # dcmdjpeg turns lossless ones too
        mine, limit = peers.rgb_of_ybr(mine, ours.stored), max(1, limit)
    mask = (1 << ours.stored) - 1
    mine, theirs = mine.astype(numpy.int64) & mask, theirs.astype(numpy.int64) & mask
    if ours.signed and other.negative_as_zero:
        mine = numpy.where(mine >> (ours.stored - 1), 0, mine)
    if numpy.array_equal(mine, theirs):
        return "equal", ""
    if ours.signed and not other.negative_as_zero:
        mine, theirs = [(p ^ (1 << (ours.stored - 1))) for p in (mine, theirs)]
    difference = int(numpy.abs(mine - theirs).max())
    share = float(numpy.mean(mine != theirs))
    return ("near" if difference <= limit else "unequal"), f"up to {difference}, {share:.1%} of the samples"


def loss_of(source, copy):
    """Root of the mean square of what a lossy copy lost, in shares of the range; None where the two are in other
    colours."""
    if (source.pixels.size, source.photometric) != (copy.pixels.size, copy.photometric):
        return None

    def values(image):
        found = image.pixels.astype(numpy.int64) & ((1 << image.stored) - 1)
        return numpy.where(found >> (image.stored - 1), found - (1 << image.stored), found) if image.signed else found
    difference = (values(source) - values(copy)) / ((1 << source.stored) - 1)
    return float(numpy.sqrt(numpy.mean(difference ** 2)))


def read_by_others(path, ours, codec, folder, *, all_peers=False):
    """Name and pixels of the peers that decode the file: at most three."""
    syntax = ours.syntax if ours else None
    found = []
    if syntax in peers.HTJ2K:
        described, _ = codec.ask("streams", path, f"{folder}/stream")
        if described:
            streams = [pathlib.Path(f"{folder}/stream.{n + 1}").read_bytes() for n in range(ours.frames)]
            found.append(("ojph_expand",
                          peers.by_ojph(streams, ours.samples, ours.stored, ours.photometric, folder)))
    # GDCM mixes up the bytes of RLE colours of more than 8 bits.
    if not (ours and syntax == peers.RLE and ours.samples == 3 and ours.allocated > 8):
        found.append(("gdcm", peers.by_gdcm(path, folder)))
    if all(pixels is None for _, pixels in found) or syntax in (*peers.JPEG, peers.RLE) or all_peers:
        found.append(("dcmtk", peers.by_dcmtk(path, syntax, folder)))
    return [(name, pixels) for name, pixels in found if pixels is not None]


def judge(path, codec, folder):
    """(outcome, words) of one file: "equal", "near", "unequal", "only we", "only others", "nobody", "no pixels".
    Of several peers the one that agrees best is believed: they have faults of their own."""
    ours, reason = ours_of(path, codec, folder)
    others = read_by_others(path, ours, codec, folder)
    if ours is None:
        if others:
            return "only others", ", ".join(name for name, _ in others) + ": " + reason
        return ("no pixels" if "no pixel data" in reason else "nobody"), reason
    if not others:
        return "only we", ours.syntax
    return chosen_of(min, ours, others)


def chosen_of(choose, ours, others):
    """The outcome of the best (min) or the worst (max) peer."""
    results = [(*compare(ours, pixels), name) for name, pixels in others]
    outcome, words, name = choose(results, key=lambda result: ("equal", "near", "unequal").index(result[0]))
    return outcome, f"{ours.syntax}, {name} {words}".rstrip()
