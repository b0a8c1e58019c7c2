//! A GitHub beside the rich fleet: pending commits, a run that waits for two gates, a pull request of a gone account.

use std::sync::Arc;

use quarterdeck::app::event::Event;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::catalogue::{App, Catalogue, Selector, Way};
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::commit::{ChangedFile, Check, CheckState, Commit, CommitDetail, Comparison, Pull, Relation};
use quarterdeck::model::dispatch::{Condition, Group, Input, InputKind, Manual, Term};
use quarterdeck::model::forge::{Between, News, Report, Topic};
use quarterdeck::model::id::{GateId, PullNumber, Repository, RunId, Sha};
use quarterdeck::model::pattern::NamePattern;
use quarterdeck::model::pipeline::{Overview, PathFilter, Pipeline, Stage, Target};
use quarterdeck::model::promotion::Shipping;
use quarterdeck::model::run::{Gate, Progress, Run};
use quarterdeck::model::waves::Waves;

use super::fleet::{self, NOW, ago};

/// What runs in production; in the labels it is abbreviated.
pub const OLD: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";
/// What staging runs, and what waits for production.
pub const NEW: &str = "77c1d09aabbccddeeff00112233445566778899a";
/// The newest commit of the branch.
pub const HEAD: &str = "91aa3f0bbccddeeff00112233445566778899aab";

/// A commit between them, by one digit.
fn sha(digit: char) -> Sha {
    Sha::new(&digit.to_string().repeat(40)).unwrap()
}

fn full(text: &str) -> Sha {
    Sha::new(text).unwrap()
}

/// What the labels abbreviate to.
fn short(text: &str) -> Sha {
    Sha::new(&text[..7]).unwrap()
}

/// The repository.
pub fn repository() -> Repository {
    "hypothesis/h".into()
}

/// The run that waits.
pub const RUN: RunId = RunId(4_130_000_001);

fn commit(sha: Sha, title: &str) -> Commit {
    let committed_at = Some(ago(2 * 86_400));
    let title = title.into();
    Commit { sha, title, author: Some("ada".into()), author_name: None, committed_at, is_merge: false, reverts: None }
}

fn file(path: &str, added: &str) -> ChangedFile {
    let patch: String = added.lines().map(|line| format!("+{line}\n")).collect();
    ChangedFile { path: path.into(), before: None, patch: Some(patch.into()), is_new: true, is_gone: false }
}

fn ahead(commits: Vec<Commit>, files: Vec<ChangedFile>) -> Comparison {
    let count = commits.len() as u64;
    Comparison { relation: Relation::Ahead, ahead: count, behind: 0, commits, files, files_complete: true, base: None }
}

/// What production lacks: three pull requests, one with a dangerous migration, one that reads a new variable.
pub fn to_production() -> Comparison {
    let migration = "def upgrade():\n    op.add_column(\"document\", sa.Column(\"title\", sa.UnicodeText(), nullable=False))";
    ahead(
        vec![
            commit(sha('1'), "Add New Relic to the SQL task runner"),
            commit(sha('2'), "Add column document.title"),
            commit(full(NEW), "Limit the length of titles \u{1b}[31m\u{202e}evil\u{200b}"),
        ],
        vec![
            file("h/migrations/versions/12ab_title.py", migration),
            file("h/config.py", "    settings_manager.set(\"title_limit\", \"H_TITLE_LIMIT\")"),
        ],
    )
}

fn stage(job: &str, name: &str, region: &str, environment: &str, needs: &[&str]) -> Stage {
    Stage {
        job: job.into(),
        name: name.into(),
        gate: Some(name.into()),
        needs: needs.iter().map(|job| Arc::from(*job)).collect(),
        target: Some(Target { region: Some(region.into()), names: vec![environment.into()] }),
        is_imported: false,
        condition: Condition::default(),
    }
}

fn overview() -> Overview {
    let needs = ["staging", "staging_websocket"];
    let pipeline = Pipeline {
        workflow: ".github/workflows/deploy.yml".into(),
        name: "Deploy".into(),
        on_push: true,
        on_dispatch: true,
        ignored: PathFilter::new(["docs/*", "*.md"]),
        group: Group::Named { name: "deploy".into(), cancels: Some(true) },
        stages: vec![
            stage("staging", "Staging", "us-west-1", "h-staging", &[]),
            stage("staging_websocket", "Staging (WebSocket)", "us-west-1", "h-websocket-staging", &[]),
            stage("production", "Production", "us-west-1", "h-prod", &needs),
            stage("production_canada", "Production (Canada)", "ca-central-1", "h-prod", &needs),
        ],
    };
    let ticked = |mut stage: Stage| {
        stage.condition = Condition(vec![Term::Given(Arc::clone(&stage.job))]);
        stage
    };
    let redeploy = Pipeline {
        stages: pipeline.stages.iter().cloned().map(ticked).collect(),
        workflow: ".github/workflows/redeploy.yml".into(),
        name: "Redeploy".into(),
        on_push: false,
        ignored: PathFilter::default(),
        ..pipeline.clone()
    };
    Overview {
        branch: "main".into(),
        head: full(HEAD),
        required: vec![],
        pipelines: vec![pipeline, redeploy],
        unread: vec![],
        manual: manual(),
    }
}

/// The same, where the workflow that deploys again takes the commit as well.
pub fn overview_with_a_tag() -> Overview {
    let mut overview = overview();
    let tag = Input { name: "image_tag".into(), description: "".into(), kind: InputKind::Text, required: false, default: None };
    for manual in overview.manual.iter_mut().filter(|manual| manual.workflow.ends_with("redeploy.yml")) {
        manual.inputs.push(tag.clone());
    }
    overview
}

/// The workflows that a person can start.
fn manual() -> Vec<Manual> {
    let group = Group::Named { name: "deploy".into(), cancels: Some(true) };
    let input = |name: &str, kind, required, default: Option<&str>| Input {
        name: name.into(),
        description: format!("What {name} is for").into(),
        kind,
        required,
        default: default.map(Arc::from),
    };
    let tick = |job: &str| input(job, InputKind::Tick, false, None);
    let redeploy = ["staging", "staging_websocket", "production", "production_canada"].map(tick);
    let tasks = vec![
        input("task", InputKind::Choice(vec!["db upgrade to head".into(), "search reindex".into()]), true, None),
        input("timeout", InputKind::Number, false, Some("900")),
        input("image_tag", InputKind::Text, true, None),
    ];
    let of = |file: &str, name: &str, group, inputs| Manual {
        workflow: format!(".github/workflows/{file}.yml").into(),
        name: name.into(),
        group,
        inputs,
    };
    vec![of("tasks", "Tasks", Group::None, tasks), of("redeploy", "Redeploy", group, redeploy.to_vec())]
}

/// The run in this state.
pub fn run(progress: Progress) -> Run {
    Run {
        id: RUN,
        number: 4130,
        attempt: 1,
        workflow: ".github/workflows/deploy.yml".into(),
        name: "Deploy".into(),
        title: "Limit the length of titles".into(),
        head: full(NEW),
        branch: Some("main".into()),
        event: "push".into(),
        progress,
        actor: Some("ada".into()),
        created_at: Some(ago(3 * 86_400)),
        updated_at: None,
        url: "https://github.com/hypothesis/h/actions/runs/4130000001".into(),
    }
}

/// A gate of that run.
pub fn gate(id: u64, name: &str, may_approve: bool) -> Gate {
    Gate { id: GateId(id), name: name.into(), may_approve, reviewers: vec!["developers".into()], wait_minutes: 0, wait_since: None }
}

/// An answer about the repository, so many seconds ago.
pub fn report(topic: Topic, news: News, seconds: i64) -> Event {
    let stamp = Stamp { asked_at: ago(seconds), sequence: u64::try_from(NOW - seconds).unwrap() };
    Event::Told(Box::new(Report { repository: repository(), topic, stamp, news: Ok(news) }))
}

fn compared(base: Sha, head: Sha, comparison: Comparison) -> Event {
    report(Topic::Comparison(Between { base, head }), News::Comparison(Box::new(comparison)), 3)
}

fn detail(sha: Sha, number: u64, title: &str, author: Option<&str>, state: CheckState) -> (Sha, CommitDetail) {
    let pull = Pull {
        number: PullNumber(number),
        title: title.into(),
        author: author.map(Into::into),
        merged_at: Some(ago(2 * 86_400)),
        url: format!("https://github.com/hypothesis/h/pull/{number}").into(),
        paths: Some(vec!["h/config.py".into()]),
    };
    (sha, CommitDetail { pull: Some(pull), checks: Some(vec![Check { name: "Tests".into(), state, app: None }]) })
}

/// How the commit that waits lies to what production runs, told the other way round as well: it lacks two commits.
pub fn going_back() -> Vec<Event> {
    let back = |relation, ahead, behind| Comparison { relation, ahead, behind, commits: vec![], ..to_production() };
    let undone = Comparison { commits: to_production().commits.into_iter().take(2).collect(), ..back(Relation::Ahead, 2, 0) };
    vec![
        compared(short(OLD), short(NEW), back(Relation::Behind, 0, 2)),
        compared(short(OLD), full(NEW), back(Relation::Behind, 0, 2)),
        compared(full(NEW), short(OLD), undone),
    ]
}

/// Everything that GitHub tells.
pub fn told() -> Vec<Event> {
    let head = || commit(full(HEAD), "Write down how to deploy");
    vec![
        Event::Viewer(Stamp { asked_at: ago(9), sequence: 1 }, Ok("ada".into())),
        report(Topic::Overview, News::Overview(Box::new(overview())), 3),
        report(Topic::Rules("main".into()), News::Rules(Vec::new()), 3),
        report(Topic::Runs, News::Runs(vec![run(Progress::Waiting)]), 3),
        report(Topic::Gates(RUN), News::Gates(vec![gate(11, "Production", true), gate(12, "Production (Canada)", true)]), 3),
        compared(short(OLD), short(NEW), to_production()),
        compared(short(OLD), full(NEW), to_production()),
        compared(short(NEW), full(HEAD), ahead(vec![head()], vec![file("docs/deploy.rst", "x")])),
        report(
            Topic::Details(Vec::new()),
            News::Details(vec![
                detail(sha('1'), 7691, "Add New Relic to the SQL task runner", Some("ada"), CheckState::Success),
                detail(sha('2'), 7702, "Add column document.title", None, CheckState::Success),
                detail(full(NEW), 7703, "Limit the length of titles \u{1b}[31m\u{202e}evil\u{200b}", Some("grace"), CheckState::Success),
                detail(full(HEAD), 7704, "Write down how to deploy", Some("ada"), CheckState::Pending),
            ]),
            3,
        ),
    ]
}

/// A program that knows the rich fleet and its GitHub, arranged.
pub fn rich(size: (u16, u16)) -> State {
    rich_with(size, |_| {})
}

/// The same, of which the configuration says more.
pub fn rich_with(size: (u16, u16), say: impl FnOnce(&mut Catalogue)) -> State {
    let mut state = unread_with(size, say);
    for event in told() {
        let _ = update(&mut state, event);
    }
    let _ = settle(&mut state);
    state
}

/// A program that knows the rich fleet, and that it has a GitHub.
pub fn unread(size: (u16, u16)) -> State {
    unread_with(size, |_| {})
}

/// An app of the environments whose names fit, with nothing else configured.
pub fn app(name: &str, environments: &str, repository: &str) -> App {
    App {
        name: name.into(),
        environments: Selector { names: vec![NamePattern::new(environments)], ..Selector::default() },
        labels: None,
        read_only: false,
        repository: Some(repository.into()),
        branch: None,
        folder: None,
        catalogue: None,
        promotion: Way::default(),
        shipping: Shipping::default(),
        waves: Waves::default(),
    }
}

fn unread_with(size: (u16, u16), say: impl FnOnce(&mut Catalogue)) -> State {
    let app = app("h", "h-*", "hypothesis/h");
    let mut catalogue = Catalogue { apps: vec![app], ..Catalogue::default() };
    say(&mut catalogue);
    let mut state = State::new(Arc::new(catalogue), ago(0), Size { width: size.0, height: size.1 });
    let _ = update(&mut state, Event::Observed(fleet::observations()));
    let _ = settle(&mut state);
    state
}

/// What is in no decent name: escapes and controls of both kinds, text that runs backwards, characters without width and
/// of two columns, marks that lean on their neighbour.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{ad}\r\n\t環境👩\u{200d}👧e\u{301}\u{fe0f}";

fn evil(text: &str) -> Arc<str> {
    format!("{EVIL}{text}{EVIL}").into()
}

/// The same console; but everything that people call something on GitHub is called what would do harm.
pub fn hostile(size: (u16, u16)) -> State {
    let mut state = unread(size);
    let harmful = |event| match event {
        Event::Told(mut report) => {
            report.news = report.news.map(harmful);
            Event::Told(report)
        }
        other => other,
    };
    for event in told().into_iter().map(harmful) {
        let _ = update(&mut state, event);
    }
    let _ = settle(&mut state);
    state
}

fn harmful(news: News) -> News {
    match news {
        News::Overview(mut overview) => {
            for stage in overview.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.stages) {
                (stage.name, stage.gate) = (evil(&stage.name), stage.gate.as_deref().map(evil));
            }
            for manual in &mut overview.manual {
                manual.name = evil(&manual.name);
                for input in &mut manual.inputs {
                    (input.name, input.description) = (evil(&input.name), evil(&input.description));
                    if let InputKind::Choice(options) = &mut input.kind {
                        for option in options.iter_mut() {
                            *option = evil(option);
                        }
                    }
                }
            }
            News::Overview(overview)
        }
        News::Runs(runs) => {
            let of = |run: Run| Run {
                title: evil(&run.title),
                name: evil(&run.name),
                branch: run.branch.as_deref().map(evil),
                actor: Some((&*evil("ada")).into()),
                ..run
            };
            News::Runs(runs.into_iter().map(of).collect())
        }
        News::Gates(gates) => {
            let of = |gate: Gate| Gate { name: evil(&gate.name), reviewers: vec![evil("developers")], ..gate };
            News::Gates(gates.into_iter().map(of).collect())
        }
        News::Comparison(mut comparison) => {
            for commit in &mut comparison.commits {
                (commit.title, commit.author, commit.author_name) = (evil(&commit.title), None, Some(evil("Ada")));
            }
            for file in &mut comparison.files {
                let patch = file.patch.as_deref().unwrap_or_default();
                (file.path, file.patch) =
                    (format!("{}{EVIL}.py", file.path.trim_end_matches(".py")).into(), Some(format!("{patch}\n+{EVIL}").into()));
            }
            News::Comparison(comparison)
        }
        News::Details(mut details) => {
            for (_, detail) in &mut details {
                if let Some(pull) = &mut detail.pull {
                    (pull.title, pull.author, pull.url) = (evil(&pull.title), Some((&*evil("grace")).into()), evil(&pull.url));
                }
                for check in detail.checks.iter_mut().flatten() {
                    check.name = evil(&check.name);
                }
            }
            News::Details(details)
        }
        other => other,
    }
}
