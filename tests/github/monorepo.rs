//! Two apps in folders of one repository, through the wire: each has its own commits, runs and files.

use std::fmt::Write as _;

use quarterdeck::app::history::Place;
use quarterdeck::model::chain::Behind;
use quarterdeck::model::promotion::{Subject, Verdict};
use serde_json::json;

use crate::support::console::{Calls, screen, settled};
use crate::support::sim::Sim;

const CONFIGURATION: &str = r#"
regions = ["eu-west-1"]
[apps.back]
repository = "acme/mono"
folder = "back"
[apps.front]
repository = "acme/mono"
folder = "front"
"#;

/// Both apps run the first commit; five more are on the branch: two of the one, one of the other, one of both, one of neither.
fn world() -> String {
    let mut text = String::new();
    for app in ["back", "front"] {
        let _ = writeln!(
            text,
            "[[environment]]\napp = \"{app}\"\nname = \"{app}-prod\"\nregion = \"eu-west-1\"\ninstances = 1\nversion = \"{app}-{{commit:mono/first}}\"\n"
        );
    }
    text.push_str("[[repository]]\nname = \"acme/mono\"\nchecks = [\"Tests\"]\n");
    for app in ["back", "front"] {
        let _ = writeln!(
            text,
            "[[repository.workflow]]\nfile = \"{app}.yml\"\ntext = '''\nname: {app}\non: {{push: {{branches: [main], paths: ['{app}/**']}}}}\njobs:\n  live:\n    environment: {app}-live\n    runs-on: x\n    steps: [{{uses: acme/deploy@v1, with: {{application_name: {app}, environment_name: {app}-prod, region: eu-west-1}}}}]\n'''\n\n[[repository.environment]]\nname = \"{app}-live\"\nreviewers = [\"team:Leads\"]\nmay_approve = true\n"
        );
    }
    let commits: [(&str, &str, &[&str]); 6] = [
        ("first", "-9d", &["back/a.py", "front/a.js"]),
        ("second", "-5h", &["back/migrations/versions/1_b.py"]),
        ("third", "-4h", &["README.md"]),
        ("fourth", "-3h", &["back/c.py", "front/c.js"]),
        ("fifth", "-2h", &["front/d.js"]),
        ("sixth", "-1h", &["back/e.py"]),
    ];
    for (number, (name, at, paths)) in commits.into_iter().enumerate() {
        let files: Vec<String> = paths.iter().map(|path| format!("\"{path}\" = \"# {name}\\n\"")).collect();
        let outcome = if number > 3 { "outcome = \"waiting\"\n" } else { "" };
        let _ = writeln!(
            text,
            "[[repository.commit]]\nname = \"{name}\"\nnumber = {}\ntitle = \"The {name}\"\nat = \"-10d\"\nmerged = \"{at}\"\n{outcome}files = {{ {} }}",
            number + 1,
            files.join(", ")
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn each_app_of_a_repository_has_what_touches_its_folder() {
    let sim = Sim::of(&world(), 1.0).await;
    let mut session = settled(&sim, CONFIGURATION).await;
    let behind = |name: &str| {
        let linked = session.state.github.links.values().find(|linked| linked.link.app.as_str() == name);
        linked.unwrap().behind.clone()
    };
    assert_eq!(behind("back"), Behind::Pending { commits: 3, pulls: Some(3) });
    assert_eq!(behind("front"), Behind::Pending { commits: 2, pulls: Some(2) });
    // One call for each folder and each pair of commits, whatever lies between: of what is pending for each app, and of
    // what the run of the one ships that is not its newest.
    let calls = Calls::since(&sim, 0).await;
    assert_eq!(calls.rest.iter().filter(|call| call.ends_with("/commits")).count(), 3);
    session.go(Place::Pending(Some("front".into())));
    let shown = screen(&session);
    for (title, listed) in [("The sixth", false), ("The fifth", true), ("The fourth", true), ("The third", false), ("The second", false)] {
        assert_eq!(shown.contains(title), listed, "{title}\n{shown}");
    }
    let front = session.state.github.promotions.iter().find(|promotion| &*promotion.run.name == "front").unwrap().run.id;
    session.go(Place::Sheet("acme/mono".into(), front));
    let sheet = session.state.sheet_screen.sheet.as_ref().unwrap();
    assert_eq!(&*sheet.folders, ["front".into()]);
    assert_eq!(session.state.sheet_screen.commits, Some(2));
    let migrations = sheet.checks.iter().find(|check| check.subject == Subject::Migrations).unwrap();
    assert_eq!((migrations.verdict, migrations.sentence.as_str()), (Verdict::Pass, "no migrations"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_touches_a_folder_counts_while_that_cannot_be_read_and_it_is_said() {
    let sim = Sim::of(&world(), 1.0).await;
    sim.post(
        "/_sim/faults",
        &json!({"service": "github", "operation": "GET /repos/{owner}/{repo}/commits", "kind": "status", "value": 502}),
    )
    .await;
    let mut session = settled(&sim, CONFIGURATION).await;
    session.go(Place::Pending(Some("front".into())));
    let shown = screen(&session);
    assert!(shown.contains("5 commits") && shown.contains("it is not known which touch front"), "{shown}");
}
