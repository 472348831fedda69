"""The program's door, which is quiet from the first moment.

Importing the command line takes a while, and a user may have changed her mind: until it is there and knows how to end
quietly itself, an interrupt ends the process as it ends a program in C.
"""

import signal
import sys


def main() -> int:
    """Run one command and return its exit code."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is signal.default_int_handler:  # and not ignored, as it is for a job in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reconcile.cli import main as cli

    signal.signal(signal.SIGINT, usual)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
