"""``python -m pointbench``."""

import sys

from pointbench.cli import main

if __name__ == "__main__":
    sys.exit(main())
