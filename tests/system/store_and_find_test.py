"""Storing: what was stored can be found at once, once, and not after it was deleted."""
import shutil
import time
import unittest

from harness import part10
from harness.dimse_tools import findscu, storescu, value
from harness.system_case import SystemCase


def study_files(folder, patient_id, series=2, instances=3, **more):
    """Writes a study; returns its UID and its files in the order of their numbers."""
    study, files = part10.new_uid("1"), []
    for at in range(series):
        series_uid = part10.new_uid("2")
        for number in range(1, instances + 1):
            path = folder / f"{study}-{at}-{number}.dcm"
            part10.write_instance(path, patient_id=patient_id, study=study, series=series_uid, number=number, **more)
            files.append(path)
    return study, files


COUNTS = {"StudyInstanceUID": "", "NumberOfStudyRelatedSeries": "", "NumberOfStudyRelatedInstances": ""}


class StoreAndFindTest(SystemCase):
    def counts(self, server, patient_id):
        """{study: (series, instances)} as C-FIND answers."""
        found = findscu(self.door(server), {"PatientID": patient_id, **COUNTS})
        self.assertEqual(found.status, "Success")
        rows = [(value(a, "0020000D"), (int(value(a, "00201206")), int(value(a, "00201208")))) for a in found.answers]
        self.assertEqual(len(rows), len(dict(rows)), "a study was answered twice")
        return dict(rows)

    def test_a_query_right_after_the_reply_sees_the_instance(self):
        server, folder = self.started(), self.files_folder()
        for number in range(1, 41):
            uid, path = part10.new_uid("1"), folder / f"{number}.dcm"
            part10.write_instance(path, patient_id=f"NEW{number:04}", study=uid)
            self.secrets.add(f"NEW{number:04}")
            stored = server.post("/instances", path.read_bytes())
            found = server.get(f"/dicom-web/studies?PatientID=NEW{number:04}")
            self.assertEqual((stored.status, found.status), (200, 200))
            self.assertEqual([value(answer, "0020000D") for answer in found.json()], [uid])
        for number in range(41, 51):
            path = folder / f"{number}.dcm"
            part10.write_instance(path, patient_id=f"NEW{number:04}")
            self.secrets.add(f"NEW{number:04}")
            self.assertEqual(storescu(self.door(server), path, options=())[1], ["Success"])
            self.assertEqual(len(self.counts(server, f"NEW{number:04}")), 1)

    def test_receiving_again_late_or_out_of_order_changes_nothing(self):
        server, folder = self.started(), self.files_folder()
        first, first_files = study_files(folder, "ORDER1")
        second, second_files = study_files(folder, "ORDER1")
        self.secrets.add("ORDER1")
        mixed = [path for pair in zip(reversed(first_files), second_files) for path in pair]
        self.assertEqual(storescu(self.door(server), *mixed, options=())[1], ["Success"] * 12)
        expected = {first: (2, 6), second: (2, 6)}
        self.assertEqual(self.counts(server, "ORDER1"), expected)
        before = server.status()
        for _ in range(2):
            self.assertEqual(storescu(self.door(server), *reversed(mixed), options=())[1], ["Success"] * 12)
        server.post("/instances", first_files[0].read_bytes())
        self.assertEqual(self.counts(server, "ORDER1"), expected)
        after = server.status()
        for key in ("persons", "studies", "series", "instances", "identifiers", "reports", "conflicts"):
            self.assertEqual(after[key], before[key], key)
        self.assert_index_equals_orthanc(server)

    def test_what_is_deleted_in_orthanc_leaves_the_index(self):
        server, folder = self.started(), self.files_folder()
        study, files = study_files(folder, "GONE1")
        other, other_files = study_files(folder, "GONE2")
        self.secrets |= {"GONE1", "GONE2"}
        storescu(self.door(server), *files, *other_files, options=())
        of_study = {path: server.post("/instances", path.read_bytes()).json() for path in files}

        def eventually(expected, patient="GONE1"):
            # A deletion reaches a plugin through Orthanc's queue, after Orthanc has answered.
            deadline = time.monotonic() + 10
            while self.counts(server, patient) != expected and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(self.counts(server, patient), expected)

        self.assertEqual(server.delete(f"/instances/{of_study[files[0]]['ID']}").status, 200)
        eventually({study: (2, 5)})
        self.assertEqual(server.delete(f"/series/{of_study[files[0]]['ParentSeries']}").status, 200)
        eventually({study: (1, 3)})
        self.assertEqual(server.delete(f"/studies/{of_study[files[0]]['ParentStudy']}").status, 200)
        eventually({})
        eventually({other: (2, 6)}, "GONE2")
        storescu(self.door(server), files[0], options=())
        eventually({study: (1, 1)})
        self.assert_index_equals_orthanc(server)

    def test_the_index_is_kept_over_a_restart_and_made_anew_when_it_is_lost(self):
        server, folder = self.started(), self.files_folder()
        study, files = study_files(folder, "KEEP1")
        self.secrets.add("KEEP1")
        storescu(self.door(server), *files, options=())
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(self.counts(server, "KEEP1"), {study: (2, 6)})
        server.stop()
        shutil.rmtree(server.folder / "data" / "index")
        server.start()
        self.assertEqual(self.counts(server, "KEEP1"), {study: (2, 6)})
        self.assert_index_equals_orthanc(server)

    def test_what_happened_while_the_plugin_was_not_loaded_is_caught_up(self):
        server, folder = self.started(), self.files_folder()
        deleted, deleted_files = study_files(folder, "AWAY1")
        added, added_files = study_files(folder, "AWAY1")
        self.secrets.add("AWAY1")
        storescu(self.door(server), *deleted_files, options=())
        self.assertEqual(list(self.counts(server, "AWAY1")), [deleted])
        server.stop()
        server.plugin = False
        server.start()
        storescu(self.door(server), *added_files, options=())
        for study in server.get("/studies?expand").json():
            if study["MainDicomTags"]["StudyInstanceUID"] == deleted:
                self.assertEqual(server.delete(f"/studies/{study['ID']}").status, 200)
        server.delete("/changes")  # the log may have been emptied too
        server.stop()
        server.plugin = True
        server.start()
        self.assertEqual(self.counts(server, "AWAY1"), {added: (2, 6)})
        self.assert_index_equals_orthanc(server)


if __name__ == "__main__":
    unittest.main()
