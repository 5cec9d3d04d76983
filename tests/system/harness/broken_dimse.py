"""Tables of what no well-behaved client sends: PDUs and Identifiers, each with what it should bring about."""
import struct

from harness import part10, upper_layer as wire
from harness.identifiers import CHARACTER_SET, LEVEL, PATIENT_ID, PATIENT_NAME, STUDY_DATE, STUDY_UID, identifier

SECRET = "Secret^Patient"


def study_key():
    return identifier({STUDY_UID: "", PATIENT_NAME: SECRET})


def find_command(number=1):
    return wire.command_set({wire.SOP_CLASS: wire.FIND, wire.COMMAND: wire.C_FIND_RQ, wire.MESSAGE_ID: number,
                             wire.PRIORITY: 0, wire.DATA_SET_TYPE: 1})


def broken_pdus():
    """(name, bytes, whether they come after the association is accepted). Each breaks the protocol at once."""
    echo = wire.command_set({wire.SOP_CLASS: wire.VERIFICATION, wire.COMMAND: wire.C_ECHO_RQ, wire.MESSAGE_ID: 1,
                             wire.DATA_SET_TYPE: wire.NO_DATA_SET})
    command = wire.data_pdu(3, 3, find_command())
    good = wire.associate_request({1: (wire.VERIFICATION, wire.IMPLICIT)})
    yield "type 0", wire.pdu(0), False
    yield "type 8", wire.pdu(8), False
    yield "type 255 and 4 GB", wire.pdu(255, length=0xFFFFFFFF), False
    yield "a request of 4 GB", wire.pdu(wire.ASSOCIATE_RQ, b"", 0xFFFFFFFF), False
    yield "a request of nothing", wire.pdu(wire.ASSOCIATE_RQ, b""), False
    yield "a request of 67 bytes", wire.pdu(wire.ASSOCIATE_RQ, bytes(67)), False
    yield "a request of zeros", wire.pdu(wire.ASSOCIATE_RQ, bytes(500)), False
    yield "data before a request", wire.data_pdu(1, 3, echo), False
    yield "a release before a request", wire.pdu(wire.RELEASE_RQ), False
    yield "a reply to a request that nobody made", wire.pdu(wire.ASSOCIATE_AC, good[6:]), False
    yield "HTTP", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", False
    yield "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), False
    for name, item in (("an item beyond the end", wire.item(0x20, b"\1\0\0\0", 0xFFFF)), ("half an item", b"\x20\0"),
                       ("user information beyond the end", wire.item(0x50, wire.item(0x51, b"\0\0\0\0", 900)))):
        yield name, wire.pdu(wire.ASSOCIATE_RQ, good[6:] + item), False
    yield "a second request", good, True
    yield "a type of ours", wire.pdu(wire.ASSOCIATE_AC, good[6:]), True
    yield "unknown type", wire.pdu(0x77), True
    yield "data of 4 GB", wire.pdu(wire.DATA, b"", 0xFFFFFFFF), True
    yield "data longer than negotiated", wire.pdu(wire.DATA, b"", 2 << 20), True
    yield "a release of 2 GB", wire.pdu(wire.RELEASE_RQ, b"", 1 << 31), True
    yield "a fragment of length 0", wire.data_pdu(1, 3, echo, 0), True
    yield "a fragment of length 1", wire.data_pdu(1, 3, echo, 1), True
    yield "a fragment longer than its PDU", wire.data_pdu(1, 3, echo, len(echo) + 3), True
    yield "a fragment of 4 GB", wire.data_pdu(1, 3, echo, 0xFFFFFFFF), True
    yield "a fragment cut off by its PDU", wire.pdu(wire.DATA, b"\0\0"), True
    yield "a data set without a command", wire.data_pdu(1, 2, b"\x08\0\x05\0\0\0\0\0"), True
    yield "a message that changes its context", wire.data_pdu(1, 1, echo[:20]) + wire.data_pdu(3, 3, echo[20:]), True
    yield "a data set in another context", command + wire.data_pdu(1, 2, study_key()), True
    yield "a context that was not proposed", wire.data_pdu(99, 3, echo), True
    yield "an even context", wire.data_pdu(2, 3, echo), True
    yield "context 0", wire.data_pdu(0, 3, echo), True
    yield "an empty command set", wire.data_pdu(1, 3, b""), True
    yield "a command set of zeros", wire.data_pdu(1, 3, bytes(64)), True
    yield "a command set cut off", wire.data_pdu(1, 3, echo[:-3]), True
    yield "a command element of 4 GB", wire.data_pdu(1, 3, echo[:12] + struct.pack("<HHI", 0, 2, 0xFFFFFFF0)), True
    yield "a command element of 3 bytes", wire.data_pdu(1, 3, echo[:12] + struct.pack("<HHI", 0, 0x0100, 3) + b"abc"), True
    yield "an element of another group", wire.data_pdu(1, 3, echo[:12] + struct.pack("<HHI", 8, 0x52, 0)), True
    yield "a command without end", b"".join(wire.data_pdu(1, 1, bytes(60000)) for _ in range(20)), True
    unknown = {wire.COMMAND: 0x0140, wire.MESSAGE_ID: 1, wire.DATA_SET_TYPE: wire.NO_DATA_SET}
    yield "N-CREATE", wire.data_pdu(1, 3, wire.command_set(unknown)), True
    yield "a response to nothing", wire.message(1, {wire.COMMAND: 0x8020, wire.RESPONDED_TO: 1, wire.STATUS: 0}), True
    find = wire.request(3, wire.C_FIND_RQ, wire.FIND, study_key())
    yield "more requests at once than wait", find * 40, True
    yield "an identifier without end", command + wire.data_pdu(3, 0, bytes(60000)) * 300, True


def broken_identifiers():
    """(name, bytes, statuses that tell of it, or None where an answer is as good)."""
    key = study_key()
    yield "no data set", b"", {0xA900}
    yield "cut in a tag", key[:3], {0xA900, 0xC000}
    yield "cut in a value", key[:-5], {0xC000}
    yield "a length of 4 GB", key + struct.pack("<HH2sHI", 0x40, 0x275, b"SQ", 0, 0xFFFFFFF0), {0xC000, 0xC001}
    yield "noise", bytes((at * 37) % 256 for at in range(5000)), {0xA900, 0xC000, 0xC001}
    yield "zeros", bytes(4000), {0xA900, 0xC000, 0xC001}
    yield "pixel data", key + part10.element(0x7FE00010, "OB", bytes(40000)), None
    yield "no VR of this world", key.replace(b"PN", b"??"), None
    nested = b""
    for _ in range(300):
        nested = part10.element(0x00081115, "SQ", [{}])[:-8] + struct.pack("<HHI", 0xFFFE, 0xE000, len(nested)) + nested
        nested = nested[:8] + struct.pack("<I", len(nested) - 12) + nested[12:]
    yield "300 sequences deep", key + nested, {0xC000, 0xC001}
    yield "50,000 elements", key + b"".join(part10.element(0x00410000 + at, "LO", "") for at in range(50000)), None
    yield "a name of 60,000 letters", identifier({STUDY_UID: "", PATIENT_NAME: "A" * 60000}), None
    yield "30,000 names", identifier({STUDY_UID: "", PATIENT_NAME: "A\\" * 30000}), None
    yield "an ID of 60,000 letters", identifier({STUDY_UID: "", PATIENT_ID: "9" * 60000}), None
    yield "dates that are none", identifier({STUDY_UID: "", STUDY_DATE: "--2026----"}), {0xC002, 0xC000}
    yield "bytes of no character set", identifier({STUDY_UID: "", PATIENT_NAME: b"\xff\xfe\x80^\xff\x81"}), None
    yield "an unknown character set", identifier({CHARACTER_SET: "KLINGON", STUDY_UID: "", PATIENT_NAME: b"\xd5\xc5*"}), None
    yield "the level twice", part10.element(LEVEL, "CS", "STUDY") + key, None
