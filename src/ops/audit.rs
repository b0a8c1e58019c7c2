//! The audit log: who decided what, on what, and what came of it. Append-only, one JSON object a line.
//!
//! A write is recorded before it is sent, and again with what became of it. If
//! the first cannot be recorded, nothing is sent. No secrets get here.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::model::clock::Timestamp;
use crate::model::safe_text::harmless_json;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Entry<'a> {
    /// When.
    pub at: Timestamp,
    /// `intended`, or what became of it: `done`, `found` (no answer came, a look shows it), `refused`, `unclear`, `changed`.
    pub outcome: &'a str,
    /// What was decided, in a person's words.
    pub plan: &'a str,
    /// The repository, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<&'a str>,
    /// The environment, where it is about one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<&'a str>,
    /// The run's id, where it is about a run.
    pub run: Option<u64>,
    /// The run's attempt, where it is about a run.
    pub attempt: Option<u64>,
    /// The commit, where it is about one.
    pub sha: Option<&'a str>,
    /// The ids of the gates.
    pub gates: Vec<u64>,
    /// As whom, where that is known.
    pub identity: Option<&'a str>,
    /// What was said with it, or the reason that was given.
    pub comment: &'a str,
    /// Why it did not come about, or is not known to have.
    pub fault: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// A line that says when, what was decided and what became of it; and nothing else yet.
    #[must_use]
    pub const fn of(at: Timestamp, outcome: &'a str, plan: &'a str) -> Self {
        Self {
            at,
            outcome,
            plan,
            repository: None,
            environment: None,
            run: None,
            attempt: None,
            sha: None,
            gates: Vec::new(),
            identity: None,
            comment: "",
            fault: None,
        }
    }
}

/// The audit log.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Nothing is kept where there is no path: the demo leaves no file behind.
    path: Option<PathBuf>,
}

impl Audit {
    /// The log in this file; it and its folder are made when they are needed.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self { path: Some(path) }
    }

    /// A log that keeps nothing.
    #[must_use]
    pub const fn nowhere() -> Self {
        Self { path: None }
    }

    /// Where the log is, by the XDG base directories: `$XDG_STATE_HOME`, else `~/.local/state`.
    ///
    /// # Errors
    /// When neither is set.
    pub fn usual(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, NoHome> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        state.map(|state| Self::at(state.join("quarterdeck/audit.jsonl"))).ok_or(NoHome)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Appends a line, and returns once it is on the disk.
    ///
    /// # Errors
    /// When the file cannot be written: then nothing must be sent.
    pub fn append(&self, entry: &Entry<'_>) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        // Escaped, so that reading the log in a terminal does nothing to it.
        let mut line = harmless_json(&serde_json::to_string(entry)?).into_bytes();
        line.push(b'\n');
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file: File = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        // One write: two consoles that append do not mix their lines.
        file.write_all(&line)?;
        file.sync_all()
    }
}

/// There is no place for the audit log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no place for the audit log: neither XDG_STATE_HOME nor HOME is set")]
pub struct NoHome;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn entry(outcome: &'static str) -> Entry<'static> {
        Entry {
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            outcome,
            plan: "approve #1 of a/b",
            repository: Some("a/b"),
            environment: None,
            run: Some(1),
            attempt: Some(1),
            sha: Some("8a52aea"),
            gates: vec![2],
            identity: Some("ada"),
            comment: "line\nbreak \u{202e}\u{9b}",
            fault: None,
        }
    }

    #[test]
    fn lines_are_appended_and_nobody_else_may_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/quarterdeck/audit.jsonl");
        let audit = Audit::at(path.clone());
        audit.append(&entry("intended")).unwrap();
        audit.append(&entry("done")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains("\"outcome\":\"done\"") && lines[1].contains("line\\nbreak \\u202e\\u009b"), "{text}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Audit::at(file.join("audit.jsonl")).append(&entry("intended")).is_err());
        assert!(Audit::nowhere().append(&entry("intended")).is_ok());
    }

    #[test]
    fn it_lies_where_xdg_says() {
        let of = |pairs: &'static [(&str, &str)]| {
            let variable = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            Audit::usual(&variable).ok().and_then(|audit| audit.path().map(|path| path.display().to_string()))
        };
        assert_eq!(of(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]).as_deref(), Some("/s/quarterdeck/audit.jsonl"));
        assert_eq!(of(&[("XDG_STATE_HOME", "rel"), ("HOME", "/h")]).as_deref(), Some("/h/.local/state/quarterdeck/audit.jsonl"));
        assert_eq!(of(&[]), None);
    }
}
