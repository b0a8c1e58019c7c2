//! What runs on the servers that a person named with how to log in to them.

use futures_util::future::join_all;

use super::found::{DraftHost, DraftHostedApp};
use crate::cli::complain;
use crate::hosts::found::{self, FoundApps};
use crate::model::destination::Destination;
use crate::model::fault::Fault;
use crate::model::safe_text::safe;

/// Adds the apps that are found there to those that were named; whether every one of these servers let this user in.
pub async fn look(hosts: &mut [DraftHost]) -> bool {
    let looks = join_all(hosts.iter().map(of)).await;
    let mut is_let_in = true;
    for (host, told) in hosts.iter_mut().zip(looks) {
        match told {
            None => {}
            Some(Ok(found)) => add(host, found),
            Some(Err(fault)) => {
                is_let_in = false;
                complain(&safe(&format!("{}: {fault}; it is written as it was named", host.name)));
            }
        }
    }
    is_let_in
}

async fn of(host: &DraftHost) -> Option<Result<FoundApps, Fault>> {
    let to = Destination::new(host.ssh.as_deref()?).ok()?;
    complain(&format!("logging in to {} to see what runs there", safe(&host.name)));
    Some(found::apps(&to, host.folder.as_deref()).await)
}

/// What a person named counts, and what was found beside it.
fn add(host: &mut DraftHost, found: FoundApps) {
    let FoundApps { folder, apps } = found;
    host.folder = host.folder.take().or(folder);
    let in_folder = |path: &str| {
        host.folder.as_deref().is_some_and(|folder| path.rsplit_once('/').is_some_and(|(at, _)| at == folder.trim_end_matches('/')))
    };
    for (name, path) in apps {
        let path = Some(path).filter(|path| !in_folder(path));
        match host.apps.iter_mut().find(|app| app.name == name) {
            Some(app) => app.path = path,
            None => host.apps.push(DraftHostedApp { name, page: None, path }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_named_stays_and_what_is_found_comes_to_it() {
        let named = DraftHostedApp { name: "wit".into(), page: Some("https://wit.example.com/".into()), path: None };
        let mut host =
            DraftHost { name: "lion".into(), folder: Some("/opt/apps/".into()), apps: vec![named.clone()], ..DraftHost::default() };
        let apps = [("wit", "/opt/apps/wit"), ("old", "/srv/old")].map(|(name, path)| (name.to_owned(), path.to_owned()));
        add(&mut host, FoundApps { folder: Some("/srv".into()), apps: apps.into() });
        assert_eq!(host.folder.as_deref(), Some("/opt/apps/"));
        assert_eq!(host.apps, [named, DraftHostedApp { name: "old".into(), page: None, path: Some("/srv/old".into()) }]);
    }
}
