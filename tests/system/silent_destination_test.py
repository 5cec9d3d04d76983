"""Receivers that take a connection and then say nothing: whoever sends elsewhere does not wait for them."""
import contextlib
import socket
import unittest

from harness import process_state, upper_layer as wire
from harness.dimse_tools import Receiver, movescu
from harness.identifiers import STUDY_UID, identifier
from harness.orthanc_server import free_port
from harness.system_case import RegionCase
from harness.upper_layer import Association, Listener

OPERATIONS = 2  # far fewer than the moves that stand
SILENT_MOVES = 6
STUDY = "12-chest-ct"


def modality(aet, port):
    return {"AET": aet, "Host": "127.0.0.1", "Port": port, "Timeout": 600}


class SilentDestinationTest(RegionCase):
    MUTE, STALLED, GOOD = free_port(), free_port(), free_port()
    settings = {"recognition": {"QueryRetrieve": {"MaximumOperations": OPERATIONS}, "Fetch": {"AssociationsPerDestination": 1}},
                "options": {"DicomModalities": {"H001_WS": modality("H001_WS", GOOD), "MUTE": modality("MUTE", MUTE),
                                                "STALLED": modality("STALLED", STALLED)}}}

    def move(self, association, destination):
        key = identifier({STUDY_UID: self.region.studies[STUDY]["study_instance_uid"]})
        association.send(wire.request(association.context_of(wire.MOVE), wire.C_MOVE_RQ, wire.MOVE, key, 1,
                                      {wire.DESTINATION: destination}))

    def test_others_get_their_images_while_silent_moves_stand(self):
        port = self.node.query_retrieve_port
        study = {"StudyInstanceUID": self.region.studies[STUDY]["study_instance_uid"]}
        with contextlib.ExitStack() as held:
            held.enter_context(contextlib.closing(socket.create_server(("127.0.0.1", self.MUTE))))
            stalled = held.enter_context(Listener(self.STALLED))
            movers = [held.enter_context(Association(port)) for _ in range(SILENT_MOVES)]
            for number, mover in enumerate(movers):
                self.move(mover, "MUTE" if number % 2 else " stalled")  # a title is compared without spaces and case
            acceptor = held.enter_context(stalled.accept())
            acceptor.take_store()  # and no word after that
            for mover in movers:  # each has said that it goes on, so all of them stand
                self.assertEqual(mover.read_message()[1][wire.STATUS], 0xFF00)
            with Receiver(self.GOOD) as receiver:
                moved = movescu(self.node.own_port, study)
                self.assertEqual((moved.status, len(receiver.received)), ("0x0000", self.region.objects(STUDY)))
            # Those that stand are cancelled like others.
            for mover in movers:
                mover.send(wire.cancel(mover.context_of(wire.MOVE), 1))
            for mover in movers:
                status = 0xFF00
                while status == 0xFF00:
                    status = mover.read_message()[1][wire.STATUS]
                self.assertEqual(status, 0xFE00)
        process_state.wait_for(lambda: process_state.connections(self.node, port) == 0, "an ended association is still open")


if __name__ == "__main__":
    unittest.main()
