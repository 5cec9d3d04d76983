"""Encoders that are not ours: each makes a compressed file of a generated image, or says that it cannot."""
import pathlib

import gdcm
import generated_images
import peers
import tool

HTJ2K_LOSSLESS, HTJ2K_RPCL, HTJ2K = peers.HTJ2K


class Dcmtk:
    def __init__(self, program, *options, lossless=True):
        self.name = " ".join((program, *options))
        self.command, self.lossless = (program, *options), lossless

    def encode(self, _image, source, target, _folder):
        return tool.run(*self.command, source, target)


class Gdcm:
    def __init__(self, name, syntax, lossless=True):
        self.name, self.syntax, self.lossless = name, syntax, lossless

    def encode(self, image, source, target, _folder):
        if image.allocated == 1: # it reads a byte for each bit, behind the pixels too
            return False

        def work():
            reader = gdcm.ImageReader()
            reader.SetFileName(str(source))
            change = gdcm.ImageChangeTransferSyntax()
            change.SetTransferSyntax(gdcm.TransferSyntax(self.syntax))
            if not reader.Read():
                return False
            change.SetInput(reader.GetImage())
            if not change.Change():
                return False
            writer = gdcm.ImageWriter()
            writer.SetFile(reader.GetFile())
            writer.SetImage(change.GetOutput())
            writer.SetFileName(str(target))
            return writer.Write()
        return peers.isolated(work)


class Ojph:
    """ojph_compress takes pictures: unsigned samples without planes. Its code streams are put into a file here."""

    def __init__(self, syntax, *options, lossless=True):
        self.name = " ".join(("ojph_compress", *options))
        self.syntax, self.options, self.lossless = syntax, options, lossless

    def encode(self, image, _source, target, folder):
        colours = image.samples == 3
        if image.signed or image.planar or image.allocated not in (8, 16) or image.photometric.startswith("YBR"):
            return False
        # The picture's head says 8 or 16 bits; a stream of more bits than are stored is no fault.
        picture, stream = pathlib.Path(folder, "in.ppm" if colours else "in.pgm"), pathlib.Path(folder, "out.j2c")
        head = f"{'P6' if colours else 'P5'} {image.columns} {image.rows} {(1 << image.stored) - 1}\n".encode()
        frames = []
        for frame in image.interleaved().reshape(image.frames, -1):
            picture.write_bytes(head + frame.astype("u1" if image.stored <= 8 else ">u2").tobytes())
            if not tool.run("ojph_compress", "-i", picture, "-o", stream, *self.options):
                return False
            frames.append(stream.read_bytes())
        photometric = ("YBR_RCT" if self.lossless else "YBR_ICT") if colours else None
        target.write_bytes(image.part10(self.syntax, generated_images.fragments(frames), photometric))
        return True


ALL = (
    Dcmtk("dcmcrle"),
    Dcmtk("dcmcjpeg", "+e1"),
    Dcmtk("dcmcjpeg", "+el", "+sv", "4"),
    Dcmtk("dcmcjpeg", "+el", "+sv", "7"),
    Dcmtk("dcmcjpeg", "+eb", "+s4", lossless=False),
    Dcmtk("dcmcjpeg", "+eb", "+s2", "+q", "70", lossless=False),
    Dcmtk("dcmcjpeg", "+ee", "+be", lossless=False),
    Dcmtk("dcmcjpeg", "+ee", "+bt", "-ho", lossless=False),
    Dcmtk("dcmcjpls"),
    Dcmtk("dcmcjpls", "+pc", "+is"),
    Dcmtk("dcmcjpls", "+en", "+md", "3", lossless=False),
    Gdcm("GDCM RLE", gdcm.TransferSyntax.RLELossless),
    Gdcm("GDCM JPEG lossless", gdcm.TransferSyntax.JPEGLosslessProcess14_1),
    Gdcm("GDCM JPEG-LS", gdcm.TransferSyntax.JPEGLSLossless),
    Gdcm("GDCM JPEG 2000 lossless", gdcm.TransferSyntax.JPEG2000Lossless),
    Gdcm("GDCM JPEG 2000", gdcm.TransferSyntax.JPEG2000, lossless=False),
    Ojph(HTJ2K_LOSSLESS, "-reversible", "true", "-num_decomps", "3", "-block_size", "{32,32}", "-prog_order", "CPRL"),
    Ojph(HTJ2K_LOSSLESS, "-reversible", "true", "-prog_order", "LRCP", "-precincts", "{128,128},{64,64}"),
    Ojph(HTJ2K_RPCL, "-reversible", "true"),
    # Not 4 or 5: OpenJPH 0.9 errs where the lowest resolution of its lossy streams is one sample wide.
    Ojph(HTJ2K, "-qstep", "0.005", "-num_decomps", "3", lossless=False),
)
