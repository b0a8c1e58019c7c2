//! Whether an environment of tagged instances runs on others than before: read as the console reads it.

use std::collections::HashSet;

use futures_util::future::BoxFuture;

use super::looking::{Look, elsewhere, underway};
use super::port::Source;
use super::read_anew::{ReadAnew, read_anew};
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, InstanceId, Sha};
use crate::model::instance::{Instance, Instances};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Observed, Outcome};

/// Looks at environments of tagged instances.
pub struct Renewed;

impl Look for Renewed {
    fn look<'a>(&'a self, source: Option<&'a dyn Source>, place: Place, action: Action) -> BoxFuture<'a, Result<Observed, Fault>> {
        Box::pin(look(source, place, action))
    }
}

async fn look(source: Option<&dyn Source>, place: Place, action: Action) -> Result<Observed, Fault> {
    let Action::Renewed { before, commit } = action else { return Err(elsewhere()) };
    let key = place.environment;
    let source = source.ok_or_else(|| nobody(&key))?;
    let connection = place.connection.ok_or_else(|| nobody(&key))?;
    let Some(ReadAnew { instances, versions, .. }) = read_anew(source, connection, &key).await? else {
        return Ok(underway("no instance carries its tags".to_owned()));
    };
    let instances = versions.map(|versions| instances.with(&versions)).unwrap_or(instances);
    Ok(judge(&instances, &before, commit.as_deref().and_then(Sha::new).as_ref()))
}

/// What these instances show, where those were there before.
fn judge(instances: &Instances, before: &[InstanceId], commit: Option<&Sha>) -> Observed {
    let before: HashSet<&InstanceId> = before.iter().collect();
    let (old, new): (Vec<&Instance>, Vec<&Instance>) = instances.each.iter().partition(|instance| before.contains(&instance.id));
    if new.is_empty() {
        return underway(format!("there is no new instance: {}", ids(&old)));
    }
    if let Some((instance, other)) = new.iter().find_map(|instance| Some((instance, label(instance)?, commit?)).and_then(otherwise)) {
        let wanted = commit.map_or("", Sha::short);
        return Observed::Ended(Outcome::Failed(format!("{} runs {}, not {wanted}", instance.id, other.short()).into()));
    }
    let is_unwell = |instance: &&&Instance| matches!(instance.level, Level::Warning | Level::Degraded | Level::Severe);
    if let Some(instance) = new.iter().find(is_unwell) {
        let word = instance.word.as_ref().map_or_else(|| instance.level.to_string(), ToString::to_string);
        return underway(format!("{} is not healthy: {word}", instance.id));
    }
    if !old.is_empty() {
        return underway(format!("{} is still there beside {}", ids(&old), ids(&new)));
    }
    let told = commit.filter(|_| new.iter().all(|instance| label(instance).is_some()));
    let runs = told.map_or_else(|| "does not tell what it runs".to_owned(), |commit| format!("runs {}", commit.short()));
    let is_known = new.iter().all(|instance| instance.level != Level::Unknown);
    let health = if is_known { "is healthy" } else { "is there (how well nobody tells)" };
    Observed::Ended(Outcome::Done(format!("{} {runs} and {health}, and none of those before is left", ids(&new)).into()))
}

/// The commit that an instance says it runs.
fn label(instance: &Instance) -> Option<Sha> {
    Sha::new(instance.deployment.as_ref()?.label.as_ref()?.as_str())
}

/// An instance with what it runs, where that is another commit.
fn otherwise<'i>((instance, label, commit): (&&'i Instance, Sha, &Sha)) -> Option<(&'i Instance, Sha)> {
    (!label.agrees_with(commit)).then_some((*instance, label))
}

fn ids(instances: &[&Instance]) -> String {
    instances.iter().map(|instance| instance.id.as_str()).collect::<Vec<_>>().join(", ")
}

fn nobody(key: &EnvironmentKey) -> Fault {
    Fault::new(
        FaultKind::Missing,
        format!("the instances of {} cannot be looked at: [[tagged_instances]] does not name them any more", key.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instance::Deployment;

    fn instance(id: &str, level: Level, label: Option<&str>) -> Instance {
        let deployment = label.map(|label| Deployment::of(label.into()));
        Instance { level, deployment, ..Instance::of(id.into()) }
    }

    fn told(each: Vec<Instance>) -> Observed {
        let instances = Instances { each, ..Instances::default() };
        judge(&instances, &["i-old".into()], Sha::new("1234567890").as_ref())
    }

    fn waits(observed: &Observed, part: &str) {
        let note = match observed {
            Observed::Underway(progress) => progress.note.clone().unwrap(),
            other => panic!("{other:?}"),
        };
        assert!(note.contains(part), "{note}");
    }

    #[test]
    fn it_is_over_once_a_new_instance_serves_alone() {
        let (old, new) = (instance("i-old", Level::Ok, None), |level| instance("i-new", level, None));
        waits(&told(vec![old.clone()]), "there is no new instance: i-old");
        waits(&told(vec![old.clone(), new(Level::Warning)]), "i-new is not healthy");
        waits(&told(vec![old, new(Level::Ok)]), "i-old is still there beside i-new");
        let Observed::Ended(Outcome::Done(why)) = told(vec![new(Level::Ok)]) else { panic!() };
        assert!(why.contains("i-new does not tell what it runs and is healthy"), "{why}");
    }

    #[test]
    fn what_an_instance_says_of_its_commit_counts() {
        let Observed::Ended(Outcome::Done(why)) = told(vec![instance("i-new", Level::Ok, Some("1234567"))]) else { panic!() };
        assert!(why.contains("i-new runs 1234567 and is healthy"), "{why}");
        let Observed::Ended(Outcome::Failed(why)) = told(vec![instance("i-new", Level::Ok, Some("7654321"))]) else { panic!() };
        assert!(why.contains("i-new runs 7654321, not 1234567"), "{why}");
        let Observed::Ended(Outcome::Done(why)) = told(vec![instance("i-new", Level::Unknown, None)]) else { panic!() };
        assert!(why.contains("how well nobody tells"), "{why}");
    }
}
