"""C-FIND on our port before indexes of generated regions, without Orthanc; for bench_retrieve.py."""
import json
import statistics
import subprocess
import tempfile

from archives import memory_mib, say, verdict
from harness.orthanc_server import AET, BINARY, SOURCE

SMALL = {"persons": 10_000, "studies": 50_000, "reports": 200_000}
QUICK = {"persons": 400, "studies": 2_000, "reports": 8_000}
STORED_PER_SECOND = 100
STATIONS = (1, 8, 64)
ANSWERED = ["0008,0020", "0008,0030", "0008,0050", "0008,0061", "0008,1030", "0010,0010", "0010,0030", "0020,000D", "0020,1208"]
# Each is cancelled after its first answer.
BROAD = (
    ("a day", ["0008,0020=20230615"]),
    ("a month", ["0008,0020=20230601-20230630"]),
    ("a modality", ["0008,0061=CT"]),
    ("a rare modality", ["0008,0061=PT"]),
    ("a name prefix", ["0008,0005=ISO_IR 192", "0010,0010=王*"]),
)


def load(port, caller, stations, seconds, keys, values=None, *options):
    """One run of find_load: its JSON."""
    command = [str(BINARY / "find_load"), "127.0.0.1", str(port), caller, AET, "--stations", str(stations), "--seconds",
               str(seconds), *(["--values", values] if values else []), *options, *ANSWERED, *keys]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds + 300, check=False)
    if done.returncode:
        raise RuntimeError(f"find_load failed: {done.stderr[-500:]}")
    return json.loads(done.stdout)


class FindServer:
    """find_server as a context: .port, .persons, .studies, .web_port; .memory() while it runs."""

    def __init__(self, database, cards, store=0):
        self.command = [str(BINARY / "find_server"), "--database", str(database), "--cards", cards, "--store", str(store)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        if not words:
            raise RuntimeError("find_server did not start")
        self.port, self.persons, self.studies, self.web_port = (int(words[i]) for i in (1, 3, 5, 7))
        return self

    def memory(self):
        return memory_mib(self.process)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(600)
        self.process.stdout.close()


def small_index(size):
    path = SOURCE / "build" / "bench" / f"region-{size['studies']}.db"
    # A newer program may know a newer schema, and takes no index of another one.
    if not path.exists() or path.stat().st_mtime < (BINARY / "fill_index").stat().st_mtime:
        say(f"Filling an index of {size['studies']} studies ...")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        subprocess.run([str(BINARY / "fill_index"), "--database", str(unfinished),
                        *(word for name, number in size.items() for word in (f"--{name}", str(number)))], check=True,
                       stderr=subprocess.DEVNULL)
        unfinished.rename(path)
    return path


def ask_all(server, cards, seconds, number, rows):
    """Adds one sample to each row of questions."""
    for storing in (0, STORED_PER_SECOND):
        for stations in STATIONS:
            with_server = server(storing)
            with with_server as running:
                load(running.port, "H000_WS", stations, seconds / 5, ["0010,0020=@"], cards)  # warms the caches
                asked = load(running.port, "H000_WS", stations, seconds, ["0010,0020=@"], cards)
                rows.setdefault(("card", stations, storing), []).append(asked)
                rows.setdefault("memory", []).append(running.memory())
                say(f"round {number}  {running.studies} studies  storing {storing:3}/s  {stations:2} workstations  "
                    f"{asked['questions'] / asked['seconds']:8.0f}/s  p50 {asked['whole_p50']} us  p99 {asked['whole_p99']} us")
    with server(0) as running:
        for name, keys in BROAD:
            asked = load(running.port, "H000_WS", 1, seconds, keys, None, "--questions", "20", "--first")
            rows.setdefault(("broad", name), []).append(asked)
            say(f"round {number}  {running.studies} studies  {name}: first answer p50 {asked['first_p50']} us, most "
                f"{asked['first_most']} us")
        rows["memory"].append(running.memory())
        return {"studies": running.studies, "persons": running.persons}


def run(options):
    """One entry for each index: its size, the medians of the rounds, every sample."""
    seconds = 1 if options.quick else 5
    indexes = []
    for database in [small_index(QUICK if options.quick else SMALL), *(options.index or [])]:
        rows = {}
        with tempfile.NamedTemporaryFile(prefix="recognition-cards-") as cards:
            for number in range(1, (1 if options.quick else options.rounds) + 1):
                size = ask_all(lambda store: FindServer(database, cards.name, store), cards.name, seconds, number, rows)
        entry = {**size, "memory": max(rows.pop("memory")), "card": [], "broad": []}
        for (kind, *what), samples in rows.items():
            def middle(key):
                return statistics.median(sample[key] for sample in samples)
            row = {key: middle(key) for key in samples[0]}
            row["rate"] = statistics.median(sample["questions"] / sample["seconds"] for sample in samples)
            row["samples"] = samples
            names = ("stations", "storing") if kind == "card" else ("name",)
            entry[kind].append({**dict(zip(names, what)), **row})
        indexes.append(entry)
    return indexes


def targets(indexes):
    """For the largest index, and the largest against the smallest."""
    small, large = indexes[0], indexes[-1]

    def card(entry, stations, storing):
        return next(row for row in entry["card"] if (row["stations"], row["storing"]) == (stations, storing))
    rows = []
    for storing in (0, STORED_PER_SECOND):
        also = f", storing {storing}/s" if storing else ""
        one, many = card(large, 1, storing), card(large, STATIONS[-1], storing)
        rows += [(f"C-FIND by card, p50 at the client{also}, us", one["whole_p50"], 1000, True),
                 (f"C-FIND by card, p99 at the client{also}, us", one["whole_p99"], 5000, True),
                 (f"C-FIND by card, {STATIONS[-1]} workstations{also}, /s", many["rate"], 1000, False)]
    if large is not small:
        rows.append(("C-FIND by card, p50 against 1.5 x the small index, us", card(large, 1, 0)["whole_p50"],
                     1.5 * card(small, 1, 0)["whole_p50"], True))
    rows += [(f"first answer to {row['name']}, us", row["first_p50"], 20_000, True) for row in large["broad"]]
    rows.append(("peak memory, MiB", large["memory"], 300, True))
    return rows


def table(indexes):
    lines = []
    for entry in indexes:
        lines += [f"C-FIND by card at {entry['studies']} studies of {entry['persons']} persons, our port without Orthanc",
                  f"{'workstations':>14}{'stored/s':>10}{'answered/s':>12}{'p50 us':>9}{'p99 us':>9}{'most us':>9}{'studies each':>14}"]
        lines += [f"{row['stations']:14}{row['storing']:10}{row['rate']:12.0f}{row['whole_p50']:9.0f}{row['whole_p99']:9.0f}"
                  f"{row['whole_most']:9.0f}{row['answers'] / row['questions']:14.1f}" for row in entry["card"]]
        lines += [f"  first answer to {row['name']:18}p50 {row['first_p50']:6.0f} us, most {row['first_most']:6.0f} us; cancelled: "
                  f"final answer p50 {row['whole_p50']:6.0f} us" for row in entry["broad"]]
        lines += [f"  peak memory {entry['memory']:.0f} MiB", ""]
    return lines + [verdict(*target) for target in targets(indexes)]
