"""Decoders that are not ours: GDCM, DCMTK's programs and OpenJPH's own program."""
import os
import pathlib
import subprocess
import tempfile

import numpy

try:
    import gdcm
    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    gdcm.Trace.DebugOff()
except ImportError:
    gdcm = None

HTJ2K = ("1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203")
JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
JPEG_LS = ("1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81")
RLE = "1.2.840.10008.1.2.5"


class Pixels:
    """Samples of all frames, side by side for each pixel, and the colours they are in."""

    def __init__(self, samples, photometric):
        self.samples = samples
        self.photometric = photometric


def by_gdcm(path):
    """In a process of its own: GDCM ends its process on files that it finds impossible."""
    with tempfile.TemporaryDirectory() as folder:
        child = os.fork()
        if child == 0:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            try:
                pixels = _read_by_gdcm(path)
                if pixels is not None:
                    numpy.save(f"{folder}/samples.npy", pixels.samples)
                    pathlib.Path(folder, "photometric").write_text(pixels.photometric, encoding="ascii")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if not os.path.exists(f"{folder}/photometric"):
            return None
        return Pixels(numpy.load(f"{folder}/samples.npy"),
                      pathlib.Path(folder, "photometric").read_text(encoding="ascii"))


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
    data = data.encode("utf-8", "surrogateescape")
    if form.GetBitsAllocated() == 1:
        samples = numpy.unpackbits(numpy.frombuffer(data, numpy.uint8), bitorder="little")
    else:
        samples = numpy.frombuffer(data, {8: "<u1", 16: "<u2", 32: "<u4"}[form.GetBitsAllocated()])
    count = form.GetSamplesPerPixel()
    dimensions = image.GetDimensions()
    pixels = dimensions[0] * dimensions[1]
    if count > 1 and image.GetPlanarConfiguration() == 1:
        samples = samples.reshape(-1, count, pixels).transpose(0, 2, 1).reshape(-1)
    return Pixels(samples, image.GetPhotometricInterpretation().GetString())


def by_dcmtk(path, syntax, folder):
    """Decoded by a program of DCMTK into an uncompressed file, whose bytes GDCM reads."""
    program = {**dict.fromkeys(JPEG, "dcmdjpeg"), **dict.fromkeys(JPEG_LS, "dcmdjpls"), RLE: "dcmdrle"}.get(syntax)
    if program is None:
        program = "dcmconv"
    out = pathlib.Path(folder) / "dcmtk.dcm"
    command = [program, *(["--write-xfer-little"] if program == "dcmconv" else []), str(path), str(out)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return None
    return by_gdcm(out)


def by_ojph(streams, samples, precision, folder):
    """A code stream a frame, of so many samples in a pixel; None when ojph_expand gives up."""
    frames = []
    for stream in streams:
        out = pathlib.Path(folder) / "ojph.yuv"
        source = pathlib.Path(folder) / "ojph.j2c"
        source.write_bytes(stream)
        if subprocess.run(["ojph_expand", "-i", source, "-o", out], capture_output=True, check=False).returncode != 0:
            return None
        frame = numpy.fromfile(out, "<u1" if precision <= 8 else "<u2")
        frames.append(frame.reshape(samples, -1).T.reshape(-1))
    return Pixels(numpy.concatenate(frames), "MONOCHROME2" if samples == 1 else "RGB")


def rgb_of_ybr(samples):
    """PS3.3 C.7.6.3.1.2, for 8 bits."""
    y, b, r = (samples.reshape(-1, 3)[:, n].astype(float) for n in range(3))
    b, r = b - 128, r - 128
    rgb = numpy.stack([y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b], axis=1)
    return numpy.clip(numpy.floor(rgb + 0.5), 0, 255).astype(numpy.uint8).reshape(-1)
