"""`python -m kerasnas` is the `kerasnas` command."""

from kerasnas.cli.main import main

if __name__ == "__main__":
    main()
