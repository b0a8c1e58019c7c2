//! The stream from which `git fast-import` builds a repository.
//!
//! Owns its syntax. The ids that come out are those that [`super::objects`]
//! worked out; [`super::ask`] compares them.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::history::History;

/// The mark of the commit at a place: marks are never 0.
#[must_use]
pub const fn mark(place: usize) -> usize {
    place + 1
}

/// Writes the stream of the commits from a place on: those before it are in the
/// repository already. Blobs have the marks after those of the commits.
#[must_use]
pub fn stream(history: &History, from: usize) -> String {
    let mut text = String::with_capacity(64 * 1024);
    let mut blobs: HashMap<&str, usize> = HashMap::new();
    let mut next = history.commits().len() + 1;
    for (place, commit) in history.commits().iter().enumerate().skip(from) {
        for file in commit.tree.values() {
            if !blobs.contains_key(&*file.id) {
                blobs.insert(&file.id, next);
                let _ = write!(text, "blob\nmark :{next}\ndata {}\n{}\n", file.text.len(), file.text);
                next += 1;
            }
        }
        // A ref for each: what no branch holds any more is to be found all the same.
        let _ = write!(
            text,
            "commit refs/sim/{place}\nmark :{}\nauthor {}\ncommitter {}\ndata {}\n{}\n",
            mark(place),
            commit.author.line(),
            commit.committer.line(),
            commit.message.len(),
            commit.message
        );
        for (number, parent) in commit.parents.iter().enumerate() {
            let word = if number == 0 { "from" } else { "merge" };
            match history.at(*parent).filter(|_| *parent < from) {
                Some(known) => drop(writeln!(text, "{word} {}", known.id)),
                None => drop(writeln!(text, "{word} :{}", mark(*parent))),
            }
        }
        text.push_str("deleteall\n");
        for (path, file) in commit.tree.iter() {
            let blob = blobs.get(&*file.id).copied().unwrap_or_default();
            let _ = writeln!(text, "M 100644 :{blob} {path}");
        }
        text.push('\n');
    }
    text.push_str("done\n");
    text
}
