//! The selected instance of the environment that is open: what can be done to it, and how one logs in there.

use super::act::{Act, Refusal};
use super::event::{Effect, Program};
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::plans::Intent;
use super::plans::operation::{self, Change, Deed, Wanted, may_act};
use super::state::State;
use crate::model::account::{WayIn, Writing};
use crate::model::catalogue::Tier;
use crate::model::compute::{Place as Reached, Tagged, TaggedInstances, Template};
use crate::model::environment::Environment;
use crate::model::host::Login;
use crate::model::id::{EnvironmentKey, InstanceId, Platform};
use crate::model::instance::Instance;

/// What is asked of the selected instance: the title of its menu.
pub const TITLE: &str = "do what to the instance?";

/// The environment that is open.
fn opened(state: &State) -> Result<(&EnvironmentKey, Environment<'_>), Refusal> {
    let Place::Environment(key) = state.place() else { return Err("open an environment first".into()) };
    let environment = state.fleet.get(key).ok_or_else(|| format!("{} is not there any more", key.name))?;
    Ok((key, environment))
}

/// The selected instance.
fn selected<'s>(state: &State, environment: &Environment<'s>) -> Option<&'s Instance> {
    let id = state.environment_screen.instances.selected()?;
    environment.instances()?.value.each.iter().find(|instance| instance.id == *id)
}

/// Who replaces an instance there would have it back in, and nothing tells which groups have it.
const NOT_TAKEN_OUT: &str = ". Elastic Beanstalk looks after its load balancer: it is not taken out of it from here";

/// What can be done to the selected instance, and which ones can be put back.
///
/// # Errors
/// Why nothing can.
pub fn menu(state: &State) -> Result<Menu, Refusal> {
    let (key, environment) = opened(state)?;
    may_act(state, std::slice::from_ref(key))?;
    if key.platform == Platform::Host {
        return Err("that is a container of a plain host: B restarts the environment".into());
    }
    let instance = selected(state, &environment);
    let mut items: Vec<Item> = Vec::new();
    if let Some(instance) = instance {
        items.extend(
            Change::ALL
                .into_iter()
                .filter(|change| applies(state, *change, &environment, instance))
                .map(|change| item(key, change, &instance.id)),
        );
    }
    for (id, _) in operation::taken_out(state, key) {
        let back = item(key, Change::PutBack, &id);
        if !items.contains(&back) {
            items.push(back);
        }
    }
    if items.is_empty() {
        return Err(if instance.is_none() { "no instance is selected".into() } else { "nothing can be done to it from here".into() });
    }
    let mut heading = instance.map_or_else(|| key.name.to_string(), |instance| format!("{} of {}", instance.id, key.name));
    if key.platform == Platform::Beanstalk {
        heading.push_str(NOT_TAKEN_OUT);
    }
    Ok(Menu { title: TITLE, note: "⏎ shows the plan · esc does nothing", heading, items, at: 0, filter: None, takes: None })
}

fn item(key: &EnvironmentKey, change: Change, id: &InstanceId) -> Item {
    let wanted = Wanted::new(Deed::Instance(change, id.clone()), vec![key.clone()]);
    Item { name: format!("{} {id}", change.word()).into(), detail: change.means().into(), choice: Choice::Operate(Box::new(wanted)) }
}

/// Whether it makes sense: only what is in a target group is taken out, only tagged instances are ended.
fn applies(state: &State, change: Change, environment: &Environment<'_>, instance: &Instance) -> bool {
    let registered = operation::registered(state, environment, &instance.id).unwrap_or_default();
    match change {
        Change::TakeOut => registered.iter().any(|one| !one.is_leaving),
        Change::PutBack => registered.iter().any(|one| one.is_leaving),
        Change::Reboot => true,
        Change::Replace => environment.key().platform != Platform::TaggedEc2,
        Change::End => environment.key().platform == Platform::TaggedEc2,
    }
}

/// Ending a preview or an instance that is one too many: the plan, or which of several.
///
/// # Errors
/// Why it cannot be done.
pub fn end(state: &State, key: &EnvironmentKey) -> Result<Act, Refusal> {
    let environment = state.fleet.get(key).ok_or_else(|| format!("{} is not there any more", key.name))?;
    let told = environment.instances().ok_or_else(|| format!("the instances of {} are not read yet: open it", key.name))?;
    let items: Vec<Item> = told.value.each.iter().map(|instance| item(key, Change::End, &instance.id)).collect();
    match items.as_slice() {
        [] => Err(format!("{} has no instance: there is nothing to end", key.name).into()),
        [Item { choice: Choice::Operate(wanted), .. }] => Ok(Act::Plan(Intent::Operate(wanted.clone()))),
        _ => Ok(Act::Menu(Menu {
            title: "end which instance?",
            note: "⏎ shows the plan · esc ends none",
            heading: key.name.to_string(),
            items,
            at: 0,
            filter: None,
            takes: None,
        })),
    }
}

/// Logs in to the selected instance: asked first where it is production.
///
/// # Errors
/// Why nobody can log in.
pub fn shell(state: &State) -> Result<Act, Refusal> {
    let (key, environment) = opened(state)?;
    may_act(state, std::slice::from_ref(key))?;
    if state.world.is_some() {
        return Err("the machines of a simulated cloud have no shell".into());
    }
    let command = program(state, key, &environment)?;
    let whom = with_whom(&command);
    let program = Effect::Lend(Box::new(Program { name: command.join(" "), command, run: None, holds: false }));
    if matches!(environment.tier(), Tier::Production | Tier::Unknown) {
        let question = format!(
            "Log in to {} of {}{}? Nothing that is done there is recorded here",
            name(state, &environment),
            environment.tier(),
            whom
        );
        return Ok(Act::Confirm { question, then: program });
    }
    Ok(Act::Do(program))
}

fn name(state: &State, environment: &Environment<'_>) -> String {
    let key = environment.key();
    let id = selected(state, environment).filter(|_| key.platform != Platform::Host).map(|instance| format!("{} of ", instance.id));
    format!("{}{}", id.unwrap_or_default(), key.name)
}

/// With which profile a session is opened, where one is named.
fn with_whom(command: &[String]) -> String {
    let profile =
        command.iter().skip_while(|word| *word != "--profile").nth(1).filter(|_| command.first().is_some_and(|first| first == "aws"));
    profile.map_or_else(String::new, |profile| format!(" with profile {profile}"))
}

/// The program that logs in, with its arguments.
fn program(state: &State, key: &EnvironmentKey, environment: &Environment<'_>) -> Result<Vec<String>, Refusal> {
    if key.platform == Platform::Host {
        let login = state.fleet.catalogue().host(key).and_then(|host| host.login.as_ref());
        return login.map(ssh).ok_or_else(|| "nobody said how to log in there: write ssh in its [[hosts]] section".into());
    }
    let instance = selected(state, environment).ok_or("no instance is selected")?;
    match template(state, key, environment) {
        Some(template) => {
            let whereabouts = &instance.whereabouts;
            let place = Reached {
                id: instance.id.as_str(),
                private_ip: whereabouts.private_ip.as_deref(),
                address: whereabouts.address.as_deref(),
            };
            let login = template.login(&place).map_err(|why| format!("{} cannot be logged in to: {why}", instance.id))?;
            Ok(ssh(&login))
        }
        None => systems_manager(state, key, environment, &instance.id),
    }
}

/// How machines are logged in to over ssh, where that is configured.
fn template(state: &State, key: &EnvironmentKey, environment: &Environment<'_>) -> Option<Template> {
    let connection = &environment.source()?.scope.connection;
    let catalogue = state.fleet.catalogue();
    match key.platform {
        Platform::TargetGroup => {
            let group = catalogue.target_groups.iter().find(|group| {
                group.site.connection == *connection
                    && Some(&group.site.region) == key.region.as_ref()
                    && group.name.matches(key.name.as_str())
            })?;
            let login = group.rolling.as_ref().and_then(|rolling| rolling.login.clone());
            login.or_else(|| group.version.ssh.clone())
        }
        Platform::TaggedEc2 => {
            let is_its = |tagged: &&TaggedInstances| {
                let is_there = tagged.site.connection == *connection && Some(&tagged.site.region) == key.region.as_ref();
                let is_preview = environment.identity().is_some_and(|identity| identity.pull.is_some());
                let is_of_previews = matches!(tagged.what, Tagged::Previews { .. }) && tagged.app == environment.app();
                is_there && if is_preview { is_of_previews } else { tagged.is_called(key.name.as_str()) }
            };
            catalogue.tagged.iter().find(is_its).and_then(|tagged| tagged.version.ssh.clone())
        }
        Platform::Beanstalk | Platform::Host => None,
    }
}

fn ssh(login: &Login) -> Vec<String> {
    let mut command = vec!["ssh".to_owned()];
    if let Some(config) = &login.config {
        command.extend(["-F".to_owned(), config.to_string_lossy().into_owned()]);
    }
    command.extend(login.options.iter().flat_map(|option| ["-o".to_owned(), option.clone()]));
    // Behind it nothing is read as an option, whatever it begins with.
    command.extend(["--".to_owned(), login.to.to_string()]);
    command
}

/// AWS's own client has a program beside it that speaks Systems Manager's protocol for sessions.
fn systems_manager(state: &State, key: &EnvironmentKey, environment: &Environment<'_>, id: &InstanceId) -> Result<Vec<String>, Refusal> {
    if !id.as_str().starts_with("i-") {
        return Err(format!("{id} is no EC2 instance: Systems Manager does not reach it").into());
    }
    let region = key.region.as_ref().ok_or("its region is not known")?;
    let connection = environment.source().map(|source| &source.scope.connection);
    let mut command = ["aws", "ssm", "start-session", "--target", id.as_str(), "--region", region.as_str()].map(str::to_owned).to_vec();
    let way = connection.and_then(|connection| state.fleet.catalogue().way_in(connection));
    if let Some(profile) = way.map(session_profile).transpose()?.flatten() {
        command.extend(["--profile".to_owned(), profile]);
    }
    Ok(command)
}

/// The profile that a session is opened with: who writes there opens it, since a shell may change anything. None is the
/// default credential chain.
fn session_profile(way: &WayIn) -> Result<Option<String>, Refusal> {
    let by_role = |key: &str, arn: &str| {
        let sentence = format!(
            "{} is reached by assuming {arn}, and aws ssm takes no role: write a profile with that role_arn and its source_profile in ~/.aws/config, and name it as {key} in the configuration",
            way.connection
        );
        Refusal::from(sentence)
    };
    match (&way.writing, &way.role) {
        (Some(Writing::Profile(profile)), _) => Ok(Some(profile.to_string())),
        (Some(Writing::Role(role)), _) => Err(by_role("write_profile", &role.arn)),
        (None, Some(role)) => Err(by_role("profile", &role.arn)),
        (None, None) => Ok(way.profile.as_deref().map(str::to_owned)),
    }
}
