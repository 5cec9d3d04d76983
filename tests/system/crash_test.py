"""kill -9 at random moments while instances come in and go: after each restart the index equals Orthanc's content."""
import os
import random
import subprocess
import threading
import time
import unittest

from harness import part10
from harness.dimse_tools import AET, tool_path
from harness.system_case import SystemCase

ROUNDS = int(os.environ.get("RECOGNITION_CRASH_ROUNDS", "24"))
SEED = int(os.environ.get("RECOGNITION_CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
STUDIES_A_ROUND = 12
INSTANCES = 8


class Sender(threading.Thread):
    """Sends folders one after another until the server is gone; counts what was answered with Success."""

    def __init__(self, server, folders):
        super().__init__(daemon=True)
        self.server, self.folders, self.stored = server, folders, set()

    def run(self):
        for folder in self.folders:
            done = subprocess.run(
                [tool_path("storescu"), "-v", "-R", "+sd", "-nh", "-to", "3", "-aet", "H001_CT", "-aec", AET, "127.0.0.1",
                 str(self.server.dicom_port), str(folder)],
                env=dict(os.environ, TCP_NODELAY="1"), capture_output=True, timeout=60, check=False)
            sending = None
            for line in (done.stdout + done.stderr).decode("utf-8", "replace").splitlines():
                if line.startswith("I: Sending file: "):
                    sending = line.rsplit("/", 1)[1]
                elif line.startswith("I: Received Store Response (Success)"):
                    self.stored.add(sending.removesuffix(".dcm"))
            if done.returncode:
                return


class CrashTest(SystemCase):
    def round_folders(self, number, chance):
        folders = []
        for at in range(STUDIES_A_ROUND):
            study, folder = part10.new_uid("1"), self.folder / "files" / f"{number}-{at}"
            patient = f"CRASH{chance.randrange(40):04}"
            self.secrets.add(patient)
            for _ in range(INSTANCES):
                sop = part10.new_uid("3")
                part10.write_instance(folder / f"{sop}.dcm", patient_id=patient, study=study, series=study + ".1", sop=sop,
                                      cards=[(f"3309991{patient[5:]}00", "MEDICAL_INSURANCE")])
            folders.append(folder)
        return folders

    def delete_some(self, server, chance, until):
        """Deletes at random while the sender is at work; the server may be gone at any call."""
        try:
            while time.monotonic() < until:
                held = server.get("/studies").json()
                if len(held) > 20:
                    gone = chance.choice(held)
                    self.removed_studies += 1
                    server.delete(f"/studies/{gone}")
                time.sleep(0.05)
        except (OSError, ValueError, KeyError):
            pass

    def test_the_index_equals_orthanc_after_each_kill(self):
        print(f"seed {SEED}, {ROUNDS} rounds (RECOGNITION_CRASH_SEED and RECOGNITION_CRASH_ROUNDS repeat it)", flush=True)
        chance = random.Random(SEED)
        self.removed_studies = 0
        server = self.started()
        killed_while_busy = 0
        for number in range(ROUNDS):
            with_deletions = number % 2 == 1
            sender = Sender(server, self.round_folders(number, chance))
            removed_before = self.removed_studies
            sender.start()
            moment = time.monotonic() + chance.uniform(0.02, 1.2)
            if with_deletions:
                self.delete_some(server, chance, moment)
            time.sleep(max(0.0, moment - time.monotonic()))
            busy = sender.is_alive()
            server.kill()
            sender.join()
            killed_while_busy += busy
            if number % 3 == 2:  # and once more while it is catching up
                server.launch()
                time.sleep(chance.uniform(0.0, 0.6))
                server.kill()
            server.start()
            self.assert_index_equals_orthanc(server)
            if self.removed_studies == removed_before:
                held = self.held_sop_instances(server)
                self.assertEqual(sender.stored - held, set(), f"round {number}: answered with Success and then lost")
        self.assertGreaterEqual(killed_while_busy, ROUNDS // 3, "most kills came when nothing was going on")
        self.assertGreater(len(server.orthanc_instances()), 0)
        self.assertEqual(server.status()["instances"], len(server.orthanc_instances()))

    def held_sop_instances(self, server):
        return {row["MainDicomTags"]["SOPInstanceUID"] for row in server.get("/instances?expand").json()}


if __name__ == "__main__":
    unittest.main()
