//! How the screens of what is pending and what waits change.

use super::act::{Act, Motion};
use super::decision::{Content, Decision};
use super::dialog::{Dialog, Kind};
use super::event::{Attention, Effect};
use super::form::Form;
use super::form::Merging;
use super::github::{Following, GitHubState, Regarded};
use super::github_act;
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::notice::announce;
use super::operations_update as operations;
use super::panes::split::Side;
use super::pending;
use super::plans::{self, Intent};
use super::setup::Setup;
use super::sheet::{self, Given};
use super::state::State;
use super::update::say;
use crate::model::clock::Stamp;
use crate::model::fault::Fault;
use crate::model::forge::{Between, Report, Topic};
use crate::model::id::{EnvironmentKey, Login, Repository};
use crate::model::import;
use crate::model::record;
use crate::model::write::{Order, Sent, Write};

/// Takes in what GitHub told. Where it tells that a deploy is over, what runs there is read again.
pub fn told(state: &mut State, report: Report) -> Vec<Effect> {
    let repository = report.repository.clone();
    let before = deploying(state, &repository);
    let is_catalogue = matches!(report.topic, Topic::Catalogue(_));
    state.github.forge.observe(report);
    while let Some((sentence, is_fault)) = state.followed.news(&state.github.forge, state.now) {
        announce(state, &sentence, is_fault);
    }
    if is_catalogue {
        take_imports(state);
    }
    take_record(state, &repository);
    state.stale_rows = true;
    state.dirty = true;
    let after = deploying(state, &repository);
    before.into_iter().filter(|key| !after.contains(key)).map(|key| Effect::ReadNow(Some(key))).collect()
}

/// The environments on plain hosts that a pipeline of this repository deploys to.
fn deploying(state: &State, repository: &Repository) -> Vec<EnvironmentKey> {
    let busy = |key: &EnvironmentKey| state.fleet.get(key).is_some_and(|environment| environment.is_busy());
    record::keys(&state.fleet, repository).filter(busy).collect()
}

/// What the record of a repository says of environments stands beside what they tell themselves.
fn take_record(state: &mut State, repository: &Repository) {
    for observation in record::told(&state.fleet, &state.github.forge, repository) {
        let _ = state.fleet.observe(observation);
    }
}

/// What files of repositories declare is declared.
pub fn take_imports(state: &mut State) {
    let declared = import::declared(state.fleet.configured(), &state.github.forge);
    if state.fleet.import(declared) {
        take_records(state);
    }
}

/// The same of every repository: environments are there that were not.
pub fn take_records(state: &mut State) {
    let repositories: Vec<Repository> = state.github.forge.repositories().map(|(repository, _)| repository.clone()).collect();
    for repository in repositories {
        take_record(state, &repository);
    }
}

/// Takes in whose token it is.
pub fn identified(state: &mut State, stamp: Stamp, viewer: Result<Login, Fault>) {
    state.github.forge.viewer.take(stamp, viewer);
    state.stale_rows = true;
    state.dirty = true;
}

/// Works out again what is pending and what waits.
pub fn conclude(state: &mut State) {
    let sheets = state.places().filter_map(Place::sheet);
    let open = sheets.flat_map(|(repository, run)| {
        let wanted = plans::comparisons_of_run(state, repository, run);
        wanted.into_iter().map(|between| (repository.clone(), between))
    });
    state.github.open = open.collect();
    state.github.arrange(&state.fleet);
}

/// Works out the screen that is shown, if it is one of these.
pub fn arrange(state: &mut State) {
    let window = window(state);
    match state.history.current() {
        Place::Pending(app) => state.pending_screen.arrange(&state.github, app.as_ref(), window),
        Place::Promotions => state.promotions_screen.arrange(&state.github, &state.followed, state.now, window),
        Place::Sheet(repository, run) => {
            let (github, fleet, locks) = (&state.github, &state.fleet, &state.locks);
            state.sheet_screen.arrange(github, fleet, locks, (repository, *run), state.now, window);
            state.followed.keep(&state.sheet_screen, &state.github.forge);
        }
        Place::Fleet
        | Place::Environment(_)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => {}
    }
}

/// Rows of the list that fit on the screen that is shown.
pub fn window(state: &State) -> usize {
    match state.place() {
        Place::Sheet(_, _) => sheet::window(state.size),
        _ => pending::window(state.size),
    }
}

/// Takes note of which repositories a person looks at; whether they are others than before.
pub fn regards(state: &mut State) -> bool {
    let decided = match &state.dialog {
        Some(Dialog { kind: Kind::Form(form), .. }) => vec![form.repository.clone()],
        Some(Dialog { kind: Kind::Decide(decision), .. }) => match &decision.content {
            Content::Write(draft) => vec![draft.repository.clone()],
            Content::Operation(undertaking) => repositories(state, undertaking.plan.targets()),
            Content::Resumption(_) => Vec::new(),
        },
        Some(Dialog { kind: Kind::Setup(setup), .. }) => repositories(state, setup.wanted.environments.iter().cloned()),
        Some(_) | None => state.places().filter_map(Place::sheet).map(|(repository, _)| repository.clone()).collect(),
    };
    let regarded = Regarded { selected: github_act::repository(state), decided };
    let is_news = regarded != state.github.regarded;
    state.github.regarded = regarded;
    is_news
}

/// The repositories of the apps of these environments, each once: their rules are part of what is planned there.
fn repositories(state: &State, environments: impl IntoIterator<Item = EnvironmentKey>) -> Vec<Repository> {
    let catalogue = state.fleet.catalogue();
    let of = |key: EnvironmentKey| {
        let app = state.fleet.get(&key)?.app();
        catalogue.app(&app)?.repository.as_deref().map(Repository::from)
    };
    let mut all: Vec<Repository> = environments.into_iter().filter_map(of).collect();
    all.sort();
    all.dedup();
    all
}

/// What has to be found out on GitHub, where that is something else than before.
pub fn wanted(state: &mut State) -> Option<Effect> {
    if !GitHubState::is_used(&state.fleet) {
        return None;
    }
    let wanted = state.github.wanted(&state.fleet, state.places());
    (wanted != state.github.interest).then(|| {
        state.github.interest = wanted.clone();
        Effect::FindOut(Box::new(wanted))
    })
}

/// The environments of a sheet are read first, and their properties are compared.
pub fn sheet_attention(state: &State) -> Attention {
    let screen = &state.sheet_screen;
    let ours: Vec<EnvironmentKey> = screen.environments().into_iter().cloned().collect();
    let with_group = |key: &EnvironmentKey| Some((key.clone(), state.fleet.get(key)?.identity()?.app.clone()));
    let compared = ours.iter().filter_map(with_group).collect();
    let tried_in = screen.sheet.iter().flat_map(|sheet| sheet.tried_in.iter().cloned());
    Attention { compared, visible: ours.into_iter().chain(tried_in).collect(), ..Attention::default() }
}

/// Moves the selection.
pub fn move_selection(state: &mut State, motion: Motion) {
    let window = window(state);
    match state.history.current() {
        Place::Pending(_) => {
            let screen = &mut state.pending_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Promotions => {
            let screen = &mut state.promotions_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Sheet(_, _) => {
            let screen = &mut state.sheet_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Fleet
        | Place::Environment(_)
        | Place::Operations
        | Place::Logs(_)
        | Place::Previews
        | Place::Properties(_)
        | Place::Timeline(_) => {}
    }
}

/// Does what concerns these screens alone.
pub fn perform(state: &mut State, act: &Act) {
    match (act, state.history.current()) {
        (Act::ToggleMine, Place::Pending(_)) => state.pending_screen.mine = !state.pending_screen.mine,
        (Act::ToggleMine, _) => state.promotions_screen.mine = !state.promotions_screen.mine,
        (Act::ToggleGate(gate), _) => {
            let left_out = &mut state.sheet_screen.left_out;
            match left_out.iter().position(|other| other == gate) {
                Some(at) => {
                    left_out.remove(at);
                }
                None => left_out.push(*gate),
            }
        }
        _ => {}
    }
    state.stale_rows = true;
}

/// Opens a list; where there is one workflow only, that one's inputs.
pub fn open_menu(state: &mut State, menu: Menu) {
    let is_one = matches!(menu.items.as_slice(), [Item { choice: Choice::Start { .. }, .. }]);
    state.dialog = Some(Dialog::new(Kind::Menu(menu)));
    if is_one {
        let _ = choose(state);
    }
}

/// Does what was chosen: asks for the inputs of a workflow (its plan where it takes none), or opens a page.
pub fn choose(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Menu(menu), .. }) = state.dialog.take() else { return Vec::new() };
    match menu.choice() {
        Some(Choice::Start { repository, manual, environment, entered }) => {
            state.github.asked.clear();
            let mut form = plans::dispatch::form(state, &repository, &manual, environment.as_ref());
            form.enter(&entered);
            let takes_none = form.entries.is_empty();
            state.dialog = Some(Dialog::new(Kind::Form(Box::new(form))));
            if takes_none {
                plan_dispatch(state);
            }
            Vec::new()
        }
        Some(Choice::Merge { app, repository, pull }) => {
            state.github.asked.clear();
            let form = plans::merge::form(repository, Merging { app, pull });
            state.dialog = Some(Dialog::new(Kind::Form(Box::new(form))));
            Vec::new()
        }
        Some(Choice::Page(address)) => {
            say(state, &format!("opening {address}"), false);
            vec![Effect::Open(address)]
        }
        Some(Choice::Operate(wanted)) if wanted.environments.len() > 1 => {
            state.dialog = Some(Dialog::new(Kind::Setup(Box::new(Setup::of_several(*wanted)))));
            Vec::new()
        }
        Some(Choice::Operate(wanted)) => {
            operations::open_plan(state, &Intent::Operate(wanted));
            Vec::new()
        }
        Some(Choice::Resolve(resolving)) => {
            operations::resolve(state, &resolving);
            Vec::new()
        }
        Some(Choice::Logs(chosen)) => super::logs::update::choose(state, chosen),
        Some(Choice::Kind(kind)) => {
            super::timeline::act::choose(state, kind);
            Vec::new()
        }
        Some(Choice::Value) => super::properties::copy(state),
        Some(Choice::Copy(text)) => {
            say(state, &super::copy::said(&text), false);
            vec![Effect::Copy(text.to_string())]
        }
        Some(Choice::Save(format)) => {
            // The file outlives the moment for which somebody asked to see a value.
            super::properties::hide(state);
            vec![Effect::Picture { format, name: super::saving::name(state, format) }]
        }
        Some(Choice::Theme(word)) => {
            super::preferences::choose_theme(state, &word);
            vec![Effect::Theme(word)]
        }
        // Nothing fits what is typed.
        None => {
            state.dialog = Some(Dialog { kind: Kind::Menu(menu), seen: true });
            Vec::new()
        }
    }
}

/// Copies the address of the page that is selected.
pub fn copy_page(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Menu(menu), .. }) = state.dialog.take() else { return Vec::new() };
    match menu.choice() {
        Some(Choice::Page(address)) => copied(state, &address),
        _ => Vec::new(),
    }
}

/// Where there is no browser, the address is copied.
pub fn copied(state: &mut State, address: &str) -> Vec<Effect> {
    say(state, &format!("handed to the terminal's clipboard: {address}"), false);
    vec![Effect::Copy(address.to_owned())]
}

/// Shows what starting the workflow with what was entered would do.
pub fn plan_dispatch(state: &mut State) {
    let Some(Dialog { kind: Kind::Form(mut form), seen }) = state.dialog.take() else { return };
    if asks(state, &form) {
        form.error = Some("how that commit lies to what runs is being read: ⏎ again in a moment".to_owned());
        state.dialog = Some(Dialog { kind: Kind::Form(form), seen });
        return;
    }
    state.dialog = Some(match plans::plan(state, &Intent::of(form.clone())) {
        Ok(mut decision) => {
            decision.comment = form.reason.clone();
            Dialog::new(Kind::Decide(Box::new(decision)))
        }
        Err(sentence) => {
            form = Box::new(renewed(state, *form));
            form.error = Some(sentence);
            Dialog { kind: Kind::Form(form), seen }
        }
    });
}

/// Asks how what would be deployed lies to what runs, where that is not known. Who asks for the plan a second time
/// gets it, whatever is known by then.
fn asks(state: &mut State, form: &Form) -> bool {
    let is_answered = |state: &State, between: &Between| {
        let read = state.github.forge.get(&form.repository).and_then(|facts| facts.comparisons.get(between));
        read.is_some_and(|read| read.value().is_some() || read.fault().is_some())
    };
    let asked: Vec<(Repository, Between)> =
        plans::comparisons(state, form).into_iter().map(|between| (form.repository.clone(), between)).collect();
    let is_news = asked.iter().any(|one| !state.github.asked.contains(one) && !is_answered(state, &one.1));
    state.github.asked = asked;
    state.stale_rows = true;
    is_news
}

/// What was decided is sent, unless what it rests on is different by now.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Decide(decision), .. }) = state.dialog.take() else { return Vec::new() };
    conclude(state);
    arrange(state);
    state.stale_rows = true;
    let now = match plans::plan(state, &decision.intent).and_then(Decision::resolved) {
        Ok(now) => now,
        Err(why) => {
            say(state, &format!("nothing was sent: {why}"), true);
            reopen(state, *decision, None, &why);
            return Vec::new();
        }
    };
    if let Some(difference) = decision.difference(&now) {
        say(state, &format!("{difference} since the dialog was opened: nothing was sent; look again"), true);
        state.dialog = Some(Dialog::new(Kind::Decide(Box::new(decision.renewed(now, difference)))));
        return Vec::new();
    }
    let draft = match &now.content {
        Content::Write(draft) => draft,
        Content::Operation(undertaking) => return operations::begin(state, &decision, (**undertaking).clone()),
        Content::Resumption(resumption) => return operations::carry_on(state, &decision, &resumption.id),
    };
    state.writes += 1;
    let number = state.writes;
    let write = &draft.write;
    if let Place::Sheet(repository, run) = state.place()
        && (repository, Some(*run)) == (&draft.repository, write.run())
    {
        state.sheet_screen.given = Some(Given { number, participle: write.participle(), at: state.now, sent: None });
    }
    say(state, "sending …", false);
    let identity = state.github.forge.viewer.value().cloned();
    let side = state.split.as_ref().map_or(Side::First, |split| split.side);
    state.github.follow = Some(Following { number, from: state.place().clone(), side, decision: decision.clone() });
    decision.order(number, identity).into_iter().map(|order| Effect::Write(Box::new(order))).collect()
}

/// Opens again what a person filled in, where nothing of it was sent: nothing that was typed is lost. The plan as it is
/// now takes the place of the one that was confirmed, where there is one.
fn reopen(state: &mut State, decision: Decision, now: Option<Decision>, why: &str) {
    let why = format!("nothing was sent: {why}");
    let kind = match (decision.intent.form(), now) {
        (Some(form), _) => {
            let mut form = renewed(state, form.clone());
            form.reason = decision.comment;
            form.error = Some(why);
            Kind::Form(Box::new(form))
        }
        (None, Some(now)) => Kind::Decide(Box::new(decision.renewed(now, why))),
        (None, None) => Kind::Decide(Box::new(decision.refused(why))),
    };
    state.dialog = Some(Dialog::new(kind));
}

/// The form as the workflow's file asks for it now.
fn renewed(state: &State, form: Form) -> Form {
    let overview = state.github.forge.get(&form.repository).and_then(|facts| facts.overview.value());
    let shown = form.manual();
    let manual = overview.zip(shown).and_then(|(overview, shown)| overview.manual.iter().find(|other| other.workflow == shown.workflow));
    match manual {
        Some(manual) if Some(manual) != shown => form.renewed(manual),
        Some(_) | None => form,
    }
}

/// The decision that this write came from, where a person is still where it was confirmed and has begun nothing else:
/// then what was started is followed, and what was refused is opened again.
fn where_it_was(state: &mut State, number: u64) -> Option<Decision> {
    let following = state.github.follow.take_if(|following| following.number == number)?;
    let is_there = state.dialog.is_none() && !state.is_typing_filter() && following.from == *state.place();
    // Both panes may show that place.
    let is_there = is_there && state.split.as_ref().is_none_or(|split| split.side == following.side);
    is_there.then_some(*following.decision)
}

/// Takes in what became of a write.
pub fn written(state: &mut State, order: &Order, sent: &Sent) {
    state.written += 1;
    super::timeline::note_write(state, order, sent);
    let place = (order.repository.clone(), order.write.place());
    match sent {
        Sent::Unclear(_) => drop(state.github.unclear.insert(place, (order.write.noun(), state.now))),
        Sent::Done(_) | Sent::Found(_) => drop(state.github.unclear.remove(&place)),
        Sent::Refused(_) | Sent::Changed(_) => {}
    }
    let started = sent.receipt().and_then(|receipt| receipt.run).filter(|_| matches!(order.write, Write::Dispatch { .. }));
    let decision = where_it_was(state, order.number);
    let follows = started.is_some() && decision.is_some();
    let rest = if started.is_some() && !follows { "; 3 shows its run" } else { "" };
    let sentence = format!("{} of {}: {}{rest}", order.write.noun(), order.repository, sent.sentence());
    say(state, &sentence, sent.receipt().is_none());
    if let (Sent::Refused(_) | Sent::Changed(_), Some(decision), Some(why)) = (sent, decision, sent.trouble()) {
        let now = plans::plan(state, &decision.intent).ok();
        reopen(state, decision, now, why);
    }
    // The sheet may be another one by now, or the same opened anew.
    let other = state.split.as_mut().map(|split| &mut split.other.sheet_screen);
    let sheets = std::iter::once(&mut state.sheet_screen).chain(other);
    let given = sheets.filter_map(|sheet| sheet.given.as_mut()).filter(|given| given.number == order.number);
    for given in given.chain(state.followed.given(order.number)) {
        given.sent = Some(sent.clone());
    }
    if let Some(run) = started.filter(|_| follows) {
        super::update::go(state, |state| state.history.go(Place::Sheet(order.repository.clone(), run)));
    }
    state.dirty = true;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::event::Event;
    use crate::app::state::Size;
    use crate::app::update::update;
    use crate::model::record::tests::{at, catalogue, deploying, key, listed};

    #[test]
    fn the_end_of_a_deploy_has_its_environment_read_again() {
        let listing = listed();
        let mut state = State::new(Arc::new(catalogue()), at(1), Size { width: 80, height: 24 });
        let _ = update(&mut state, Event::Observed(vec![listing]));
        let mut told = |second, runs: &[u64]| update(&mut state, Event::Told(Box::new(deploying(second, runs))));
        let read_again = |effects: &[Effect]| effects.iter().any(|effect| *effect == Effect::ReadNow(Some(key())));
        assert!(!read_again(&told(20, &[7])));
        assert!(!read_again(&told(30, &[7])), "it goes on");
        assert!(read_again(&told(40, &[])));
        assert!(!read_again(&told(50, &[])), "once");
    }
}
