//! The mistakes that `scripts/mutants` plants still fit the sources: that script runs too long for every change.

use std::path::Path;

/// What each hunk of a patch wants to find, with the file that it wants it in.
fn wanted(patch: &str) -> Vec<(String, String)> {
    let (mut file, mut hunks) = (String::new(), Vec::new());
    for line in patch.lines() {
        match (line.strip_prefix("--- a/"), line.get(..1)) {
            (Some(name), _) => name.clone_into(&mut file),
            (None, Some("@")) => hunks.push((file.clone(), String::new())),
            (None, Some(" " | "-")) => {
                if let Some((_, text)) = hunks.last_mut() {
                    text.push_str(&line[1..]);
                    text.push('\n');
                }
            }
            _ => {}
        }
    }
    hunks
}

#[test]
fn every_planted_mistake_fits_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    let mut astray = Vec::new();
    for entry in std::fs::read_dir(root.join("scripts/mutants.d")).unwrap() {
        let path = entry.unwrap().path();
        let hunks = wanted(&std::fs::read_to_string(&path).unwrap());
        assert!(!hunks.is_empty(), "{} plants nothing", path.display());
        for (file, text) in hunks {
            count += 1;
            if !std::fs::read_to_string(root.join(&file)).unwrap().contains(&text) {
                astray.push(format!("{} in {file}", path.display()));
            }
        }
    }
    assert!(count > 20, "{count} mistakes are planted");
    assert_eq!(astray, Vec::<String>::new());
}
