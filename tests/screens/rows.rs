//! The Fleet's rows, columns and headings: what has not been read is not unknown, a mixed fleet is told wherever versions
//! are, and what goes on has the room that names do not need.

use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::state::State;
use quarterdeck::config;
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::id::{EnvironmentKey, Platform};
use quarterdeck::model::sighting::{Coverage, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source};

use crate::support::fleet::{self, Fact, environment, instances};
use crate::support::stage::Stage;

/// A server with two apps: of one a page is asked, of the other nothing.
const SERVER: &str = "[[hosts]]\nname = \"bay-1\"\n\n[[hosts.apps]]\nname = \"paper\"\nhealth = \"https://paper.example.com/health\"\n\n[[hosts.apps]]\nname = \"mute\"\n";

fn catalogue(text: &str) -> Arc<Catalogue> {
    let settings = config::parse(text, "the test's configuration").unwrap_or_else(|findings| panic!("{findings}"));
    Arc::new(settings.catalogue)
}

/// The server as its listing tells of it: nobody has looked at anything there yet.
fn listed() -> Observation {
    let scope = Arc::new(Scope { platform: Platform::Host, connection: "bay-1".into(), region: None });
    let key = |name: &str| EnvironmentKey { platform: Platform::Host, account: Some("bay-1".into()), region: None, name: name.into() };
    let of = |name: &str| {
        let identity = Identity { answers: Questions::none(), ..Identity::of(name.into()) };
        (key(name), Reading { identity: Some(Box::new(identity)), ..Reading::default() })
    };
    Observation::Seen(Sighting {
        source: Source { question: Question::Listing, scope },
        stamp: Stamp { asked_at: fleet::ago(3), sequence: 7 },
        coverage: Coverage::Complete,
        account: None,
        readings: vec![of("paper"), of("mute")],
        events: Vec::new(),
    })
}

#[test]
fn what_has_not_been_read_yet_is_not_shown_as_unknown() {
    let mut state = State::new(catalogue(SERVER), fleet::ago(0), quarterdeck::app::state::Size { width: 140, height: 42 });
    let _ = quarterdeck::app::update::update(&mut state, Event::Observed(vec![listed()]));
    let mut stage = Stage::on(state);
    stage.settle();
    let row = |name: &str| stage.lines_with(name).into_iter().find(|line| !line.contains('─')).unwrap();
    assert!(row("paper").contains("· Not read"), "{}", stage.text());
    // Nobody is ever going to tell how this one is.
    assert!(row("mute").contains("? Unknown"), "{}", stage.text());
    let title = stage.line(0);
    assert!(title.contains("? 1 unknown") && title.contains("· 1 not read yet"), "{title}");
    // What nobody told of is first, and selected; a page that will be asked is no reason to look for one.
    stage.keys("/ 'paper enter");
    assert!(stage.text().contains("how it is has not been read yet") && !stage.text().contains("Not known how"), "{}", stage.text());
}

fn mixed(name: &str) -> Fact {
    let mut each = instances(6, "20221110-g8a52aea", 600);
    each.extend(instances(3, "20221113-g77c1d09", 60).into_iter().map(|mut instance| {
        instance.id = format!("{}b", instance.id).into();
        instance
    }));
    Fact { instances: each, ..environment("us-west-1", "shop", name, "20221110-g8a52aea") }
}

#[test]
fn a_heading_counts_what_runs_several_versions_by_itself() {
    let even = |name: &str| Fact {
        instances: instances(2, "20221110-g8a52aea", 600),
        ..environment("us-west-1", "shop", name, "20221110-g8a52aea")
    };
    let facts = [mixed("shop-prod"), even("shop-staging"), even("shop-dev")];
    for size in [(80, 24), (140, 42), (200, 60)] {
        let mut stage = Stage::on(fleet::arranged(size, fleet::told(&facts, "us-west-1", 4)));
        stage.keys("z");
        let heading = stage.lines_with("shop ─").remove(0);
        assert!(heading.contains("1 of 3") && heading.contains("1 mixed"), "{heading}");
        assert!(!heading.contains("3×"), "the one that is mixed is not counted with those that are not: {heading}");
        // Both versions can be told in every room.
        let row = stage.lines_with("shop-prod").remove(0);
        assert!(row.contains("6×") && row.contains("8a52") && row.contains("3×") && row.contains("77c1"), "{row}");
    }
}

#[test]
fn what_is_wrong_has_the_room_that_names_do_not_need() {
    let cause = "i-0a12616df297db484: ELB health is failing or not available for this one instance, and for no other.";
    let unwell = Fact {
        level: quarterdeck::model::health::Level::Degraded,
        causes: vec![cause],
        traffic: Some(quarterdeck::model::health::Traffic::default()),
        ..environment("us-west-1", "shop", "shop-prod", "v412")
    };
    for (size, least) in [((140, 42), 35), ((200, 60), 60)] {
        let stage = Stage::on(fleet::arranged(size, fleet::told(std::slice::from_ref(&unwell), "us-west-1", 4)));
        let row = stage.lines_with("shop-prod").remove(0);
        let told = row.find("ELB health").map(|at| row[at..].trim_end().chars().count());
        assert!(told.is_some_and(|cells| cells >= least), "{size:?} {row}");
        assert!(!row.contains("i-0a12616df297db484: "), "what is wrong comes before where: {row}");
    }
    // On the least of screens what goes on is in sight.
    let stage = Stage::rich(80, 24);
    assert!(stage.text().contains('↻'), "{}", stage.text());
}

#[test]
fn the_columns_dialog_says_what_there_is_no_room_for() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("v");
    let line = |word: &str| stage.lines_with(word).into_iter().find(|line| line.contains('✔')).unwrap();
    assert!(line("p99").contains("no room here"), "{}", stage.text());
    assert!(line("account").contains("nothing to tell"), "{}", stage.text());
    assert!(!line("health").contains("no room") && !stage.text().contains("usual width"), "{}", stage.text());
    // Below a dialog no key of the screen is offered.
    assert!(stage.line(23).contains("esc closes the dialog") && !stage.line(23).contains("filter"), "{}", stage.line(23));
}

const OWN: &str = "[[commands]]\nname = \"apponly\"\nkey = \"f6\"\ncommand = [\"echo\", \"--app={app}\"]\nreads = true\n\n[[commands]]\nname = \"named\"\nkey = \"f7\"\ncommand = [\"echo\", \"{app}\", \"{name}\", \"{region}\"]\nreads = true\n";

#[test]
fn a_command_that_names_an_app_runs_on_its_heading() {
    let mut state = fleet::rich((140, 42));
    let settings = config::parse(OWN, "the test's configuration").unwrap_or_else(|findings| panic!("{findings}"));
    (state.keymap, state.customs) = (settings.keys, settings.commands);
    let mut stage = Stage::on(state);
    stage.keys("g f6");
    let ran = stage.asked().into_iter().find_map(|effect| if let Effect::Run(run) = effect { Some(run.line()) } else { None });
    assert_eq!(ran.as_deref(), Some("echo --app=h"), "{}", stage.text());
    stage.keys("f7");
    assert!(stage.text().contains("named needs a selected environment: {name}, {region} are filled in from it"), "{}", stage.text());
}

#[test]
fn a_notice_that_is_longer_than_the_screen_is_wide_is_told_to_its_end() {
    let mut stage = Stage::rich(80, 24);
    let sentence =
        "this is a sentence that says at length what has happened to what, and only at its very end what there is to do: look there";
    stage.tell(Event::Returned(Err(sentence.to_owned())));
    let text = stage.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("what there is to do: look there"), "{text}");
}
