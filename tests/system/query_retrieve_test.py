"""The query/retrieve port: statuses, counters, character sets, limits, cancelling, extended negotiation, storing.

Asked with bytes of our own where a tool would hide the status or the bytes of an answer.
"""
import shutil
import unittest

from harness import part10, upper_layer as wire
from harness.dimse_tools import Receiver, findscu, movescu, read_file, storescu, value
from harness.identifiers import (CHARACTER_SET, DIAGNOSES, FAILED_LIST, PATIENT_ID, PATIENT_NAME, SERIES_UID, STUDY_DATE,
                                 STUDY_TIME, STUDY_UID, identifier)
from harness.system_case import RegionCase, SystemCase
from harness.upper_layer import Association, Listener
from move_test import CT_ONLY

STORAGE = {"CT": part10.CT_IMAGE, "SR": "1.2.840.10008.5.1.4.1.1.88.11", "PDF": part10.ENCAPSULATED_PDF}


def uid_values(raw):
    return {uid.strip("\0 ") for uid in raw.decode().split("\\")}


class StatusTest(RegionCase):
    """What is answered, to the number."""

    settings = {"recognition": {"Aets": {"H002_WS": {"CharacterSet": "GB18030"}, "H003_WS": {"MaximumAnswers": 2}}}}

    def association(self, **how):
        association = Association(self.node.query_retrieve_port, **how)
        self.addCleanup(association.close)
        return association

    def find(self, keys, level="STUDY", aet="H001_WS", **how):
        """(final status, data sets of the answers, statuses of the answers)."""
        answers = self.association(calling=aet).find(identifier(keys, level, **how))
        return (answers[-1][0][wire.STATUS], [wire.read_dataset(data) for _, data in answers[:-1]],
                {command[wire.STATUS] for command, _ in answers[:-1]})

    def move(self, keys, level="STUDY", destination="H001_WS"):
        """(final command, its data set)."""
        return self.association().request(wire.C_MOVE_RQ, wire.MOVE, identifier(keys, level),
                                          more={wire.DESTINATION: destination})[-1]

    def uid(self, key):
        return self.region.studies[key]["study_instance_uid"]

    def reports_of(self, key):
        return {report["sop_instance_uid"] for report in self.region.studies[key]["reports"]}

    # ---- C-FIND ----

    def test_a_key_that_is_not_supported_is_told_by_the_status_of_each_answer(self):
        keys = {STUDY_UID: self.uid("01-chest-ct")}
        self.assertEqual(self.find(keys)[2], {0xFF00})
        status, answers, pending = self.find({**keys, DIAGNOSES: ""})
        self.assertEqual((status, len(answers), pending), (0, 1, {0xFF01}))

    def test_a_query_of_no_level_is_refused_and_says_which_element(self):
        for level in ("", "NOWHERE", "PATIENT"):  # the study root has no patient level
            with self.subTest(level):
                status, answers, _ = self.find({STUDY_UID: ""}, level)
                self.assertEqual((status, answers), (0xA900, []))
        without = part10.dataset({STUDY_UID: ("UI", "")})
        self.assertEqual(self.association().find(without)[-1][0][wire.STATUS], 0xA900)
        nothing = self.association()
        nothing.send(wire.request(nothing.context_of(wire.FIND), wire.C_FIND_RQ, wire.FIND))
        self.assertEqual(nothing.answers()[-1][0][wire.STATUS], 0xA900)

    def test_more_answers_than_an_ae_may_have_are_refused_behind_the_first(self):
        status, answers, _ = self.find({STUDY_UID: "", PATIENT_ID: self.region.card("P1", "HEALTH_CARD")}, aet="H003_WS")
        self.assertEqual((status, len(answers)), (0xA700, 2))
        exactly = self.find({STUDY_UID: "\\".join(self.region.persons["P1"]["studies"][:2])}, aet="H003_WS")
        self.assertEqual((exactly[0], len(exactly[1])), (0, 2))
        self.assertEqual(len(self.find({STUDY_UID: ""})[1]), len(self.region.studies))

    def test_answers_are_in_the_character_set_of_the_ae(self):
        name, keys = self.region.persons["P1"]["patient_name"], {STUDY_UID: self.uid("01-chest-ct"), PATIENT_NAME: ""}
        for aet, asked_in, expected in (("H002_WS", None, "GB18030"), ("H002_WS", "ISO_IR 192", "GB18030"),
                                        ("H001_WS", None, "ISO_IR 192"), ("H001_WS", "ISO_IR 192", "ISO_IR 192"),
                                        ("H001_WS", "GB18030", "GB18030"), ("H001_WS", "GBK", "GBK")):
            with self.subTest(aet=aet, asked_in=asked_in):
                more = {CHARACTER_SET: asked_in} if asked_in else {}
                _, answers, _ = self.find({**keys, **more}, aet=aet)
                codec = "utf-8" if expected == "ISO_IR 192" else expected
                self.assertEqual([answer[CHARACTER_SET].strip() for answer in answers], [expected.encode()])
                self.assertTrue(answers[0][PATIENT_NAME].rstrip() == name.encode(codec), "the name's bytes")

    def test_a_question_is_read_in_its_character_set(self):
        name = self.region.persons["P1"]["name"]
        expected = set(self.region.persons["P1"]["studies"])
        for term, codec in (("GB18030", "gb18030"), ("GBK", "gbk"), ("ISO_IR 192", "utf-8")):
            with self.subTest(term):
                _, answers, _ = self.find({CHARACTER_SET: term, PATIENT_NAME: name, STUDY_UID: ""}, encoding=codec)
                self.assertTrue(expected <= {answer[STUDY_UID].decode().strip("\0") for answer in answers})

    def test_names_match_by_sound_only_where_that_was_negotiated(self):
        key = identifier({PATIENT_NAME: "zhangwei", STUDY_UID: ""})
        plain = self.association()
        self.assertEqual(plain.extensions, {})
        self.assertEqual(len(plain.find(key)), 1)
        fuzzy = self.association(extensions={wire.FIND: b"\1\1\1\1"})
        self.assertEqual(fuzzy.extensions, {wire.FIND: b"\1\1\1\1"})
        found = {wire.read_dataset(data)[STUDY_UID].decode().strip("\0") for _, data in fuzzy.find(key)[:-1]}
        self.assertTrue(set(self.region.persons["P1"]["studies"]) <= found)

    def test_dates_and_times_are_one_moment_only_where_that_was_negotiated(self):
        uid = self.uid("01-chest-ct")
        known = self.find({STUDY_UID: uid, STUDY_DATE: "", STUDY_TIME: ""})[1][0]
        day, time = known[STUDY_DATE].decode().strip(), known[STUDY_TIME].decode().strip()[:6]
        self.assertTrue("000000" < time < "235959")
        # From the day before at a later time: as one moment earlier than the study, as two ranges beside its time.
        before = f"{int(day[:4]) - 1}{day[4:]}"
        key = identifier({STUDY_UID: uid, STUDY_DATE: f"{before}-{day}", STUDY_TIME: f"235959-{time}"})
        self.assertEqual(len(self.association().find(key)), 1)
        self.assertEqual(len(self.association(extensions={wire.FIND: b"\0\1"}).find(key)), 2)

    # ---- C-MOVE and C-GET ----

    def test_a_destination_that_nobody_knows_is_a801(self):
        command, data_set = self.move({STUDY_UID: self.uid("01-chest-ct")}, destination="NOWHERE")
        self.assertEqual((command[wire.STATUS], data_set), (0xA801, None))
        self.assertNotIn(wire.COMPLETED, command)

    def test_a_destination_where_nobody_listens_is_a702_and_all_are_listed_as_failed(self):
        command, data_set = self.move({STUDY_UID: self.uid("04-head-ct")})
        objects = self.region.objects("04-head-ct")
        self.assertEqual((command[wire.STATUS], command[wire.COMPLETED], command[wire.FAILED]), (0xA702, 0, objects))
        self.assertEqual(uid_values(wire.read_dataset(data_set)[FAILED_LIST]),
                         {value(read_file(path), "00080018") for path in self.region.files("04-head-ct")})

    def test_the_failed_are_listed_when_a_receiver_refuses_a_class(self):
        profile = self.folder / "ct_only.cfg"
        profile.write_text(CT_ONLY)
        study = self.region.studies["01-chest-ct"]
        with Receiver(self.node.workstation_port, options=("-xf", str(profile), "Default")) as receiver:
            command, data_set = self.move({STUDY_UID: study["study_instance_uid"]})
            received = set(receiver.received)
        self.assertEqual([command.get(key) for key in (wire.STATUS, wire.COMPLETED, wire.FAILED, wire.WARNING)],
                         [0xB000, study["images"], len(study["reports"]), 0])
        self.assertNotIn(wire.REMAINING, command)
        self.assertEqual(uid_values(wire.read_dataset(data_set)[FAILED_LIST]), self.reports_of("01-chest-ct"))
        self.assertEqual(len(received), study["images"])

    def test_what_a_c_get_did_not_offer_is_listed_as_failed(self):
        association = self.association(contexts=(wire.GET, part10.CT_IMAGE), roles=[part10.CT_IMAGE])
        study = self.region.studies["01-chest-ct"]
        association.send(wire.request(1, wire.C_GET_RQ, wire.GET, identifier({STUDY_UID: study["study_instance_uid"]})))
        command, data_set, stored = association.take_stores()
        self.assertEqual((command[wire.STATUS], command[wire.COMPLETED], command[wire.FAILED]),
                         (0xB000, study["images"], len(study["reports"])))
        self.assertEqual(stored, study["images"])
        self.assertEqual(uid_values(wire.read_dataset(data_set)[FAILED_LIST]), self.reports_of("01-chest-ct"))

    def test_statuses_of_the_receiver_are_counted(self):
        study = self.region.studies["02-head-mr"]
        contexts = (wire.GET, part10.MR_IMAGE, STORAGE["SR"], STORAGE["PDF"])
        association = self.association(contexts=contexts, roles=contexts[1:])
        association.send(wire.request(1, wire.C_GET_RQ, wire.GET, identifier({STUDY_UID: study["study_instance_uid"]})))
        answers = iter((0xA700, 0xB007, 0xC000))
        command, data_set, _ = association.take_stores(lambda: next(answers, 0))
        objects = self.region.objects("02-head-mr")
        self.assertEqual([command[key] for key in (wire.STATUS, wire.COMPLETED, wire.FAILED, wire.WARNING)],
                         [0xB000, objects - 3, 2, 1])
        self.assertEqual(len(uid_values(wire.read_dataset(data_set)[FAILED_LIST])), 2)

    def test_a_retrieval_without_its_unique_key_is_a900(self):
        for level, keys in (("STUDY", {STUDY_UID: ""}), ("SERIES", {STUDY_UID: self.uid("01-chest-ct"), SERIES_UID: ""}),
                            ("", {STUDY_UID: self.uid("01-chest-ct")}), ("PATIENT", {PATIENT_ID: "1"}),
                            ("STUDY", {STUDY_UID: "1.2.*"})):
            with self.subTest(level=level):
                self.assertEqual(self.move(keys, level)[0][wire.STATUS], 0xA900)
                get = self.association().request(wire.C_GET_RQ, wire.GET, identifier(keys, level))
                self.assertEqual(get[-1][0][wire.STATUS], 0xA900)

    def test_nothing_to_retrieve_is_success_without_sub_operations(self):
        command, _ = self.move({STUDY_UID: part10.new_uid()})
        self.assertEqual([command.get(key, 0) for key in (wire.STATUS, wire.COMPLETED, wire.FAILED)], [0, 0, 0])

    def test_a_sub_operation_names_the_move_that_asked(self):
        originator, its_message = 0x1030, 0x1031
        with Listener(self.node.workstation_port) as listener:
            asker = self.association()
            asker.send(wire.request(asker.context_of(wire.MOVE), wire.C_MOVE_RQ, wire.MOVE,
                                    identifier({STUDY_UID: self.uid("11-chest-dr")}), 77, {wire.DESTINATION: "H001_WS"}))
            with listener.accept() as receiver:
                context, command, _ = receiver.take_store()
                self.assertEqual((command[originator], command[its_message]), ("H001_WS", "M"))  # 77 is an M
                receiver.answer_store(context, command)
                self.assertEqual(asker.answers()[-1][0][wire.STATUS], 0)

    # ---- C-CANCEL ----

    def test_a_waiting_query_that_is_cancelled_gives_nothing_more(self):
        association = self.association()
        context, key = association.context_of(wire.FIND), identifier({STUDY_UID: ""})
        # In one segment: the second cannot have begun when its C-CANCEL is read.
        association.send(wire.request(context, wire.C_FIND_RQ, wire.FIND, key, 1),
                         wire.request(context, wire.C_FIND_RQ, wire.FIND, key, 2), wire.cancel(context, 2))
        first, second = association.answers(), association.answers()
        self.assertEqual((first[-1][0][wire.STATUS], len(first) - 1), (0, len(self.region.studies)))
        self.assertEqual((second[-1][0][wire.STATUS], len(second) - 1), (0xFE00, 0))
        self.assertEqual(association.echo(), 0)

    def test_a_running_query_is_cancelled(self):
        association = self.association()
        context, key = association.context_of(wire.FIND), identifier({STUDY_UID: ""})
        seen = set()
        for number in range(1, 101):  # a short query may be through before it is stopped
            association.send(wire.request(context, wire.C_FIND_RQ, wire.FIND, key, number), wire.cancel(context, number))
            seen.add(association.answers()[-1][0][wire.STATUS])
            if 0xFE00 in seen:
                break
        self.assertIn(0xFE00, seen)
        self.assertLessEqual(seen, {0, 0xFE00})
        tool = findscu(self.node.own_port, {"StudyInstanceUID": ""}, extra=("--cancel", "1"))
        self.assertRegex(tool.status, "Cancel|Success")

    def test_a_get_is_cancelled_between_two_instances(self):
        association = self.association(contexts=(wire.GET, part10.CT_IMAGE), roles=[part10.CT_IMAGE])
        association.send(wire.request(1, wire.C_GET_RQ, wire.GET, identifier({STUDY_UID: self.uid("04-head-ct")})))
        context, command, _ = association.read_message()
        self.assertEqual(command[wire.COMMAND], wire.C_STORE_RQ)
        association.send(wire.cancel(1, 1), wire.store_response(context, command))
        final, _, stored = association.take_stores()
        self.assertEqual((final[wire.STATUS], stored), (0xFE00, 0))
        self.assertEqual(sum(final[key] for key in (wire.COMPLETED, wire.FAILED, wire.WARNING, wire.REMAINING)),
                         self.region.objects("04-head-ct"))
        self.assertEqual(final[wire.COMPLETED], 1)

    def test_a_move_is_cancelled_while_its_receiver_waits(self):
        with Listener(self.node.workstation_port) as listener:
            asker = self.association()
            context = asker.context_of(wire.MOVE)
            asker.send(wire.request(context, wire.C_MOVE_RQ, wire.MOVE, identifier({STUDY_UID: self.uid("02-head-mr")}), 1,
                                    {wire.DESTINATION: "H001_WS"}))
            with listener.accept() as receiver:
                receiver.take_store()
                asker.send(wire.cancel(context, 1))
                final = asker.answers()[-1][0]
                with self.assertRaises(wire.Gone):  # ended, although it never got its answer
                    receiver.read_message()
        self.assertEqual(final[wire.STATUS], 0xFE00)
        self.assertGreater(final[wire.REMAINING], 0)
        self.assertEqual(sum(final[key] for key in (wire.COMPLETED, wire.FAILED, wire.WARNING, wire.REMAINING)),
                         self.region.objects("02-head-mr"))
        self.assertEqual(asker.echo(), 0)

    def test_a_move_ends_when_its_asker_has_gone(self):
        for goes in (lambda asker: asker.close(), lambda asker: asker.send(wire.pdu(wire.ABORT)),
                     lambda asker: asker.send(wire.pdu(wire.RELEASE_RQ))):
            with Listener(self.node.workstation_port) as listener, Association(self.node.query_retrieve_port) as asker:
                asker.send(wire.request(asker.context_of(wire.MOVE), wire.C_MOVE_RQ, wire.MOVE,
                                        identifier({STUDY_UID: self.uid("02-head-mr")}), 1, {wire.DESTINATION: "H001_WS"}))
                with listener.accept() as receiver:
                    receiver.take_store()
                    goes(asker)
                    with self.assertRaises(wire.Gone):
                        receiver.read_message()

    def test_a_cancel_of_nothing_changes_nothing(self):
        association = self.association()
        context = association.context_of(wire.FIND)
        association.send(wire.cancel(context, 5))
        self.assertEqual(len(association.find(identifier({STUDY_UID: self.uid("01-chest-ct")}), number=6)), 2)
        association.send(wire.cancel(context, 6), wire.cancel(1, 6))
        self.assertEqual(association.echo(), 0)

    # ---- all of it ----

    def test_one_association_carries_all_services_one_after_the_other(self):
        association = self.association(contexts=(wire.VERIFICATION, wire.FIND, wire.MOVE, wire.GET, part10.CT_IMAGE,
                                                 STORAGE["SR"], STORAGE["PDF"]),
                                       roles=[part10.CT_IMAGE, STORAGE["SR"], STORAGE["PDF"]])
        keys = identifier({STUDY_UID: self.uid("04-head-ct")})
        with Receiver(self.node.workstation_port):
            for _ in range(2):
                self.assertEqual(association.echo(), 0)
                self.assertEqual(len(association.find(keys)), 2)
                moved = association.request(wire.C_MOVE_RQ, wire.MOVE, keys, more={wire.DESTINATION: "H001_WS"})
                self.assertEqual(moved[-1][0][wire.STATUS], 0)
                association.send(wire.request(7, wire.C_GET_RQ, wire.GET, keys))
                self.assertEqual(association.take_stores()[0][wire.STATUS], 0)
        self.assertEqual(association.release(), [wire.RELEASE_RP])

    def test_a_service_in_another_ones_context_is_0122(self):
        association = self.association()
        association.send(wire.request(association.context_of(wire.VERIFICATION), wire.C_FIND_RQ, wire.FIND,
                                      identifier({STUDY_UID: ""})))
        self.assertEqual(association.answers()[-1][0][wire.STATUS], 0x0122)


class StoreTest(SystemCase):
    """C-STORE on our port: the sender's title says whose numbers they are, as on Orthanc's port."""

    NUMBER = "SHARED01"

    def store(self, server, study, aet, **what):
        path = self.files_folder() / f"{study}.dcm"
        part10.write_instance(path, patient_id=self.NUMBER, study=study, **what)
        code, statuses, said = storescu(server, path, aet=aet, options=())
        self.assertEqual((code, statuses), (0, ["Success"]), said[-500:])
        return path

    def test_a_number_without_issuer_is_the_sending_hospitals(self):
        self.secrets |= {self.NUMBER, "First^Person", "Second^Person"}
        server = self.started()
        first, second, third = (part10.new_uid("1") for _ in range(3))
        files = [self.store(server.own_port, first, "H001_CT", name="First^Person"),
                 self.store(server.own_port, second, "H002_CT", name="Second^Person"),
                 self.store(server, third, "H001_CT", name="First^Person")]  # through Orthanc's port

        def found(issuer, aet="H003_WS"):
            keys = {"PatientID": self.NUMBER, "StudyInstanceUID": "", **({"IssuerOfPatientID": issuer} if issuer else {})}
            return sorted(findscu(server.own_port, keys, aet=aet).column("0020000D"))

        for attempt in ("as stored", "with an index made anew"):
            with self.subTest(attempt):
                self.assertEqual(found("H001"), sorted([first, third]))
                self.assertEqual(found("H002"), [second])
                self.assertEqual(found("", "H001_WS"), sorted([first, third]))
                self.assertEqual(found("", "H002_WS"), [second])
                self.assertEqual(found("", "H003_WS"), [])
                self.assertEqual(server.status()["persons"], 2)
            server.stop()
            shutil.rmtree(server.folder / "data" / "index")
            server.start()
        held = {}
        for orthanc_id in server.orthanc_instances():
            data = server.get(f"/instances/{orthanc_id}/file").body
            model = self.model(data)
            held[value(model, "0020000D")] = (data[data.index(b"\x08\x00\x05\x00CS"):], model)
        for path, study in zip(files, (first, second, third)):
            sent = path.read_bytes()
            self.assertTrue(held[study][0] == sent[sent.index(b"\x08\x00\x05\x00CS"):], "not the bytes that were sent")

    def model(self, data):
        path = self.folder / "held.dcm"
        path.write_bytes(data)
        return read_file(path)

    def test_what_cannot_be_stored_is_told(self):
        self.secrets |= {"WRONG001"}
        server = self.started()
        elements = part10.instance(patient_id="WRONG001")
        whole, sop = part10.dataset(elements), elements[0x00080018][1]
        with Association(server.query_retrieve_port, contexts=(part10.CT_IMAGE, wire.VERIFICATION),
                         calling="H001_CT") as sender:
            def status(data_set, uid=sop, sop_class=part10.CT_IMAGE):
                sender.send(wire.request(1, wire.C_STORE_RQ, sop_class, data_set, 1, {wire.SOP_INSTANCE: uid}))
                command = sender.answers()[-1][0]
                self.assertEqual((command[wire.COMMAND], command[wire.SOP_INSTANCE]), (0x8001, uid))
                return command[wire.STATUS]

            self.assertEqual(status(whole, uid=part10.new_uid()), 0xA900)
            self.assertEqual(status(whole, sop_class=part10.MR_IMAGE), 0xA900)
            self.assertIn(status(whole[:200]), (0xA900, 0xC000))
            without = {tag: entry for tag, entry in elements.items() if tag not in (STUDY_UID, SERIES_UID)}
            self.assertEqual(status(part10.dataset(without)), 0xA900)
            self.assertIn(status(b"\xff" * 500) & 0xF000, (0xA000, 0xC000))
            self.assertEqual(server.orthanc_instances(), set())
            self.assertEqual(status(whole), 0)
            self.assertEqual(status(whole), 0)  # again
            other = {**elements, 0x7FE00010: ("OB", bytes(reversed(elements[0x7FE00010][1])) + b"\x55\xAA")}
            self.assertEqual(status(part10.dataset(other)), 0x0111)  # its UID is held with other pixels
            self.assertEqual(status(whole), 0)
            self.assertEqual(sender.echo(), 0)
        self.assertEqual(len(server.orthanc_instances()), 1)
        found = findscu(server.own_port, {"PatientID": "WRONG001", "IssuerOfPatientID": "H001", "StudyInstanceUID": ""})
        self.assertEqual(found.column("0020000D"), [elements[STUDY_UID][1]])
        self.assert_index_equals_orthanc(server)

    def test_a_syntax_that_nobody_here_decodes_is_kept_and_sent_on_as_it_is(self):
        self.secrets |= {"PACKED01"}
        jpeg_2000 = "1.2.840.10008.1.2.4.90"
        fragments = (b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x08\0\0\0noimage!" + b"\xfe\xff\xdd\xe0\0\0\0\0")
        elements = part10.instance(patient_id="PACKED01", more={0x7FE00010: ("OB", None)})
        data_set = part10.dataset(elements) + b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + fragments
        server, sop = self.started(), elements[0x00080018][1]
        with Association(server.query_retrieve_port, contexts=(part10.CT_IMAGE,), syntaxes=(jpeg_2000,),
                         calling="H001_CT") as sender:
            self.assertEqual(sender.store(data_set, part10.CT_IMAGE, sop), 0)
        with Association(server.query_retrieve_port, roles=[part10.CT_IMAGE], contexts={
                1: (wire.GET, (part10.EXPLICIT_LITTLE_ENDIAN,)), 3: (part10.CT_IMAGE, (jpeg_2000,))}) as asker:
            asker.send(wire.request(1, wire.C_GET_RQ, wire.GET, identifier({STUDY_UID: elements[STUDY_UID][1]})))
            context, command, got = asker.read_message()
            self.assertEqual((context, command[wire.SOP_INSTANCE]), (3, sop))
            self.assertTrue(got == data_set, "not the bytes that were sent")


if __name__ == "__main__":
    unittest.main()
