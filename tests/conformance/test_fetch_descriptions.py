"""How GitHub's description is fetched where npm fails: by a registry that this test serves."""

import functools
import http.server
import importlib.util
import os
import pathlib
import stat
import threading

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "fetch_descriptions.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("fetch_descriptions", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def registry(tmp_path):
    """Serves one archive as npm's registry does."""
    served = tmp_path / "registry" / "@octokit" / "openapi" / "-"
    served.mkdir(parents=True)
    (served / "openapi-1.0.0.tgz").write_bytes(b"the archive")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "registry"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def failing_npm(folder, registry):
    """An npm that cannot pack, but knows its registry."""
    folder.mkdir()
    program = folder / "npm"
    program.write_text(f'#!/bin/sh\n[ "$1" = config ] && echo "{registry}" && exit 0\necho "npm error" >&2\nexit 1\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_where_npm_fails_its_registry_is_asked(script, registry, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", failing_npm(tmp_path / "bin", registry))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert script.package("openapi", "1.0.0", tmp_path).read_bytes() == b"the archive"


def test_what_cannot_be_fetched_is_said(script, registry, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", failing_npm(tmp_path / "bin", registry))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(SystemExit) as stopped:
        script.package("openapi", "2.0.0", tmp_path)
    assert "@octokit/openapi@2.0.0 cannot be fetched" in str(stopped.value) and registry.rstrip("/") in str(stopped.value)
