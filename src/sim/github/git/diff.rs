//! Reading what `git diff` says.
//!
//! Owns the two formats that are asked for: `--raw --numstat -z`, which names
//! every file safely, and the patch, whose parts come in the same order.

use crate::environment::Name;

/// One file of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// added, removed, modified, renamed, copied, changed.
    pub status: &'static str,
    /// Its path.
    pub path: Name,
    /// The path that it had, where it was renamed.
    pub previous: Option<Name>,
    /// The id of its blob; that of the old one where it was removed.
    pub blob: Name,
    /// Added lines.
    pub additions: u64,
    /// Removed lines.
    pub deletions: u64,
    /// The hunks; none for what has no lines.
    pub patch: Option<Name>,
}

/// Reads both outputs.
#[must_use]
pub fn read(names: &str, patch: &str) -> Vec<FileDiff> {
    let mut files = Vec::new();
    let mut counted = 0;
    let mut parts = names.split('\0').filter(|part| !part.is_empty());
    while let Some(part) = parts.next() {
        if let Some(raw) = part.strip_prefix(':') {
            let words: Vec<&str> = raw.split(' ').collect();
            let [_, _, old, new, letter] = words.as_slice() else { continue };
            let renamed = letter.starts_with(['R', 'C']);
            let first = parts.next().unwrap_or("");
            let (previous, path) = if renamed { (Some(first.into()), parts.next().unwrap_or("")) } else { (None, first) };
            let blob = if letter.starts_with('D') { old } else { new };
            let status = status(letter);
            let (path, blob) = (path.into(), (*blob).into());
            files.push(FileDiff { status, path, previous, blob, additions: 0, deletions: 0, patch: None });
        } else {
            let mut counts = part.splitn(3, '\t');
            let mut count = || counts.next().and_then(|text| text.parse().ok()).unwrap_or(0);
            let (added, deleted) = (count(), count());
            if counts.next().is_some_and(str::is_empty) {
                // A rename names both paths after its numbers.
                let _ = (parts.next(), parts.next());
            }
            if let Some(file) = files.get_mut(counted) {
                (file.additions, file.deletions) = (added, deleted);
            }
            counted += 1;
        }
    }
    for (file, hunks) in files.iter_mut().zip(patches(patch)) {
        file.patch = hunks;
    }
    files
}

/// The blob of each changed path out of `--raw --no-renames -z`; none where the path goes.
#[must_use]
pub fn blobs(raw: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    let mut parts = raw.split('\0');
    while let (Some(words), Some(path)) = (parts.next(), parts.next()) {
        let words: Vec<&str> = words.split(' ').collect();
        if let [_, _, _, blob, letter] = words.as_slice() {
            found.push(((!letter.starts_with('D')).then_some(*blob), path));
        }
    }
    found
}

fn status(letter: &str) -> &'static str {
    match letter.chars().next() {
        Some('A') => "added",
        Some('D') => "removed",
        Some('R') => "renamed",
        Some('C') => "copied",
        Some('M') => "modified",
        _ => "changed",
    }
}

/// The hunks of each file of a patch.
fn patches(text: &str) -> Vec<Option<Name>> {
    let mut found: Vec<Option<String>> = Vec::new();
    for line in text.split_inclusive('\n') {
        // Content begins with a blank, a sign or a backslash: this is a header.
        if line.starts_with("diff --git ") {
            found.push(None);
        } else if let Some(last) = found.last_mut() {
            match last {
                Some(hunks) => hunks.push_str(line),
                None if line.starts_with("@@ ") => *last = Some(line.to_owned()),
                None => {}
            }
        }
    }
    found.into_iter().map(|hunks| hunks.map(|hunks| Name::from(hunks.trim_end_matches('\n')))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_hunks_are_put_together() {
        let (a, b) = ("1".repeat(40), "2".repeat(40));
        let names = format!(
            ":100644 100644 {a} {b} M\0a.txt\0:100644 100644 {a} {a} R100\0old.txt\0new.txt\0:100644 000000 {a} {} D\0gone\0\
             2\t1\ta.txt\x000\t0\t\0old.txt\0new.txt\x000\t3\tgone\0",
            "0".repeat(40)
        );
        let patch = "diff --git a/a.txt b/a.txt\nindex 1..2\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,2 @@\n-x\n+y\n+diff --git z\n\
                     diff --git a/old.txt b/new.txt\nsimilarity index 100%\ndiff --git a/gone b/gone\n@@ -1,3 +0,0 @@\n-1\n-2\n-3\n";
        let files = read(&names, patch);
        let told: Vec<_> = files.iter().map(|f| (f.status, &*f.path, f.previous.as_deref(), f.additions, f.deletions)).collect();
        assert_eq!(
            told,
            [("modified", "a.txt", None, 2, 1), ("renamed", "new.txt", Some("old.txt"), 0, 0), ("removed", "gone", None, 0, 3)]
        );
        assert_eq!(files[0].patch.as_deref(), Some("@@ -1 +1,2 @@\n-x\n+y\n+diff --git z"));
        assert_eq!(files[1].patch, None);
        assert_eq!(*files[2].blob, a);
    }
}
