"""Fails on a dependency whose licence deny.toml does not allow.

`cargo deny check licenses` says the same where it is installed; building it
takes longer than the whole of this project.
"""

import re
import subprocess
import sys
import tomllib

TOKEN = re.compile(r"\(|\)|/|[^\s()/]+")


def allowed():
    with open("deny.toml", "rb") as file:
        return set(tomllib.load(file)["licenses"]["allow"])


def licences():
    """(crate, licence expression) for every crate that is built on any platform."""
    command = ["cargo", "tree", "--locked", "--workspace", "--target", "all", "--prefix", "none", "--format", "{p}\t{l}"]
    listing = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = {line.removesuffix(" (*)") for line in listing.splitlines()}
    return sorted(tuple(row.split("\t")) for row in rows if "\t" in row)


class Expression:
    """An SPDX licence expression: AND binds closer than OR, `/` is an old OR."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)

    def holds(self, allow):
        value = self.either(allow)
        if self.tokens:
            raise ValueError(f"cannot read what follows {self.tokens}")
        return value

    def either(self, allow):
        value = self.both(allow)
        while self.tokens and self.tokens[0] in ("OR", "/"):
            self.tokens.pop(0)
            value = self.both(allow) or value
        return value

    def both(self, allow):
        value = self.single(allow)
        while self.tokens and self.tokens[0] == "AND":
            self.tokens.pop(0)
            value = self.single(allow) and value
        return value

    def single(self, allow):
        token = self.tokens.pop(0)
        if token == "(":
            value = self.either(allow)
            if not self.tokens or self.tokens.pop(0) != ")":
                raise ValueError("a parenthesis is not closed")
            return value
        if self.tokens and self.tokens[0] == "WITH":
            self.tokens.pop(0)
            token = f"{token} WITH {self.tokens.pop(0)}"
        return token in allow


def is_allowed(licence, allow):
    try:
        return Expression(licence).holds(allow)
    except (IndexError, ValueError):
        return False


def main():
    allow = allowed()
    rows = licences()
    refused = [(crate, licence) for crate, licence in rows if not is_allowed(licence, allow)]
    for crate, licence in refused:
        print(f"{crate} is under '{licence or 'no licence'}', which deny.toml does not allow.")
    print(f"{len(rows)} crates, {len(refused)} refused.")
    sys.exit(1 if refused or not rows else 0)


if __name__ == "__main__":
    main()
