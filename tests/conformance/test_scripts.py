"""The check of the checks in scripts/: each must find what it is there for."""

import pathlib
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import check_licences  # noqa: E402
import check_stacks  # noqa: E402

ALLOW = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"}
LICENCES = [
    ("MIT", True),
    ("GPL-3.0-only", False),
    ("MIT OR GPL-3.0-only", True),
    ("GPL-3.0-only OR MIT", True),
    ("MIT AND GPL-3.0-only", False),
    ("MIT/Apache-2.0", True),
    ("(MIT OR GPL-3.0-only) AND GPL-3.0-only", False),
    ("GPL-3.0-only OR MIT AND GPL-3.0-only", False),
    ("GPL-3.0-only OR MIT AND Apache-2.0", True),
    ("Apache-2.0 WITH LLVM-exception", True),
    ("MIT WITH LLVM-exception", False),
    ("", False),
    ("(MIT", False),
    ("MIT MIT", False),
]


@pytest.mark.parametrize(("licence", "expected"), LICENCES, ids=[row[0] or "none" for row in LICENCES])
def test_a_licence_expression_is_read_as_spdx_means_it(licence, expected):
    assert check_licences.is_allowed(licence, ALLOW) is expected


ONE_STACK = {name: {"1.2.3"} for name in check_stacks.ONE_VERSION}


@pytest.fixture
def at_the_root(monkeypatch):
    monkeypatch.chdir(SCRIPTS.parent)


def offenders(crates):
    return {(name, version) for name, version, _sentence in check_stacks.offences(crates)}


def test_one_stack_is_no_offence(at_the_root):
    assert offenders(ONE_STACK) == set()


@pytest.mark.parametrize("name", ["aws-lc-sys", "aws-lc-rs", "native-tls", "openssl-sys", "openssl"])
def test_a_second_tls_stack_is_an_offence(at_the_root, name):
    assert offenders({**ONE_STACK, name: {"0.9.1"}}) == {(name, "0.9.1")}


@pytest.mark.parametrize("name", ["hyper", "rustls", "h2", "http"])
def test_a_second_major_version_is_an_offence(at_the_root, name):
    found = offenders({**ONE_STACK, name: {"0.21.12", "0.23.46"}})
    assert found == {(name, "0.21.12"), (name, "0.23.46")}


def test_a_stack_that_is_not_there_is_an_offence(at_the_root):
    """Or else a renamed crate would switch the check off."""
    assert offenders({name: versions for name, versions in ONE_STACK.items() if name != "rustls"}) == {("rustls", None)}


def test_a_second_patch_version_is_none(at_the_root):
    assert offenders({**ONE_STACK, "http": {"1.4.0", "1.5.0"}}) == set()


WARNING = '{"reason":"compiler-message","message":{"level":"%s","rendered":"%s","spans":[{}]}}'


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        (['{"reason":"compiler-artifact"}'], 0, "0 warnings"),
        ([WARNING % ("note", "a")], 0, "0 warnings"),
        ([WARNING % ("warning", "a"), WARNING % ("warning", "a")], 1, "1 warnings"),
        ([WARNING % ("warning", "a"), WARNING % ("error", "b")], 1, "2 warnings"),
    ],
    ids=["none", "a note", "the same twice", "a warning and an error"],
)
def test_a_lint_is_reported_once(tmp_path, lines, code, said):
    messages = tmp_path / "build.json"
    messages.write_text("\n".join(lines) + "\n")
    done = subprocess.run([sys.executable, SCRIPTS / "lint_report.py", messages], capture_output=True, text=True)
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout


def test_a_skipped_test_counts_as_failed(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite><testcase/><testcase><skipped/></testcase>"
        "<testcase><failure/></testcase><testcase><error/></testcase></testsuite></testsuites>"
    )
    done = subprocess.run([sys.executable, SCRIPTS / "count_junit.py", report], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "3"]
