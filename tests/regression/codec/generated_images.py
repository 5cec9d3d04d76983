"""Uncompressed images in every form of pixels, made of numbers alone: the same each time."""
import struct

import numpy

from peers import CONTAINERS

EXPLICIT = "1.2.840.10008.1.2.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
LONG = (b"OB", b"OW", b"SQ", b"UN")


def element(tag, vr, value):
    """In explicit VR little endian. A length of None is undefined."""
    group, number = tag >> 16, tag & 0xFFFF
    if isinstance(value, str):
        value = value.encode("ascii")
        value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    elif isinstance(value, int):
        value = struct.pack("<H" if vr == b"US" else "<I", value)
    value += b"\0" * (len(value) % 2)
    length = struct.pack("<HI", 0, len(value)) if vr in LONG else struct.pack("<H", len(value))
    return struct.pack("<HH", group, number) + vr + length + value


def item(value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value)) + value


def fragments(frames):
    """Encapsulated pixel data, PS3.5 A.4: an empty offset table, one fragment a frame."""
    head = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF)
    return head + item(b"") + b"".join(map(item, frames)) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


class Image:
    """Samples over the whole range of the stored bits: slopes with noise and single extremes."""

    def __init__(self, name, rows, columns, allocated, stored, *, samples=1, signed=False, planar=False, frames=1,
                 photometric=None):
        self.name, self.rows, self.columns, self.frames = name, rows, columns, frames
        self.allocated, self.stored, self.samples = allocated, stored, samples
        self.signed, self.planar = signed, planar
        self.photometric = photometric or ("MONOCHROME2" if samples == 1 else "RGB")
        self.values = self._made()

    def _made(self):
        count = self.frames * self.rows * self.columns * self.samples
        random = numpy.random.RandomState(len(self.name) + count) # its numbers are the same in every version
        width = 1 << self.stored
        values = (numpy.arange(count, dtype=numpy.float64) * (width / count)).astype(numpy.int64)
        values = (values + random.randint(0, max(2, width >> 6), count)) % width
        values[::17] = width - 1
        values[5::34] = 0
        if self.signed: # the sign fills what is allocated
            values[values >= width // 2] -= width
        return values

    def interleaved(self):
        """As codec_tool gives them: unsigned containers."""
        if self.allocated == 1:
            return self.values.astype(numpy.uint8)
        return (self.values & ((1 << self.allocated) - 1)).astype(CONTAINERS[self.allocated])

    def native(self):
        if self.allocated == 1:
            return numpy.packbits(self.interleaved(), bitorder="little").tobytes()
        found = self.interleaved()
        if self.planar:
            found = found.reshape(self.frames, -1, self.samples).transpose(0, 2, 1)
        return found.tobytes()

    def part10(self, syntax=EXPLICIT, pixels=None, photometric=None):
        """`pixels`: fragments() of a compressed syntax."""
        multi = {1: ".1", 8: ".2", 16: ".3", 32: ".3"}[self.allocated] if self.samples == 1 else ".4"
        sop_class = SECONDARY_CAPTURE + (multi if self.frames > 1 else "")
        uid = "2.25." + str(int.from_bytes(self.name.encode()[:12], "big"))
        meta = b"".join((element(0x00020001, b"OB", b"\0\1"), element(0x00020002, b"UI", sop_class),
                         element(0x00020003, b"UI", uid), element(0x00020010, b"UI", syntax),
                         element(0x00020012, b"UI", "2.25.1")))
        return (bytes(128) + b"DICM" + element(0x00020000, b"UL", len(meta)) + meta +
                self._attributes(sop_class, uid, photometric or self.photometric) +
                (pixels or element(0x7FE00010, b"OB" if self.allocated <= 8 else b"OW", self.native())))

    def _attributes(self, sop_class, uid, photometric):
        tags = {0x00080016: (b"UI", sop_class), 0x00080018: (b"UI", uid), 0x00080060: (b"CS", "OT"),
                0x00080064: (b"CS", "SYN"), 0x00100010: (b"PN", "Generated"), 0x00100020: (b"LO", "G1"),
                0x0020000D: (b"UI", "2.25.2"), 0x0020000E: (b"UI", "2.25.3"), 0x00280002: (b"US", self.samples),
                0x00280004: (b"CS", photometric), 0x00280010: (b"US", self.rows), 0x00280011: (b"US", self.columns),
                0x00280100: (b"US", self.allocated), 0x00280101: (b"US", self.stored),
                0x00280102: (b"US", self.stored - 1), 0x00280103: (b"US", int(self.signed))}
        if self.samples > 1:
            tags[0x00280006] = (b"US", int(self.planar))
        if self.frames > 1:
            tags[0x00280008] = (b"IS", str(self.frames))
        if photometric == "PALETTE COLOR":
            table = numpy.arange(1 << self.stored, dtype="<u2") << (16 - self.stored)
            for n in (1, 2, 3):
                tags[0x00281100 + n] = (b"US", struct.pack("<HHH", (1 << self.stored) & 0xFFFF, 0, 16))
                tags[0x00281200 + n] = (b"OW", table.tobytes())
        return b"".join(element(tag, *tags[tag]) for tag in sorted(tags))


def all_images():
    return [
        Image("bits", 16, 24, 1, 1),
        Image("bits_no_whole_bytes", 7, 13, 1, 1, frames=3),
        Image("grey_8", 33, 31, 8, 8),
        Image("grey_8_signed", 32, 20, 8, 8, signed=True),
        Image("grey_6_in_8", 17, 18, 8, 6),
        Image("inverted", 24, 24, 8, 8, photometric="MONOCHROME1"),
        Image("grey_10", 32, 33, 16, 10),
        Image("grey_12", 33, 34, 16, 12),
        Image("grey_12_signed", 31, 32, 16, 12, signed=True),
        Image("grey_16", 64, 65, 16, 16),
        Image("grey_16_signed", 65, 64, 16, 16, signed=True),
        Image("grey_32", 16, 17, 32, 32),
        Image("grey_12_frames", 16, 16, 16, 12, frames=3),
        Image("one_pixel", 1, 1, 8, 8),
        Image("one_row", 1, 70, 16, 12),
        Image("one_column", 70, 1, 16, 12),
        Image("palette", 20, 20, 8, 8, photometric="PALETTE COLOR"),
        Image("colours", 33, 35, 8, 8, samples=3),
        Image("colours_in_planes", 34, 33, 8, 8, samples=3, planar=True),
        Image("colours_frames", 16, 18, 8, 8, samples=3, frames=2),
        Image("colours_16", 20, 21, 16, 16, samples=3),
        Image("ybr", 24, 26, 8, 8, samples=3, photometric="YBR_FULL"),
    ]
