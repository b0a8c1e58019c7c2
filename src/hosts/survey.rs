//! What a server tells of itself: one login, one fixed script that changes nothing, and what its answer means.
//!
//! The answer is lines of fields between tabs, from `quarterdeck 1` to `end`: one that is cut is no answer.
//! Every field is anybody's text.

use std::sync::Arc;

use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::{InstanceId, Sha};
use crate::model::instance::{Instance, Instances};
use crate::ssh::Command;

/// `$1` is the folder whose folders are apps, or nothing; the rest are paths of apps.
///
/// Only reads. `git` is asked without taking locks; names that no app has are left out, so that none
/// of them can be mistaken for a field. `docker ps` is one call for all containers, those that have ended included.
const SCRIPT: &str = r#"
LC_ALL=C; export LC_ALL
flat() { tr '\t\n\r' '   ' | cut -c1-200; }
look() {
  head=$(git --no-optional-locks -C "$1" rev-parse --verify HEAD 2>&1 | flat)
  moved=$(git --no-optional-locks -C "$1" log -g -1 --date=unix --format=%gd HEAD 2>/dev/null | flat)
  slot=$(head -c 40 "$1/.deploy-slot" 2>/dev/null | flat)
  printf 'app\t%s\t%s\t%s\t%s\n' "$1" "$head" "$moved" "$slot"
}
echo 'quarterdeck 1'
folder=$1; shift
for path do [ -d "$path" ] && look "$path"; done
if [ -n "$folder" ]; then
  if [ -d "$folder" ] && [ -r "$folder" ]; then
    for path in "$folder"/*/; do
      path=${path%/}; name=${path##*/}
      case $name in *[!A-Za-z0-9._-]* | -* | '*') continue ;; esac
      look "$path"
    done
    printf 'folder\n'
  fi
fi
if told=$(docker ps -a --no-trunc --format '{{.Label "com.docker.compose.project"}}\t{{.Names}}\t{{.State}}\t{{.Status}}\t{{.CreatedAt}}' 2>&1); then
  printf '%s\n' "$told" | while IFS= read -r line; do [ -n "$line" ] && printf 'container\t%s\n' "$line"; done
  echo containers
else
  printf 'no-containers\t%s\n' "$(printf '%s' "$told" | flat)"
fi
echo end
"#;

/// The command that asks for all this.
#[must_use]
pub fn command<'p>(folder: Option<&str>, paths: impl Iterator<Item = &'p str>) -> Command {
    paths.fold(Command::script(SCRIPT).arg(folder.unwrap_or("").trim_end_matches('/')), Command::arg)
}

/// What a server told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Survey {
    /// The folders of apps, each once.
    pub apps: Vec<Found>,
    /// Whether the folder of apps was read: only then is what is not in it not there.
    pub has_folder: bool,
    /// The containers, or why they are not known.
    pub containers: Result<Vec<Container>, Arc<str>>,
}

/// A folder of an app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Where it is.
    pub path: Arc<str>,
    /// The commit that is checked out, or what git says instead.
    pub checked_out: Result<Sha, Arc<str>>,
    /// When that was checked out.
    pub moved_at: Option<Timestamp>,
    /// Which of two slots serves, where there are slots: `blue`, `green`.
    pub slot: Option<Arc<str>>,
}

/// A container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Container {
    /// The project of Docker Compose that it belongs to.
    pub project: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Docker's word: `running`, `exited`.
    pub state: Arc<str>,
    /// Docker's sentence: `Up 3 hours (healthy)`.
    pub status: Arc<str>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Understands an answer.
///
/// # Errors
/// Where it is not whole, or not of this kind.
pub fn read(text: &str, host: &str) -> Result<Survey, Fault> {
    // What a login shell greets with comes before.
    let lines: Vec<&str> = text.lines().skip_while(|line| *line != "quarterdeck 1").collect();
    if lines.len() < 2 || lines.last() != Some(&"end") {
        return Err(Fault::new(
            FaultKind::Malformed,
            format!("{host} did not answer as it was asked to: log in by hand and look what its shell prints"),
        ));
    }
    let mut survey = Survey { apps: Vec::new(), has_folder: false, containers: Err(Arc::from("it was not told")) };
    let mut containers = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields.as_slice() {
            ["app", path, head, moved, slot] if !survey.apps.iter().any(|app| &*app.path == *path) => {
                survey.apps.push(found(path, head, moved, slot));
            }
            ["container", project, name, state, status, created] => containers.push(container(project, name, state, status, created)),
            ["folder"] => survey.has_folder = true,
            ["containers"] => survey.containers = Ok(std::mem::take(&mut containers)),
            ["no-containers", why] => survey.containers = Err(Arc::from(*why)),
            _ => {}
        }
    }
    Ok(survey)
}

fn found(path: &str, head: &str, moved: &str, slot: &str) -> Found {
    let head = head.trim();
    let whole = Sha::new(head).filter(|sha| sha.as_str().len() == 40);
    let is_slot = |slot: &&str| !slot.is_empty() && slot.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Found {
        path: Arc::from(path),
        checked_out: whole.ok_or_else(|| Arc::from(head)),
        // HEAD@{1700000000}
        moved_at: moved.trim().strip_prefix("HEAD@{").and_then(|rest| rest.strip_suffix('}')).and_then(seconds),
        slot: Some(slot.trim()).filter(is_slot).map(Arc::from),
    }
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}

fn container(project: &str, name: &str, state: &str, status: &str, created: &str) -> Container {
    Container {
        project: Arc::from(project),
        name: Arc::from(name),
        state: Arc::from(state),
        status: Arc::from(status),
        created_at: created_at(created),
    }
}

/// Go's way to write a time: `2026-11-20 02:57:14 +0000 UTC`.
fn created_at(text: &str) -> Option<Timestamp> {
    let mut parts = text.split(' ');
    let (date, time, zone) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes) = (zone.get(..3)?, zone.get(3..)?);
    format!("{date}T{time}{hours}:{minutes}").parse().ok()
}

impl Container {
    /// How well it is, by what Docker says of it. One that ended well has done its work.
    fn level(&self) -> Level {
        match &*self.state {
            "running" if self.status.contains("(unhealthy)") => Level::Severe,
            "running" if self.status.contains("(health: starting)") => Level::Info,
            "running" => Level::Ok,
            "exited" if self.status.starts_with("Exited (0)") => Level::Info,
            "created" | "paused" => Level::Warning,
            "restarting" | "dead" | "exited" => Level::Severe,
            _ => Level::Unknown,
        }
    }

    /// Whether it has done its work and is over: a migration, a seed.
    fn is_done(&self) -> bool {
        &*self.state == "exited" && self.status.starts_with("Exited (0)")
    }
}

impl Survey {
    /// The folder at this path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Found> {
        self.apps.iter().find(|app| &*app.path == path)
    }

    /// The containers of an app, those of the slot that serves: Docker Compose names its projects in lower case.
    fn containers_of(&self, name: &str, slot: Option<&str>) -> Option<Vec<&Container>> {
        let name = name.to_ascii_lowercase();
        let project = slot.map_or_else(|| name.clone(), |slot| format!("{name}-{slot}"));
        let all = self.containers.as_ref().ok()?;
        Some(all.iter().filter(|container| *container.project == *project && !container.is_done()).collect())
    }

    /// The machines of an environment are its containers.
    #[must_use]
    pub fn instances(&self, name: &str, slot: Option<&str>) -> Option<Instances> {
        let each = self.containers_of(name, slot)?.into_iter().map(|container| Instance {
            level: container.level(),
            word: Some(Arc::clone(&container.status)),
            launched_at: container.created_at,
            ..Instance::of(InstanceId::from(&*container.name))
        });
        Some(Instances { each: each.collect(), health_known: true, ..Instances::default() })
    }

    /// How an environment is, as far as its containers tell.
    #[must_use]
    pub fn health(&self, name: &str, slot: Option<&str>) -> Option<Health> {
        let containers = self.containers_of(name, slot)?;
        if containers.is_empty() {
            let sentence = format!("no container of {name} is there on the server");
            return Some(Health { level: Level::Severe, word: None, causes: vec![Arc::from(sentence)], source: HealthSource::Containers });
        }
        let worst = containers.iter().map(|container| container.level()).max_by_key(|level| level.urgency())?;
        let unwell = containers.iter().filter(|container| container.level().needs_attention());
        let causes = unwell.map(|container| Arc::from(format!("container {}: {}", container.name, container.status)));
        Some(Health { level: worst, word: None, causes: causes.collect(), source: HealthSource::Containers })
    }

    /// Why what is checked out is not what runs: its containers were made before.
    #[must_use]
    pub fn is_older(&self, name: &str, found: &Found) -> bool {
        let made =
            self.containers_of(name, found.slot.as_deref()).and_then(|containers| containers.iter().filter_map(|one| one.created_at).max());
        made.zip(found.moved_at).is_some_and(|(made, moved)| made < moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";

    fn answer(lines: &[&str]) -> String {
        format!("Welcome!\nquarterdeck 1\n{}\nend\n", lines.join("\n"))
    }

    #[test]
    fn an_answer_that_is_cut_or_another_is_none() {
        for text in ["", "end", "quarterdeck 1\n", "quarterdeck 1\napp\t/opt/apps/wit\tx\t\t", "This account is not available.\nend"] {
            let fault = read(text, "shop").unwrap_err();
            assert!(fault.kind == FaultKind::Malformed && fault.sentence.starts_with("shop did not answer"), "{text}");
        }
        assert_eq!(read("quarterdeck 1\nend", "shop").unwrap().containers, Err("it was not told".into()));
    }

    #[test]
    fn what_is_checked_out_is_a_whole_commit_or_why_not() {
        let told = answer(&[
            &format!("app\t/opt/apps/wit\t{HEAD} \tHEAD@{{1700000000}} \tblue "),
            "app\t/opt/apps/x\tfatal: detected dubious ownership in repository\t\t",
            "app\t/opt/apps/x\ta second time\t\t",
            "app\t/too/few",
            "folder",
        ]);
        let survey = read(&told, "shop").unwrap();
        assert!(survey.has_folder);
        let [wit, other] = survey.apps.as_slice() else { panic!("{survey:?}") };
        assert_eq!((wit.checked_out.as_ref().unwrap().as_str(), wit.slot.as_deref()), (HEAD, Some("blue")));
        assert_eq!(wit.moved_at, Timestamp::from_second(1_700_000_000).ok());
        assert!(other.checked_out.as_ref().unwrap_err().starts_with("fatal: detected"));
    }

    #[test]
    fn containers_tell_how_an_app_is_and_whether_they_are_older_than_what_is_checked_out() {
        let told = answer(&[
            &format!("app\t/opt/apps/Wit\t{HEAD}\tHEAD@{{1700000000}}\tgreen"),
            "container\twit-green\twit-green-app-1\trunning\tUp 3 hours (unhealthy)\t2023-11-14 22:13:19 +0000 UTC",
            "container\twit-green\twit-green-worker-1\trunning\tUp 3 hours\t2023-11-14 22:13:19 +0000 UTC",
            "container\twit-green\twit-green-migrate-1\texited\tExited (0) 3 hours ago\t2023-11-14 22:13:19 +0000 UTC",
            "container\twit-blue\twit-blue-app-1\texited\tExited (137) 2 days ago\t2023-11-12 22:13:19 +0200 CEST",
            "containers",
        ]);
        let survey = read(&told, "shop").unwrap();
        let instances = survey.instances("Wit", Some("green")).unwrap();
        assert_eq!((instances.total(), instances.healthy()), (2, Some(1)));
        let health = survey.health("Wit", Some("green")).unwrap();
        assert_eq!((health.level, health.causes.len()), (Level::Severe, 1));
        assert_eq!(&*health.causes[0], "container wit-green-app-1: Up 3 hours (unhealthy)");
        // 22:13:20 is when HEAD moved: a second after the containers were made.
        assert!(survey.is_older("Wit", &survey.apps[0]));
        assert_eq!(survey.health("Wit", None).unwrap().level, Level::Severe, "no project has the bare name");
        let silent = read(&answer(&["no-containers\tpermission denied while trying to connect"]), "shop").unwrap();
        assert_eq!((silent.health("wit", None), silent.instances("wit", None)), (None, None));
        assert_eq!(created_at("2026-11-20 02:57:14 +0200 CEST"), "2026-11-20T00:57:14Z".parse().ok());
        assert_eq!(created_at("yesterday"), None);
    }
}
