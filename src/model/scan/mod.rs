//! What a change carries that a person should know before it ships: read out of its files and patches.
//!
//! A file whose patch is not told is said to be unknown, never to be harmless.

mod calls;
mod migrations;
mod sql;
mod variables;

pub use migrations::{Danger, Migration, MigrationPaths, migrations};
pub use variables::{Found, Variable, VariablePatterns, variables};

use super::commit::ChangedFile;

/// Files that change the platform under the app, or how it is deployed.
///
/// `.ebextensions` and `.platform` are Elastic Beanstalk's ("Advanced environment
/// customization" in its developer guide); the others are the usual names.
#[must_use]
pub fn is_platform_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let below = |folder: &str| path.starts_with(&format!("{folder}/")) || path.contains(&format!("/{folder}/"));
    below(".ebextensions")
        || below(".platform")
        || path.starts_with(".github/workflows/")
        || matches!(
            name,
            "Procfile" | "Dockerfile" | "Dockerrun.aws.json" | "docker-compose.yml" | "compose.yaml" | "Buildfile" | "cron.yaml"
        )
}

/// The files among these that change the platform.
pub fn platform_files(files: &[ChangedFile]) -> impl Iterator<Item = &ChangedFile> {
    files.iter().filter(|file| is_platform_file(&file.path))
}

#[cfg(test)]
mod tests {
    use super::is_platform_file;

    #[test]
    fn platform_files_are_known_by_where_they_lie() {
        for path in
            [".ebextensions/01.config", "app/.platform/nginx/x.conf", "Procfile", "docker/Dockerfile", ".github/workflows/deploy.yml"]
        {
            assert!(is_platform_file(path), "{path}");
        }
        for path in ["h/models.py", "docs/Procfile.md", ".github/CODEOWNERS"] {
            assert!(!is_platform_file(path), "{path}");
        }
    }
}
