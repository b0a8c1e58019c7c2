//! The shell towards what is kept between two runs, in the person's state folder: the last known fleet, and how the
//! person wants it shown.
//!
//! Written on a thread of its own: a disk may take its time, and no key waits for it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;

use crate::config::Settings;
use crate::model::clock::Timestamp;
use crate::model::id::Connection;
use crate::model::memory::{Memory, Origins};
use crate::model::view::Preferences;
use crate::ops::state_file::{StateFile, StateFileError};

/// Five thousand environments take less than half of that.
const LARGEST: u64 = 8 << 20;
/// Fifty views with all their folds take a tenth of that.
const LARGEST_PREFERENCES: u64 = 1 << 20;
/// So many setups (accounts, profiles, endpoints) are remembered: those that were written last.
const SETUPS: usize = 8;
/// For how long the end of the program waits until the last of it is on the disk.
const PATIENCE: Duration = Duration::from_secs(1);
/// What in the environment says where AWS is, or who somebody is there. None of them is a secret.
const WHEREABOUTS: [&str; 6] = [
    "AWS_PROFILE",
    "AWS_VAULT",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
];

/// Where the last known fleet is kept.
#[derive(Clone, Debug)]
pub enum Way {
    /// Nowhere: the demo leaves no file behind.
    Nowhere,
    /// In these files.
    Files {
        /// The fleet, as it is read from these places.
        fleet: StateFile,
        /// Where each way in leads.
        origins: Origins,
        /// How it is shown, whatever it is read from.
        console: StateFile,
    },
}

/// What is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The last known fleet.
    Fleet(Box<Memory>),
    /// How the person wants it shown.
    Preferences(Box<Preferences>),
}

impl Way {
    /// In the person's state folder; nowhere where there is none.
    #[must_use]
    pub fn usual(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let origins = origins(settings, variable);
        let fleet = StateFile::usual(&format!("memory/fleet-{:016x}.json", digest(&origins)), LARGEST, variable);
        let console = StateFile::usual("console.json", LARGEST_PREFERENCES, variable);
        match (fleet, console) {
            (Ok(fleet), Ok(console)) => Self::Files { fleet, origins, console },
            (Err(error), _) | (_, Err(error)) => {
                tracing::debug!(%error, "nothing is kept");
                Self::Nowhere
            }
        }
    }

    /// What is known from the last run, and in a sentence why that could not be used.
    #[must_use]
    pub fn recall(&self, now: Timestamp) -> (Option<Memory>, Option<String>) {
        let Self::Files { fleet, origins, .. } = self else { return (None, None) };
        let understood = understand(fleet, |text| Memory::parse(text, origins, now));
        understood.map_or_else(|why| (None, Some(format!("what was known from the last run is left out: {why}"))), |memory| (memory, None))
    }

    /// How the person wants the Fleet shown, and in a sentence why what was kept of that could not be used. None at
    /// all where nothing is kept: nowhere, or over what cannot be read, which may be mended or be of a newer edition.
    #[must_use]
    pub fn preferences(&self) -> (Option<Preferences>, Option<String>) {
        let Self::Files { console, .. } = self else { return (None, None) };
        match understand(console, Preferences::parse) {
            Ok(preferences) => (Some(preferences.unwrap_or_default()), None),
            Err(why) => (None, Some(format!("saved views, folds and order are left out, and not kept in this run: {why}"))),
        }
    }

    /// Where each way in leads; none where nothing is kept.
    #[must_use]
    pub fn origins(&self) -> Option<Origins> {
        match self {
            Self::Nowhere => None,
            Self::Files { origins, .. } => Some(origins.clone()),
        }
    }
}

/// What a file holds; none where it is not there, and in a sentence why it cannot be used.
fn understand<T, E: std::fmt::Display>(file: &StateFile, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, String> {
    let Some(text) = file.read().map_err(|error| error.to_string())? else { return Ok(None) };
    parse(&text).map(Some).map_err(|why| format!("{}: {why}", file.path().display()))
}

/// Where the ways in lead that the settings and the environment name.
fn origins(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Origins {
    let whereabouts = WHEREABOUTS.into_iter().filter_map(|name| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        // A URL may hold a password before the host.
        let place = value.rsplit_once('@').map_or(value.as_str(), |(_, place)| place);
        Some(format!(" {name}={place}"))
    });
    let whereabouts: String = whereabouts.collect();
    let aws = settings.accounts.iter().map(|account| {
        let mut text = format!("aws profile={}", account.profile.as_deref().unwrap_or("-"));
        if let Some(role) = &account.role {
            let _ = write!(text, " role={}", role.arn);
        }
        for region in settings.regions_of(account).unwrap_or_default() {
            let _ = write!(text, " {region}");
        }
        (account.connection.clone(), Arc::from(text + &whereabouts))
    });
    let hosts = settings.catalogue.hosts.iter().map(|host| {
        let login = host.login.as_ref().map_or_else(|| "-".to_owned(), |login| login.to.to_string());
        (Connection::from(host.name.as_str()), Arc::from(format!("ssh {login}")))
    });
    aws.chain(hosts).collect()
}

/// A number for a setup, the same in every run and on every machine (FNV-1a).
fn digest(origins: &Origins) -> u64 {
    let text: Vec<String> = origins.iter().map(|(connection, leads_to)| format!("{connection}\n{leads_to}\n")).collect();
    text.concat().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Keeps what it is handed, the newest last.
pub struct Keeper {
    inbox: Option<mpsc::Sender<Kept>>,
    over: oneshot::Receiver<()>,
}

impl Keeper {
    /// Starts to keep. Where no thread can be had, nothing is kept. `begun`: how the person wants it as this run begins;
    /// `told` hears of what could not be kept, once for each kind of it.
    #[must_use]
    pub fn start(way: &Way, begun: Preferences, told: impl Fn(String) + Send + 'static) -> Option<Self> {
        let Way::Files { fleet, console, .. } = way else { return None };
        let (fleet, mut desk) = (fleet.clone(), Desk { file: console.clone(), known: begun });
        let (inbox, handed) = mpsc::channel();
        let (done, over) = oneshot::channel();
        let work = move || {
            let mut failed = [false; 2];
            while let Ok(kept) = handed.recv() {
                let (which, what, written) = match &kept {
                    Kept::Fleet(memory) => {
                        let written = fleet.write(&memory.text()).map(|()| forget_others(fleet.path()));
                        (0, "what is known now is not kept for the next start", written)
                    }
                    Kept::Preferences(preferences) => (1, "columns, order, folds, theme and views are not kept", desk.keep(preferences)),
                };
                let Some(has_failed) = failed.get_mut(which) else { continue };
                if let Err(error) = &written {
                    tracing::warn!(%error, "what was to be kept for the next run is not");
                    if !*has_failed {
                        told(format!("{what}: {error}"));
                    }
                }
                *has_failed = written.is_err();
            }
            let _ = done.send(());
        };
        std::thread::Builder::new().name("memory".to_owned()).spawn(work).ok()?;
        Some(Self { inbox: Some(inbox), over })
    }

    /// Has this kept, some time soon.
    pub fn keep(&self, kept: Kept) {
        let _ = self.inbox.as_ref().map(|inbox| inbox.send(kept));
    }

    /// Has this kept as the last of it, and waits for it a moment.
    pub async fn finish(mut self, memory: Option<Memory>) {
        if let Some(memory) = memory {
            self.keep(Kept::Fleet(Box::new(memory)));
        }
        self.inbox = None;
        let _ = tokio::time::timeout(PATIENCE, self.over).await;
    }
}

/// How the person wants it, in a file that other consoles keep theirs in as well.
struct Desk {
    file: StateFile,
    /// What this console had when it last came to an understanding with the file.
    known: Preferences,
}

impl Desk {
    /// Keeps what this console has changed since.
    fn keep(&mut self, wanted: &Preferences) -> Result<(), StateFileError> {
        self.file.change(|there| {
            let there = there.map(Preferences::parse).transpose().map_err(|why| why.to_string())?;
            // Where there is no file any more, what is known here is all there is.
            let merged = there.map_or_else(|| Ok(wanted.clone()), |there| there.with_changes(&self.known, wanted));
            merged.map(|merged| merged.text()).map_err(|why| why.to_string())
        })?;
        self.known = wanted.clone();
        Ok(())
    }
}

/// Takes away what is remembered of setups that were not used for longest.
fn forget_others(kept: &Path) {
    let Some(entries) = kept.parent().and_then(|folder| fs::read_dir(folder).ok()) else { return };
    let mut files: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_fleet = path.file_stem().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("fleet-"));
            let is_ours = is_fleet && path.extension().is_some_and(|ending| ending == "json");
            let written = fs::symlink_metadata(&path).ok()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            is_ours.then_some((std::cmp::Reverse(written), path))
        })
        .collect();
    files.sort();
    for (_, path) in files.into_iter().skip(SETUPS).filter(|(_, path)| path != kept) {
        let _ = fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Account;
    use crate::model::view::View;

    fn settings(profiles: &[&str]) -> Settings {
        let account = |name: &&str| Account { connection: (*name).into(), profile: Some((*name).into()), ..Account::default() };
        Settings { accounts: profiles.iter().map(account).collect(), ..Settings::default() }
    }

    fn way(profiles: &[&str], variables: &[(&str, &str)]) -> (String, Origins) {
        let find =
            |name: &str| variables.iter().chain(&[("HOME", "/h")]).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        match Way::usual(&settings(profiles), &find) {
            Way::Files { fleet, origins, .. } => (fleet.path().display().to_string(), origins),
            Way::Nowhere => panic!("there is a home"),
        }
    }

    #[test]
    fn each_setup_has_a_memory_of_its_own_and_no_password_is_in_it() {
        let (one, origins) = way(&["shop"], &[("AWS_ENDPOINT_URL", "https://user:secret@cloud.example")]);
        assert!(one.starts_with("/h/.local/state/quarterdeck/memory/fleet-"), "{one}");
        assert_eq!(&*origins[&Connection::from("shop")], "aws profile=shop AWS_ENDPOINT_URL=cloud.example");
        let others = [way(&["shop"], &[]), way(&["shop", "other"], &[]), way(&["shop"], &[("AWS_VAULT", "x")])];
        let mut files: Vec<String> = others.into_iter().map(|(file, _)| file).chain([one.clone()]).collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), 4);
        assert_eq!(way(&["shop"], &[("AWS_ENDPOINT_URL", "https://user:secret@cloud.example")]).0, one);
    }

    #[test]
    fn over_preferences_that_cannot_be_read_none_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let way = Way::usual(&settings(&["shop"]), &|name| (name == "HOME").then(|| home.clone()));
        assert_eq!(way.preferences(), (Some(Preferences::default()), None), "there is no file yet");
        let Way::Files { console, .. } = &way else { panic!("there is a home") };
        fs::create_dir_all(console.path().parent().unwrap()).unwrap();
        fs::write(console.path(), "{\"format\":\"of a newer edition\"}").unwrap();
        let (kept, why) = way.preferences();
        assert_eq!(kept, None, "or the first sort would be written over it");
        assert!(why.unwrap().contains("are left out, and not kept in this run"));
    }

    /// Two consoles at once: each has begun with the same, and each saves a view.
    #[tokio::test]
    async fn what_two_consoles_save_is_kept_of_both() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let way = Way::usual(&settings(&["shop"]), &|name| (name == "HOME").then(|| home.clone()));
        let of = |names: &[&str]| Preferences { views: names.iter().map(|name| View::named(*name)).collect(), ..Preferences::default() };
        let start = || Keeper::start(&way, Preferences::default(), |sentence| panic!("{sentence}")).unwrap();
        let (one, other) = (start(), start());
        one.keep(Kept::Preferences(Box::new(of(&["mine"]))));
        one.finish(None).await;
        other.keep(Kept::Preferences(Box::new(of(&["yours"]))));
        other.keep(Kept::Preferences(Box::new(of(&["yours", "more"]))));
        other.finish(None).await;
        let kept = way.preferences().0.unwrap().views;
        assert_eq!(kept.iter().map(|view| &*view.name).collect::<Vec<_>>(), ["mine", "yours", "more"]);
    }

    #[tokio::test]
    async fn what_cannot_be_kept_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        // In the place of the folder is a file.
        fs::write(folder.path().join(".local"), "").unwrap();
        let way = Way::usual(&settings(&["shop"]), &|name| (name == "HOME").then(|| home.clone()));
        let (told, heard) = mpsc::channel();
        let keeper = Keeper::start(&way, Preferences::default(), move |sentence| drop(told.send(sentence))).unwrap();
        for theme in ["dark", "light"] {
            keeper.keep(Kept::Preferences(Box::new(Preferences { theme: Some(theme.into()), ..Preferences::default() })));
        }
        keeper.finish(None).await;
        let sentences: Vec<String> = heard.iter().collect();
        let [sentence] = sentences.as_slice() else { panic!("{sentences:?}") };
        assert!(
            sentence.starts_with("columns, order, folds, theme and views are not kept: ") && sentence.contains("console.json"),
            "{sentence}"
        );
    }

    #[test]
    fn only_the_setups_of_late_are_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: u32| folder.path().join(format!("fleet-{number}.json"));
        for number in 0..12 {
            fs::write(path(number), "x").unwrap();
            let written = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(number));
            fs::File::options().write(true).open(path(number)).unwrap().set_modified(written).unwrap();
        }
        fs::write(folder.path().join("other.json"), "x").unwrap();
        forget_others(&path(0));
        let left: Vec<u32> = (0..12).filter(|number| path(*number).exists()).collect();
        assert_eq!(left, [0, 4, 5, 6, 7, 8, 9, 10, 11], "the one in use stays, whatever its age");
        assert!(folder.path().join("other.json").exists());
    }
}
