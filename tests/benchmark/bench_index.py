"""The suite "index": questions to indexes of several sizes, without Orthanc and without a network. fill_index makes
each, index_bench asks it; by default 5,000 and 50,000 studies, with --full also 500,000 and 5,000,000 (22 GB of disk,
and most of an hour)."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TARGETS = ("index_bench", "fill_index")
SIZES = (5_000, 50_000)
FULL_SIZES = (50_000, 500_000, 5_000_000)
STUDIES_A_PERSON = 5
REPORTS_A_STUDY = 4
# Issue 3, at 5,000,000 studies: what is wanted of a section's questions, in microseconds.
CARD = "card, with verdict"
CARD_P50_US, CARD_P99_US, FIRST_ANSWER_US, FLAT, MEMORY_MIB = 1000, 5000, 20_000, 1.5, 300


def measure(programs, studies, folder, options):
    database = pathlib.Path(folder) / f"{studies}.db"
    subprocess.run([str(programs / "fill_index"), "--database", str(database), "--studies", str(studies),
                    "--persons", str(studies // STUDIES_A_PERSON), "--reports", str(studies * REPORTS_A_STUDY)],
                   check=True, stdout=sys.stderr)
    effort = ["--repeat", "200", "--seconds", "0.5"] if options.quick else ["--repeat", "5000", "--seconds", "5"]
    rounds = []
    for number in range(1 if options.quick else options.rounds):
        print(f"{studies} studies, round {number + 1}", file=sys.stderr)
        cold = ["--cold"] if number == 0 else []
        done = subprocess.run([str(programs / "index_bench"), "--database", str(database), "--json", *cold, *effort],
                              stdout=subprocess.PIPE, text=True, check=True)
        rounds.append(json.loads(done.stdout))
    database.unlink()
    return rounds


def run(options):
    programs = pathlib.Path(os.environ["RECOGNITION_BINARY_DIR"])
    sizes = FULL_SIZES if options.full else SIZES[:1] if options.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="bench-index-") as folder:
        return {"sizes": [{"studies": size, "rounds": measure(programs, size, folder, options)} for size in sizes]}


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def medians(rounds):
    """(section, name) -> p50 and p99, each the median over the rounds that have the question."""
    samples = {}
    for one in rounds:
        for question in one["questions"]:
            samples.setdefault((question["section"], question["name"]), []).append(question)
    return {key: {figure: median([one[figure] for one in found]) for figure in ("p50_us", "p99_us", "per_second")}
            for key, found in samples.items()}


def wanted(figures, smallest, rounds):
    largest = figures[max(figures)]
    card = largest[("one thread, complete answers", CARD)]
    storing = [figure for (section, name), figure in largest.items() if "stored" in section and name.startswith("1 ")]
    broad = [figure["p99_us"] for (section, _), figure in largest.items() if section.endswith("first answer")]
    many = [figure["per_second"] for (_, name), figure in largest.items() if name.startswith("64 ask")]
    ratio = card["p50_us"] / figures[smallest][("one thread, complete answers", CARD)]["p50_us"]
    memory = max(one["memory_most_mib"] for one in rounds)
    return [("by card, p50", f"{card['p50_us']:.0f} us", card["p50_us"] < CARD_P50_US),
            ("by card, p99", f"{card['p99_us']:.0f} us", card["p99_us"] < CARD_P99_US),
            ("by card while storing, p50", f"{storing[0]['p50_us']:.0f} us", storing[0]["p50_us"] < CARD_P50_US),
            ("by card while storing, p99", f"{storing[0]['p99_us']:.0f} us", storing[0]["p99_us"] < CARD_P99_US),
            ("largest to smallest, p50", f"{ratio:.2f}", ratio <= FLAT),
            ("first answer, worst p99", f"{max(broad):.0f} us", max(broad) < FIRST_ANSWER_US),
            ("64 ask at once", f"{min(many):.0f} a second", min(many) >= 1000),
            ("memory", f"{memory:.0f} MiB", memory < MEMORY_MIB)]


def table(result):
    figures = {size["studies"]: medians(size["rounds"]) for size in result["sizes"]}
    smallest = min(figures)
    columns = "".join(f"{size:>12,} {'':>9}" for size in figures)
    lines = [f"{'studies':<34}{columns}", f"{'':<34}" + f"{'p50 us':>12} {'p99 us':>9}" * len(figures) + "  ratio of p50"]
    section = None
    for key in figures[max(figures)]:
        if key[0] != section:
            section = key[0]
            lines.append(section)
        cells = [figures[size].get(key) for size in figures]
        ratio = cells[-1]["p50_us"] / figures[smallest][key]["p50_us"]
        many = f"  {cells[-1]['per_second']:.0f} a second" if "ask" in key[1] else ""
        lines.append(f"  {key[1]:<32}" + "".join(f"{cell['p50_us']:>12.0f} {cell['p99_us']:>9.0f}" for cell in cells)
                     + f" {ratio:>6.2f}{many}")
    largest = result["sizes"][-1]["rounds"]
    lines += ["", f"At {max(figures):,} studies ({largest[0]['database_mib']} MiB), wanted at 5,000,000:"]
    lines += [f"  {name:<32} {value:>16}  {'yes' if good else 'NO'}" for name, value, good in
              wanted(figures, smallest, largest)]
    return "\n".join(lines)
