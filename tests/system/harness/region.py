"""The demonstration region, small: the same persons, cards and studies with fewer and smaller slices."""
import json
import pathlib
import subprocess

from harness.dimse_tools import storescu
from harness.orthanc_server import BINARY


class Region:
    def __init__(self, folder, slices=4, size=64):
        self.folder = pathlib.Path(folder) / "region"
        subprocess.run([str(BINARY / "region_generator"), "region", "--output", str(self.folder), "--slices",
                        str(slices), "--size", str(size)], check=True, capture_output=True, timeout=300)
        self.manifest = json.loads((self.folder / "manifest.json").read_text())
        self.persons = {person["key"]: person for person in self.manifest["persons"]}
        self.studies = {study["key"]: study for study in self.manifest["studies"]}
        self.by_uid = {study["study_instance_uid"]: study for study in self.manifest["studies"]}

    def send(self, server, keys=None):
        """Sends the named studies (all by default), each part under its modality's AE title, one association a title."""
        parts = {}
        for key, study in self.studies.items():
            for part in study["parts"] if keys is None or key in keys else ():
                parts.setdefault(part["aet"], []).append(part)
        for aet, entries in parts.items():
            folders = [self.folder / part["folder"] for part in entries]
            code, statuses, said = storescu(server, *folders, aet=aet, options=("+sd",))
            if code or statuses != ["Success"] * sum(len(part["files"]) for part in entries):
                raise AssertionError(f"{aet} could not store its studies:\n{said[-1500:]}")

    def files(self, key):
        """All files of a study."""
        return [path for part in self.studies[key]["parts"]
                for path in sorted((self.folder / part["folder"]).glob("*.dcm"))]

    def objects(self, key):
        return sum(len(part["files"]) for part in self.studies[key]["parts"])

    def card(self, person, issuer):
        entries = self.persons[person]["cards"] + self.persons[person]["local_ids"]
        return next(entry["value"] for entry in entries if entry["issuer"] == issuer)

    def secrets(self):
        """What no log may hold: names, dates of birth go with them, and every number."""
        found = set()
        for person in self.persons.values():
            found |= {person["name"], person["patient_name"], *person["patient_name"].split("=")}
            found |= {entry["value"] for entry in person["cards"] + person["local_ids"]}
        return {text for text in found if len(text) > 1}
