"""Fails when a second TLS or HTTP stack enters the dependency tree.

One careless default feature brings one in: features unify, so a single
crate that asks for `default-https-client` is enough, and adds minutes to
the first build and a second set of certificates and vulnerabilities.
"""

import re
import subprocess
import sys
import tomllib

# All else that `cargo deny` would refuse too is in deny.toml.
ONE_VERSION = ["hyper", "rustls", "h2", "http", "http-body", "tokio-rustls", "hyper-rustls", "ring"]
CRATE = re.compile(r"^(\S+) v(\d+)\.(\d+)\.\S+")


def cargo_tree(*arguments):
    command = ["cargo", "tree", "--locked", "--workspace", "--target", "all", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def crates_in_tree():
    """Every crate of the tree with its versions, dev and build dependencies included."""
    crates = {}
    for line in cargo_tree("--prefix", "none", "--format", "{p}").splitlines():
        match = CRATE.match(line)
        if match:
            crates.setdefault(match[1], set()).add(line.split(" ")[1].removeprefix("v"))
    return crates


def major(version):
    """What semantic versioning holds incompatible: 1.x, but 0.13.x and 0.14.x."""
    parts = version.split(".")
    return parts[0] if parts[0] != "0" else f"0.{parts[1]}"


def banned():
    with open("deny.toml", "rb") as file:
        return {entry["crate"]: entry["reason"] for entry in tomllib.load(file)["bans"]["deny"]}


def offences(crates):
    """(crate, version, sentence) for all that must not be there."""
    for name, reason in banned().items():
        for version in crates.get(name, ()):
            yield name, version, f"{name} {version} is in the tree: {reason}"
    for name in ONE_VERSION:
        versions = crates.get(name, set())
        if len({major(version) for version in versions}) != 1:
            for version in sorted(versions) or [None]:
                yield name, version, f"{name} must be there in exactly one major version, not {sorted(versions)}."


def features(*selection):
    """Every crate of what is selected, on this machine, with each set of features it is built with."""
    command = ["cargo", "tree", "--locked", *selection, "--prefix", "none", "--format", "{p} {f}"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {line.removesuffix(" (*)") for line in lines if CRATE.match(line)}


def built_twice():
    """A sentence for each crate that the tests need with other features than the program.

    Such a crate and all that stand on it are built once for `cargo run` and
    once more for `cargo test`: with the SDKs on top, minutes.
    """
    tests = features("--workspace", "--edges", "normal,build,dev")
    for line in sorted(features("--edges", "normal,build") - tests):
        name = line.split(" ")[0]
        wanted = " and ".join(sorted(other for other in tests if other.split(" ")[0] == name))
        yield None, None, f"The program has {line}; the tests have {wanted}: ask for the same features in [dependencies]."


def main():
    crates = crates_in_tree()
    found = list(offences(crates)) + list(built_twice())
    for name, version, sentence in found:
        print(sentence)
        if version:
            print(cargo_tree("--invert", f"{name}@{version}"))
    if not found:
        print(", ".join(f"{name} {' '.join(sorted(crates[name]))}" for name in ONE_VERSION))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
