"""Run the command line: `python -m mistral_conversations`."""

import sys

from mistral_conversations.cli import main

if __name__ == "__main__":
    sys.exit(main())
