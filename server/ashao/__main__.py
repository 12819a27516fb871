"""`python -m ashao`: the same as the `ashao` command."""

from ashao.cli import main

main()
