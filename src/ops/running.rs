//! What the instances of a target group run, at the end of a rolling deploy: read as the console reads it.
//!
//! What differs is named. Where nothing tells it, that is what is told: it is never taken to be so.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::looking::{Look, elsewhere, underway};
use super::port::Source;
use super::read_anew::{ReadAnew, read_anew};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{EnvironmentKey, InstanceId, Sha, VersionLabel};
use crate::model::instance::{Instance, Versions};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Observed, Outcome};

/// So many instances are named.
const NAMED: usize = 6;

/// Looks at what instances run.
pub struct Running;

impl Look for Running {
    fn look<'a>(&'a self, source: Option<&'a dyn Source>, place: Place, action: Action) -> BoxFuture<'a, Result<Observed, Fault>> {
        Box::pin(look(source, place, action))
    }
}

async fn look(source: Option<&dyn Source>, place: Place, action: Action) -> Result<Observed, Fault> {
    let Action::Runs { version, also, except } = action else { return Err(elsewhere()) };
    let key = place.environment;
    let source = source.ok_or_else(|| nobody(&key))?;
    let connection = place.connection.ok_or_else(|| nobody(&key))?;
    let read = read_anew(source, connection, &key).await?;
    let Some(ReadAnew { identity, instances, versions }) = read else {
        return Err(Fault::new(FaultKind::Missing, format!("there is no target group {} any more", key.name)));
    };
    let each: Vec<Instance> = instances.each.into_iter().filter(|instance| !is_leaving(instance)).collect();
    let wanted = Wanted { group: key.name.as_str(), version, also, except };
    Ok(if identity.tells_versions { wanted.judge(&each, versions.as_deref()) } else { wanted.untold() })
}

/// Whether the group is letting it go: what it runs serves nobody.
fn is_leaving(instance: &Instance) -> bool {
    let registered = &instance.whereabouts.registered;
    !registered.is_empty() && registered.iter().all(|one| one.is_leaving)
}

/// What one instance tells.
enum Told {
    /// That version.
    It,
    /// Another one.
    Other(VersionLabel),
    /// The image by its digest alone, or by another of its tags, which may name another image by now: neither tells whether it
    /// is that version.
    Doubtful(VersionLabel),
    /// Nothing, and why.
    Nothing(Option<Arc<str>>),
}

impl Told {
    fn in_words(&self) -> String {
        match self {
            Self::It => "runs it".to_owned(),
            Self::Other(label) | Self::Doubtful(label) => format!("runs {label}"),
            Self::Nothing(None) => "does not tell what it runs".to_owned(),
            Self::Nothing(Some(why)) => format!("does not tell what it runs ({why})"),
        }
    }
}

/// What each instance of this group is to run.
struct Wanted<'k> {
    group: &'k str,
    version: VersionLabel,
    also: Vec<VersionLabel>,
    except: Vec<InstanceId>,
}

impl Wanted<'_> {
    fn judge(&self, each: &[Instance], versions: Option<&Versions>) -> Observed {
        let tell = |one: &Instance| (one.id.clone(), self.told(one, versions));
        let (excepted, told): (Vec<_>, Vec<_>) = each.iter().map(tell).partition(|(id, _)| self.except.contains(id));
        let (group, version, all) = (self.group, &self.version, told.len());
        let runs = told.iter().filter(|(_, told)| matches!(told, Told::It)).count();
        if each.is_empty() {
            return underway(format!("{group} has no instance in it"));
        }
        let others = named(&excepted, |_| true);
        let others = if others.is_empty() { others } else { format!("; not changed: {others}") };
        if told.is_empty() {
            return done(format!("no instance of {group} was changed{others}"));
        }
        if runs == all {
            let all_of_them = if excepted.is_empty() { "every instance" } else { "every changed instance" };
            return done(format!("{all_of_them} of {group} runs {version} ({all} of {all}){others}"));
        }
        let differences = named(&told, |told| !matches!(told, Told::It));
        if told.iter().all(|(_, told)| matches!(told, Told::It | Told::Doubtful(_))) {
            let sentence = "a digest and a tag that is no commit do not tell whether the image is that of";
            return done(format!("what runs is not proven: {sentence} {version}: {differences}{others}"));
        }
        underway(format!("{runs} of {all} run it; {differences}{others}"))
    }

    fn told(&self, instance: &Instance, versions: Option<&Versions>) -> Told {
        let asked = versions.and_then(|versions| versions.each.iter().find(|(id, _)| *id == instance.id));
        let label = match asked {
            Some((_, Ok(label))) => Some(label),
            Some((_, Err(why))) => return Told::Nothing(Some(Arc::clone(why))),
            None => instance.deployment.as_ref().and_then(|deployment| deployment.label.as_ref()),
        };
        match label {
            None => Told::Nothing(None),
            Some(label) if self.is_it(label) => Told::It,
            Some(label) if label.as_str().contains("sha256:") || self.also.contains(label) => Told::Doubtful(label.clone()),
            Some(label) => Told::Other(label.clone()),
        }
    }

    /// Whether a label names the version: it is the same, also where it is the tag of a whole image reference, or a commit
    /// that is that of the version or of another tag of its image, one of them abbreviated. Other tags may move from image to
    /// image. Two abbreviations may be two numbers.
    fn is_it(&self, label: &VersionLabel) -> bool {
        // A colon before the last slash is that of a registry's port.
        let tag = label.as_str().rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
        let told = tag.unwrap_or(label.as_str());
        let is_commit = |name: &VersionLabel| {
            let commits = Sha::new(name.as_str()).zip(Sha::new(told));
            commits.is_some_and(|(one, other)| (is_whole(&one) || is_whole(&other)) && one.agrees_with(&other))
        };
        *label == self.version || told == self.version.as_str() || std::iter::once(&self.version).chain(&self.also).any(is_commit)
    }

    /// Where nothing is configured that tells it.
    fn untold(&self) -> Observed {
        done(format!(
            "what runs is not proven: nothing tells what instances of {} run (version_tag, version_command or version_url in \
             [[target_groups]]); the command ended well on each and the group finds each healthy",
            self.group
        ))
    }
}

/// Whether it is a commit, and not the beginning of one.
fn is_whole(sha: &Sha) -> bool {
    sha.as_str().len() == 40
}

/// What these tell that are meant; nothing where none is.
fn named(told: &[(InstanceId, Told)], is_meant: impl Fn(&Told) -> bool) -> String {
    let meant: Vec<&(InstanceId, Told)> = told.iter().filter(|(_, told)| is_meant(told)).collect();
    let more = meant.len().saturating_sub(NAMED);
    let shown: Vec<String> = meant.iter().take(NAMED).map(|(id, told)| format!("{id} {}", told.in_words())).collect();
    let shown = shown.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn done(sentence: String) -> Observed {
    Observed::Ended(Outcome::Done(sentence.into()))
}

fn nobody(key: &EnvironmentKey) -> Fault {
    let sentence = format!("what instances of {} run cannot be looked at: [[target_groups]] does not name it any more", key.name);
    Fault::new(FaultKind::Missing, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instance::Deployment;
    use crate::model::operation::evidence::Progress;
    use crate::model::version::VersionSource;

    const NEW: &str = "1111111111111111111111111111111111111111";
    const OLD: &str = "2222222222222222222222222222222222222222";

    fn wanted(version: &str, also: &[&str]) -> Wanted<'static> {
        Wanted {
            group: "growl",
            version: version.into(),
            also: also.iter().map(|name| VersionLabel::from(*name)).collect(),
            except: Vec::new(),
        }
    }

    fn tagged(id: &str, label: Option<&str>) -> Instance {
        Instance { deployment: label.map(|label| Deployment::of(label.into())), ..Instance::of(id.into()) }
    }

    fn proof(observed: Observed) -> String {
        let Observed::Ended(Outcome::Done(proof)) = observed else { panic!("{observed:?}") };
        proof.to_string()
    }

    fn difference(observed: Observed) -> String {
        let Observed::Underway(Progress { note: Some(note), .. }) = observed else { panic!("{observed:?}") };
        note.to_string()
    }

    #[test]
    fn it_is_proven_where_every_instance_tells_the_version_by_a_name_that_does_not_move() {
        let each = [tagged("i-1", Some(NEW)), tagged("i-2", Some("1111111")), tagged("i-3", Some("1.ecr.test:443/growl:1111111"))];
        assert_eq!(proof(wanted(NEW, &["v7"]).judge(&each, None)), format!("every instance of growl runs {NEW} (3 of 3)"));
        let each = [tagged("i-1", Some(NEW)), tagged("i-2", Some("latest"))];
        let told = proof(wanted(NEW, &["latest"]).judge(&each, None));
        assert!(told.starts_with("what runs is not proven: ") && told.ends_with("i-2 runs latest"), "{told}");
        assert_eq!(difference(wanted("10234", &[]).judge(&[tagged("i-1", Some("1023"))], None)), "0 of 1 run it; i-1 runs 1023");
        let nobody = Wanted { except: vec!["i-1".into()], ..wanted("v7", &[]) };
        assert_eq!(proof(nobody.judge(&[tagged("i-1", Some("v6"))], None)), "no instance of growl was changed; not changed: i-1 runs v6");
        let asked = |id: &str| (InstanceId::from(id), Ok(VersionLabel::from("v7")));
        let versions = Versions { each: vec![asked("i-1"), asked("i-2"), asked("i-3")], source: VersionSource::SshCommand };
        let each = [tagged("i-1", Some(OLD)), tagged("i-2", None), tagged("i-3", None)];
        assert_eq!(
            proof(wanted("v7", &[]).judge(&each, Some(&versions))),
            "every instance of growl runs v7 (3 of 3)",
            "who is asked knows best"
        );
    }

    #[test]
    fn what_differs_is_named_and_so_is_what_nobody_tells() {
        let silent = (InstanceId::from("i-3"), Err("there is no connection".into()));
        let versions = Versions { each: vec![silent], source: VersionSource::SshCommand };
        let each = [tagged("i-1", Some(NEW)), tagged("i-2", Some("v6")), tagged("i-3", Some(NEW)), tagged("i-4", None)];
        assert_eq!(
            difference(wanted(NEW, &[]).judge(&each, Some(&versions))),
            "1 of 4 run it; i-2 runs v6, i-3 does not tell what it runs (there is no connection), i-4 does not tell what it runs"
        );
        assert_eq!(difference(wanted(NEW, &[]).judge(&[], None)), "growl has no instance in it");
        let many: Vec<Instance> = (0..200).map(|number| tagged(&format!("i-{number}"), Some("v6"))).collect();
        let told = difference(wanted("v7", &[]).judge(&many, None));
        assert!(told.starts_with("0 of 200 run it; i-0 runs v6, ") && told.ends_with("and 194 more"), "{told}");
    }

    #[test]
    fn what_was_left_out_is_named_and_no_difference() {
        let wanted = Wanted { except: vec!["i-2".into()], ..wanted("v7", &[]) };
        let each = [tagged("i-1", Some("v7")), tagged("i-2", Some("v6"))];
        assert_eq!(proof(wanted.judge(&each, None)), "every changed instance of growl runs v7 (1 of 1); not changed: i-2 runs v6");
        let each = [tagged("i-1", Some("v5")), tagged("i-2", Some("v6"))];
        assert_eq!(difference(wanted.judge(&each, None)), "0 of 1 run it; i-1 runs v5; not changed: i-2 runs v6");
    }

    #[test]
    fn where_nothing_tells_it_that_is_what_is_told() {
        let told = proof(wanted(NEW, &[]).untold());
        assert!(told.starts_with("what runs is not proven: nothing tells what instances of growl run"), "{told}");
        let digest = format!("sha256:{}", "a".repeat(64));
        let told = proof(wanted(NEW, &[]).judge(&[tagged("i-1", Some(&digest))], None));
        assert!(told.starts_with("what runs is not proven") && told.contains(&format!("i-1 runs {digest}")), "{told}");
        let mixed = [tagged("i-1", Some(&digest)), tagged("i-2", Some(NEW))];
        let told = proof(wanted(NEW, &[]).judge(&mixed, None));
        assert!(told.starts_with("what runs is not proven") && told.ends_with(&format!("i-1 runs {digest}")), "{told}");
    }
}
