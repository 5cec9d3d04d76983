"""The 40 ms trap: against tools that keep Nagle's algorithm the node needs less than half of Orthanc's time.

scripts/bench measures by how much; here only the trap itself is felt for, which costs 40 to 90 ms an instance.
"""
import time
import unittest

from harness import part10
from harness.dimse_tools import Receiver, movescu, storescu
from harness.system_case import SystemCase

INSTANCES = 40
UNMODIFIED = {"TCP_NODELAY": None}


class NagleTest(SystemCase):
    def setUp(self):
        super().setUp()
        self.study = part10.new_uid("1")
        for number in range(1, INSTANCES + 1):
            part10.write_instance(self.files_folder() / f"{number:03}.dcm", patient_id="NAGLE001", study=self.study,
                                  series=self.study + ".1", number=number)
        self.secrets.add("NAGLE001")

    def seconds(self, work):
        before = time.monotonic()
        work()
        return time.monotonic() - before

    def times(self, plugin):
        """Seconds to receive the study from an unmodified storescu, and to send it to an unmodified storescp."""
        server = self.started(plugin=plugin)

        def receive():
            _, statuses, said = storescu(server, self.files_folder(), options=("+sd",), environment=UNMODIFIED)
            self.assertEqual(statuses, ["Success"] * INSTANCES, said[-500:])

        def send():
            with Receiver(server.workstation_port, ignore=True):
                moved = movescu(server, {"StudyInstanceUID": self.study})
            self.assertEqual((moved.status, moved.completed), ("0x0000", INSTANCES))

        found = self.seconds(receive), self.seconds(send)
        server.stop()
        return found

    def test_receiving_and_sending_take_less_than_half_of_orthancs_time(self):
        for _ in range(3):  # a machine under load may pause either of them
            shipped, ours = self.times(False), self.times(True)
            print(f"receiving {shipped[0]:.2f} s -> {ours[0]:.2f} s, sending {shipped[1]:.2f} s -> {ours[1]:.2f} s")
            if all(mine < other / 2 for mine, other in zip(ours, shipped)):
                return
        self.fail("in three attempts ours was not twice as fast")


if __name__ == "__main__":
    unittest.main()
