"""An operation that prints its arguments and fails."""

import sys

if __name__ == "__main__":
    print(*sys.argv[1:])
    sys.exit(1)
