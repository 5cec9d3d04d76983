"""Writes small DICOM files, explicit VR little endian, byte by byte.

A test that is about bytes (character sets, broken values, thousands of tiny instances) must not depend on what a
toolkit would make of them. PS3.5 7.1.2 (explicit VR), PS3.10 7.1 (file meta information).
"""
import itertools
import struct

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
UID_ROOT = "1.2.826.0.1.3680043.10.1999"  # the tests' own branch; nothing outside a test folder carries it

_LONG = {"OB", "OW", "OF", "OD", "SQ", "UN", "UT", "UC", "UR"}
_serial = itertools.count(1)


def new_uid(kind="9"):
    return f"{UID_ROOT}.{kind}.{next(_serial)}"


def element(tag, vr, value, encoding="utf-8"):
    """One element; a value is text, bytes, a number (US), or for SQ a list of data sets (dicts)."""
    if vr == "SQ":
        value = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
                         for item in (dataset(entry, encoding) for entry in value))
    elif vr == "US":
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        value = value.encode(encoding)
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr in _LONG:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def dataset(elements, encoding="utf-8"):
    """elements: {tag: (vr, value)}; written in the order of the tags. A value None leaves the element out."""
    return b"".join(element(tag, vr, value, encoding) for tag, (vr, value) in sorted(elements.items())
                    if value is not None)


def part10(elements, encoding="utf-8", transfer_syntax=EXPLICIT_LITTLE_ENDIAN):
    meta = dataset({
        0x00020001: ("OB", b"\0\1"),
        0x00020002: ("UI", elements[0x00080016][1]),
        0x00020003: ("UI", elements[0x00080018][1]),
        0x00020010: ("UI", transfer_syntax),
        0x00020012: ("UI", UID_ROOT + ".1"),
    })
    length = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    return b"\0" * 128 + b"DICM" + length + meta + dataset(elements, encoding)


def other_ids(*pairs):
    """Items of Other Patient IDs Sequence from (value, issuer) pairs."""
    return ("SQ", [{0x00100020: ("LO", value), 0x00100021: ("LO", issuer), 0x00100022: ("CS", "TEXT")}
                   for value, issuer in pairs])


def instance(patient_id="P1", issuer=None, name="Test^Person", cards=(), study=None, series=None, sop=None,
             sop_class=CT_IMAGE, character_set="ISO_IR 192", number=1, date="20260101", more=None):
    """The elements of a small image (8x8, 8 bit). cards: (value, issuer) pairs."""
    elements = {
        0x00080005: ("CS", character_set),
        0x00080016: ("UI", sop_class),
        0x00080018: ("UI", sop or new_uid("3")),
        0x00080020: ("DA", date),
        0x00080030: ("TM", "101500"),
        0x00080050: ("SH", "A" + (study or "0")[-12:].replace(".", "")),
        0x00080060: ("CS", "MR" if sop_class == MR_IMAGE else "CT"),
        0x00080090: ("PN", ""),
        0x00081030: ("LO", "Chest"),
        0x00100010: ("PN", name),
        0x00100020: ("LO", patient_id),
        0x00100021: ("LO", issuer),
        0x00100030: ("DA", "19700101"),
        0x00100040: ("CS", "O"),
        0x00101002: other_ids(*cards) if cards else ("SQ", None),
        0x0020000D: ("UI", study or new_uid("1")),
        0x0020000E: ("UI", series or new_uid("2")),
        0x00200010: ("SH", "1"),
        0x00200011: ("IS", "1"),
        0x00200013: ("IS", str(number)),
        0x00280002: ("US", 1),
        0x00280004: ("CS", "MONOCHROME2"),
        0x00280010: ("US", 8),
        0x00280011: ("US", 8),
        0x00280100: ("US", 8),
        0x00280101: ("US", 8),
        0x00280102: ("US", 7),
        0x00280103: ("US", 0),
        0x7FE00010: ("OB", bytes((number + at) % 251 for at in range(64))),
    }
    elements.update(more or {})
    return elements


def write_instance(path, encoding="utf-8", **what):
    """Writes instance(**what) and gives its elements back."""
    elements = instance(**what)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(part10(elements, encoding))
    return elements
