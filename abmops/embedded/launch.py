"""Becomes another program, as a child that cannot outlive its parent.

`launch.py [--user NAME] PARENT_PID [interrupt] -- COMMAND ...`

Run as a script of its own, with no import from the project, so that a child costs milliseconds and its
privileges are dropped in a process with one thread.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def become(name: str) -> None:
    """Leave root for the user `name`, keeping only the right to pass directories closed to that user.

    A checkout under a home that only root may enter could not be reached otherwise, and opening such
    directories to everybody is not ours to do.
    """
    entry = pwd.getpwnam(name)
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is not None:
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if libc is not None:
        keep_one_right(libc)
    os.environ["HOME"] = "/"


def keep_one_right(libc: ctypes.CDLL) -> None:
    """Of root's rights keep the one to pass closed directories, without the one to write in them where possible."""
    header = _Header(CAPABILITY_VERSION_3, 0)
    held = (_Data * 2)()
    if libc.capget(ctypes.byref(header), ctypes.byref(held)) != 0:
        return
    for right in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        bit = 1 << right
        if held[0].permitted & bit:
            kept = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
            if libc.capset(ctypes.byref(header), ctypes.byref(kept)) == 0:
                libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, right, 0, 0)
            return


def die_with(parent: int, number: signal.Signals) -> None:
    """Have the kernel send `number` when the parent goes, however it goes; Linux only, elsewhere a no-op."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it went before the line above
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Drop privileges, tie the child to its parent, and become the command."""
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1 :]
    if options[0] == "--user":
        become(options[1])
        options = options[2:]
    number = signal.SIGINT if options[1:] == ["interrupt"] else signal.SIGTERM
    die_with(int(options[0]), number)
    os.execvp(command[0], command)  # noqa: S606  (becoming it is the point)


if __name__ == "__main__":
    main(sys.argv[1:])
