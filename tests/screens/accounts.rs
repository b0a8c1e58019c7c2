//! Several accounts: whose an environment is, whose credentials have run out, and who writes where.

use std::fmt::Write as _;
use std::sync::Arc;

use insta::assert_snapshot;
use quarterdeck::app::event::Event;
use quarterdeck::app::state::State;
use quarterdeck::aws::ConnectionSettings;
use quarterdeck::model::account::{Role, SESSION, WayIn, Writing};
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::fault::FaultKind;
use quarterdeck::model::health::Level;
use quarterdeck::model::sighting::{Failure, Observation, Scope, Source};
use serde_json::{Value, json};

use crate::support::fleet::{self, environment, scope};
use crate::support::live::Live;
use crate::support::sim::Sim;
use crate::support::stage::Stage;

const SHOP: &str = "111122223333";
const BANK: &str = "444455556666";
const REGIONS: [&str; 3] = ["eu-west-1", "us-west-1", "us-west-2"];
const DEPLOYER: &str = "arn:aws:iam::444455556666:role/deployer";

/// Two accounts with environments of the same names in the same three regions.
fn world() -> String {
    let mut world = format!("[[account]]\nid = \"{SHOP}\"\n[[account]]\nid = \"{BANK}\"\n");
    for account in [SHOP, BANK] {
        let _ = write!(
            world,
            "[[application]]\nname = \"till\"\naccount = \"{account}\"\nregions = {REGIONS:?}\n[[application.version]]\nlabel = \"v2\"\ncreated = \"-1h\"\n"
        );
        for region in REGIONS {
            let _ = write!(
                world,
                "[[environment]]\napp = \"till\"\nname = \"till-prod\"\naccount = \"{account}\"\nregion = \"{region}\"\nversion = \"v1\"\ninstances = 2\n"
            );
        }
    }
    world
}

const SETTINGS: &str = "regions = [\"eu-west-1\", \"us-west-1\", \"us-west-2\"]\n[reading]\nlisting_seconds = 5\n[[accounts]]\nname = \"shop\"\n[[accounts]]\nprofile = \"bank\"\n";

/// The ways into that world, by their names.
fn ways(sim: &Sim) -> Vec<ConnectionSettings> {
    let mut ways = sim.connections();
    for (way, name) in ways.iter_mut().zip(["shop", "bank"]) {
        way.connection = name.into();
        way.regions = Some(REGIONS.map(Into::into).to_vec());
    }
    ways
}

/// How many environments of an account this holds of.
fn count(state: &State, account: &str, holds: impl Fn(&Environment<'_>) -> bool) -> usize {
    let is_its = |environment: &Environment<'_>| environment.key().account.is_some_and(|own| own.as_str() == account);
    state.fleet.environments().filter(|environment| is_its(environment) && holds(environment)).count()
}

fn is_listed(environment: &Environment<'_>) -> bool {
    environment.label().is_some() && environment.listing_fault().is_none()
}

/// The calls since that number, and the number of the last one.
async fn calls(sim: &Sim, since: u64) -> (Vec<Value>, u64) {
    let told = sim.get(&format!("/_sim/calls?since={since}")).await;
    let calls = told["calls"].as_array().unwrap().clone();
    let last = calls.last().map_or(since, |call| call["seq"].as_u64().unwrap());
    (calls, last)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_of_one_account_expire_and_come_back_and_the_other_is_untouched() {
    let (sim, folder) = (Sim::of(&world(), 1.0).await, tempfile::tempdir().unwrap());
    let mut console = Live::through(&sim, ways(&sim), SETTINGS, folder.path());
    let both = |state: &State| count(state, SHOP, is_listed) == 3 && count(state, BANK, is_listed) == 3 && state.has_several_accounts();
    console.until("both are read", both).await;
    console.shows("ACCOUNT").await.says(" bank ").says(" shop ");
    let (_, last) = calls(&sim, 0).await;
    sim.post("/_sim/faults", &json!({ "account": BANK, "kind": "expired" })).await;
    console.until("the bank's are marked", |state| count(state, BANK, |it| it.listing_fault().is_some()) == 3).await;
    console.shows("bank: credentials expired").await;
    assert_eq!(count(&console.state, SHOP, is_listed), 3, "{}", console.screen());
    assert!(!console.words().contains("shop: credentials"), "{}", console.screen());
    let (while_expired, last) = (calls(&sim, last).await.0, calls(&sim, last).await.1);
    let of_shop: Vec<&Value> = while_expired.iter().filter(|call| call["account"] == SHOP).collect();
    assert!(!of_shop.is_empty() && of_shop.iter().all(|call| call["status"] == 200), "{of_shop:?}");
    sim.delete("/_sim/faults").await;
    console.until("the bank is read again", |state| count(state, BANK, is_listed) == 3).await;
    console.shows_no_longer("credentials expired").await;
    assert!(calls(&sim, last).await.0.iter().any(|call| call["account"] == BANK && call["status"] == 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_names_the_account_and_who_writes_there_and_nobody_else_writes() {
    let (sim, folder) = (Sim::of(&world(), 100.0).await, tempfile::tempdir().unwrap());
    let mut ways = ways(&sim);
    ways[1].writing = Some(Writing::Role(Role { arn: DEPLOYER.into(), external_id: None, session: SESSION.into() }));
    let settings = format!("{SETTINGS}write_role_arn = \"{DEPLOYER}\"\n");
    let mut console = Live::through(&sim, ways, &settings, folder.path());
    let is_known = |state: &State| {
        count(state, BANK, is_listed) == 3
            && state.has_several_accounts()
            && state.locks.known == quarterdeck::model::lock::Known::Yes
            && !state.operations.is_unread
    };
    console.until("both are read", is_known).await;
    console.keys("/ 'account:bank space 'region:us-west-2 enter enter D");
    console.says("deploy which version?").keys("'v2 enter");
    console.shows(&format!("account bank {BANK} · us-west-2")).await.says(&format!("written with role {DEPLOYER}"));
    assert!(!calls(&sim, 0).await.0.iter().any(|call| call["operation"] == "AssumeRole"), "nothing is assumed before it is confirmed");
    console.until("the plan is complete", |state| !format!("{:?}", state.dialog).contains("awaits: true")).await;
    console.keys("'till-prod enter");
    let known = console.comes_to(1, "succeeded").await;
    assert_eq!(known.operation.plan().actor.identity.as_deref(), Some(format!("role {DEPLOYER}").as_str()));
    let (all, _) = calls(&sim, 0).await;
    let sent: Vec<[&str; 4]> = all
        .iter()
        .filter(|call| call["write"] == true)
        .map(|call| ["account", "region", "operation", "caller"].map(|key| call[key].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(sent, [[BANK, "us-west-2", "UpdateEnvironment", "arn:aws:sts::444455556666:assumed-role/deployer/quarterdeck"]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_behind_two_ways_in_has_each_row_once_and_each_call_once() {
    let (sim, folder) = (Sim::of(&world(), 1.0).await, tempfile::tempdir().unwrap());
    // The second one assumes a role in the account of the first.
    let mut ways = ways(&sim);
    ways[1] = ConnectionSettings {
        connection: "bank".into(),
        role: Some(Role { arn: format!("arn:aws:iam::{SHOP}:role/reader").into(), external_id: None, session: SESSION.into() }),
        ..ways[0].clone()
    };
    let mut console = Live::through(&sim, ways, SETTINGS, folder.path());
    console.until("it is known who stands by", |state| !state.reading.standby.is_empty()).await;
    console.until("all is read", |state| count(state, SHOP, is_listed) == 3).await;
    assert!(console.state.notice.as_ref().is_some_and(|notice| notice.sentence.ends_with("shop reads it, bank stands by")));
    assert_eq!(console.state.fleet.environments().count(), 3);
    assert!(!console.words().contains("ACCOUNT"), "there is one account: {}", console.screen());
    let (all, _) = calls(&sim, 0).await;
    let by_reader: Vec<&str> = all
        .iter()
        .filter(|call| call["caller"].as_str().is_some_and(|caller| caller.contains("assumed-role/reader")))
        .map(|call| call["operation"].as_str().unwrap())
        .collect();
    assert_eq!(by_reader, ["GetCallerIdentity"], "it says whose it is, and reads nothing");
    console.keys("enter").shows("read through shop, bank stands by").await;
}

/// What is told of the fleet of one account, told of another's through its own way in.
fn in_bank(observation: Observation) -> Observation {
    let of_bank = |source: Source| Source { scope: Arc::new(Scope { connection: "bank".into(), ..(*source.scope).clone() }), ..source };
    match observation {
        Observation::Seen(mut seen) => {
            seen.source = of_bank(seen.source);
            seen.account = Some(BANK.into());
            for (key, _) in &mut seen.readings {
                key.account = Some(BANK.into());
            }
            Observation::Seen(seen)
        }
        Observation::Failed(failure) => Observation::Failed(Failure { source: of_bank(failure.source), ..failure }),
    }
}

/// Two accounts with equal names in three regions; what reads the second has expired.
fn two_accounts(size: (u16, u16)) -> Stage {
    let mut facts = Vec::new();
    for region in REGIONS {
        for (name, level) in [("till-prod", Level::Ok), ("till-staging", if region == "us-west-1" { Level::Degraded } else { Level::Ok })] {
            let mut fact = environment(region, "till", name, "v1.4.2");
            fact.level = level;
            facts.push(fact);
        }
    }
    let ours: Vec<Observation> = REGIONS.iter().flat_map(|region| fleet::told(&facts, region, 9)).collect();
    let theirs: Vec<Observation> = ours.iter().cloned().map(in_bank).collect();
    let mut state = fleet::fresh(size);
    let way = |name: &str| WayIn { connection: name.into(), profile: Some(name.into()), role: None, writing: None };
    let catalogue = Catalogue { accounts: vec![way("default"), way("bank")], ..Catalogue::default() };
    let scopes: Vec<Arc<Scope>> = REGIONS
        .iter()
        .flat_map(|region| [scope(region), Arc::new(Scope { connection: "bank".into(), ..(*scope(region)).clone() })])
        .collect();
    let identified = |name: &str, account: &str| Event::Identified {
        connection: name.into(),
        account: account.into(),
        arn: format!("arn:aws:iam::{account}:user/kim").into(),
    };
    let expired = |region: &&str| {
        let sentence = "the credentials of profile bank have expired: run `aws sso login --profile bank` or put new keys into the profile; reading then goes on";
        in_bank(fleet::failed(region, 2, FaultKind::Expired, sentence))
    };
    let events = [
        Event::Configured(Arc::new(catalogue)),
        Event::Scopes(scopes),
        identified("default", SHOP),
        identified("bank", BANK),
        Event::Observed(ours),
        Event::Observed(theirs),
        Event::Observed(REGIONS.iter().map(expired).collect()),
    ];
    for event in events {
        let _ = quarterdeck::app::update::update(&mut state, event);
    }
    let _ = quarterdeck::app::update::settle(&mut state);
    Stage::on(state)
}

#[test]
fn an_account_is_called_as_its_way_in_is_and_found_by_name_and_digits() {
    let mut stage = two_accounts((140, 42));
    assert!(stage.text().contains("run `aws sso login --profile bank`"), "{}", stage.text());
    for filter in ["account:bank", "account:4444", "bank", "444455556666"] {
        stage.keys(&format!("/ '{filter} enter"));
        let text = stage.text();
        assert!(text.contains(" bank ") && !text.contains(" default "), "{filter}: {text}");
        stage.keys("esc");
    }
    stage.keys("/ '!account:bank enter");
    assert!(stage.text().contains(" default "), "{}", stage.text());
}

/// A name alone would mean either: the table that is copied says whose each row is, as the one on the screen does.
#[test]
fn the_copied_table_has_the_account_where_there_are_several() {
    let mut stage = two_accounts((140, 42));
    stage.keys("/ 'till-staging enter c G enter");
    let table = stage.shown().copied.clone().unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("| environment | account | region | app | tier | health | version | commit |"), "{table}");
    assert_eq!(lines.next(), Some("| --- | --- | --- | --- | --- | --- | --- | --- |"));
    let mut rows: Vec<String> = lines.map(|line| line.split(" | ").take(3).collect::<Vec<_>>().join(" ")).collect();
    rows.sort();
    let expected =
        [("bank", BANK), ("default", SHOP)].map(|(way, id)| REGIONS.map(|region| format!("| `till-staging` `{way} {id}` `{region}`")));
    assert_eq!(rows, expected.concat());
}

#[test]
fn two_accounts_pictured() {
    for size in [(140, 42), (80, 24)] {
        let mut stage = two_accounts(size);
        assert_snapshot!(format!("accounts_{}x{}", size.0, size.1), stage.picture());
        stage.keys("/ 'account:bank enter enter");
        assert_snapshot!(format!("accounts_environment_{}x{}", size.0, size.1), stage.picture());
    }
}
