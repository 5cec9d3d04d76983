"""QIDO on our web port before indexes of generated regions, without Orthanc; for bench_dicomweb.py."""
import statistics
import tempfile
import urllib.parse

from archives import say, verdict
from dicomweb_cases import JSON, ask
from find_cases import QUICK, SMALL, STORED_PER_SECOND, FindServer, small_index

CONNECTIONS = (1, 6, 64)
# What is asked beside the number; each answer holds every study of the person.
QUESTIONS = (
    ("card", "by card", ""),
    ("modalities", "with ModalitiesInStudy and paging", "&ModalitiesInStudy=CT&includefield=00080061&limit=25&offset=0"),
    ("viewer", "as OHIF asks", "&limit=101&offset=0&fuzzymatching=true&includefield=00081030,00080060"),
)
AT_MOST_US = 5000


def paths(cards, more):
    return [f"/dicom-web/studies?PatientID={urllib.parse.quote(card)}{more}" for card in cards]


def ask_all(database, seconds, number, rows):
    """Adds one sample to each row: {(question, connections, stored a second): [what http_load said]}."""
    for storing in (0, STORED_PER_SECOND):
        with tempfile.NamedTemporaryFile("r", prefix="recognition-cards-") as file:
            with FindServer(database, file.name, storing) as running:
                cards = file.read().split()
                for key, what, more in QUESTIONS:
                    for connections in CONNECTIONS:
                        for length in (seconds / 5, seconds):  # the first warms the caches
                            asked = ask(running.web_port, paths(cards, more), JSON, connections=connections, repeat=1000,
                                        seconds=max(1, round(length)))
                        rows.setdefault((key, connections, storing), []).append(asked)
                        say(f"round {number}  {running.studies} studies  storing {storing:3}/s  {connections:2} connections  "
                            f"{what:34} {asked['requests'] / asked['seconds']:8.0f}/s  p50 {asked['p50']:.0f} us  "
                            f"p99 {asked['p99']:.0f} us")
                rows.setdefault("memory", []).append(running.memory())
                size = {"studies": running.studies, "persons": running.persons}
    return size


def run(options):
    """One entry for each index: its size, medians of the rounds, every sample."""
    indexes = []
    for database in [small_index(QUICK if options.quick else SMALL), *(options.index or [])]:
        rows = {}
        for number in range(1, (1 if options.quick else options.rounds) + 1):
            size = ask_all(database, 1 if options.quick else 5, number, rows)
        entry = {**size, "memory": max(rows.pop("memory")), "rows": []}
        for (key, connections, storing), samples in rows.items():
            row = {name: statistics.median(sample[name] for sample in samples) for name in ("p50", "p99", "most")}
            row["rate"] = statistics.median(sample["requests"] / sample["seconds"] for sample in samples)
            entry["rows"].append({"question": key, "connections": connections, "storing": storing, **row, "samples": samples})
        indexes.append(entry)
    return indexes


def of(entry, question, storing):
    return next(row for row in entry["rows"] if (row["question"], row["connections"], row["storing"]) == (question, 1, storing))


def targets(indexes):
    """For the largest index, and the largest against the smallest."""
    small, large = indexes[0], indexes[-1]
    rows = []
    for question, what, _ in QUESTIONS:
        for storing in (0, STORED_PER_SECOND):
            also = f", storing {storing}/s" if storing else ""
            row = of(large, question, storing)
            rows += [(f"QIDO {what} at {large['studies']} studies{also}, {name}, us", row[name], AT_MOST_US) for name in ("p50", "p99")]
        if large is not small:
            rows.append((f"QIDO {what}, p50 against 1.5 x that at {small['studies']} studies, us", of(large, question, 0)["p50"],
                         1.5 * of(small, question, 0)["p50"]))
    return rows


def table(indexes):
    lines = []
    names = {key: what for key, what, _ in QUESTIONS}
    for entry in indexes:
        lines += [f"QIDO at {entry['studies']} studies of {entry['persons']} persons, our web port without Orthanc, peak memory "
                  f"{entry['memory']:.0f} MiB",
                  f"{'':36}{'connections':>12}{'stored/s':>10}{'answered/s':>12}{'p50 us':>9}{'p99 us':>9}{'most us':>9}"]
        lines += [f"{names[row['question']]:36}{row['connections']:12}{row['storing']:10}{row['rate']:12.0f}{row['p50']:9.0f}"
                  f"{row['p99']:9.0f}{row['most']:9.0f}" for row in entry["rows"]]
        lines.append("")
    return lines + [verdict(*target) for target in targets(indexes)]
