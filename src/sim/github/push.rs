//! `on.push`: which branches, tags and paths start a workflow.
//!
//! Owns GitHub's rules about which of the filters counts for what.

use saphyr::Yaml;

use super::glob;
use super::workflow::list;

/// `on.push`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    branches: Vec<String>,
    branches_ignore: Vec<String>,
    tags: Vec<String>,
    tags_ignore: Vec<String>,
    paths: Vec<String>,
    paths_ignore: Vec<String>,
}

impl Push {
    /// Reads what stands behind `push`.
    #[must_use]
    pub fn read(inside: &Yaml<'_>) -> Self {
        let of = |name: &str| inside.as_mapping_get(name).map(list).unwrap_or_default();
        Self {
            branches: of("branches"),
            branches_ignore: of("branches-ignore"),
            tags: of("tags"),
            tags_ignore: of("tags-ignore"),
            paths: of("paths"),
            paths_ignore: of("paths-ignore"),
        }
    }

    fn of_branches(&self) -> bool {
        !self.branches.is_empty() || !self.branches_ignore.is_empty()
    }

    fn of_tags(&self) -> bool {
        !self.tags.is_empty() || !self.tags_ignore.is_empty()
    }

    /// Whether a new tag starts the workflow. One that names branches only is not
    /// for tags; paths do not count for them.
    #[must_use]
    pub fn meets_tag(&self, tag: &str) -> bool {
        let wanted = self.tags.is_empty() || glob::any(&self.tags, tag);
        (self.of_tags() || !self.of_branches()) && wanted && !glob::any(&self.tags_ignore, tag)
    }

    /// Whether a push of these files to that branch starts the workflow. One that
    /// names tags only is not for branches.
    #[must_use]
    pub fn meets(&self, branch: &str, files: &[&str]) -> bool {
        let named = self.branches.is_empty() || glob::any(&self.branches, branch);
        let branch = (self.of_branches() || !self.of_tags()) && named && !glob::any(&self.branches_ignore, branch);
        let wanted = self.paths.is_empty() || files.iter().any(|file| glob::any(&self.paths, file));
        // Without any file (an empty commit) nothing is filtered.
        let ignored = !self.paths_ignore.is_empty() && !files.is_empty() && files.iter().all(|file| glob::any(&self.paths_ignore, file));
        branch && wanted && !ignored
    }
}
