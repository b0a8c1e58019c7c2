//! What a server tells of itself: one login, one fixed script that changes nothing, and what its answer means.
//!
//! The answer is lines of fields between tabs, from `quarterdeck 2` to `end`: one that is cut is no answer.
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
/// What hangs there would go on after the connection has ended, so each command limits its own time: by `timeout`,
/// or where there is none by a guard that ends it.
const SCRIPT: &str = r#"
LC_ALL=C; export LC_ALL
flat() { tr '\t\n\r' '   ' | cut -c1-200; }
limited() {
  if command -v timeout >/dev/null 2>&1; then timeout 10 "$@"; return; fi
  "$@" & own=$!
  { sleep 10; kill "$own"; } >/dev/null 2>&1 & guard=$!
  wait "$own"; code=$?
  kill "$guard" 2>/dev/null
  return "$code"
}
look() {
  real=$(cd "$1" 2>/dev/null && pwd -P | flat)
  head=$(limited git --no-optional-locks -C "$1" rev-parse --verify HEAD 2>&1 | flat)
  moved=$(limited git --no-optional-locks -C "$1" log -g -1 --date=unix --format=%gd HEAD 2>/dev/null | flat)
  slot=$(head -c 40 "$1/.deploy-slot" 2>/dev/null | flat)
  printf 'app\t%s\t%s\t%s\t%s\t%s\n' "$1" "$real" "$head" "$moved" "$slot"
}
echo 'quarterdeck 2'
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
if told=$(limited docker ps -a --no-trunc --format '{{.Label "com.docker.compose.project"}}\t{{.Label "com.docker.compose.project.working_dir"}}\t{{.Names}}\t{{.State}}\t{{.Status}}\t{{.CreatedAt}}' 2>&1); then
  printf '%s\n' "$told" | while IFS= read -r line; do [ -n "$line" ] && printf 'container\t%s\n' "$line"; done
  echo containers
else
  printf 'no-containers\t%s\n' "$(printf '%s' "$told" | flat)"
fi
echo end
"#;

/// What the answer begins with: its number is that of its shape.
const BEGIN: &str = "quarterdeck 2";

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
    /// The same without symbolic links.
    pub real: Arc<str>,
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
    /// The folder that the project was started from.
    pub folder: Arc<str>,
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
    let lines: Vec<&str> = text.lines().skip_while(|line| *line != BEGIN).collect();
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
            ["app", path, real, head, moved, slot] if !survey.apps.iter().any(|app| &*app.path == *path) => {
                survey.apps.push(found([path, real], head, moved, slot));
            }
            ["container", project, folder, name, state, status, created] => {
                containers.push(container([project, folder], name, state, status, created));
            }
            ["folder"] => survey.has_folder = true,
            ["containers"] => survey.containers = Ok(std::mem::take(&mut containers)),
            ["no-containers", why] => survey.containers = Err(Arc::from(*why)),
            _ => {}
        }
    }
    Ok(survey)
}

fn found([path, real]: [&str; 2], head: &str, moved: &str, slot: &str) -> Found {
    let head = head.trim();
    let whole = Sha::new(head).filter(|sha| sha.as_str().len() == 40);
    let is_slot = |slot: &&str| !slot.is_empty() && slot.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Found {
        path: Arc::from(path),
        real: Arc::from(real.trim()),
        checked_out: whole.ok_or_else(|| Arc::from(head)),
        // HEAD@{1700000000}
        moved_at: moved.trim().strip_prefix("HEAD@{").and_then(|rest| rest.strip_suffix('}')).and_then(seconds),
        slot: Some(slot.trim()).filter(is_slot).map(Arc::from),
    }
}

fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(text.parse().ok()?).ok()
}

fn container([project, folder]: [&str; 2], name: &str, state: &str, status: &str, created: &str) -> Container {
    Container {
        project: Arc::from(project),
        folder: Arc::from(folder),
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

impl Found {
    /// Whether a project of Docker Compose was started from here, or from below.
    fn holds(&self, folder: &str) -> bool {
        let is_below = |own: &str| folder.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        [&self.path, &self.real].into_iter().any(|own| !own.is_empty() && is_below(own))
    }
}

/// An app whose containers are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'s> {
    /// Its name.
    pub name: &'s str,
    /// Its folder, where that is there.
    pub found: Option<&'s Found>,
    /// The server's name, for sentences.
    pub host: &'s str,
}

impl Sought<'_> {
    /// The project that serves: Docker Compose names projects in lower case, and who has two slots names them after both.
    fn project(&self) -> String {
        let name = self.name.to_ascii_lowercase();
        self.found.and_then(|found| found.slot.as_deref()).map_or_else(|| name.clone(), |slot| format!("{name}-{slot}"))
    }

    /// Whether a container is known to be its own: by the folder that it was started from; by the name of its project
    /// only where nobody tells the folder.
    fn owns(&self, container: &Container) -> bool {
        match self.found.filter(|_| !container.folder.is_empty()) {
            Some(found) => found.holds(&container.folder),
            None => *container.project == *self.project(),
        }
    }
}

impl Survey {
    /// The folder at this path.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Found> {
        self.apps.iter().find(|app| &*app.path == path)
    }

    /// The containers that are known to be an app's, those of the slot that serves where one of them is; or why none is.
    fn containers_of(&self, sought: Sought<'_>) -> Result<Vec<&Container>, String> {
        let Sought { name, host, .. } = sought;
        let all = self.containers.as_ref().map_err(|why| format!("the containers on {host} are not known: {why}"))?;
        let own: Vec<&Container> = all.iter().filter(|container| sought.owns(container)).collect();
        if own.is_empty() {
            let place = sought.found.map_or_else(String::new, |found| format!("none was started from {}, and ", found.path));
            let project = sought.project();
            return Err(format!("which containers on {host} are those of {name} is not known: {place}none is of a project {project}"));
        }
        let project = sought.project();
        let serving: Vec<&Container> = own.iter().copied().filter(|container| *container.project == *project).collect();
        Ok(if serving.is_empty() { own } else { serving })
    }

    /// The machines of an environment are its containers, without those that have done their work.
    #[must_use]
    pub fn instances(&self, sought: Sought<'_>) -> Option<Instances> {
        let own = self.containers_of(sought).ok()?;
        let each = own.into_iter().filter(|container| !container.is_done()).map(|container| Instance {
            level: container.level(),
            word: Some(Arc::clone(&container.status)),
            launched_at: container.created_at,
            ..Instance::of(InstanceId::from(&*container.name))
        });
        Some(Instances { each: each.collect(), health_known: true, ..Instances::default() })
    }

    /// How an environment is, as far as its containers tell; unknown, with the reason, where they tell nothing.
    #[must_use]
    pub fn health(&self, sought: Sought<'_>) -> Health {
        let of = |level: Level, causes: Vec<Arc<str>>| Health { level, word: None, causes, source: HealthSource::Containers };
        let own = match self.containers_of(sought) {
            Ok(own) => own,
            Err(why) => return of(Level::Unknown, vec![Arc::from(why)]),
        };
        let at_work: Vec<&Container> = own.into_iter().filter(|container| !container.is_done()).collect();
        let Some(worst) = at_work.iter().map(|container| container.level()).max_by_key(|level| level.urgency()) else {
            let sentence = format!("all containers of {} on {} have ended: nothing of it runs there", sought.name, sought.host);
            return of(Level::Warning, vec![Arc::from(sentence)]);
        };
        let unwell = at_work.iter().filter(|container| container.level().needs_attention());
        let sentence = |container: &&Container| Arc::from(format!("container {} on {}: {}", container.name, sought.host, container.status));
        of(worst, unwell.map(sentence).collect())
    }

    /// Whether what is checked out is not what runs: its containers were made before.
    #[must_use]
    pub fn is_older(&self, sought: Sought<'_>) -> bool {
        let own = self.containers_of(sought).unwrap_or_default();
        let made = own.iter().filter(|container| !container.is_done()).filter_map(|one| one.created_at).max();
        made.zip(sought.found.and_then(|found| found.moved_at)).is_some_and(|(made, moved)| made < moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";

    fn answer(lines: &[&str]) -> String {
        format!("Welcome!\nquarterdeck 2\n{}\nend\n", lines.join("\n"))
    }

    #[test]
    fn an_answer_that_is_cut_or_another_is_none() {
        for text in [
            "",
            "end",
            "quarterdeck 2\n",
            "quarterdeck 2\napp\t/opt/apps/wit\t\tx\t\t",
            "quarterdeck 1\nend",
            "This account is not available.\nend",
        ] {
            let fault = read(text, "shop").unwrap_err();
            assert!(fault.kind == FaultKind::Malformed && fault.sentence.starts_with("shop did not answer"), "{text}");
        }
        assert_eq!(read("quarterdeck 2\nend", "shop").unwrap().containers, Err("it was not told".into()));
    }

    #[test]
    fn what_is_checked_out_is_a_whole_commit_or_why_not() {
        let told = answer(&[
            &format!("app\t/opt/apps/wit\t/srv/apps/wit\t{HEAD} \tHEAD@{{1700000000}} \tblue "),
            "app\t/opt/apps/x\t\tfatal: detected dubious ownership in repository\t\t",
            "app\t/opt/apps/x\t\ta second time\t\t",
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

    fn sought<'s>(name: &'s str, found: Option<&'s Found>) -> Sought<'s> {
        Sought { name, found, host: "shop" }
    }

    fn container_line(project: &str, folder: &str, name: &str, status: &str, created: &str) -> String {
        let state = if status.starts_with("Up") { "running" } else { "exited" };
        format!("container\t{project}\t{folder}\t{name}\t{state}\t{status}\t{created}")
    }

    #[test]
    fn containers_tell_how_an_app_is_and_whether_they_are_older_than_what_is_checked_out() {
        const MADE: &str = "2023-11-14 22:13:19 +0000 UTC";
        let lines = [
            format!("app\t/opt/apps/Wit\t/srv/Wit\t{HEAD}\tHEAD@{{1700000000}}\tgreen"),
            container_line("wit-green", "/srv/Wit/deploy", "wit-green-app-1", "Up 3 hours (unhealthy)", MADE),
            container_line("wit-green", "/srv/Wit/deploy", "wit-green-worker-1", "Up 3 hours", MADE),
            container_line("wit-green", "/srv/Wit/deploy", "wit-green-migrate-1", "Exited (0) 3 hours ago", MADE),
            container_line("wit-blue", "/srv/Wit/deploy", "wit-blue-app-1", "Exited (137) 2 days ago", "2023-11-12 22:13:19 +0200 CEST"),
            container_line("wit-green", "/srv/Wit-pr-7", "another-1", "Exited (1) 2 days ago", MADE),
            "containers".to_owned(),
        ];
        let survey = read(&answer(&lines.each_ref().map(String::as_str)), "shop").unwrap();
        let wit = sought("Wit", survey.apps.first());
        let instances = survey.instances(wit).unwrap();
        assert_eq!((instances.total(), instances.healthy()), (2, Some(1)));
        let health = survey.health(wit);
        assert_eq!((health.level, health.causes.len()), (Level::Severe, 1));
        assert_eq!(&*health.causes[0], "container wit-green-app-1 on shop: Up 3 hours (unhealthy)");
        // 22:13:20 is when HEAD moved: a second after the containers were made.
        assert!(survey.is_older(wit));
        assert_eq!(created_at("2026-11-20 02:57:14 +0200 CEST"), "2026-11-20T00:57:14Z".parse().ok());
        assert_eq!(created_at("yesterday"), None);
    }

    #[test]
    fn whose_containers_are_not_known_is_no_outage() {
        let lines = [
            format!("app\t/opt/apps/wit\t/opt/apps/wit\t{HEAD}\t\t"),
            // Somebody has named the project otherwise: where it was started from tells whose it is.
            container_line("production", "/opt/apps/wit", "production-app-1", "Up 3 hours", ""),
            container_line("ledger", "/srv/elsewhere", "ledger-app-1", "Exited (1) 2 days ago", ""),
            container_line("atlas", "", "atlas-app-1", "Up 2 days", ""),
            "containers".to_owned(),
        ];
        let survey = read(&answer(&lines.each_ref().map(String::as_str)), "shop").unwrap();
        let level = |name: &'static str, found| survey.health(sought(name, found)).level;
        assert_eq!(level("wit", survey.apps.first()), Level::Ok);
        assert_eq!(level("atlas", None), Level::Ok, "its project is all that tells");
        let nobody = survey.health(sought("nobody", None));
        assert_eq!((nobody.level, survey.instances(sought("nobody", None))), (Level::Unknown, None));
        assert_eq!(&*nobody.causes[0], "which containers on shop are those of nobody is not known: none is of a project nobody");
        let silent =
            read(&answer(&["no-containers\tpermission denied while trying to connect"]), "shop").unwrap().health(sought("wit", None));
        assert_eq!(silent.level, Level::Unknown);
        assert_eq!(&*silent.causes[0], "the containers on shop are not known: permission denied while trying to connect");
    }

    #[test]
    fn what_has_ended_as_a_whole_does_not_run() {
        let line = container_line("wit", "/opt/apps/wit", "wit-app-1", "Exited (0) 2 days ago", "");
        let survey = read(&answer(&[&format!("app\t/opt/apps/wit\t\t{HEAD}\t\t"), &line, "containers"]), "shop").unwrap();
        let health = survey.health(sought("wit", survey.apps.first()));
        assert_eq!(
            (health.level, &*health.causes[0]),
            (Level::Warning, "all containers of wit on shop have ended: nothing of it runs there")
        );
    }

    /// Machines of other kinds have no `timeout`.
    #[test]
    fn what_hangs_there_is_ended_with_and_without_a_program_for_that() {
        let limited = SCRIPT.split_once("limited() {").and_then(|(_, rest)| rest.split_once("\n}")).unwrap().0;
        let short = limited.replace("10", "1");
        for path in ["PATH=$PATH", "PATH=$1"] {
            let folder = tempfile::tempdir().unwrap();
            for name in ["sleep", "sh"] {
                std::os::unix::fs::symlink(which(name), folder.path().join(name)).unwrap();
            }
            let script = format!("{path}\nlimited() {{{short}\n}}\ntold=$(limited sh -c 'echo begun; exec sleep 600'); echo \"$told $?\"");
            let told = std::process::Command::new(which("sh")).args(["-c", &script, "sh"]).arg(folder.path()).output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            assert!(told.starts_with("begun ") && told.trim() != "begun 0", "{path}: {told}");
        }
    }

    fn which(name: &str) -> std::path::PathBuf {
        let path = std::env::var_os("PATH").unwrap();
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file()).unwrap()
    }
}
