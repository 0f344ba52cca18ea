"""`python -m convergent_widgets`, the same as the command `convergent-widgets`."""

from convergent_widgets.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
