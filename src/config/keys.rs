//! Every key of the file once, by section: what is known, where a key belongs, what was meant.

use super::nearest::nearest;
use super::source::{listed, quoted};

/// A kind of section.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Kind {
    /// How its header is written; empty for the top of the file.
    pub title: &'static str,
    /// Its keys, as they are listed to people.
    pub keys: &'static [&'static str],
}

pub(super) const TOP: Kind = Kind {
    title: "",
    keys: &[
        "regions",
        "read_only",
        "accounts",
        "apps",
        "tiers",
        "environments",
        "target_groups",
        "tagged_instances",
        "hosts",
        "probes",
        "links",
        "freezes",
        "locks",
        "logs",
        "log_sources",
        "github",
        "circleci",
        "reading",
        "keys",
        "commands",
        "display",
        "views",
    ],
};
pub(super) const ACCOUNT: Kind = Kind {
    title: "[[accounts]]",
    keys: &[
        "name",
        "profile",
        "role_arn",
        "external_id",
        "role_session_name",
        "write_profile",
        "write_role_arn",
        "write_external_id",
        "regions",
        "login",
    ],
};
pub(super) const APP: Kind = Kind {
    title: "[apps.NAME]",
    keys: &[
        "environments",
        "applications",
        "regions",
        "repository",
        "branch",
        "folder",
        "catalogue",
        "promotion",
        "promotion_tags",
        "version_pattern",
        "read_only",
        "settle_seconds",
        "required_checks",
        "older_versions",
        "direct_deploys",
        "migrations",
        "migration_workflow",
        "migration_inputs",
        "migration_paths",
        "variable_patterns",
        "waves",
    ],
};
pub(super) const WAVES: Kind = Kind { title: "[apps.NAME.waves]", keys: &["canary", "batch", "at_once", "bake_minutes", "on_failure"] };
pub(super) const TIER: Kind = Kind { title: "[[tiers]]", keys: &["tier", "environments", "applications", "app", "regions"] };
pub(super) const ENVIRONMENT: Kind = Kind { title: "[[environments]]", keys: &["platform", "name", "region", "account", "app", "tier"] };
pub(super) const TARGET_GROUP: Kind = Kind {
    title: "[[target_groups]]",
    keys: &[
        "name",
        "environment",
        "environment_file",
        "region",
        "account",
        "app",
        "tier",
        "version_tag",
        "version_command",
        "version_ssh",
        "version_ssh_config",
        "version_ssh_options",
        "version_url",
        "version_key",
        "image_repository",
        "image_region",
        "rolling",
    ],
};
pub(super) const ROLLING: Kind = Kind {
    title: "[target_groups.rolling]",
    keys: &[
        "command",
        "files",
        "folder",
        "ssh",
        "ssh_config",
        "ssh_options",
        "drift",
        "workspace",
        "workspace_command",
        "workflows",
        "at_once",
        "minimum_healthy",
        "on_failure",
        "drift_seconds",
        "reach_seconds",
        "capacity_seconds",
        "drain_seconds",
        "copy_seconds",
        "command_seconds",
        "register_seconds",
        "healthy_seconds",
        "pause_seconds",
        "versions_seconds",
    ],
};
pub(super) const TAGGED: Kind = Kind {
    title: "[[tagged_instances]]",
    keys: &[
        "name",
        "tags",
        "instances",
        "pull_tag",
        "elastic_ips",
        "target_groups",
        "status",
        "frontend_status",
        "circleci",
        "circleci_workflow",
        "circleci_branch",
        "circleci_tags",
        "environment_file",
        "region",
        "account",
        "app",
        "tier",
        "version_tag",
        "version_command",
        "version_ssh",
        "version_ssh_config",
        "version_ssh_options",
        "version_url",
        "version_key",
        "image_repository",
        "image_region",
    ],
};
pub(super) const HOST: Kind = Kind { title: "[[hosts]]", keys: &["name", "ssh", "ssh_config", "ssh_options", "folder", "apps"] };
pub(super) const HOSTED_APP: Kind = Kind {
    title: "[[hosts.apps]]",
    keys: &[
        "name",
        "tier",
        "health",
        "expect",
        "path",
        "deployment",
        "alerts",
        "migration_step",
        "restart",
        "previews",
        "preview_page",
        "shares_secrets",
    ],
};
pub(super) const PROBE: Kind =
    Kind { title: "[[probes]]", keys: &["page", "expect", "environments", "regions", "apps", "tiers", "platforms"] };
pub(super) const LINK: Kind =
    Kind { title: "[[links]]", keys: &["name", "page", "app", "tier", "environments", "applications", "regions"] };
pub(super) const FREEZE: Kind = Kind { title: "[[freezes]]", keys: &["from", "until", "zone", "days", "app", "tier", "reason"] };
pub(super) const LOCKS: Kind = Kind { title: "[locks]", keys: &["file", "parameters"] };
pub(super) const LOGS: Kind = Kind { title: "[logs]", keys: &["live", "request", "opening_minutes", "buffer_lines", "buffer_megabytes"] };
pub(super) const LOG_SOURCE: Kind = Kind {
    title: "[[log_sources]]",
    keys: &["groups", "live", "command", "name", "ssh", "app", "tier", "environments", "applications", "regions"],
};
pub(super) const GITHUB: Kind = Kind { title: "[github]", keys: &["url", "token_command", "preview_comments", "preview_environments"] };
pub(super) const CIRCLECI: Kind = Kind { title: "[circleci]", keys: &["url", "token_command"] };
pub(super) const READING: Kind = Kind { title: "[reading]", keys: &["listing_seconds", "sweep_seconds", "timeout_seconds"] };
pub(super) const DISPLAY: Kind = Kind { title: "[display]", keys: &["theme", "theme_file", "colors", "mouse", "columns"] };

pub(super) const COMMAND: Kind = Kind {
    title: "[[commands]]",
    keys: &["name", "key", "scope", "platforms", "command", "reads", "confirm", "output", "timeout_seconds"],
};

pub(super) const THEME: Kind = Kind { title: "", keys: &["base", "roles"] };

pub(super) const VIEW: Kind =
    Kind { title: "[[views]]", keys: &["name", "filter", "sort", "faults_only", "columns", "folded", "unfolded"] };

/// Every kind of section; those of `[keys]` are the names of commands.
pub(super) const ALL: [&Kind; 23] = [
    &TOP,
    &ACCOUNT,
    &APP,
    &WAVES,
    &TIER,
    &ENVIRONMENT,
    &TARGET_GROUP,
    &ROLLING,
    &TAGGED,
    &HOST,
    &HOSTED_APP,
    &PROBE,
    &LINK,
    &FREEZE,
    &LOCKS,
    &LOGS,
    &LOG_SOURCE,
    &GITHUB,
    &CIRCLECI,
    &READING,
    &DISPLAY,
    &COMMAND,
    &VIEW,
];

impl Kind {
    /// Where it is, as a sentence says it.
    const fn place(&self) -> &'static str {
        if self.title.is_empty() { "at the top of the file, above the first section" } else { self.title }
    }

    /// The key of this section that was probably meant.
    pub fn meant(&self, written: &str) -> Option<&'static str> {
        nearest(written, self.keys.iter().copied())
    }

    /// What to say about a key that this section does not know.
    pub fn unknown(&self, written: &str) -> String {
        let key = quoted(written);
        let here = if self.title.is_empty() { "at the top of the file" } else { self.title };
        if let Some(meant) = self.meant(written) {
            return format!("there is no key {key} {}{here}: did you mean \"{meant}\"?", if self.title.is_empty() { "" } else { "in " });
        }
        let elsewhere: Vec<&str> = ALL.into_iter().filter(|kind| kind.keys.contains(&written)).map(Self::place).collect();
        if !elsewhere.is_empty() {
            let preposition = if elsewhere.first().is_some_and(|place| place.starts_with('[')) { "in " } else { "" };
            return format!("{key} does not belong here but {preposition}{}", listed(elsewhere, "or in"));
        }
        let known = listed(self.keys.iter().copied(), "and");
        format!("there is no key {key} {}{here}: the keys are {known}", if self.title.is_empty() { "" } else { "in " })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_told_what_was_meant_or_where_they_belong() {
        assert_eq!(TOP.unknown("regoins"), "there is no key \"regoins\" at the top of the file: did you mean \"regions\"?");
        assert_eq!(TOP.unknown("theme"), "\"theme\" does not belong here but in [display]");
        let expected = "\"read_only\" does not belong here but at the top of the file, above the first section or in [apps.NAME]";
        assert_eq!(DISPLAY.unknown("read_only"), expected);
        assert_eq!(
            DISPLAY.unknown("window"),
            "there is no key \"window\" in [display]: the keys are theme, theme_file, colors, mouse and columns"
        );
    }
}
