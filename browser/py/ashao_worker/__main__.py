"""`python -m ashao_worker`: the native worker."""

import sys

from ashao_worker.homes.native import main

if __name__ == "__main__":
    sys.exit(main())
