"""PDUs and DIMSE messages by hand, and both ends of an association over a plain socket.

What a toolkit never sends and what it hides from its user: broken lengths, single bytes, the status of an answer as
a number, an answer's data set as its bytes. PS3.8 9.3 (PDUs), PS3.7 6.3 and E (command sets, implicit VR little endian).
"""
import socket
import ssl
import struct

from harness.orthanc_server import AET
from harness.part10 import EXPLICIT_LITTLE_ENDIAN

IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
VERIFICATION = "1.2.840.10008.1.1"
PATIENT_ROOT, STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.1.", "1.2.840.10008.5.1.4.1.2.2."
FIND, MOVE, GET = (STUDY_ROOT + kind for kind in "123")

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)

C_STORE_RQ, C_GET_RQ, C_FIND_RQ, C_MOVE_RQ, C_ECHO_RQ, C_CANCEL_RQ = 0x0001, 0x0010, 0x0020, 0x0021, 0x0030, 0x0FFF
NO_DATA_SET = 0x0101
# Elements of a command set by the low half of their tag (group 0000).
SOP_CLASS, COMMAND, MESSAGE_ID, RESPONDED_TO, DESTINATION, PRIORITY = 0x0002, 0x0100, 0x0110, 0x0120, 0x0600, 0x0700
DATA_SET_TYPE, STATUS, ERROR_COMMENT, SOP_INSTANCE = 0x0800, 0x0900, 0x0902, 0x1000
REMAINING, COMPLETED, FAILED, WARNING = 0x1020, 0x1021, 0x1022, 0x1023

PENDING = (0xFF00, 0xFF01)
PATIENCE = 60  # seconds for one read; a busy machine with a sanitizer is slow


def pdu(kind, body=b"\0\0\0\0", length=None):
    """length: what the header says, where it is not the truth."""
    return struct.pack(">BxI", kind, len(body) if length is None else length) + body


def item(kind, body, length=None):
    return struct.pack(">BxH", kind, len(body) if length is None else length) + body


def context_item(number, abstract_syntax, transfer_syntaxes):
    body = bytes([number, 0, 0, 0]) + item(0x30, abstract_syntax.encode())
    return item(0x20, body + b"".join(item(0x40, syntax.encode()) for syntax in transfer_syntaxes))


def user_item(max_pdu=65536, roles=(), extensions=()):
    """roles: SOP classes of which the requestor takes C-STORE; extensions: {SOP class: bytes}."""
    body = item(0x51, struct.pack(">I", max_pdu)) + item(0x52, b"1.2.826.0.1.3680043.10.1999.1")
    for uid in roles:
        body += item(0x54, struct.pack(">H", len(uid)) + uid.encode() + b"\0\1")
    for uid, flags in dict(extensions).items():
        body += item(0x56, struct.pack(">H", len(uid)) + uid.encode() + bytes(flags))
    return item(0x50, body)


def associate_request(contexts, calling="H001_WS", called=AET, application="1.2.840.10008.3.1.1.1", version=1,
                      items=b"", **user):
    """contexts: {id: (abstract syntax, transfer syntaxes)}; items: bytes added behind everything."""
    fixed = struct.pack(">H2x16s16s32x", version, called.ljust(16).encode(), calling.ljust(16).encode())
    proposed = b"".join(context_item(number, *context) for number, context in contexts.items())
    return pdu(ASSOCIATE_RQ, fixed + item(0x10, application.encode()) + proposed + user_item(**user) + items)


def data_pdu(context, control, fragment, length=None):
    """control: 1 command, 2 last. length: of the presentation data value, where it is not the truth."""
    return pdu(DATA, struct.pack(">IBB", len(fragment) + 2 if length is None else length, context, control) + fragment)


def command_set(elements):
    """elements: {low half of the tag: text, bytes, or a number (US)}."""
    body = b""
    for number, value in sorted(elements.items()):
        raw = struct.pack("<H", value) if isinstance(value, int) else value.encode() if isinstance(value, str) else value
        pad = b"\0" if number in (SOP_CLASS, SOP_INSTANCE) else b" "
        raw += pad * (len(raw) % 2)
        body += struct.pack("<HHI", 0, number, len(raw)) + raw
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def message(context, command, data_set=None, fragment=16000):
    """The P-DATA-TF PDUs of one message."""
    said = {DATA_SET_TYPE: NO_DATA_SET if data_set is None else 0x0001, **command}
    out = data_pdu(context, 3, command_set(said))
    if data_set is not None:
        parts = [data_set[at:at + fragment] for at in range(0, len(data_set), fragment)] or [b""]
        out += b"".join(data_pdu(context, 2 if at + 1 == len(parts) else 0, part) for at, part in enumerate(parts))
    return out


def request(context, kind, sop_class, data_set=None, number=1, more=None):
    return message(context, {SOP_CLASS: sop_class, COMMAND: kind, MESSAGE_ID: number, PRIORITY: 0, **(more or {})}, data_set)


def cancel(context, number):
    return message(context, {COMMAND: C_CANCEL_RQ, RESPONDED_TO: number})


def implicit(elements):
    """A data set in implicit VR: {tag: text or bytes}."""
    out = b""
    for tag, value in sorted(elements.items()):
        raw = value.encode() if isinstance(value, str) else value
        raw += b"\0" * (len(raw) % 2)
        out += struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(raw)) + raw
    return out


def read_command(data):
    """{low half of the tag: value}: numbers where the element is US or UL, else text without padding."""
    found, at = {}, 0
    while at < len(data):
        _, number, length = struct.unpack_from("<HHI", data, at)
        raw = data[at + 8:at + 8 + length]
        numeric = number in (0, COMMAND, MESSAGE_ID, RESPONDED_TO, PRIORITY, DATA_SET_TYPE, STATUS) or REMAINING <= number <= WARNING
        found[number] = int.from_bytes(raw, "little") if numeric else raw.rstrip(b"\0 ").decode("latin-1")
        at += 8 + length
    return found


def read_dataset(data):
    """Top level of an explicit VR little endian data set: {tag: raw value}; no undefined lengths."""
    found, at = {}, 0
    while at < len(data):
        group, number, vr, length = struct.unpack_from("<HH2sH", data, at)
        at += 8
        if vr in (b"OB", b"OW", b"OF", b"OD", b"SQ", b"UN", b"UT", b"UC", b"UR"):
            length, at = struct.unpack_from("<I", data, at)[0], at + 4
            if length == 0xFFFFFFFF:
                raise AssertionError("a sequence of undefined length")
        found[group << 16 | number] = data[at:at + length]
        at += length
    return found


class Gone(Exception):
    """The other side has ended the connection, or aborted or rejected the association: .pdu is its last one, or None."""

    def __init__(self, last=None):
        super().__init__("the connection has ended" if last is None else f"a PDU of type {last[0]}: {last[1].hex(' ')[:60]}")
        self.pdu = last


class Peer:
    """One end of a connection. Used from one thread; as a context it is closed at the end."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, *parts):
        self.socket.sendall(b"".join(parts))

    def send_bytewise(self, data, size=1):
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(data), size):
            self.socket.sendall(data[at:at + size])

    def read_exactly(self, size):
        found = bytearray()
        while len(found) < size:
            try:
                part = self.socket.recv(min(size - len(found), 1 << 20))
            except (ConnectionError, ssl.SSLError):
                part = b""
            if not part:
                raise Gone()
            found += part
        return bytes(found)

    def read_pdu(self):
        """(type, body)."""
        kind, length = struct.unpack(">BxI", self.read_exactly(6))
        return kind, self.read_exactly(length)

    def read_message(self):
        """(context, command, data set or None). Gone on anything that is no P-DATA-TF."""
        command, data_set, command_done = b"", b"", False
        while True:
            kind, body = self.read_pdu()
            if kind != DATA:
                raise Gone((kind, body))
            at = 0
            while at < len(body):
                length, context, control = struct.unpack_from(">IBB", body, at)
                part, at = body[at + 6:at + 4 + length], at + 4 + length
                if control & 1:
                    command += part
                    command_done = bool(control & 2)
                    if command_done and read_command(command)[DATA_SET_TYPE] == NO_DATA_SET:
                        return context, read_command(command), None
                else:
                    data_set += part
                    if control & 2:
                        return context, read_command(command), data_set

    def answers(self):
        """Messages up to the first that is not pending, as (command, data set)."""
        found = []
        while True:
            _, command, data_set = self.read_message()
            found.append((command, data_set))
            if command[STATUS] not in PENDING:
                return found

    def ends(self):
        """Reads until the other side ends the connection: the types of the PDUs that came."""
        kinds = []
        while True:
            try:
                kinds.append(self.read_pdu()[0])
            except Gone:
                return kinds


class Association(Peer):
    """As requestor. contexts: abstract syntaxes, or {id: (abstract syntax, transfer syntaxes)}."""

    def __init__(self, port, contexts=(VERIFICATION, FIND, MOVE, GET), calling="H001_WS", called=AET,
                 syntaxes=(EXPLICIT_LITTLE_ENDIAN,), receive_buffer=None, tls=None,
                 **more):
        connection = socket.socket()
        if receive_buffer is not None:  # before connecting: it bounds the window
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        super().__init__(connection)
        try:
            self.socket.connect(("127.0.0.1", port))
            if tls is not None:  # an SSLContext
                self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
            self.proposed = contexts if isinstance(contexts, dict) else {
                2 * at + 1: (uid, syntaxes) for at, uid in enumerate(contexts)}
            self.send(associate_request(self.proposed, calling=calling, called=called, **more))
            kind, body = self.read_pdu()
            if kind != ASSOCIATE_AC:
                raise Gone((kind, body))
        except BaseException:
            self.close()
            raise
        self.accept_body = body
        self.accepted, self.extensions = {}, {}
        self._read_accept(body[68:])

    def _read_accept(self, items):
        at = 0
        while at < len(items):
            kind, length = struct.unpack_from(">BxH", items, at)
            body, at = items[at + 4:at + 4 + length], at + 4 + length
            if kind == 0x21:
                self.accepted[body[0]] = (body[2], body[8:].decode())
            elif kind == 0x50:
                self._read_accept(body)
            elif kind == 0x56:
                size = struct.unpack_from(">H", body)[0]
                self.extensions[body[2:2 + size].decode()] = body[2 + size:]

    def context_of(self, sop_class):
        return next(number for number, (uid, _) in self.proposed.items() if uid == sop_class)

    def request(self, kind, sop_class, data_set=None, number=1, more=None):
        """Sends a request and reads its answers."""
        self.send(request(self.context_of(sop_class), kind, sop_class, data_set, number, more))
        return self.answers()

    def echo(self):
        return self.request(C_ECHO_RQ, VERIFICATION)[-1][0][STATUS]

    def find(self, identifier, sop_class=FIND, number=1):
        return self.request(C_FIND_RQ, sop_class, identifier, number)

    def release(self):
        self.send(pdu(RELEASE_RQ))
        return self.ends()


class Listener:
    """A C-STORE SCP of our own: .accept() gives an Acceptor for each association."""

    def __init__(self, port):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def accept(self):
        return Acceptor(self.socket.accept()[0])


class Acceptor(Peer):
    """Accepts every context of a request with its first transfer syntax."""

    def __init__(self, connection):
        super().__init__(connection)
        kind, body = self.read_pdu()
        if kind != ASSOCIATE_RQ:
            raise Gone((kind, body))
        contexts, at = b"", 68
        while at < len(body):
            number, length = struct.unpack_from(">BxH", body, at)
            inside = body[at + 4:at + 4 + length]
            if number == 0x20:
                skip = 4 + 4 + struct.unpack_from(">H", inside, 6)[0]
                size = struct.unpack_from(">H", inside, skip + 2)[0]
                contexts += item(0x21, bytes([inside[0], 0, 0, 0]) + inside[skip:skip + 4 + size])
            at += 4 + length
        self.send(pdu(ASSOCIATE_AC, body[:68] + item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + user_item()))

    def take_store(self):
        """The next C-STORE request: (context, command, data set)."""
        return self.read_message()

    def answer_store(self, context, command, status=0):
        self.send(store_response(context, command, status))


def store_response(context, command, status=0):
    return message(context, {SOP_CLASS: command[SOP_CLASS], COMMAND: 0x8001, RESPONDED_TO: command[MESSAGE_ID],
                             STATUS: status, SOP_INSTANCE: command[SOP_INSTANCE]})
