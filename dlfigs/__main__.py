"""Run the command line: python -m dlfigs."""

from dlfigs.cli.main import main

if __name__ == "__main__":
    main(prog_name="dlfigs")
