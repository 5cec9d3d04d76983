"""What a server's process holds, as /proc tells it: threads, sockets, memory, connections on one port."""
import os
import pathlib
import time

LISTENING = "0A"  # include/net/tcp_states.h
PATIENCE = 60  # seconds


def _descriptors(pid):
    """What each descriptor is, as text; one that is closed meanwhile is left out."""
    found = []
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(entry.path))
        except FileNotFoundError:
            pass
    return found


def threads(server):
    return len(os.listdir(f"/proc/{server.process.pid}/task"))


def sockets(server):
    return sum(text.startswith("socket:") for text in _descriptors(server.process.pid))


def other_descriptors(server):
    return sum(not text.startswith("socket:") for text in _descriptors(server.process.pid))


def resident_kilobytes(server):
    lines = pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def connections(server, port):
    """Connections of that local port that the process has open."""
    held = {text[8:-1] for text in _descriptors(server.process.pid) if text.startswith("socket:[")}
    count = 0
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{server.process.pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            count += int(fields[1].rsplit(":", 1)[1], 16) == port and fields[3] != LISTENING and fields[9] in held
    return count


def wait_for(condition, what):
    """For what comes soon but not at once."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} within {PATIENCE} s")
        time.sleep(0.02)
