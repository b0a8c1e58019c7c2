//! The ids that git gives to files, trees and commits.
//!
//! Owns git's object format, so that labels can name commits before git has
//! built anything. That git agrees is checked when it does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

use crate::environment::Name;
use crate::moment::Moment;

/// An object's id as it is hashed into others.
type Raw = [u8; 20];

/// A file's content and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it holds.
    pub text: Arc<str>,
    /// The id of its blob.
    pub id: Name,
    raw: Raw,
}

impl File {
    /// A file of that content.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let raw = hash("blob", text.as_bytes());
        Self { text, id: hex(raw), raw }
    }
}

/// All files of a commit by their paths.
pub type Tree = BTreeMap<Name, File>;

/// Who wrote something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name as git has it.
    pub name: Name,
    /// The address.
    pub email: Name,
    /// Whole seconds are what git keeps.
    pub at: Moment,
}

impl Signature {
    /// Seconds since 1970.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.at.millis().div_euclid(1_000)
    }

    /// As it stands in a commit.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} <{}> {} +0000", self.name, self.email, self.seconds())
    }
}

/// The id of a tree, and those of the trees in it by path.
#[must_use]
pub fn tree_ids(tree: &Tree) -> BTreeMap<Name, Name> {
    let files: Vec<(&str, &File)> = tree.iter().map(|(path, file)| (&**path, file)).collect();
    let mut ids = BTreeMap::new();
    folder("", &files, &mut ids);
    ids
}

/// Hashes one folder; `files` are those below it, with paths from it.
fn folder(path: &str, files: &[(&str, &File)], ids: &mut BTreeMap<Name, Name>) -> Raw {
    let mut entries: Vec<(String, &str, &str, Raw)> = Vec::new();
    let mut folders: BTreeMap<&str, Vec<(&str, &File)>> = BTreeMap::new();
    for (name, file) in files {
        match name.split_once('/') {
            Some((first, rest)) => folders.entry(first).or_default().push((rest, file)),
            None => entries.push(((*name).to_owned(), "100644", name, file.raw)),
        }
    }
    for (name, files) in folders {
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let raw = folder(&below, &files, ids);
        // Git sorts a folder as if its name ended in a slash.
        entries.push((format!("{name}/"), "40000", name, raw));
    }
    entries.sort();
    let mut body = Vec::new();
    for (_, mode, name, raw) in entries {
        body.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        body.extend_from_slice(&raw);
    }
    let raw = hash("tree", &body);
    ids.insert(path.into(), hex(raw));
    raw
}

/// The id of a commit.
#[must_use]
pub fn commit_id(tree: &str, parents: &[Name], author: &Signature, committer: &Signature, message: &str) -> Name {
    let mut body = format!("tree {tree}\n");
    for parent in parents {
        let _ = writeln!(body, "parent {parent}");
    }
    let _ = write!(body, "author {}\ncommitter {}\n\n{message}", author.line(), committer.line());
    hex(hash("commit", body.as_bytes()))
}

fn hash(kind: &str, body: &[u8]) -> Raw {
    let mut sha = Sha1::new();
    sha.update(format!("{kind} {}\0", body.len()));
    sha.update(body);
    sha.finalize().into()
}

fn hex(raw: Raw) -> Name {
    raw.iter()
        .fold(String::with_capacity(40), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
        .into()
}

/// A SHA-1 of any bytes, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> Name {
    hex(Sha1::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_git_gives() {
        // `printf 'hello\n' | git hash-object --stdin`
        assert_eq!(&*File::new("hello\n").id, "ce013625030ba8dba906f756967f9e9ca394464a");
        // The empty tree is the same everywhere.
        assert_eq!(tree_ids(&Tree::new()).get("").map(|id| &**id), Some("4b825dc642cb6eb9a060e54bf8d69288fbee4904"));
    }
}
