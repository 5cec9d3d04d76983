"""A network namespace for one test program and its children: their loopback and their counters are nobody else's."""
import ctypes
import fcntl
import os
import pathlib
import socket
import struct

_NEW_NET, _NEW_USER = 0x40000000, 0x10000000  # linux/sched.h
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h


def enter():
    """False where the system grants no such thing (a container without the right, for one)."""
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NET | (0 if os.geteuid() == 0 else _NEW_USER)) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(handle, _GET_FLAGS, request))[1]
        fcntl.ioctl(handle, _SET_FLAGS, struct.pack("16sh", b"lo", flags | _UP))
    return True


def counter(name):
    """One of the TcpExt counters of /proc/net/netstat."""
    names, numbers = [line.split() for line in pathlib.Path("/proc/self/net/netstat").read_text().splitlines()
                      if line.startswith("TcpExt:")]
    return int(numbers[names.index(name)])
