use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;
use crate::model::operation::evidence::{Baseline, Outcome, Receipt};
use crate::model::operation::fact::{Answer, Spot};
use crate::model::operation::plan::{Actor, Aim, Kind, OnFailure, Origin, Plan, environments};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn plan(salt: u32) -> Plan {
    let origin = Origin {
        id: OperationId::new(at(0), salt),
        actor: Actor { identity: Some("arn:aws:iam::1:user/ada".into()), login: Some("ada".into()) },
        reason: Some("line\nbreak \u{202e}\u{9b}".into()),
        on_failure: OnFailure::Pause,
    };
    let place = crate::model::operation::action::Place {
        environment: "beanstalk:1:us-west-1:h-prod".parse().unwrap(),
        id: Some("e-1".into()),
        instance: None,
        connection: Some("default".into()),
        writer: None,
    };
    let action = crate::model::operation::action::Action::Deploy("v2".into());
    let patience = std::time::Duration::from_secs(3_600);
    let aim = Aim { place, action, patience, expected: Some(patience) };
    environments(origin, Kind::Deploy, "deploy v2 to h-prod".to_owned(), vec![aim], 1).unwrap()
}

fn planned(salt: u32) -> Stamped {
    stamped(at(0), Fact::Planned { plan: Arc::new(plan(salt)) })
}

fn paused(second: i64) -> Stamped {
    stamped(at(second), Fact::Paused { by: "ada".into() })
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

struct Folder {
    journals: Journals,
    id: OperationId,
    _kept: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { journals: Journals::at(folder.path().join("deep/operations")), id: plan(1).id, _kept: folder }
    }

    fn path(&self) -> PathBuf {
        self.journals.path(&self.id)
    }

    async fn written(facts: Vec<Stamped>) -> Self {
        let folder = Self::new();
        let mut journal = folder.journals.create(&folder.id).unwrap();
        journal.append(facts).await.unwrap();
        folder
    }

    fn error(&self) -> String {
        self.journals.open(&self.id).unwrap_err().to_string()
    }
}

#[tokio::test]
async fn what_is_appended_is_read_back_and_nobody_else_may_read_it() {
    let folder = Folder::written(vec![planned(1), paused(1)]).await;
    let (mut journal, operation) = folder.journals.open(&folder.id).unwrap();
    assert_eq!(operation, Operation::replay(&[planned(1), paused(1)]).unwrap());
    assert_eq!((journal.path(), mode(journal.path()), mode(journal.path().parent().unwrap())), (&*folder.path(), 0o600, 0o700));
    journal.append(vec![stamped(at(2), Fact::Resumed { by: "ada".into(), reason: None })]).await.unwrap();
    assert_eq!(folder.journals.read(&folder.id).unwrap().pause(), None);
    let text = fs::read_to_string(folder.path()).unwrap();
    assert!(text.contains("line\\nbreak \\u202e\\u009b") && text.lines().count() == 3, "{text}");
}

/// A crash leaves any beginning of what was being written: what is read is what was whole, and it can be carried on.
#[tokio::test]
async fn a_line_that_was_cut_off_is_cut_away_wherever_it_broke_off() {
    let folder = Folder::written(vec![planned(1), paused(1)]).await;
    let whole = fs::read(folder.path()).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in (first..whole.len()).step_by(7) {
        fs::write(folder.path(), &whole[..length]).unwrap();
        let (mut journal, operation) = folder.journals.open(&folder.id).unwrap();
        assert_eq!(operation.pause(), None);
        assert_eq!(fs::read(folder.path()).unwrap(), whole[..first]);
        journal.append(vec![paused(9)]).await.unwrap();
        drop(journal);
        assert!(folder.journals.read(&folder.id).unwrap().pause().is_some());
    }
}

/// A journal has its name once its first line is on the disk. So one without any was damaged, and what it held may have
/// been sent: it is told, and stays as it is.
#[tokio::test]
async fn a_journal_without_a_whole_line_is_told_and_left_as_it_is() {
    let folder = Folder::written(vec![planned(1), paused(1)]).await;
    let whole = fs::read(folder.path()).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    for damaged in [&b""[..], &[0; 500], &whole[..first]] {
        fs::write(folder.path(), damaged).unwrap();
        let error = folder.error();
        assert!(error.contains(&format!("the journal {} holds no whole line", folder.path().display())), "{error}");
        let listed = folder.journals.list().unwrap();
        assert!(matches!(&listed[..], [entry] if entry.operation.is_err()), "{listed:?}");
        assert_eq!(fs::read(folder.path()).unwrap(), damaged);
    }
    fs::write(folder.path(), &whole[first + 1..]).unwrap();
    assert!(folder.error().contains("its first fact is not a plan"), "{}", folder.error());
    assert!(folder.journals.list().unwrap()[0].operation.is_err());
}

#[tokio::test]
async fn what_was_never_begun_leaves_no_journal() {
    let folder = Folder::new();
    let mut journal = folder.journals.create(&folder.id).unwrap();
    assert_eq!(folder.journals.editions().unwrap().len(), 0, "nobody's before its first line");
    drop(journal);
    let left = || fs::read_dir(folder.path().parent().unwrap()).unwrap().count();
    assert_eq!(left(), 0);
    journal = folder.journals.create(&folder.id).unwrap();
    journal.append(vec![planned(1)]).await.unwrap();
    assert!(folder.journals.is_live(&folder.id), "held under its name as well");
    journal.append(vec![paused(1)]).await.unwrap();
    drop(journal);
    assert_eq!((left(), folder.journals.open(&folder.id).unwrap().1.pause().is_some()), (1, true));
}

#[tokio::test]
async fn a_line_in_the_middle_that_makes_no_sense_names_itself() {
    let folder = Folder::written(vec![planned(1), paused(1), paused(2)]).await;
    let text = fs::read_to_string(folder.path()).unwrap();
    let broken = text.replacen("\"paused\"", "\"paus", 1);
    fs::write(folder.path(), broken).unwrap();
    let error = folder.error();
    assert!(error.contains(&format!("line 2 of the journal {}", folder.path().display())), "{error}");
    fs::write(
        folder.path(),
        text.replacen("{\"version\":1,\"at\":\"2023-11-14T22:13:21Z\"", "{\"version\":2,\"at\":\"2023-11-14T22:13:21Z\"", 1),
    )
    .unwrap();
    let error = folder.error();
    assert!(error.contains("line 2") && error.contains("its version is 2"), "{error}");
    // It hides none of the others.
    let other = folder.journals.create(&plan(2).id).unwrap().append(vec![planned(2)]).await;
    assert!(other.is_ok());
    let list = folder.journals.list().unwrap();
    let told: Vec<bool> = list.iter().map(|entry| entry.operation.is_ok()).collect();
    assert_eq!((told, &list[0].id), (vec![true, false], &plan(2).id));
}

#[tokio::test]
async fn what_a_failed_append_has_left_is_cut_before_the_next() {
    let folder = Folder::written(vec![planned(1)]).await;
    let (mut journal, _) = folder.journals.open(&folder.id).unwrap();
    // As a full disk leaves it: a piece of a line that nobody was told of.
    OpenOptions::new().append(true).open(folder.path()).unwrap().write_all(b"{\"version\":1,\"at\":").unwrap();
    journal.append(vec![paused(1)]).await.unwrap();
    drop(journal);
    assert!(folder.journals.open(&folder.id).unwrap().1.pause().is_some());
}

#[tokio::test]
async fn one_process_carries_an_operation_on_and_the_others_see_that() {
    let folder = Folder::written(vec![planned(1)]).await;
    assert!(!folder.journals.is_live(&folder.id));
    let (mut journal, _) = folder.journals.open(&folder.id).unwrap();
    assert!(folder.journals.is_live(&folder.id) && folder.journals.list().unwrap()[0].is_live);
    let error = folder.error();
    assert!(error.contains("goes on in another Quarterdeck"), "{error}");
    let before = folder.journals.editions().unwrap();
    journal.append(vec![paused(1)]).await.unwrap();
    let after = folder.journals.editions().unwrap();
    assert_ne!(before[0].1, after[0].1);
    assert!(folder.journals.read(&folder.id).unwrap().pause().is_some());
    drop(journal);
    assert!(folder.journals.open(&folder.id).is_ok());
}

#[tokio::test]
async fn what_cannot_be_written_is_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let journals = Journals::at(file.join("operations"));
    let error = journals.create(&plan(1).id).unwrap_err().to_string();
    assert!(error.contains("cannot be written") && error.contains("Nothing more is sent"), "{error}");
    // A device that is always full, where the system has one.
    let full = OpenOptions::new().read(true).write(true).open("/dev/full");
    if let Ok(file) = full {
        let mut journal = Journal { file: Arc::new(Mutex::new(Appending { file, good: 0, unnamed: None })), path: "/dev/full".into() };
        assert!(journal.append(vec![paused(1)]).await.unwrap_err().to_string().contains("/dev/full cannot be written"));
    }
}

#[tokio::test]
async fn there_is_one_journal_for_each_operation_and_other_files_are_nobodys() {
    assert_eq!(Folder::new().journals.list().unwrap().len(), 0);
    let folder = Folder::written(vec![planned(1)]).await;
    assert!(folder.journals.create(&folder.id).is_err());
    fs::write(folder.path().with_file_name("notes.jsonl"), "what anybody wrote").unwrap();
    fs::write(folder.path().with_extension("bak"), "what anybody wrote").unwrap();
    assert_eq!(folder.journals.editions().unwrap().len(), 1);
}

#[test]
fn they_lie_where_xdg_says() {
    let of = |pairs: &'static [(&str, &str)]| {
        let variable = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Journals::usual(&variable).ok().map(|journals| journals.folder.display().to_string())
    };
    assert_eq!(of(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]).as_deref(), Some("/s/quarterdeck/operations"));
    assert_eq!(of(&[("XDG_STATE_HOME", "rel"), ("HOME", "/h")]).as_deref(), Some("/h/.local/state/quarterdeck/operations"));
    assert_eq!(of(&[]), None);
}

fn spots() -> impl Strategy<Value = Spot> {
    prop_oneof![
        (0..3_u32).prop_map(|step| Spot::Before { step }),
        (0..3_u32, 0..9_u32).prop_map(|(unit, step)| Spot::Step { unit, step }),
        (0..3_u32, 0..2_u32).prop_map(|(unit, step)| Spot::Watch { unit, step }),
        (0..3_u32, 0..9_u32, 0..2_u32).prop_map(|(unit, step, deed)| Spot::Undo { unit, step, deed }),
    ]
}

fn facts() -> impl Strategy<Value = Fact> {
    let text = || "\\PC{0,12}".prop_map(|text| Arc::<str>::from(text.as_str()));
    let baseline = (any::<Option<u64>>(), text()).prop_map(|(deployment, state)| Baseline {
        at: Some(at(5)),
        deployment,
        state: Some(Arc::clone(&state)),
        known: [state].into(),
        ..Baseline::default()
    });
    prop_oneof![
        (spots(), baseline).prop_map(|(spot, baseline)| Fact::Began { spot, baseline }),
        (spots(), text()).prop_map(|(spot, id)| Fact::Accepted { spot, receipt: Receipt { id: Some(id), ..Receipt::default() } }),
        (spots(), text(), any::<bool>()).prop_map(|(spot, why, again)| Fact::Refused { spot, why, again }),
        spots().prop_map(|spot| Fact::NotBegun { spot }),
        (spots(), text()).prop_map(|(spot, why)| Fact::Unclear { spot, why }),
        (spots(), text()).prop_map(|(spot, why)| Fact::Ended { spot, outcome: Outcome::Done(why) }),
        (spots(), text()).prop_map(|(spot, why)| Fact::Ended { spot, outcome: Outcome::Failed(why) }),
        spots().prop_map(|spot| Fact::GivenUp { spot }),
        (spots(), text()).prop_map(|(spot, by)| Fact::Resolved { spot, answer: Answer::Again, reason: Arc::clone(&by), by }),
        (0..3_u32, text()).prop_map(|(unit, by)| Fact::Skipped { unit, reason: Arc::clone(&by), by }),
        text().prop_map(|by| Fact::Stopped { by }),
        text().prop_map(|by| Fact::Left { reason: Arc::clone(&by), by }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever facts there are, in whatever order: a line tells each as it was, and an operation takes them in.
    #[test]
    fn every_fact_survives_its_line(facts in prop::collection::vec(facts(), 0..30)) {
        let facts: Vec<Stamped> = std::iter::once(planned(1)).chain((1..).zip(facts).map(|(second, fact)| stamped(at(second), fact))).collect();
        let mut bytes = Vec::new();
        for fact in &facts {
            bytes.extend_from_slice(line(fact).unwrap().as_bytes());
        }
        let read: Vec<Stamped> = bytes.split_inclusive(|byte| *byte == b'\n').map(|line| super::fact(line).unwrap()).collect();
        prop_assert_eq!(&read, &facts);
        let operation = Operation::replay(&read).unwrap();
        let (_, _, _) = (operation.verdict(), operation.next(at(60)), operation.timing(at(60)));
    }
}
