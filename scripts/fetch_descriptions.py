"""Fetches GitHub's own description of its API: its REST operations and its GraphQL schema.

    fetch_descriptions.py FOLDER

They are npm packages, fetched with npm; where there is none or it fails, from the
registry that it is configured with. What arrives has to be what is pinned here. To
renew: change the versions, and take the sums from `npm view NAME@VERSION dist.integrity`.
"""

import base64
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

PACKAGES = {
    "openapi": (
        "23.0.2",
        "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
        "package/generated/api.github.com.json",
    ),
    "graphql-schema": (
        "15.26.1",
        "RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
        "package/schema.graphql",
    ),
}


def stamp():
    """What the folder holds once everything is in it."""
    return "".join(f"{name} {version}\n" for name, (version, _, _) in PACKAGES.items())


REGISTRY = "https://registry.npmjs.org/"


def npm(*arguments, folder):
    """What npm prints, or None where there is none or it fails; then it has said why."""
    if not shutil.which("npm"):
        return None
    done = subprocess.run(["npm", *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def registry(folder):
    """The registry that npm is configured with, else npm's own."""
    configured = npm("config", "get", "registry", folder=folder) or ""
    return (configured if configured.startswith(("https://", "http://")) else REGISTRY).rstrip("/")


def package(name, version, folder):
    """The package's archive, as a path: by npm, else straight from its registry."""
    archive = pathlib.Path(folder) / f"octokit-{name}-{version}.tgz"
    if npm("pack", "--silent", "--pack-destination", folder, f"@octokit/{name}@{version}", folder=folder) is None:
        address = f"{registry(folder)}/@octokit/{name}/-/{name}-{version}.tgz"
        try:
            with urllib.request.urlopen(address, timeout=300) as answer:
                archive.write_bytes(answer.read())
        except OSError as error:
            sys.exit(
                f"GitHub's description @octokit/{name}@{version} cannot be fetched: npm did not bring it, and {address} "
                f"does not answer ({error}). Check the network, the proxy and `npm config get registry`, then try again."
            )
    return archive


def fetch(target):
    target.mkdir(parents=True, exist_ok=True)
    for name, (version, pinned, member) in PACKAGES.items():
        with tempfile.TemporaryDirectory() as folder:
            archive = package(name, version, folder)
            found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            if found != pinned:
                sys.exit(f"@octokit/{name}@{version} is not what is pinned: sha512 {found}")
            with tarfile.open(archive) as opened:
                (target / pathlib.Path(member).name).write_bytes(opened.extractfile(member).read())
    (target / "made-from").write_text(stamp())


def main():
    target = pathlib.Path(sys.argv[1])
    made = target / "made-from"
    if not (made.exists() and made.read_text() == stamp()):
        fetch(target)


if __name__ == "__main__":
    main()
