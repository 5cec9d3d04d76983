"""What a comparison found, held against known_differences.tsv."""
import collections
import csv
import pathlib
import time

import tool

LIST = pathlib.Path(__file__).with_name("known_differences.tsv")
SEEN_WITH = "# seen with "
SECONDS_BETWEEN_LINES = 10
UNSTEADY = "unsteady: " # how the reason begins of a difference that is not there every time


class Report:
    """Counts outcomes; one that is not fine must stand in the list."""

    def __init__(self, comparison, known=LIST):
        lines = pathlib.Path(known).read_text(encoding="utf-8").splitlines()
        self.seen_with = next(line[len(SEEN_WITH):] for line in lines if line.startswith(SEEN_WITH))
        rows = csv.reader((line for line in lines if line and not line.startswith("#")), delimiter="\t",
                          quoting=csv.QUOTE_NONE)
        self.known = {(name, outcome): (twin, reason) for of, name, outcome, twin, reason in rows if of == comparison}
        if any(not reason for _, reason in self.known.values()):
            raise ValueError("a known difference has no reason")
        self.counts = collections.Counter()
        self.looked_at, self.met, self.new, self.lines = set(), set(), [], []
        self.told = time.monotonic()

    def names(self):
        """Of the files in the list: they are always looked at."""
        return {name for name, _ in self.known}

    def begin(self, number, total, name):
        """A line now and then: somebody waits."""
        self.looked_at.add(name)
        if time.monotonic() - self.told >= SECONDS_BETWEEN_LINES:
            self.told = time.monotonic()
            print(f"  file {number} of {total}", flush=True)

    def fine(self, name, outcome, words=""):
        self.counts[outcome] += 1
        self.lines.append("\t".join((name, outcome, words)))

    def differs(self, name, outcome, words=""):
        """Of the outcome and its file, whether that is in the list."""
        listed = (name, outcome) in self.known
        self.counts[outcome + (" (known)" if listed else " (NEW)")] += 1
        self.lines.append("\t".join((name, outcome, words, "known" if listed else "NEW")))
        if listed:
            self.met.add((name, outcome))
        else:
            self.new.append("\t".join((name, outcome, words)))
        return listed

    def twin_of(self, name, outcome):
        return self.known.get((name, outcome), ("", ""))[0]

    def finish(self, codec, table=None):
        """Prints all; the exit code of the script."""
        said, code = codec.close()
        if table:
            pathlib.Path(table).write_text("\n".join(sorted(self.lines)) + "\n", encoding="utf-8")
        gone = sorted(key for key in self.known if key[0] in self.looked_at and key not in self.met
                      and not self.known[key][1].startswith(UNSTEADY))
        same_peers = tool.versions() == self.seen_with
        print(f"{len(self.looked_at)} files: " +
              ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items())))
        for line in self.new:
            print("NEW DIFFERENCE\t" + line)
        for name, outcome in gone:
            print(f"LISTED, BUT NO LONGER DIFFERENT\t{name}\t{outcome}")
        if gone and not same_peers:
            print(f"The list was made with {self.seen_with}; here are {tool.versions()}. This alone is no failure.")
        if said:
            print("A LIBRARY WAS NOT SILENT:\n" + said[:2000])
        if code != 0:
            print(f"CODEC_TOOL ENDED WITH {code}")
        if not self.looked_at:
            print("NOTHING WAS COMPARED")
        return 1 if self.new or (gone and same_peers) or said or code != 0 or not self.looked_at else 0
