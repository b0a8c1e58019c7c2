//! Redeploying what CircleCI deploys, from the command line.

use crate::support::circleci::{WORLD, asked, configuration};
use crate::support::desk::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_is_planned_confirmed_and_followed() {
    let desk = Desk::at(WORLD, "", 60.0).await;
    let (_, token) = desk.sim.circleci().unwrap();
    let text = configuration(&desk.sim, "regions = [\"us-east-1\"]", &["echo", &token]);
    desk.folder.write(".config/quarterdeck/config.toml", &text);
    let plan = desk.run(&["redeploy", "production", "--plan"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    for part in ["Redeploy production us-east-1 by CircleCI", "pipeline 41, the newest", "1111111 on v1.4", "--confirm production"] {
        assert!(plan.stdout.contains(part), "no {part} in {plan:?}");
    }
    let ended = desk.run(&["redeploy", "production", "--yes"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(asked(&desk.sim, true).await.is_empty(), "what is not confirmed as it has to be is not sent");
    let ended = desk.run(&["redeploy", "production", "--confirm", "production"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(asked(&desk.sim, true).await, ["POST /workflow/{id}/rerun"]);
    assert!(!format!("{ended:?} {plan:?}").contains(&token), "a token is shown nowhere");
}
