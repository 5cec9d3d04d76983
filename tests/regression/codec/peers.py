"""Decoders that are not ours: GDCM, DCMTK's programs and OpenJPH's own program."""
import os
import pathlib
import re
import subprocess
import tempfile

import gdcm
import numpy

import tool

gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()
gdcm.Trace.DebugOff()

HTJ2K = ("1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203")
JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
RLE = "1.2.840.10008.1.2.5"
DCMTK_DECODERS = {**dict.fromkeys(JPEG, "dcmdjpeg"), **dict.fromkeys(JPEG_LS, "dcmdjpls"), RLE: "dcmdrle"}
CONTAINERS = {8: "<u1", 16: "<u2", 32: "<u4"}


class Pixels:
    """Samples of all frames, side by side for each pixel, and the colours they are in."""

    def __init__(self, samples, photometric, negative_as_zero=False):
        self.samples = samples
        self.photometric = photometric
        self.negative_as_zero = negative_as_zero # as ojph_expand writes signed samples


def of_bytes(data, allocated, samples, pixels, planar):
    """Samples side by side, of frames that lie one after the other."""
    if allocated == 1:
        return numpy.unpackbits(numpy.frombuffer(data, numpy.uint8), bitorder="little")
    found = numpy.frombuffer(data[:len(data) - len(data) % (allocated // 8)], CONTAINERS[allocated])
    if planar and samples > 1:
        found = found[:found.size - found.size % (samples * pixels)]
        found = found.reshape(-1, samples, pixels).transpose(0, 2, 1).reshape(-1)
    return found


def isolated(work):
    """Runs work() in a process of its own: GDCM ends its process on files that it finds impossible."""
    child = os.fork()
    if child == 0:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        code = 1
        try:
            code = 0 if work() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def by_gdcm(path, folder):
    samples, photometric = pathlib.Path(folder, "gdcm.npy"), pathlib.Path(folder, "gdcm.photometric")

    def work():
        pixels = _read_by_gdcm(path)
        if pixels is None:
            return False
        numpy.save(samples, pixels.samples)
        photometric.write_text(pixels.photometric, encoding="ascii")
        return True
    if not isolated(work):
        return None
    return Pixels(numpy.load(samples), photometric.read_text(encoding="ascii"))


def _read_by_gdcm(path):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    if not reader.Read():
        return None
    image = reader.GetImage()
    form = image.GetPixelFormat()
    data = image.GetBuffer()
    if not data:
        return None
    dimensions = image.GetDimensions()
    samples = of_bytes(data.encode("utf-8", "surrogateescape"), form.GetBitsAllocated(), form.GetSamplesPerPixel(),
                       dimensions[0] * dimensions[1], image.GetPlanarConfiguration() == 1)
    return Pixels(samples, image.GetPhotometricInterpretation().GetString())


def by_dcmtk(path, syntax, folder):
    """Decoded by a program of DCMTK, and written as it lies in the file by another."""
    out = pathlib.Path(folder, "dcmtk.dcm")
    program = DCMTK_DECODERS.get(syntax)
    if not tool.run(*([program] if program else ["dcmconv", "--write-xfer-little"]), path, out):
        return None
    with tempfile.TemporaryDirectory(dir=folder) as raw:
        wanted = ("0028,0002", "0028,0004", "0028,0006", "0028,0008", "0028,0010", "0028,0011", "0028,0100", "7fe0,0010")
        dump = subprocess.run(["dcmdump", "-q", *(word for tag in wanted for word in ("+P", tag)), "+W", raw, str(out)],
                              capture_output=True, check=False, timeout=tool.SECONDS).stdout.decode("latin-1")
        stated = dict(re.findall(r"^\(([0-9a-f,]{9})\) \S\S \[?([^\]#]*?)\]? *#", dump, re.MULTILINE))
        # More than one: icons and the like have pixels too, and are written first.
        files = sorted(pathlib.Path(raw).glob("*.raw"), key=lambda file: int(file.suffixes[-2][1:]))
        if not files or not {"0028,0004", "0028,0010", "0028,0011", "0028,0100"} <= stated.keys():
            return None
        allocated, samples = int(stated["0028,0100"]), int(stated.get("0028,0002", "1"))
        if allocated != 1 and allocated not in CONTAINERS:
            return None
        pixels = int(stated["0028,0010"]) * int(stated["0028,0011"])
        found = of_bytes(files[-1].read_bytes(), allocated, samples, pixels, stated.get("0028,0006") == "1")
        frames = stated.get("0028,0008", "1").strip()
        # What it writes are bytes: whether they are the image that was stated is for us to see.
        whole = pixels > 0 and frames.isdigit() and found.size >= int(frames) * pixels * samples
        return Pixels(found, stated["0028,0004"]) if whole else None


def by_ojph(streams, samples, precision, photometric, folder):
    """A code stream a frame; None when ojph_expand gives up. It undoes what a stream says of colours, no more."""
    frames = []
    # It writes colours that were transformed as a picture only, whose samples of two bytes are in big endian.
    out = pathlib.Path(folder, "ojph.ppm" if samples == 3 else "ojph.yuv")
    source = pathlib.Path(folder, "ojph.j2c")
    for stream in streams:
        source.write_bytes(stream)
        if not tool.run("ojph_expand", "-i", source, "-o", out):
            return None
        if samples == 1:
            frames.append(numpy.fromfile(out, "<u1" if precision <= 8 else "<u2"))
        else:
            frames.append(_of_picture(out.read_bytes()))
    return Pixels(numpy.concatenate(frames), photometric, negative_as_zero=True)


def _of_picture(data):
    head = re.match(rb"P6\s+\d+\s+\d+\s+(\d+)\s", data)
    return numpy.frombuffer(data[head.end():], "u1" if int(head.group(1)) < 256 else ">u2")


def rgb_of_ybr(samples, bits):
    """PS3.3 C.7.6.3.1.2; of more bits as that of 8."""
    y, b, r = (samples.reshape(-1, 3)[:, n].astype(float) for n in range(3))
    zero, most = 1 << (bits - 1), (1 << bits) - 1
    b, r = b - zero, r - zero
    rgb = numpy.stack([y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b], axis=1)
    return numpy.clip(numpy.floor(rgb + 0.5), 0, most).astype(samples.dtype).reshape(-1)
