"""`python -m system_under_test`."""

from system_under_test.cli import main

if __name__ == "__main__":
    main(prog_name="python -m system_under_test")
