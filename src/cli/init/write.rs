//! A draft as a configuration file: what was found, and beside it, commented out, what a person may want to say.

use std::fmt::Write as _;

use super::found::{Closed, Draft, DraftAccount, DraftApp, DraftGroup, DraftHost, DraftTagged, Sign, Untold, What};
use crate::model::safe_text::safe;

/// So many names are examples.
const NAMED: usize = 3;
/// What may be said of an app.
const PROMOTION: &str = "# How a commit goes to production: approval, tag, release or merge.\n#promotion = \"approval\"\n";
/// What may be said of a target group.
const VERSION: &str = "# What runs on its instances is told by a tag of theirs, by a command that only reads, or by a page of each.\n\
    #version_tag = \"Version\"\n#version_command = \"cat /srv/version\"\n#version_url = \"http://{private_ip}:8000/version\"\n";
/// What may be said of tagged instances.
const STATUS: &str =
    "# What runs there is told as for target groups, or by the status that a pipeline leaves on a commit.\n#status = \"ci: deploy\"\n";
/// What may be said of an account.
const LOGIN: &str = "# What renews its credentials: Enter or ctrl-e lends the terminal to it.\n#login = [\"aws\", \"sso\", \"login\"]\n\
    # A role to read with, and who writes, where that is another: asked for only once something is confirmed.\n\
    #role_arn = \"arn:aws:iam::111122223333:role/reader\"\n#write_role_arn = \"arn:aws:iam::111122223333:role/deployer\"\n";

/// The file's text.
pub fn text(draft: &Draft, closed: &[Closed]) -> String {
    let mut text = String::from(
        "# Quarterdeck's configuration, as quarterdeck init found it. It is yours: change what you like.\n\
         # quarterdeck config check tells every mistake in it, quarterdeck config example has every key.\n",
    );
    for (index, account) in draft.accounts.iter().enumerate() {
        text.push_str(&account_section(account));
        text.push_str(if index == 0 { LOGIN } else { "" });
    }
    for one in closed {
        let profile = one.profile.as_deref().map_or_else(|| "name = \"default\"".to_owned(), |name| format!("profile = {}", quoted(name)));
        let _ = write!(text, "\n# Not read: {}\n#[[accounts]]\n#{profile}\n", safe(&one.why));
    }
    // What a person may add is said where it first could stand.
    for (index, app) in draft.apps.iter().enumerate() {
        text.push_str(&app_section(app));
        text.push_str(if index == 0 { PROMOTION } else { "" });
    }
    let counted = draft.groups.iter().position(|group| group.counts);
    for (index, group) in draft.groups.iter().enumerate() {
        text.push_str(&group_section(group));
        text.push_str(if counted == Some(index) { VERSION } else { "" });
    }
    let counted = draft.tagged.iter().position(|tagged| tagged.counts);
    for (index, tagged) in draft.tagged.iter().enumerate() {
        let has_repository = draft.apps.iter().any(|app| app.name.eq_ignore_ascii_case(&tagged.app) && app.repository.is_some());
        text.push_str(&tagged_section(tagged, has_repository));
        text.push_str(if counted == Some(index) { STATUS } else { "" });
    }
    for host in &draft.hosts {
        text.push_str(&host_section(host));
    }
    for untold in &draft.untold {
        text.push_str(&tier_sections(untold));
    }
    text
}

/// A text as TOML writes it. JSON's escapes are all TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text as a key: bare, where TOML allows it.
fn key(text: &str) -> String {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare { text.to_owned() } else { quoted(text) }
}

/// A section, commented out where it does not count.
fn section(counts: bool, lines: &str) -> String {
    let comment = |line: &str| if counts || line.starts_with('#') { format!("{line}\n") } else { format!("#{line}\n") };
    lines.lines().map(comment).collect()
}

fn account_section(account: &DraftAccount) -> String {
    let DraftAccount { name, profile, account: digits, regions, looked, unread, also } = account;
    let mut lines = String::new();
    let way = profile.as_deref().map_or_else(|| format!("name = {}", quoted(name)), |profile| format!("profile = {}", quoted(profile)));
    let regions_text = if *looked == 1 { "the one region".to_owned() } else { format!("{looked} regions") };
    let _ = match regions.len() {
        _ if *unread > 0 => writeln!(lines, "\n# Account {digits}: {unread} of {regions_text} could not be read, and may hold something."),
        0 => writeln!(lines, "\n# Account {digits}: nothing was found in {regions_text} that were looked through."),
        held => writeln!(lines, "\n# Account {digits}: {held} of {regions_text} hold something."),
    };
    if !also.is_empty() {
        let _ = writeln!(lines, "# These profiles lead to the same account: {}.", safe(&also.join(", ")));
    }
    let _ = writeln!(lines, "[[accounts]]\n{way}");
    if !regions.is_empty() {
        let regions: Vec<String> = regions.iter().map(|region| quoted(region.as_str())).collect();
        let _ = writeln!(lines, "regions = [{}]", regions.join(", "));
    }
    let (blank, rest) = lines.split_at(1);
    format!("{blank}{}", section(!regions.is_empty() || *unread > 0, rest))
}

fn app_section(app: &DraftApp) -> String {
    let DraftApp { name, holds, repository, workflows, .. } = app;
    let mut text = format!("\n# {}\n[apps.{}]\n", safe(holds), key(name));
    match repository {
        Some((repository, sign)) => {
            let by = match sign {
                Sign::Commit => "It holds a commit that runs.",
                Sign::Name => "Found by its name only: is it the right one?",
            };
            let _ = writeln!(text, "# {by}\nrepository = {}", quoted(repository.as_str()));
        }
        None => {
            let _ = writeln!(
                text,
                "# With its repository on GitHub, what has not shipped and what waits to be approved is shown.\n#repository = \"owner/name\""
            );
        }
    }
    if !workflows.is_empty() {
        let _ = writeln!(text, "# Deployed by {}.", safe(&workflows.join(", ")));
    }
    text
}

fn group_section(group: &DraftGroup) -> String {
    let DraftGroup { name, region, account, app, counts } = group;
    let why = if *counts { "" } else { "# Its machines are environments by their tags, below.\n" };
    let lines = format!(
        "{why}[[target_groups]]\nname = {}\nregion = {}\naccount = {}\napp = {}\n",
        quoted(name),
        quoted(region.as_str()),
        quoted(account),
        quoted(app)
    );
    format!("\n{}", section(*counts, &lines))
}

fn tagged_section(tagged: &DraftTagged, has_repository: bool) -> String {
    let DraftTagged { what, tag, region, account, app, counts, is_undecided, note } = tagged;
    let (what, counts) = match what {
        What::Environment(name) => (format!("name = {}", quoted(name)), *counts),
        What::Previews(key) => (format!("pull_tag = {}", quoted(key)), *counts && has_repository),
    };
    let why = match (tagged.counts, counts) {
        (false, _) if *is_undecided => "# Target groups could not be read here: where they are environments, these are not.\n",
        (false, _) => "# Their target groups are environments, above.\n",
        (true, false) => "# Previews need the repository of their app, above.\n",
        (true, true) => "",
    };
    let note = note.map_or_else(String::new, |note| format!("# {note}\n"));
    let lines = format!(
        "{why}{note}[[tagged_instances]]\n{what}\ntags = [{}]\nregion = {}\naccount = {}\napp = {}\n",
        quoted(tag),
        quoted(region.as_str()),
        quoted(account),
        quoted(app)
    );
    format!("\n{}", section(counts, &lines))
}

fn host_section(host: &DraftHost) -> String {
    let mut text = format!("\n[[hosts]]\nname = {}\n", quoted(&host.name));
    let _ = match &host.ssh {
        Some(ssh) => writeln!(text, "ssh = {}", quoted(ssh)),
        None => {
            writeln!(text, "# With it, what runs is read there, by commands that change nothing.\n#ssh = \"deploy@{}\"", safe(&host.name))
        }
    };
    if let Some(folder) = &host.folder {
        let _ = writeln!(text, "folder = {}", quoted(folder));
    }
    for (index, app) in host.apps.iter().enumerate() {
        let _ = writeln!(text, "\n[[hosts.apps]]\nname = {}", quoted(&app.name));
        if let Some(path) = &app.path {
            let _ = writeln!(text, "path = {}", quoted(path));
        }
        match &app.page {
            Some(page) => drop(writeln!(text, "health = {}", quoted(page))),
            None if index == 0 => text.push_str("# A page that says how it is.\n#health = \"https://app.example.com/health\"\n"),
            None => {}
        }
    }
    text
}

/// What a person fills in for environments whose names do not tell what they are for. Those whose names do come first:
/// the first rule that fits counts.
fn tier_sections(untold: &Untold) -> String {
    let Untold { app, names, told } = untold;
    let some: Vec<String> = names.iter().take(NAMED).map(|name| safe(name).into_owned()).collect();
    let more = if names.len() > NAMED { ", …" } else { "" };
    let mut text = format!(
        "\n# {} of {} tell no tier by their names ({}{more}). Unknown counts as production wherever danger is weighed:\n\
         # take the signs away where this is right, and change it where it is not.\n",
        counted(names.len()),
        safe(app),
        some.join(", ")
    );
    for (tier, names) in told {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        let _ = writeln!(text, "#[[tiers]]\n#tier = \"{tier}\"\n#app = {}\n#environments = [{}]", quoted(app), names.join(", "));
    }
    let _ = writeln!(text, "#[[tiers]]\n#tier = \"production\"\n#app = {}", quoted(app));
    text
}

fn counted(count: usize) -> String {
    if count == 1 { "1 environment".to_owned() } else { format!("{count} environments") }
}

/// What is left for a person to fill in, a line for each; safe to show.
pub fn left_open(draft: &Draft) -> Vec<String> {
    let line = |untold: &Untold| {
        let (count, app) = (counted(untold.names.len()), safe(&untold.app).into_owned());
        format!("{count} of {app} tell no tier by their names: fill in [[tiers]] at the end of the file")
    };
    draft.untold.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found::DraftHostedApp;
    use super::*;
    use crate::config::parse;
    use crate::model::catalogue::Tier;

    fn hostile() -> Draft {
        let evil = "a\"b\\c'=[x]#$環";
        Draft {
            accounts: vec![
                DraftAccount {
                    name: evil.into(),
                    profile: Some(evil.into()),
                    account: "1".into(),
                    regions: vec!["us-east-1".into()],
                    looked: 3,
                    unread: 0,
                    also: vec!["x\n[[accounts]]\nname = \"y\"".into()],
                },
                DraftAccount {
                    name: "idle".into(),
                    profile: None,
                    account: "2".into(),
                    regions: Vec::new(),
                    looked: 1,
                    unread: 0,
                    also: Vec::new(),
                },
            ],
            apps: vec![DraftApp {
                name: evil.into(),
                holds: "1 by\nthe tags".into(),
                commits: Vec::new(),
                repository: None,
                workflows: vec!["a\nb".into()],
            }],
            groups: [true, false]
                .map(|counts| DraftGroup {
                    // Letters, digits and hyphens are all that AWS takes there.
                    name: format!("growl-{counts}"),
                    region: "us-east-1".into(),
                    account: evil.into(),
                    app: evil.into(),
                    counts,
                })
                .into(),
            tagged: vec![DraftTagged {
                what: What::Previews(evil.replace('=', "")),
                tag: "k=v".into(),
                region: "us-east-1".into(),
                account: evil.into(),
                app: evil.into(),
                counts: true,
                is_undecided: false,
                note: Some("as it is"),
            }],
            untold: vec![Untold {
                app: evil.into(),
                names: [evil.to_owned(), "b\n[apps.x]".to_owned()].into(),
                told: [(Tier::Staging, ["shop-staging".to_owned()].into())].into(),
            }],
            hosts: vec![DraftHost {
                name: "lion".into(),
                apps: vec![DraftHostedApp {
                    name: "wit".into(),
                    page: Some("https://wit.example.com/health".into()),
                    path: Some("/srv/wit".into()),
                }],
                ..DraftHost::default()
            }],
        }
    }

    #[test]
    fn whatever_is_called_how_the_file_has_no_mistakes_and_says_what_was_found() {
        let draft = hostile();
        let text = text(&draft, &[Closed { profile: Some("gone\n[apps.x]".into()), why: "it has\nexpired".into() }]);
        let settings = parse(&text, "init").unwrap_or_else(|findings| panic!("{findings}\n{text}"));
        assert_eq!(settings.accounts.len(), 1, "those that are not read are comments: {text}");
        assert_eq!((settings.compute.target_groups.len(), settings.compute.tagged.len()), (1, 0));
        assert_eq!((settings.catalogue.apps.len(), settings.catalogue.hosts.len()), (1, 1));
        assert!(settings.catalogue.apps[0].name.as_str() == draft.apps[0].name);
        // What is only to be filled in is one once its signs are taken away.
        let tiers = text.split("# 2 environments of").nth(1).unwrap().lines().skip(2);
        let filled: String = tiers.map(|line| format!("{}\n", line.trim_start_matches('#'))).collect();
        let settings = parse(&format!("[apps.{}]\n{filled}", key(&draft.apps[0].name)), "init")
            .unwrap_or_else(|findings| panic!("{findings}\n{text}"));
        assert_eq!(settings.catalogue.tiers.len(), 2);
    }
}
