"""The 40 ms trap, counted: acknowledgements that came only when the kernel's delay was over.

A DIMSE message is several small writes. A sender with Nagle's algorithm holds the second until the first is
acknowledged, and a receiver that waits for its own answer acknowledges when the delay of 40 ms has passed: TcpExt
DelayedACKs counts each time. In a network namespace of its own nobody else's traffic is counted. scripts/bench measures
what it costs; here no time is compared.
"""
import unittest

from harness import own_network, part10
from harness.dimse_tools import Receiver, movescu, storescu
from harness.system_case import SystemCase

INSTANCES = 40
FEW = INSTANCES // 4  # a tool that is paused by a busy machine may be late with some
UNMODIFIED = {"TCP_NODELAY": None}


def setUpModule():
    if not own_network.enter():
        raise unittest.SkipTest("no network namespace is granted, and the machine's counters hold everybody's traffic")


class NagleTest(SystemCase):
    def setUp(self):
        super().setUp()
        self.study = part10.new_uid("1")
        for number in range(1, INSTANCES + 1):
            part10.write_instance(self.files_folder() / f"{number:03}.dcm", patient_id="NAGLE001", study=self.study,
                                  series=self.study + ".1", number=number)
        self.secrets.add("NAGLE001")

    def delayed(self, work):
        before = own_network.counter("DelayedACKs")
        work()
        return own_network.counter("DelayedACKs") - before

    def least_delayed(self, work):
        """Of three attempts: a machine under load pauses programs for longer than the delay."""
        counts = []
        while len(counts) < 3 and (not counts or counts[-1] > FEW):
            counts.append(self.delayed(work))
        return min(counts)

    def receive(self, server):
        """From an unmodified storescu, whose Nagle is on."""
        _, statuses, said = storescu(server, self.files_folder(), options=("+sd",), environment=UNMODIFIED)
        self.assertEqual(statuses, ["Success"] * INSTANCES, said[-500:])

    def send(self, server):
        """To an unmodified storescp."""
        with Receiver(server.workstation_port, ignore=True):
            moved = movescu(server, {"StudyInstanceUID": self.study})
        self.assertEqual((moved.status, moved.completed), ("0x0000", INSTANCES))

    def test_orthanc_as_shipped_is_in_the_trap(self):
        """Without this the next test would prove nothing."""
        server = self.started(plugin=False)
        self.assertGreaterEqual(self.delayed(lambda: self.receive(server)), INSTANCES)
        self.assertGreaterEqual(self.delayed(lambda: self.send(server)), INSTANCES)

    def test_neither_of_our_ports_is(self):
        server = self.started()
        for name, door in (("Orthanc's port", server), ("our port", server.own_port)):
            with self.subTest(name):
                received = self.least_delayed(lambda door=door: self.receive(door))
                sent = self.least_delayed(lambda door=door: self.send(door))
                print(f"{name}: delayed acknowledgements for {INSTANCES} instances: {received} received, {sent} sent")
                self.assertLessEqual(received, FEW)
                self.assertLessEqual(sent, FEW)


if __name__ == "__main__":
    unittest.main()
