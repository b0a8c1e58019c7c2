//! Configurations for the simulated systems, and what goes wrong in them.

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
environment = "*"
environment_file = "growl-backend/terraform/env-*.sha256"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"

[[target_groups]]
name = "growl-prod"
region = "us-west-2"
app = "growl"
tier = "production"
environment = "prod"
environment_file = "growl-backend/terraform/env-prod.sha256"
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
elastic_ips = true
tags = ["environment=preview"]
region = "us-east-1"
app = "eapd"
status = "ci/circleci: preview deploy"
"#;

/// Beside growl: a group with one healthy target of two, one that a target leaves, one that no listener forwards to, and
/// one whose only target never answers.
pub const UNWELL_GROUPS: &str = r#"
[[target-group]]
name = "growl-single"
app = "growl"
region = "us-west-2"
tier = "development"

[[target-group.instance]]
name = "growl-single-well"
image = "growl-backend"
commit = "growl/rooms"

[[target-group.instance]]
name = "growl-single-ill"
image = "growl-backend"
commit = "growl/rooms"
answers = "refused"

[[target-group]]
name = "growl-leaving"
app = "growl"
region = "us-west-2"
tier = "development"

[[target-group.instance]]
name = "growl-leaving"
count = 3
image = "growl-backend"
commit = "growl/rooms"

[[happening]]
at = "1s"
do = "deregister"
target_group = "growl-leaving"
instance = "growl-leaving-2"

[[target-group]]
name = "growl-unused"
app = "growl"
region = "us-west-2"
tier = "development"
load_balancer = ""

[[target-group.instance]]
name = "growl-unused"
count = 2
image = "growl-backend"
commit = "growl/rooms"

[[target-group]]
name = "growl-down"
app = "growl"
region = "us-west-2"
tier = "development"

[[target-group.instance]]
name = "growl-down"
image = "growl-backend"
commit = "growl/rooms"
answers = "refused"
"#;

/// The configuration of these, behind growl's own.
pub const UNWELL_GROUPS_CONFIGURED: &str = r#"
[[target_groups]]
name = "growl-*"
region = "us-west-2"
app = "growl"
tier = "development"
"#;

/// Beside eAPD: an environment whose only registered instance never answers, one with two that do, and one whose
/// instance nobody has registered.
pub const UNWELL_TAGS: &str = r#"
[[target-group]]
name = "eapd-other"
app = "eapd"
region = "us-east-1"
environment = false
protocol = "HTTP"
port = 8000
health_check = { path = "/heartbeat", codes = "204" }

[[instance]]
name = "eAPD training"
region = "us-east-1"
target_groups = ["eapd-other"]
tags = { environment = "training" }
answers = "refused"
launched = "-3d"

[[instance]]
name = "eAPD double"
region = "us-east-1"
target_groups = ["eapd-other"]
tags = { environment = "double" }
answers = "204"
launched = "-3d"

[[instance]]
name = "eAPD double (new)"
region = "us-east-1"
target_groups = ["eapd-other"]
tags = { environment = "double" }
answers = "204"
launched = "-10m"

[[instance]]
name = "eAPD lonely"
region = "us-east-1"
tags = { environment = "lonely" }
answers = "204"
launched = "-3d"
"#;

/// The configuration of these, behind eAPD's own.
pub const UNWELL_TAGS_CONFIGURED: &str = r#"
[[tagged_instances]]
name = "training"
tags = ["environment=training"]
target_groups = ["eapd-other"]
region = "us-east-1"
app = "eapd"
tier = "staging"

[[tagged_instances]]
name = "double"
tags = ["environment=double"]
region = "us-east-1"
app = "eapd"
tier = "staging"

[[tagged_instances]]
name = "lonely"
tags = ["environment=lonely"]
region = "us-east-1"
app = "eapd"
tier = "staging"
"#;

/// growl, deployed to from here by Systems Manager, with waits that a test can wait for.
pub const ROLLED: &str = r#"
[[accounts]]
name = "sim-0"
regions = ["us-west-1", "us-west-2"]

[apps.growl]
environments = ["growl-*"]

[[target_groups]]
name = "growl-dev"
region = "us-west-1"
app = "growl"
tier = "development"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"

[target_groups.rolling]
command = "make ecr-deploy IMAGE_TAG={tag}"
drift = ["sh", "-c", "echo No changes."]
workspace = "{name}"
workspace_command = ["echo", "growl-dev"]
drain_seconds = 1
pause_seconds = 0

[[target_groups]]
name = "growl-prod"
region = "us-west-2"
app = "growl"
tier = "production"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"
image_region = "us-west-1"

[target_groups.rolling]
command = "make ecr-deploy IMAGE_TAG={tag}"
drift = ["sh", "-c", "exit 2"]
minimum_healthy = 3
drain_seconds = 1
pause_seconds = 0
"#;

/// What that is for: a world without a forge, with an image that dev does not run, and one that it does.
pub const ROLLED_WORLD: &str = r#"
[[image-repository]]
name = "growl-backend"
region = "us-west-1"

[[image-repository.image]]
commit = "1111111111111111111111111111111111111111"
pushed = "-4d"
tags = ["stable"]

[[image-repository.image]]
commit = "2222222222222222222222222222222222222222"
pushed = "-5h"
tags = ["latest"]

[[target-group]]
name = "growl-dev"
auto_scaling = "growl-dev"
app = "growl"
region = "us-west-1"
tier = "development"
port = 8000
health_check = { protocol = "HTTP", path = "/health" }

[[target-group.instance]]
count = 2
image = "growl-backend"
tag = "latest"
commit = "2222222222222222222222222222222222222222"
launched = "-40d"
deployed = "-5h"

[[target-group]]
name = "growl-prod"
auto_scaling = "growl-prod"
app = "growl"
region = "us-west-2"
tier = "production"
port = 8000
health_check = { protocol = "HTTP", path = "/health" }

[[target-group.instance]]
count = 2
image = "growl-backend"
commit = "1111111111111111111111111111111111111111"
launched = "-60d"
deployed = "-3d"
"#;

/// One group of it, as a person configures it who has no more.
pub const GROUP_CONFIGURATION: &str = r#"
regions = ["us-west-1"]

[apps.growl]
environments = ["growl-*"]

[[target_groups]]
name = "growl-dev"
region = "us-west-1"
app = "growl"
tier = "development"
version_command = "docker inspect --format '{{json .RepoDigests}}' growl-backend"
image_repository = "growl-backend"

[target_groups.rolling]
command = "make ecr-deploy IMAGE_TAG={tag}"
drain_seconds = 1
pause_seconds = 0
"#;
