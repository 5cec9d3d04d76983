"""GDCM as a second opinion on pixels, in Debian's Python: the one that runs the tests may be another.

As a program: gdcm_tools.py compress-j2k SOURCE TARGET
              gdcm_tools.py pixels SOURCE TARGET     the decoded pixels of every frame, as they lie in memory
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

PYTHON = "/usr/bin/python3"


def have_gdcm():
    return subprocess.run([PYTHON, "-c", "import gdcm"], capture_output=True, check=False).returncode == 0


def _run(*words):
    done = subprocess.run([PYTHON, __file__, *map(str, words)], capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise AssertionError(f"GDCM could not {words[0]}: {done.stderr.decode(errors='replace')[-300:]}")


def compress_j2k(source, target):
    """The same object in JPEG 2000 without loss."""
    _run("compress-j2k", source, target)


def pixels(source, target):
    """Decoded pixels of a DICOM file, written to target and given back."""
    _run("pixels", source, target)
    return pathlib.Path(target).read_bytes()


def decoded(elements, code_stream, syntax):
    """Pixels of one frame in a code stream; elements: {tag: (vr, value)} of its image, without pixel data."""
    from harness import part10  # not for the program below

    def item(body):
        body += b"\0" * (len(body) % 2)
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
    with tempfile.TemporaryDirectory(prefix="recognition-gdcm-") as folder:
        source = pathlib.Path(folder, "one.dcm")
        # PS3.5 A.4: an empty offset table, one fragment, the delimiter.
        source.write_bytes(part10.part10(elements, transfer_syntax=syntax) + struct.pack("<HH", 0x7FE0, 0x0010) + b"OB\0\0" +
                           b"\xff\xff\xff\xff" + item(b"") + item(code_stream) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
        return pixels(source, pathlib.Path(folder, "pixels"))


def _main(operation, source, target):
    import gdcm  # only Debian's Python has it
    reader = gdcm.ImageReader()
    reader.SetFileName(source)
    if not reader.Read():
        return "the file could not be read"
    if operation == "pixels":
        pathlib.Path(target).write_bytes(reader.GetImage().GetBuffer().encode("utf-8", "surrogateescape"))
        return None
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEG2000Lossless))
    change.SetInput(reader.GetImage())
    if not change.Change():
        return "the pixels could not be compressed"
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(target)
    return None if writer.Write() else "the file could not be written"


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
