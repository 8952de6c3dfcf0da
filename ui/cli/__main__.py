"""`python -m ui.cli` is `beleg`."""

from ui.cli.main import main

main()
