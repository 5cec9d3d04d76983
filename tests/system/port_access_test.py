"""Who may ask on the query/retrieve port: as Orthanc decides it for its own, and a stranger gets nothing."""
import json
import time
import unittest

from harness import part10, upper_layer as wire
from harness.dimse_tools import Receiver, echoscu, findscu
from harness.identifiers import SOP_UID, STUDY_UID, identifier
from harness.orthanc_server import free_port
from harness.system_case import RegionCase, SystemCase
from harness.upper_layer import Association

NOT_AUTHORISED = 0x0124
DX_IMAGE = "1.2.840.10008.5.1.4.1.1.1.1"
REJECTED_CALLED, REJECTED_CALLING = bytes([0, 1, 1, 7]), bytes([0, 1, 1, 3])


def as_json(entry):
    return json.dumps(entry).encode()


def modality(aet, host="127.0.0.1", port=104, **more):
    return {"AET": aet, "Host": host, "Port": port, **more}


class PortAccessTest(RegionCase):
    """Storing and echoing is open to everyone, asking is not: as the shipped configuration has it."""

    PORT = free_port()
    settings = {"options": {
        "DicomCheckModalityHost": True,
        "DicomModalities": {
            "H001_WS": modality("H001_WS", port=PORT), "ELSEWHERE": modality("ELSEWHERE", "192.0.2.1"),
            "MOVER": modality("MOVER", AllowFind=False, AllowGet=False), "SEEKER": modality("SEEKER", AllowMove=False)}}}

    def answers(self, calling, kind, sop_class):
        """(final status, number of data sets that came)."""
        key = identifier({STUDY_UID: self.region.studies["11-chest-dr"]["study_instance_uid"]})
        with Association(self.node.query_retrieve_port, calling=calling, roles=[DX_IMAGE],
                         contexts=(wire.FIND, wire.MOVE, wire.GET, DX_IMAGE)) as association:
            association.send(wire.request(association.context_of(sop_class), kind, sop_class, key, 1,
                                          {wire.DESTINATION: "H001_WS"} if kind == wire.C_MOVE_RQ else {}))
            data_sets = 0
            while True:
                context, command, data_set = association.read_message()
                data_sets += data_set is not None
                if command[wire.COMMAND] == wire.C_STORE_RQ:
                    association.send(wire.store_response(context, command))
                elif command[wire.STATUS] not in wire.PENDING:
                    return command[wire.STATUS], data_sets

    def allowed(self, calling):
        """Of FIND, MOVE and GET those that are answered; what is refused gives no data at all."""
        found = set()
        for name, kind, sop_class in (("FIND", wire.C_FIND_RQ, wire.FIND), ("MOVE", wire.C_MOVE_RQ, wire.MOVE),
                                      ("GET", wire.C_GET_RQ, wire.GET)):
            status, data_sets = self.answers(calling, kind, sop_class)
            if status == 0:
                found.add(name)
            else:
                self.assertEqual((status, data_sets), (NOT_AUTHORISED, 0), name)
        return found

    def test_each_asks_what_it_may(self):
        with Receiver(self.PORT) as receiver:
            for calling, expected in (("STRANGER", set()), ("ELSEWHERE", set()), ("MOVER", {"MOVE"}),
                                      ("SEEKER", {"FIND", "GET"})):
                with self.subTest(calling):
                    before = len(receiver.received)
                    self.assertEqual(self.allowed(calling), expected)
                    self.assertEqual(len(receiver.received) > before, "MOVE" in expected)
            self.assertEqual(self.allowed("h001_ws"), {"FIND", "MOVE", "GET"})  # Orthanc compares titles without case

    def test_what_is_open_to_everyone_is_open_to_a_stranger(self):
        self.assertEqual(echoscu(self.node.own_port, aet="STRANGER"), 0)
        elements = part10.instance(patient_id="OPEN0001")
        with Association(self.node.query_retrieve_port, contexts=(part10.CT_IMAGE,), calling="STRANGER") as sender:
            self.assertEqual(sender.store(part10.dataset(elements), part10.CT_IMAGE, elements[SOP_UID][1]), 0)

    def test_the_table_of_modalities_may_change_while_it_runs(self):
        def eventually(expected):
            # Orthanc tells of the change behind its answer to the PUT.
            deadline = time.monotonic() + 20
            while self.allowed("LATE") != expected and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(self.allowed("LATE"), expected)

        with Receiver(self.PORT):
            self.assertEqual(self.allowed("LATE"), set())
            for changed, expected in ((modality("LATE"), {"FIND", "MOVE", "GET"}),
                                      (modality("LATE", AllowGet=False), {"FIND", "MOVE"}),
                                      (modality("LATE", "192.0.2.1"), set())):
                body = as_json(changed)
                self.assertEqual(self.node.request("PUT", "/modalities/late", body).status, 200)
                eventually(expected)
            self.node.request("PUT", "/modalities/late", as_json(modality("LATE")))
            eventually({"FIND", "MOVE", "GET"})
            self.assertEqual(self.node.delete("/modalities/late").status, 200)
            eventually(set())


class RejectionTest(SystemCase):
    def reject(self, server, **how):
        with self.assertRaises(wire.Gone) as caught:
            Association(server.query_retrieve_port, **how).close()
        return caught.exception.pdu

    def test_who_may_do_nothing_gets_no_association(self):
        server = self.started(options={
            "DicomAlwaysAllowEcho": False, "DicomAlwaysAllowStore": False,
            "DicomCheckCalledAet": True, "DicomCheckModalityHost": True,
            "DicomModalities": {"H001_WS": modality("H001_WS"), "ELSEWHERE": modality("ELSEWHERE", "192.0.2.1"),
                                "MUTE": modality("MUTE", AllowEcho=False)}})
        self.assertEqual(self.reject(server, calling="STRANGER"), (wire.ASSOCIATE_RJ, REJECTED_CALLING))
        self.assertEqual(self.reject(server, calling="ELSEWHERE"), (wire.ASSOCIATE_RJ, REJECTED_CALLING))
        self.assertEqual(self.reject(server, calling=""), (wire.ASSOCIATE_RJ, REJECTED_CALLING))
        self.assertEqual(self.reject(server, called="ANOTHER"), (wire.ASSOCIATE_RJ, REJECTED_CALLED))
        self.assertNotEqual(echoscu(server.own_port, aet="STRANGER"), 0)
        self.assertNotEqual(echoscu(server.own_port, called="ANOTHER"), 0)
        self.assertEqual(echoscu(server.own_port), 0)
        with Association(server.query_retrieve_port, calling="MUTE") as mute:
            self.assertEqual(mute.echo(), NOT_AUTHORISED)
        self.assertEqual(findscu(server.own_port, {"StudyInstanceUID": ""}).status, "Success")
        # Wrong in ways that no configuration allows.
        self.assertEqual(self.reject(server, application="1.2.3"), (wire.ASSOCIATE_RJ, bytes([0, 1, 1, 2])))
        self.assertEqual(self.reject(server, version=2), (wire.ASSOCIATE_RJ, bytes([0, 1, 2, 2])))

    def test_one_more_than_the_most_associations_is_turned_away_until_one_ends(self):
        server = self.started(recognition={"QueryRetrieve": {"MaximumAssociations": 3}})
        held = [Association(server.query_retrieve_port) for _ in range(3)]
        self.assertEqual(self.reject(server), (wire.ASSOCIATE_RJ, bytes([0, 2, 3, 2])))
        self.assertEqual([association.echo() for association in held], [0, 0, 0])
        ended = held.pop()
        ended.release()
        held.append(ended)
        for association in held:
            association.close()
        deadline = time.monotonic() + 20
        while True:
            try:
                with Association(server.query_retrieve_port) as association:
                    self.assertEqual(association.echo(), 0)
                    break
            except wire.Gone:
                self.assertLess(time.monotonic(), deadline, "an ended association still counts")


if __name__ == "__main__":
    unittest.main()
