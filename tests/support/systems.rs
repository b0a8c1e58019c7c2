//! Configurations for the simulated systems.

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
