"""Bytes that no toolkit sends to the query/retrieve port: no crash, no stuck worker, nothing left open, no patient in the log."""
import contextlib
import socket
import struct
import unittest

from harness import part10, process_state, upper_layer as wire
from harness.dimse_tools import findscu
from harness.orthanc_server import SOURCE
from harness.system_case import RegionCase
from harness.upper_layer import Association, Peer

SECRET = "Secret^Patient"
OPERATIONS, QUERIES = 4, 16  # threads at most: by our setting, and PortOptions
LEVEL, PATIENT_NAME, PATIENT_ID, STUDY_UID = 0x00080052, 0x00100010, 0x00100020, 0x0020000D


def study_key():
    return part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), PATIENT_NAME: ("PN", SECRET)})


def broken_pdus():
    """(name, bytes, whether they come after the association is accepted). Each breaks the protocol at once."""
    echo = wire.command_set({wire.SOP_CLASS: wire.VERIFICATION, wire.COMMAND: wire.C_ECHO_RQ, wire.MESSAGE_ID: 1,
                             wire.DATA_SET_TYPE: wire.NO_DATA_SET})
    find_command = wire.data_pdu(3, 3, wire.command_set({wire.SOP_CLASS: wire.FIND, wire.COMMAND: wire.C_FIND_RQ, wire.MESSAGE_ID: 1,
                                                        wire.PRIORITY: 0, wire.DATA_SET_TYPE: 1}))
    good = wire.associate_request({1: (wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,))})
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
    yield "data longer than negotiated", wire.pdu(wire.DATA, b"", 1 << 20), True
    yield "a release of 2 GB", wire.pdu(wire.RELEASE_RQ, b"", 1 << 31), True
    yield "a fragment of length 0", wire.data_pdu(1, 3, echo, 0), True
    yield "a fragment of length 1", wire.data_pdu(1, 3, echo, 1), True
    yield "a fragment longer than its PDU", wire.data_pdu(1, 3, echo, len(echo) + 3), True
    yield "a fragment of 4 GB", wire.data_pdu(1, 3, echo, 0xFFFFFFFF), True
    yield "a fragment cut off by its PDU", wire.pdu(wire.DATA, b"\0\0"), True
    yield "a data set without a command", wire.data_pdu(1, 2, b"\x08\0\x05\0\0\0\0\0"), True
    yield "a message that changes its context", wire.data_pdu(1, 1, echo[:20]) + wire.data_pdu(3, 3, echo[20:]), True
    yield "a data set in another context", find_command + wire.data_pdu(1, 2, study_key()), True
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
    yield "an identifier without end", find_command + wire.data_pdu(3, 0, bytes(60000)) * 300, True


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
    yield "a name of 60,000 letters", part10.dataset({
        LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), PATIENT_NAME: ("PN", "A" * 60000)}), None
    yield "30,000 names", part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), PATIENT_NAME: ("PN", "A\\" * 30000)}), None
    yield "an ID of 60,000 letters", part10.dataset({LEVEL: ("CS", "STUDY"), PATIENT_ID: ("LO", "9" * 60000), STUDY_UID: ("UI", "")}), None
    yield "dates that are none", part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), 0x00080020: ("DA", "--2026----")}), {0xC002, 0xC000}
    yield "bytes of no character set", part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), PATIENT_NAME: ("PN", b"\xff\xfe\x80^\xff\x81")}), None
    yield "an unknown character set", part10.dataset({0x00080005: ("CS", "KLINGON"), LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""),
                                                      PATIENT_NAME: ("PN", b"\xd5\xc5*")}), None
    yield "the level twice", part10.element(LEVEL, "CS", "STUDY") + key, None


class MalformedTest(RegionCase):
    class_secrets = {SECRET, "aaaaaaaaaaaa"}
    settings = {"recognition": {"QueryRetrieve": {"MaximumOperations": OPERATIONS}, "Fetch": {"KeepSeconds": 0}}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.node.query_retrieve_port
        with Association(cls.port) as association:
            association.find(study_key())
        cls.threads, cls.sockets = process_state.threads(cls.node), process_state.sockets(cls.node)
        cls.others = process_state.other_descriptors(cls.node)

    def setUp(self):
        super().setUp()
        self.peers = []

    def connect(self):
        self.peers.append(Peer(socket.create_connection(("127.0.0.1", self.port))))
        return self.peers[-1]

    def association(self, **how):
        self.peers.append(Association(self.port, **how))
        return self.peers[-1]

    def assert_answers(self):
        card = self.region.card("P1", "HEALTH_CARD")
        key = part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), PATIENT_ID: ("LO", card)})
        with Association(self.port) as association:
            self.assertEqual(association.echo(), 0)
            answers = association.find(key)
            self.assertEqual((answers[-1][0][wire.STATUS], len(answers) - 1), (0, len(self.region.persons["P1"]["studies"])))
        self.assertEqual(self.node.status()["state"], "ready")

    def assert_workers_are_free(self):
        """As many C-GET at once as there are threads for them: each has sent its first instance."""
        key = part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", self.region.studies["12-chest-ct"]["study_instance_uid"])})
        with contextlib.ExitStack() as held:
            askers = [held.enter_context(Association(self.port, contexts=(wire.GET, part10.CT_IMAGE), roles=[part10.CT_IMAGE]))
                      for _ in range(OPERATIONS)]
            for asker in askers:
                asker.send(wire.request(1, wire.C_GET_RQ, wire.GET, key))
            for asker in askers:
                self.assertEqual(asker.read_message()[1][wire.COMMAND], wire.C_STORE_RQ)

    def tearDown(self):
        for peer in self.peers:
            peer.close()
        self.assertIsNone(self.node.process.poll(), "Orthanc has ended")
        self.assert_answers()
        self.assert_workers_are_free()
        process_state.wait_for(lambda: process_state.connections(self.node, self.port) == 0, "an ended association is still open")
        process_state.wait_for(lambda: process_state.sockets(self.node) <= self.sockets, "there are more sockets than before")
        self.assertLessEqual(process_state.threads(self.node), self.threads + OPERATIONS + QUERIES)
        # A thread that asks the index keeps a connection to it: database, log and shared memory.
        self.assertLessEqual(process_state.other_descriptors(self.node), self.others + 3 * (OPERATIONS + QUERIES))
        super().tearDown()

    # ---- PDUs ----

    def test_broken_pdus_end_their_association(self):
        for name, data, associated in broken_pdus():
            with self.subTest(name):
                peer = self.association(contexts=(wire.VERIFICATION, wire.FIND)) if associated else self.connect()
                with contextlib.suppress(ConnectionError):  # ended before all of it was sent
                    peer.send(data)
                kinds = peer.ends()
                self.assertTrue(not kinds or kinds[-1] in (wire.ABORT, wire.ASSOCIATE_RJ), kinds)
                peer.close()

    def test_what_ends_an_association_in_the_right_way(self):
        for name, data, expected in (("a release", wire.pdu(wire.RELEASE_RQ), [wire.RELEASE_RP]), ("an abort", wire.pdu(wire.ABORT), []),
                                     ("a release in the middle of a command", wire.data_pdu(1, 1, b"\0\0\0\0") + wire.pdu(wire.RELEASE_RQ), None)):
            with self.subTest(name):
                association = self.association()
                association.send(data)
                ended = association.ends()
                self.assertTrue(ended == expected if expected is not None else len(ended) <= 1, ended)

    def test_single_bytes_are_put_together(self):
        whole = wire.associate_request({1: (wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,)), 3: (wire.FIND, (part10.EXPLICIT_LITTLE_ENDIAN,))})
        peer = self.connect()
        peer.send_bytewise(whole)
        self.assertEqual(peer.read_pdu()[0], wire.ASSOCIATE_AC)
        peer.send_bytewise(wire.request(1, wire.C_ECHO_RQ, wire.VERIFICATION))
        self.assertEqual(peer.answers()[-1][0][wire.STATUS], 0)
        key = part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", "")})
        # Every fragment holds one byte, and every byte is sent alone.
        command = wire.command_set({wire.SOP_CLASS: wire.FIND, wire.COMMAND: wire.C_FIND_RQ, wire.MESSAGE_ID: 2, wire.PRIORITY: 0, wire.DATA_SET_TYPE: 1})
        for control, bytes_of in ((1, command), (0, key)):
            for at in range(len(bytes_of)):
                last = 2 if at + 1 == len(bytes_of) else 0
                peer.send_bytewise(wire.data_pdu(3, control | last, bytes_of[at:at + 1]))
        self.assertEqual(len(peer.answers()) - 1, len(self.region.studies))
        peer.send_bytewise(wire.pdu(wire.RELEASE_RQ))
        self.assertEqual(peer.ends(), [wire.RELEASE_RP])

    def test_a_message_may_be_split_anywhere(self):
        association = self.association()
        context, key = association.context_of(wire.FIND), part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", "1.2.3")})
        command = wire.command_set({wire.SOP_CLASS: wire.FIND, wire.COMMAND: wire.C_FIND_RQ, wire.MESSAGE_ID: 2, wire.PRIORITY: 0, wire.DATA_SET_TYPE: 1})
        for at in range(len(command) + 1):
            association.send(wire.data_pdu(context, 1, command[:at]), wire.data_pdu(context, 3, command[at:]), wire.data_pdu(context, 2, key))
            self.assertEqual(association.answers()[-1][0][wire.STATUS], 0)
        for at in range(len(key) + 1):  # all of it in one PDU, or the rest of the command with the begin of the data set
            values = [(3, command), (0, key[:at]), (2, key[at:])]
            fragments = [struct.pack(">IBB", len(part) + 2, context, control) + part for control, part in values]
            association.send(wire.pdu(wire.DATA, b"".join(fragments)))
            self.assertEqual(association.answers()[-1][0][wire.STATUS], 0)
        # Segments that end anywhere: two requests, cut at every byte.
        both = wire.request(context, wire.C_FIND_RQ, wire.FIND, key) * 2
        association.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(1, len(both)):
            association.send(both[:at])
            association.send(both[at:])
            self.assertEqual([association.answers()[-1][0][wire.STATUS] for _ in range(2)], [0, 0])

    def test_associations_may_stop_in_every_state_and_hinder_nobody(self):
        request = wire.associate_request({1: (wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,)), 3: (wire.FIND, (part10.EXPLICIT_LITTLE_ENDIAN,))})
        find = wire.request(3, wire.C_FIND_RQ, wire.FIND, study_key())
        command_end = len(find) - len(wire.data_pdu(3, 2, study_key()))
        before = (b"", request[:3], request[:6], request[:80], request[:-1])
        after = (b"", find[:4], find[:6], find[:12], find[:40], find[:command_end], find[:command_end + 20], find[:-1], find * 3)
        for _ in range(4):
            for prefix in before:
                self.connect().send(prefix)
            for prefix in after:
                self.association(contexts=(wire.VERIFICATION, wire.FIND)).send(prefix)
        self.assertGreaterEqual(process_state.connections(self.node, self.port), 4 * (len(before) + len(after)) - 1)
        self.assert_answers()
        self.assert_workers_are_free()

    def test_answers_that_nobody_reads_hinder_nobody(self):
        key = part10.dataset({LEVEL: ("CS", "IMAGE"), 0x00080018: ("UI", ""), **{0x00080000 + at: ("LO", "") for at in (0x80, 0x1030, 0x103E)}})
        with contextlib.ExitStack() as held:
            for _ in range(2 * QUERIES):
                asker = held.enter_context(Association(self.port, contexts=(wire.FIND,), receive_buffer=2048, extensions={wire.FIND: b"\1"}))
                asker.send(wire.request(1, wire.C_FIND_RQ, wire.FIND, key) * 10)
            self.assert_answers()
            get = [held.enter_context(Association(self.port, contexts=(wire.GET, part10.MR_IMAGE), roles=[part10.MR_IMAGE], receive_buffer=2048))
                   for _ in range(OPERATIONS - 1)]
            for asker in get:
                asker.send(wire.request(1, wire.C_GET_RQ, wire.GET, part10.dataset({
                    LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", self.region.studies["02-head-mr"]["study_instance_uid"])})))
            self.assert_answers()

    def test_presentation_contexts_of_every_kind(self):
        explicit = (part10.EXPLICIT_LITTLE_ENDIAN,)
        association = self.association(contexts={1: (wire.VERIFICATION, explicit), 3: ("1.2.3.4", explicit), 5: (wire.FIND, ("1.2.840.10008.1.2.4.50",)),
                                                 7: (wire.FIND, ("1.9", part10.EXPLICIT_LITTLE_ENDIAN)),
                                                 11: ("1.2.840.10008.5.1.4.31", explicit), 13: ("9" * 64, explicit)})
        # 3 and 13 may be storage classes of tomorrow: UnknownSopClassAccepted is on.
        self.assertEqual({number: answer[0] for number, answer in association.accepted.items()}, {1: 0, 3: 0, 5: 4, 7: 0, 11: 3, 13: 0})
        association.send(wire.request(5, wire.C_FIND_RQ, wire.FIND, study_key()))
        self.assertEqual(association.ends()[-1:], [wire.ABORT])
        most = self.association(contexts={2 * at + 1: (wire.FIND, explicit) for at in range(128)})
        self.assertEqual(len(most.accepted), 128)
        most.send(wire.request(255, wire.C_FIND_RQ, wire.FIND, part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", "1.2")})))
        self.assertEqual(most.answers()[-1][0][wire.STATUS], 0)
        for name, contexts, items in (("none", {}, b""), ("the same twice", {1: (wire.FIND, explicit)}, wire.context_item(1, wire.FIND, explicit)),
                                      ("no abstract syntax", {1: ("", explicit)}, b""), ("an even number", {2: (wire.FIND, explicit)}, b""), ("no syntaxes", {1: (wire.FIND, ())}, b""),
                                      ("300 of them", {}, b"".join(wire.context_item(2 * at % 256 | 1, wire.FIND, explicit) for at in range(300)))):
            with self.subTest(name), contextlib.suppress(wire.Gone):
                self.association(contexts=contexts, items=items).close()

    # ---- requests ----

    def test_broken_identifiers_are_refused_and_the_association_goes_on(self):
        association = self.association()
        for name, identifier, expected in broken_identifiers():
            for kind, sop_class in ((wire.C_FIND_RQ, wire.FIND), (wire.C_GET_RQ, wire.GET), (wire.C_MOVE_RQ, wire.MOVE)):
                with self.subTest(name, kind=kind):
                    more = {wire.DESTINATION: "H001_WS"} if kind == wire.C_MOVE_RQ else {}
                    status = association.request(kind, sop_class, identifier, more=more)[-1][0][wire.STATUS]
                    if kind == wire.C_FIND_RQ and expected is not None:
                        self.assertIn(status, expected)
                    self.assertTrue(status == 0 or status >> 8 in (0xA7, 0xA9, 0xC0), hex(status))
        self.assertEqual(association.echo(), 0)

    def test_wild_cards_that_are_built_to_be_slow(self):
        instance = part10.instance(patient_id="SLOW0001", name="a" * 64)
        instance[0x00081030] = ("LO", "a" * 64)
        with Association(self.port, contexts=(part10.CT_IMAGE,), calling="H001_CT") as sender:
            stored = sender.request(wire.C_STORE_RQ, part10.CT_IMAGE, part10.dataset(instance), more={wire.SOP_INSTANCE: instance[0x00080018][1]})
            self.assertEqual(stored[-1][0][wire.STATUS], 0)
        association = self.association(extensions={wire.FIND: b"\1\1\1\1"})
        plain = self.association()
        for pattern in ("*a" * 30 + "*b", "*a*" * 20, "?*" * 31, "*?" * 31 + "b", "*" * 63 + "b", "a" * 20 + "*a" * 21, "*a" * 15000 + "b",
                        "=".join(["*a" * 10 + "b"] * 3), "^".join(["*a*a*a*b"] * 5)):
            for asker in (association, plain):
                for tag, vr in ((PATIENT_NAME, "PN"), (0x00081030, "LO"), (0x00080050, "SH")):
                    answers = asker.find(part10.dataset({LEVEL: ("CS", "STUDY"), STUDY_UID: ("UI", ""), tag: (vr, pattern)}))
                    self.assertIn(answers[-1][0][wire.STATUS], (0, 0xC001, 0xC002), pattern[:20])

    def test_lists_of_a_hundred_thousand_uids(self):
        real = self.region.studies["12-chest-ct"]["study_instance_uid"]
        uids = [f"1.2.826.0.1.3680043.10.1999.8.{at}" for at in range(99_999)] + [real]
        association = self.association(contexts={1: (wire.MOVE, (wire.IMPLICIT_LITTLE_ENDIAN,)), 3: (wire.GET, (wire.IMPLICIT_LITTLE_ENDIAN,)),
                                                 5: (part10.CT_IMAGE, (part10.EXPLICIT_LITTLE_ENDIAN,)), 7: (wire.FIND, (wire.IMPLICIT_LITTLE_ENDIAN,))},
                                       roles=[part10.CT_IMAGE])

        def key(values):
            return wire.implicit({LEVEL: "STUDY", STUDY_UID: "\\".join(values)})

        images = self.region.studies["12-chest-ct"]["images"]
        association.send(wire.request(3, wire.C_GET_RQ, wire.GET, key(uids)))
        for _ in range(images):
            context, command = self.next_store(association)
            association.send(wire.store_response(context, command))
        final = association.answers()[-1][0]
        self.assertEqual((final[wire.STATUS], final[wire.COMPLETED]), (0xB000, images))  # its reports were not offered
        moved = association.request(wire.C_MOVE_RQ, wire.MOVE, key(uids[:-1]), more={wire.DESTINATION: "H001_WS"})
        self.assertEqual(moved[-1][0][wire.STATUS], 0)
        too_many = association.request(wire.C_MOVE_RQ, wire.MOVE, key([*uids, "1.2.3"]), more={wire.DESTINATION: "H001_WS"})
        self.assertEqual(too_many[-1][0][wire.STATUS], 0xC001)
        found = association.find(key(uids))[-1][0][wire.STATUS]
        self.assertIn(found, (0, 0xC001, 0xC002))

    def next_store(self, association):
        while True:
            context, command, _ = association.read_message()
            if command[wire.COMMAND] == wire.C_STORE_RQ:
                return context, command
            self.assertEqual(command[wire.STATUS], 0xFF00)

    def test_cancels_of_what_does_not_exist(self):
        association = self.association()
        find = association.context_of(wire.FIND)
        association.send(*(wire.cancel(context, number) for context in association.accepted for number in (0, 1, 2, 0xFFFF)))
        association.send(wire.request(find, wire.C_FIND_RQ, wire.FIND, study_key(), 5), *(wire.cancel(find, 4) for _ in range(500)))
        self.assertEqual(association.answers()[-1][0][wire.STATUS], 0)
        association.send(wire.message(find, {wire.COMMAND: wire.C_CANCEL_RQ}), wire.cancel(find, 5))
        with contextlib.suppress(wire.Gone):  # a C-CANCEL that names no message may end the association
            self.assertEqual(association.echo(), 0)

    def test_the_corpus_of_the_fuzzers_on_the_port(self):
        files = sorted(path for path in (SOURCE / "tests" / "fuzz" / "corpus").rglob("*") if path.is_file())
        self.assertGreater(len(files), 30)
        for path in files:
            data = path.read_bytes()
            with contextlib.suppress(ConnectionError), self.connect() as peer:
                peer.send(data)
            with contextlib.suppress(ConnectionError), self.association() as association:
                association.send(data)
            with self.association() as association, contextlib.suppress(wire.Gone, ConnectionError):
                association.send(*(wire.data_pdu(3, control, part) for control, part in ((1, data[:60000]), (3, data[60000:120000]))))
                association.read_pdu()
            with self.association() as association:
                for kind, sop_class in ((wire.C_FIND_RQ, wire.FIND), (wire.C_GET_RQ, wire.GET)):
                    status = association.request(kind, sop_class, data)[-1][0][wire.STATUS]
                    self.assertTrue(status in (0, 0xA900) or status >> 8 in (0xA7, 0xC0), f"{path.name}: {status:x}")
            with self.association(contexts=(part10.CT_IMAGE,), calling="H001_CT") as association:
                answer = association.request(wire.C_STORE_RQ, part10.CT_IMAGE, data, more={wire.SOP_INSTANCE: "1.2.3"})
                self.assertNotEqual(answer[-1][0][wire.STATUS], 0, path.name)


if __name__ == "__main__":
    unittest.main()
