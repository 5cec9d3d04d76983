"""Bytes that no toolkit sends to the query/retrieve port.

No crash, no stuck worker, nothing left open, no patient in the log.
"""
import contextlib
import socket
import struct
import unittest

from harness import part10, process_state, upper_layer as wire
from harness.broken_dimse import SECRET, broken_identifiers, broken_pdus, find_command, study_key
from harness.identifiers import (ACCESSION, LEVEL, PATIENT_ID, PATIENT_NAME, SERIES_DESCRIPTION, SOP_UID, STUDY_DESCRIPTION,
                                 STUDY_UID, identifier)
from harness.orthanc_server import SOURCE
from harness.system_case import RegionCase
from harness.upper_layer import Association, Peer

OPERATIONS, QUERIES = 4, 16  # threads at most: by our setting, and PortOptions

TWO_CONTEXTS = {1: (wire.VERIFICATION, wire.IMPLICIT), 3: (wire.FIND, wire.EXPLICIT)}


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

    def uid(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def assert_answers(self):
        card = self.region.card("P1", "HEALTH_CARD")
        key = identifier({STUDY_UID: "", PATIENT_ID: card})
        with Association(self.port) as association:
            self.assertEqual(association.echo(), 0)
            answers = association.find(key)
            self.assertEqual((answers[-1][0][wire.STATUS], len(answers) - 1), (0, len(self.region.persons["P1"]["studies"])))
        self.assertEqual(self.node.status()["state"], "ready")

    def assert_workers_are_free(self):
        """As many C-GET at once as there are threads for them: each has sent its first instance."""
        key, contexts = identifier({STUDY_UID: self.uid("12-chest-ct")}), (wire.GET, part10.CT_IMAGE)
        with contextlib.ExitStack() as held:
            askers = [held.enter_context(Association(self.port, contexts=contexts, roles=contexts[1:]))
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
        process_state.wait_for(lambda: process_state.connections(self.node, self.port) == 0, "an association is still open")
        process_state.wait_for(lambda: process_state.sockets(self.node) <= self.sockets, "more sockets than before are open")
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
        release = wire.pdu(wire.RELEASE_RQ)
        for name, data, expected in (("a release", release, [wire.RELEASE_RP]), ("an abort", wire.pdu(wire.ABORT), []),
                                     ("a release within a command", wire.data_pdu(1, 1, b"\0\0\0\0") + release, None)):
            with self.subTest(name):
                association = self.association()
                association.send(data)
                ended = association.ends()
                self.assertTrue(ended == expected if expected is not None else len(ended) <= 1, ended)

    def test_single_bytes_are_put_together(self):
        whole = wire.associate_request(TWO_CONTEXTS)
        peer = self.connect()
        peer.send_bytewise(whole)
        self.assertEqual(peer.read_pdu()[0], wire.ASSOCIATE_AC)
        peer.send_bytewise(wire.request(1, wire.C_ECHO_RQ, wire.VERIFICATION))
        self.assertEqual(peer.answers()[-1][0][wire.STATUS], 0)
        key = identifier({STUDY_UID: ""})
        # Every fragment holds one byte, and every byte is sent alone.
        for control, bytes_of in ((1, find_command(2)), (0, key)):
            for at in range(len(bytes_of)):
                last = 2 if at + 1 == len(bytes_of) else 0
                peer.send_bytewise(wire.data_pdu(3, control | last, bytes_of[at:at + 1]))
        self.assertEqual(len(peer.answers()) - 1, len(self.region.studies))
        peer.send_bytewise(wire.pdu(wire.RELEASE_RQ))
        self.assertEqual(peer.ends(), [wire.RELEASE_RP])

    def test_a_message_may_be_split_anywhere(self):
        association = self.association()
        context, key, command = association.context_of(wire.FIND), identifier({STUDY_UID: "1.2.3"}), find_command()
        for at in range(len(command) + 1):
            association.send(wire.data_pdu(context, 1, command[:at]), wire.data_pdu(context, 3, command[at:]),
                             wire.data_pdu(context, 2, key))
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
        request = wire.associate_request(TWO_CONTEXTS)
        find = wire.request(3, wire.C_FIND_RQ, wire.FIND, study_key())
        command_end = len(find) - len(wire.data_pdu(3, 2, study_key()))
        before = (b"", request[:3], request[:6], request[:80], request[:-1])
        after = (b"", find[:4], find[:6], find[:12], find[:40], find[:command_end], find[:command_end + 20], find[:-1],
                 find * 3)
        for _ in range(4):
            for prefix in before:
                self.connect().send(prefix)
            for prefix in after:
                self.association(contexts=(wire.VERIFICATION, wire.FIND)).send(prefix)
        self.assertGreaterEqual(process_state.connections(self.node, self.port), 4 * (len(before) + len(after)) - 1)
        self.assert_answers()
        self.assert_workers_are_free()

    def test_answers_that_nobody_reads_hinder_nobody(self):
        images = identifier({SOP_UID: "", STUDY_DESCRIPTION: "", SERIES_DESCRIPTION: "", 0x00080080: ""}, "IMAGE")
        study = identifier({STUDY_UID: self.uid("02-head-mr")})
        with contextlib.ExitStack() as held:
            for _ in range(2 * QUERIES):
                asker = held.enter_context(Association(self.port, contexts=(wire.FIND,), receive_buffer=2048,
                                                       extensions={wire.FIND: b"\1"}))
                asker.send(wire.request(1, wire.C_FIND_RQ, wire.FIND, images) * 10)
            self.assert_answers()
            for _ in range(OPERATIONS - 1):
                asker = held.enter_context(Association(self.port, contexts=(wire.GET, part10.MR_IMAGE), roles=[part10.MR_IMAGE],
                                                       receive_buffer=2048))
                asker.send(wire.request(1, wire.C_GET_RQ, wire.GET, study))
            self.assert_answers()

    def test_presentation_contexts_of_every_kind(self):
        explicit = wire.EXPLICIT
        jpeg, worklist = ("1.2.840.10008.1.2.4.50",), "1.2.840.10008.5.1.4.31"
        association = self.association(contexts={1: (wire.VERIFICATION, explicit), 3: ("1.2.3.4", explicit),
                                                 5: (wire.FIND, jpeg), 7: (wire.FIND, ("1.9", *explicit)),
                                                 11: (worklist, explicit), 13: ("9" * 64, explicit)})
        # 3 and 13 may be storage classes of tomorrow: UnknownSopClassAccepted is on.
        results = {number: answer[0] for number, answer in association.accepted.items()}
        self.assertEqual(results, {1: 0, 3: 0, 5: 4, 7: 0, 11: 3, 13: 0})
        association.send(wire.request(5, wire.C_FIND_RQ, wire.FIND, study_key()))
        self.assertEqual(association.ends()[-1:], [wire.ABORT])
        most = self.association(contexts={2 * at + 1: (wire.FIND, explicit) for at in range(128)})
        self.assertEqual(len(most.accepted), 128)
        most.send(wire.request(255, wire.C_FIND_RQ, wire.FIND, identifier({STUDY_UID: "1.2"})))
        self.assertEqual(most.answers()[-1][0][wire.STATUS], 0)
        many = b"".join(wire.context_item(2 * at % 256 | 1, wire.FIND, explicit) for at in range(300))
        for name, contexts, items in (("none", {}, b""), ("no abstract syntax", {1: ("", explicit)}, b""),
                                      ("the same twice", {1: (wire.FIND, explicit)}, wire.context_item(1, wire.FIND, explicit)),
                                      ("an even number", {2: (wire.FIND, explicit)}, b""),
                                      ("no syntaxes", {1: (wire.FIND, ())}, b""), ("300 of them", {}, many)):
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
        instance[STUDY_DESCRIPTION] = ("LO", "a" * 64)
        with Association(self.port, contexts=(part10.CT_IMAGE,), calling="H001_CT") as sender:
            self.assertEqual(sender.store(part10.dataset(instance), part10.CT_IMAGE, instance[SOP_UID][1]), 0)
        association = self.association(extensions={wire.FIND: b"\1\1\1\1"})
        plain = self.association()
        for pattern in ("*a" * 30 + "*b", "*a*" * 20, "?*" * 31, "*?" * 31 + "b", "*" * 63 + "b", "a" * 20 + "*a" * 21,
                        "*a" * 15000 + "b", "=".join(["*a" * 10 + "b"] * 3), "^".join(["*a*a*a*b"] * 5)):
            for asker in (association, plain):
                for tag in (PATIENT_NAME, STUDY_DESCRIPTION, ACCESSION):
                    answers = asker.find(identifier({STUDY_UID: "", tag: pattern}))
                    self.assertIn(answers[-1][0][wire.STATUS], (0, 0xC001, 0xC002), pattern[:20])

    def test_lists_of_a_hundred_thousand_uids(self):
        real = self.uid("12-chest-ct")
        uids = [f"1.2.826.0.1.3680043.10.1999.8.{at}" for at in range(99_999)] + [real]
        contexts = {1: (wire.MOVE, wire.IMPLICIT), 3: (wire.GET, wire.IMPLICIT), 5: (part10.CT_IMAGE, wire.EXPLICIT),
                    7: (wire.FIND, wire.IMPLICIT)}
        association = self.association(contexts=contexts, roles=[part10.CT_IMAGE])

        def key(values):
            return wire.implicit({LEVEL: "STUDY", STUDY_UID: "\\".join(values)})

        images = self.region.studies["12-chest-ct"]["images"]
        association.send(wire.request(3, wire.C_GET_RQ, wire.GET, key(uids)))
        final, _, stored = association.take_stores()
        # Its reports were not offered.
        self.assertEqual((final[wire.STATUS], final[wire.COMPLETED], stored), (0xB000, images, images))
        moved = association.request(wire.C_MOVE_RQ, wire.MOVE, key(uids[:-1]), more={wire.DESTINATION: "H001_WS"})
        self.assertEqual(moved[-1][0][wire.STATUS], 0)
        too_many = association.request(wire.C_MOVE_RQ, wire.MOVE, key([*uids, "1.2.3"]), more={wire.DESTINATION: "H001_WS"})
        self.assertEqual(too_many[-1][0][wire.STATUS], 0xC001)
        found = association.find(key(uids))[-1][0][wire.STATUS]
        self.assertIn(found, (0, 0xC001, 0xC002))

    def test_cancels_of_what_does_not_exist(self):
        association = self.association()
        find = association.context_of(wire.FIND)
        association.send(*(wire.cancel(context, number) for context in association.accepted for number in (0, 1, 2, 0xFFFF)))
        association.send(wire.request(find, wire.C_FIND_RQ, wire.FIND, study_key(), 5), wire.cancel(find, 4) * 500)
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
                association.send(wire.data_pdu(3, 1, data[:60000]), wire.data_pdu(3, 3, data[60000:120000]))
                association.read_pdu()
            with self.association() as association:
                for kind, sop_class in ((wire.C_FIND_RQ, wire.FIND), (wire.C_GET_RQ, wire.GET)):
                    status = association.request(kind, sop_class, data)[-1][0][wire.STATUS]
                    self.assertTrue(status in (0, 0xA900) or status >> 8 in (0xA7, 0xC0), f"{path.name}: {status:x}")
            with self.association(contexts=(part10.CT_IMAGE,), calling="H001_CT") as association:
                self.assertNotEqual(association.store(data, part10.CT_IMAGE, "1.2.3"), 0, path.name)


if __name__ == "__main__":
    unittest.main()
