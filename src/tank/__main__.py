"""``python -m tank``."""

from tank.cli import main

if __name__ == "__main__":
    main()
