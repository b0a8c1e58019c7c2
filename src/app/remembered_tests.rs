//! Tests of what is remembered beside what is read.

use super::*;
use crate::app::act::prepare;
use crate::app::command::CommandId;
use crate::app::copy;
use crate::app::event::Event;
use crate::app::state::Size;
use crate::app::update::{settle, update};
use crate::model::catalogue::{Catalogue, Declared};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::sighting::{Identity, Question, Reading};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn key(region: &str, name: &str) -> EnvironmentKey {
    format!("beanstalk:111122223333:{region}:{name}").parse().unwrap()
}

fn scope(region: &str) -> Arc<Scope> {
    Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some(region.into()) })
}

fn listed(region: &str, second: i64, coverage: Coverage, names: &[(&str, Level)]) -> Observation {
    let reading = |(name, level): &(&str, Level)| {
        let health = Health { level: *level, word: None, causes: Vec::new(), source: HealthSource::BeanstalkEnhanced };
        let identity = Some(Box::new(Identity::of("h".into())));
        (key(region, name), Reading { identity, health: Some(health), ..Reading::default() })
    };
    Observation::Seen(Sighting {
        source: Source { question: Question::Listing, scope: scope(region) },
        stamp: Stamp { asked_at: at(second), sequence: second.unsigned_abs() + 1 },
        coverage,
        account: None,
        readings: names.iter().map(reading).collect(),
        events: Vec::new(),
    })
}

fn origins() -> Origins {
    Origins::from([("default".into(), "aws".into())])
}

/// A console that remembers these of an hour ago, and has read nothing.
fn remembering(catalogue: Catalogue, told: impl IntoIterator<Item = Observation>) -> State {
    let mut past = Fleet::default();
    for observation in told {
        let _ = past.observe(observation);
    }
    let memory = Memory::of(past.environments(), origins());
    let mut state = State::new(Arc::new(catalogue), at(3_600), Size { width: 120, height: 40 });
    state.remembered = Remembered::new(origins(), Some(memory), &state.fleet);
    let _ = settle(&mut state);
    state
}

fn two() -> State {
    let told = |region| listed(region, 0, Coverage::Complete, &[("h-prod", Level::Severe), ("h-old", Level::Ok)]);
    remembering(Catalogue::default(), [told("us-west-1"), told("eu-west-1")])
}

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let effects = update(state, event);
    effects.into_iter().chain(settle(state)).collect()
}

fn shown(state: &State) -> Vec<String> {
    let name = |row: &Row| match row {
        Row::Environment(key) => {
            let region = key.region.as_ref().map_or("", |region| region.as_str());
            let sign = if state.remembered_since(key).is_some() { " remembered" } else { "" };
            Some(format!("{} {region}{sign}", key.name))
        }
        Row::Group(_) => None,
    };
    let mut names: Vec<String> = state.fleet_screen.rows.iter().filter_map(name).collect();
    names.sort();
    names
}

#[test]
fn it_is_shown_at_once_and_counted_as_nothing_but_remembered() {
    let state = two();
    assert_eq!(shown(&state).len(), 4);
    let counts = state.fleet_screen.counts;
    assert_eq!((counts.total, counts.severe, counts.remembered, counts.remembered_at), (4, 0, 4, Some(at(0))));
    assert!(state.fleet.environments().next().is_none(), "nothing of it is among what was read");
}

#[test]
fn what_is_read_takes_its_place_scope_by_scope() {
    let mut state = two();
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 3_601, Coverage::Complete, &[("h-prod", Level::Ok)])]));
    assert_eq!(shown(&state), ["h-old eu-west-1 remembered", "h-prod eu-west-1 remembered", "h-prod us-west-1"]);
    assert_eq!((state.fleet_screen.counts.severe, state.fleet_screen.counts.remembered), (0, 2));
    happen(&mut state, Event::Observed(vec![listed("eu-west-1", 3_602, Coverage::Complete, &[])]));
    assert_eq!(shown(&state), ["h-prod us-west-1"], "a complete listing without them says that they are gone");
    assert!(!state.remembered.is_any());
}

#[test]
fn a_part_of_a_listing_says_nothing_about_the_rest() {
    let mut state = two();
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 3_601, Coverage::Partial, &[("h-prod", Level::Ok)])]));
    assert_eq!(
        shown(&state),
        ["h-old eu-west-1 remembered", "h-old us-west-1 remembered", "h-prod eu-west-1 remembered", "h-prod us-west-1"]
    );
}

#[test]
fn the_row_that_is_copied_is_the_selected_one() {
    let mut state = two();
    let read = [("h-prod", Level::Ok), ("h-new", Level::Ok)];
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 3_601, Coverage::Complete, &read)]));
    let rows = state.fleet_screen.rows.clone();
    for row in &rows {
        let Row::Environment(key) = row else { continue };
        state.fleet_screen.cursor.select_id(row, &rows, 20);
        let menu = copy::menu(&state).expect("there is something to copy");
        let copied = menu.items.iter().find(|item| item.name.as_ref() == "the row").map(|item| item.detail.to_string());
        let is_read = state.remembered_since(key).is_none();
        assert_eq!(copied.is_some(), is_read, "{key}: what is only remembered has no row to copy");
        let begins = format!("{}  us-west-1  ", key.name);
        assert!(copied.is_none_or(|copied| copied.starts_with(&begins)), "{key}");
    }
}

#[test]
fn nothing_is_planned_on_it() {
    let mut state = two();
    assert!(matches!(state.fleet_screen.cursor.selected(), Some(Row::Environment(_))));
    for id in [CommandId::Deploy, CommandId::Restart, CommandId::Lock, CommandId::Wave] {
        let refusal = prepare(&state, id).unwrap_err();
        assert!(refusal.contains("was not read yet: what is shown of it is 1h old"), "{refusal}");
    }
    // One that is marked counts as well as the one that is selected.
    state.fleet_screen.marks.insert(key("eu-west-1", "h-prod"));
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 3_601, Coverage::Complete, &[("h-prod", Level::Ok)])]));
    state.fleet_screen.cursor.select_id(&Row::Environment(key("us-west-1", "h-prod")), &state.fleet_screen.rows.clone(), 20);
    assert!(prepare(&state, CommandId::Restart).unwrap_err().contains("was not read yet"));
    state.fleet_screen.marks.clear();
    assert!(!prepare(&state, CommandId::Restart).is_err_and(|refusal| refusal.contains("was not read yet")));
}

#[test]
fn of_another_account_it_is_not_shown() {
    let mut state = two();
    let identified = |account: &str| Event::Identified { connection: "default".into(), account: account.into(), arn: "arn:x".into() };
    happen(&mut state, identified("111122223333"));
    assert_eq!(shown(&state).len(), 4);
    happen(&mut state, identified("999988887777"));
    assert_eq!(shown(&state), [""; 0]);
}

#[test]
fn what_is_not_listed_any_more_is_let_go_once_that_is_known() {
    let mut state = two();
    happen(&mut state, Event::Scopes(vec![scope("us-west-1")]));
    assert_eq!(shown(&state).len(), 4, "the other region may be found out still");
    happen(&mut state, Event::Found("default".into()));
    assert_eq!(shown(&state), ["h-old us-west-1 remembered", "h-prod us-west-1 remembered"]);
}

#[test]
fn a_complete_listing_through_another_way_in_says_all_about_one_that_stands_by() {
    let by = |connection: &str, observation: Observation| {
        let Observation::Seen(mut seen) = observation else { panic!("a listing") };
        seen.source.scope = Arc::new(Scope { connection: connection.into(), ..(*seen.source.scope).clone() });
        Event::Observed(vec![Observation::Seen(seen)])
    };
    let listing = || by("main", listed("us-west-1", 3_601, Coverage::Complete, &[("h-prod", Level::Ok)]));
    let standby = || {
        let (connection, reader) = ("default".into(), "main".into());
        Event::StandBy(vec![Standby { connection, reader, regions: vec!["us-west-1".into()], is_whole: false }])
    };
    for events in [[standby(), listing()], [listing(), standby()]] {
        let mut state = two();
        for event in events {
            happen(&mut state, event);
        }
        assert_eq!(shown(&state), ["h-old eu-west-1 remembered", "h-prod eu-west-1 remembered", "h-prod us-west-1"]);
    }
}

#[test]
fn what_is_declared_is_shown_as_it_is_remembered() {
    let entry = Declared {
        platform: Platform::Beanstalk,
        account: None,
        region: Some("us-west-1".into()),
        name: "h-prod".into(),
        app: None,
        tier: None,
        by: None,
    };
    let catalogue = Catalogue { declared: vec![entry], ..Catalogue::default() };
    let state = remembering(catalogue, [listed("us-west-1", 0, Coverage::Complete, &[("h-prod", Level::Ok)])]);
    assert_eq!(shown(&state), ["h-prod us-west-1 remembered"]);
}

#[test]
fn what_is_known_is_kept_now_and_then_with_what_could_not_be_read_again() {
    let mut state = two();
    let kept = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Remember(_))).count();
    assert_eq!(kept(&happen(&mut state, Event::Tick(at(9_000)))), 0, "nothing was read");
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 9_001, Coverage::Complete, &[("h-prod", Level::Ok)])]));
    assert_eq!(kept(&happen(&mut state, Event::Tick(at(9_030)))), 0);
    assert_eq!(kept(&happen(&mut state, Event::Tick(at(9_060)))), 1);
    assert_eq!(kept(&happen(&mut state, Event::Tick(at(9_200)))), 0, "nothing was read since");
    let memory = state.memory().unwrap();
    let mut again: Vec<_> = memory.fleet(Arc::default()).environments().map(|it| (it.key().to_string(), it.listed_at())).collect();
    again.sort();
    let expected = [("eu-west-1:h-old", 0), ("eu-west-1:h-prod", 0), ("us-west-1:h-prod", 9_001)];
    assert_eq!(again, expected.map(|(name, second)| (format!("beanstalk:111122223333:{name}"), Some(at(second)))));
}

#[test]
fn where_nothing_is_kept_nothing_is_handed_on() {
    let mut state = State::new(Arc::default(), at(0), Size { width: 120, height: 40 });
    happen(&mut state, Event::Observed(vec![listed("us-west-1", 1, Coverage::Complete, &[("h-prod", Level::Ok)])]));
    assert!(happen(&mut state, Event::Tick(at(500))).iter().all(|effect| !matches!(effect, Effect::Remember(_))));
    assert_eq!(state.memory(), None);
}
