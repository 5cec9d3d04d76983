"""Hundreds of open associations cost little and block nobody."""
import contextlib
import os
import resource
import unittest

from harness import process_state, upper_layer as wire
from harness.dimse_tools import Receiver, echoscu, findscu, movescu
from harness.system_case import RegionCase
from harness.upper_layer import Association

IDLE = 500


class ManyAssociationsTest(RegionCase):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 2 * IDLE:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * IDLE, hard), hard))

    def work(self):
        """What a workstation does, each on a new association."""
        asked = self.node.own_port
        study = self.region.studies["12-chest-ct"]["study_instance_uid"]
        self.assertEqual(echoscu(asked), 0)
        found = findscu(asked, {"PatientID": self.region.card("P4", "MEDICAL_INSURANCE"), "StudyInstanceUID": ""})
        self.assertEqual(sorted(found.column("0020000D")), sorted(self.region.persons["P4"]["studies"]))
        with Receiver(self.node.workstation_port) as receiver:
            moved = movescu(asked, {"StudyInstanceUID": study})
            self.assertEqual((moved.status, len(receiver.received)), ("0x0000", self.region.objects("12-chest-ct")))

    def test_five_hundred_idle_associations(self):
        self.work()
        port, threads = self.node.query_retrieve_port, process_state.threads(self.node)
        before = process_state.resident_kilobytes(self.node)
        with contextlib.ExitStack() as held:
            idle = [held.enter_context(Association(port)) for _ in range(IDLE)]
            self.assertEqual(process_state.connections(self.node, port), IDLE)
            each = (process_state.resident_kilobytes(self.node) - before) / IDLE
            print(f"{each:.1f} KB resident for each idle association")
            if not os.environ.get("RECOGNITION_SANITIZER_RUNTIME"):  # which keeps what was freed
                self.assertLess(each, 64)  # measured: 3; a thread or a read buffer for each would be more
            self.assertLess(process_state.threads(self.node), threads + 40)
            self.work()
            self.assertEqual([association.echo() for association in idle], [0] * IDLE)
        process_state.wait_for(lambda: process_state.connections(self.node, port) == 0, "an ended association is still open")
        self.work()

    def test_many_ask_at_once(self):
        port = self.node.query_retrieve_port
        key = wire.implicit({0x00080052: "STUDY", 0x0020000D: "", 0x00100020: self.region.card("P4", "MEDICAL_INSURANCE")})
        with contextlib.ExitStack() as held:
            askers = [held.enter_context(Association(port, syntaxes=(wire.IMPLICIT_LITTLE_ENDIAN,))) for _ in range(64)]
            for round_number in range(1, 11):
                for asker in askers:
                    asker.send(wire.request(asker.context_of(wire.FIND), wire.C_FIND_RQ, wire.FIND, key, round_number))
                for asker in askers:
                    answers = asker.answers()
                    self.assertEqual((answers[-1][0][wire.STATUS], answers[-1][0][wire.RESPONDED_TO]), (0, round_number))
                    self.assertEqual(len(answers) - 1, len(self.region.persons["P4"]["studies"]))


if __name__ == "__main__":
    unittest.main()
