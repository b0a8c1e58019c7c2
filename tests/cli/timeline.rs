//! `quarterdeck timeline`.

use serde_json::Value;

use super::{Exactly, Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

/// Something was deployed a while ago.
const WORLD: &str = r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "us-west-1"
version = "v9"

[[environment]]
app = "shop"
name = "shop-staging"
region = "us-west-1"
version = "v9"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_printed_with_how_far_back_that_is_known() {
    let sim = Sim::of(WORLD, 1.0).await;
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", "regions = [\"us-west-1\"]\n");
    let variables = sim.variables();
    tokio::task::block_in_place(|| {
        let ended = Program::new(&folder, ["timeline", "--since", "12h"]).with(variables.clone()).run();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("-- nothing is known before this from Elastic Beanstalk's events (us-west-1)"), "{ended:?}");
        let ended = Program::new(&folder, ["timeline", "shop-prod", "--since", "1d", "--json"]).with(variables.clone()).run();
        let document: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        assert_eq!((&document["schema"], &document["unread"]), (&1.into(), &Value::Array(Vec::new())), "{document:#}");
        let changes = document["changes"].as_array().unwrap();
        let is_ours = |change: &Value| change["environments"][0].as_str().unwrap().ends_with(":shop-prod");
        assert!(changes.iter().all(is_ours), "{document:#}");
        assert_eq!(document["horizons"][0]["told_by"], "Elastic Beanstalk's events");
        check(
            &folder,
            &variables,
            &[
                case(&["timeline", "--markdown"], 0, Holds(&["**What changed**, as of "]), Nothing),
                case(&["timeline", "nowhere"], 2, Exactly(""), Holds(&["no environment is called \"nowhere\""])),
                case(&["timeline", "--since", "yesterday"], 2, Nothing, Holds(&["write how long ago"])),
                case(&["timeline", "--json", "--markdown"], 2, Nothing, Holds(&["cannot be used with"])),
            ],
        );
    });
}
