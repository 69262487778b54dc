#!/usr/bin/env python
"""Every command of the program starts here."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command named on the command line under the project's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
