//! The list of what goes wrong names tests that are there.

use std::path::Path;

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "py") {
            into.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_is_named_for_a_failure_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    for folder in ["src", "tests"] {
        sources(&root.join(folder), &mut text);
    }
    let list = std::fs::read_to_string(root.join("tests/acting/README.md")).unwrap();
    let rows = list.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut missing = Vec::new();
    let mut count = 0;
    for row in rows {
        // Between every two backticks is a name, or what stands between two names.
        for name in row.split('`').skip(1).step_by(2) {
            count += 1;
            if !text.contains(&format!("fn {name}(")) && !text.contains(&format!("def {name}(")) {
                missing.push(name);
            }
        }
    }
    assert!(count > 30, "{count} tests are named");
    assert_eq!(missing, Vec::<&str>::new());
}
