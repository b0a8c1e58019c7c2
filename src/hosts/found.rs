//! Which apps a server has that nobody has declared yet: for who writes a configuration.
//!
//! One login, by the script that reads servers anyway; it changes nothing.

use std::collections::BTreeMap;

use crate::model::catalogue::Tier;
use crate::model::destination::Destination;
use crate::model::fault::Fault;
use crate::ssh::{Limits, Ssh};
use crate::survey::{self, Survey};

/// The apps of a server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FoundApps {
    /// The folder that all of them are in; none where they are in several.
    pub folder: Option<String>,
    /// Each by its name, with its folder.
    pub apps: BTreeMap<String, String>,
}

/// Looks for the projects of Docker Compose on a server, and for the folders in `folder`, where one is named.
///
/// # Errors
/// Why nobody could log in there, or what answered instead.
pub async fn apps(to: &Destination, folder: Option<&str>) -> Result<FoundApps, Fault> {
    let command = survey::command(folder, std::iter::empty());
    let output = Ssh::default().run(to, &command, Limits::default()).await.map_err(|error| error.fault())?;
    Ok(of(&survey::read(&output.text(), to.as_str())?))
}

/// The apps that such an answer tells of. Previews are none of their own.
fn of(survey: &Survey) -> FoundApps {
    let folders = survey.apps.iter().map(|app| &*app.path);
    let projects = survey.containers.iter().flatten().map(|container| &*container.folder);
    let mut apps = BTreeMap::new();
    for path in folders.chain(projects) {
        let path = path.trim_end_matches('/');
        let Some((_, name)) = path.rsplit_once('/').filter(|(_, name)| is_app(name)) else { continue };
        apps.entry(name.to_owned()).or_insert_with(|| path.to_owned());
    }
    let parents: Vec<&str> = apps.values().filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    let folder = parents.first().filter(|first| !first.is_empty() && parents.iter().all(|other| other == *first));
    FoundApps { folder: folder.map(|folder| (*folder).to_owned()), apps }
}

/// Whether a folder's name is an app's, and one that a configuration can hold.
fn is_app(name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    is_plain && name.starts_with(|first: char| first.is_ascii_alphanumeric()) && Tier::told_by(name) != Tier::Preview
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(folders: &[&str]) -> FoundApps {
        let container = |folder: &&str| format!("container\tp\t{folder}\tc\trunning\tUp 3 hours\t2026-11-20 02:57:14 +0000 UTC\n");
        let lines: String = folders.iter().map(container).collect();
        of(&survey::read(&format!("quarterdeck 2\n{lines}containers\nend\n"), "lion").unwrap())
    }

    #[test]
    fn apps_are_the_folders_of_projects_and_their_folder_is_the_one_that_all_are_in() {
        let found = told(&["/opt/apps/wit", "/opt/apps/wit/", "/opt/apps/ledger", "/opt/apps/wit-pr-7", ""]);
        assert_eq!(found.folder.as_deref(), Some("/opt/apps"));
        assert_eq!(found.apps.keys().map(String::as_str).collect::<Vec<_>>(), ["ledger", "wit"]);
        let found = told(&["/opt/apps/wit", "/srv/ledger"]);
        assert_eq!((found.folder, found.apps["ledger"].as_str()), (None, "/srv/ledger"));
    }

    #[test]
    fn what_no_configuration_can_hold_is_left_out() {
        assert_eq!(told(&["/opt/a b", "/opt/-x", "/opt/$(id)", "relative", "/"]), FoundApps::default());
    }
}
