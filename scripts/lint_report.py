"""Fails on any warning in the messages of a build, and prints each once.

The lib and its tests are two compilations of the same code, and give most
warnings twice. Dependencies give none: cargo caps their lints.
"""

import json
import sys

COUNTED = ("warning", "error")


def main():
    seen = {}
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            message = entry.get("message")
            if entry["reason"] == "compiler-message" and message["level"] in COUNTED and message["spans"]:
                seen.setdefault(message["rendered"], message["level"])
    for rendered in seen:
        print(rendered)
    print(f"{len(seen)} warnings and errors.")
    sys.exit(1 if seen else 0)


main()
