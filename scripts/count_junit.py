"""Prints "PASSED FAILED" of a JUnit report.

A skipped test counts as failed: a check that did not run has shown nothing.
"""

import sys
import xml.etree.ElementTree as ElementTree

passed = failed = 0
for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    if {child.tag for child in case} & {"failure", "error", "skipped"}:
        failed += 1
    else:
        passed += 1
print(passed, failed)
