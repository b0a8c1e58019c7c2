//! Configurations for the simulated systems.

use std::fmt::Write as _;

use super::sim::Sim;

/// Where an app on a host is reached in this world.
pub async fn url(sim: &Sim, name: &str) -> String {
    let world = sim.get("/_sim/world").await;
    let row = world["environments"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    row["url"].as_str().unwrap().trim_end_matches('/').to_owned()
}

/// Towlion: two servers with three apps, whose addresses the world has made.
pub async fn towlion(sim: &Sim) -> String {
    let mut text = String::from("[apps.wit]\nrepository = \"towlion/wit\"\n[apps.ledger]\nrepository = \"towlion/ledger\"\n");
    for (host, apps) in [("lion-1", ["wit"].as_slice()), ("lion-2", ["ledger", "atlas"].as_slice())] {
        let _ = writeln!(text, "[[hosts]]\nname = \"{host}\"");
        for name in apps {
            let previews = if *name == "wit" { "previews = true\nshares_secrets = true\n" } else { "" };
            let health = url(sim, name).await;
            let _ = writeln!(text, "[[hosts.apps]]\nname = \"{name}\"\nhealth = \"{health}/health\"\n{previews}");
        }
    }
    text
}

/// Growl: two target groups, and the name of one that is nowhere.
pub const GROWL: &str = r#"
[[accounts]]
name = "sim-0"
regions = ["us-west-1", "us-west-2"]

[apps.growl]
environments = ["growl-*"]
repository = "growl-app/growl"
folder = "growl-backend"

[[target_groups]]
name = "growl-*"
region = "us-west-1"
app = "growl"
tier = "development"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"

[[target_groups]]
name = "growl-prod"
region = "us-west-2"
app = "growl"
tier = "production"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"
image_region = "us-west-1"

[[target_groups]]
name = "growl-gone"
region = "us-west-2"
app = "growl"
"#;

/// eAPD: production, staging and previews by their tags.
pub const EAPD: &str = r#"
[[accounts]]
name = "sim-0"
regions = ["us-east-1"]

[apps.eapd]
repository = "Enterprise-CMCS/eAPD"

[[tagged_instances]]
name = "production"
tags = ["environment=production"]
region = "us-east-1"
app = "eapd"
tier = "production"
status = "ci/circleci: backend deploy prod"
frontend_status = "ci/circleci: frontend deploy production"

[[tagged_instances]]
name = "staging"
tags = ["environment=staging"]
region = "us-east-1"
app = "eapd"
tier = "staging"
status = "ci/circleci: backend deploy staging"
frontend_status = "ci/circleci: frontend deploy staging"

[[tagged_instances]]
pull_tag = "github-pr"
tags = ["environment=preview"]
region = "us-east-1"
app = "eapd"
"#;
