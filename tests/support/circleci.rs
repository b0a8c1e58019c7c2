//! A world in which CircleCI deploys tagged instances, and its configuration.

use super::sim::Sim;

/// One instance each of production, whose workflow deploys tags, and of staging, whose workflow deploys main.
pub const WORLD: &str = r#"
[[tagged]]
app = "clerk"
region = "us-east-1"

[[target-group]]
name = "clerk-production"
app = "clerk"
region = "us-east-1"
environment = false
protocol = "HTTP"
port = 8000
health_check = { path = "/health" }

[[instance]]
name = "clerk production"
region = "us-east-1"
target_groups = ["clerk-production"]
tags = { environment = "production", revision = "1111111111111111111111111111111111111111" }
commit = "1111111111111111111111111111111111111111"
launched = "-6d"

[[target-group]]
name = "clerk-staging"
app = "clerk"
region = "us-east-1"
environment = false
protocol = "HTTP"
port = 8000
health_check = { path = "/health" }

[[instance]]
name = "clerk staging"
region = "us-east-1"
target_groups = ["clerk-staging"]
tags = { environment = "staging", revision = "2222222222222222222222222222222222222222" }
commit = "2222222222222222222222222222222222222222"
launched = "-2d"

[[circleci]]
project = "gh/desk/clerk"

[[circleci.pipeline]]
number = 41
tag = "v1.4"
commit = "1111111111111111111111111111111111111111"
at = "-6d"
[[circleci.pipeline.workflow]]
name = "build and deploy"
deploys = "production"

[[circleci.pipeline]]
number = 57
branch = "main"
commit = "2222222222222222222222222222222222222222"
at = "-2d"
[[circleci.pipeline.workflow]]
name = "nightly"
[[circleci.pipeline.workflow]]
name = "build and deploy"
deploys = "staging"
"#;

/// What a person would write of it; `token` is a program that prints a token, with its arguments.
pub fn configuration(sim: &Sim, account: &str, token: &[&str]) -> String {
    let (url, _) = sim.circleci().unwrap();
    let environment = |name: &str, of: &str| {
        format!(
            "[[tagged_instances]]\nname = \"{name}\"\ntags = [\"environment={name}\"]\nregion = \"us-east-1\"\napp = \"clerk\"\n\
             tier = \"{name}\"\nversion_tag = \"revision\"\ncircleci = \"gh/desk/clerk\"\ncircleci_workflow = \"build and deploy\"\n{of}\n\n"
        )
    };
    format!(
        "{account}\n[apps.clerk]\n\n{}{}[circleci]\nurl = {url:?}\ntoken_command = {token:?}\n",
        environment("production", "circleci_tags = \"v*\""),
        environment("staging", "circleci_branch = \"main\""),
    )
}

/// What was asked of CircleCI, in its order; `writes`: only what changes something.
pub async fn asked(sim: &Sim, writes: bool) -> Vec<String> {
    let told = sim.get("/_sim/calls").await;
    let calls = told["calls"].as_array().unwrap().iter();
    let ours = calls.filter(|call| call["service"] == "circleci" && (!writes || call["write"] == true));
    ours.map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
}
