"""Grey pictures as lists of rows: read from a PNG or a DICOM file, made smaller, compared. Nothing but the standard library."""
import statistics
import struct
import zlib

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # PNG (ISO/IEC 15948) 11.2.2: colour type -> samples of a pixel


def _unfilter(kind, line, before, step):
    """PNG 9.2, in place."""
    for at in range(len(line)):
        left = line[at - step] if at >= step else 0
        above = before[at]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = above
        elif kind == 3:
            guess = (left + above) // 2
        else:
            corner = before[at - step] if at >= step else 0
            distances = (abs(above - corner), abs(left - corner), abs(left + above - 2 * corner))
            guess = (left, above, corner)[distances.index(min(distances))]
        line[at] = (line[at] + guess) & 0xFF


def read_png(image):
    """Rows of grey values 0 to 255 (the mean of red, green and blue). 8 bits a sample, not interlaced."""
    if image[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG")
    chunks, at = {}, 8
    while at < len(image):
        length, name = struct.unpack_from(">I4s", image, at)
        chunks[name] = chunks.get(name, b"") + image[at + 8:at + 8 + length]
        at += length + 12
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if bits != 8 or interlaced or colour not in _CHANNELS:
        raise ValueError("a PNG of another kind")
    step = _CHANNELS[colour]
    used = min(step, 3) if step > 2 else 1
    raw, rows, before = zlib.decompress(chunks[b"IDAT"]), [], bytearray(width * step)
    for start in range(0, height * (width * step + 1), width * step + 1):
        line = bytearray(raw[start + 1:start + 1 + width * step])
        if raw[start]:
            _unfilter(raw[start], line, before, step)
        rows.append([sum(line[x:x + used]) // used for x in range(0, len(line), step)])
        before = line
    return rows


def windowed(stored, rows, columns, slope, intercept, centre, width):
    """16 bit stored values (bytes, little endian, signed) as a workstation would show them (PS3.3 C.11.2.1.2)."""
    values = struct.unpack(f"<{rows * columns}h", stored[:2 * rows * columns])
    low = centre - 0.5 - (width - 1) / 2

    def shown(value):
        return min(255.0, max(0.0, (value * slope + intercept - low) / (width - 1) * 255))
    return [[shown(value) for value in values[row * columns:(row + 1) * columns]] for row in range(rows)]


def middle_square(picture):
    side = min(len(picture), len(picture[0]))
    top, left = (len(picture) - side) // 2, (len(picture[0]) - side) // 2
    return [row[left:left + side] for row in picture[top:top + side]]


def smaller(picture, side):
    """A square picture with the means of side x side fields."""
    size = len(picture)
    edges = [round(n * size / side) for n in range(side + 1)]
    return [[statistics.fmean(value for row in picture[top:bottom] for value in row[left:right])
             for left, right in zip(edges, edges[1:])] for top, bottom in zip(edges, edges[1:])]


def likeness(one, other):
    """Pearson's correlation of two pictures of one size: 1 the same but for brightness and contrast; 0 where one is uniform."""
    a = [value for row in one for value in row]
    b = [value for row in other for value in row]
    if len(set(a)) < 2 or len(set(b)) < 2:
        return 0.0
    return statistics.correlation(a, b)
