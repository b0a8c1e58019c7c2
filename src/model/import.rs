//! Environments out of a file that a repository keeps of them: what it declares, and under which name of
//! GitHub's each is approved.
//!
//! The file is a JSON object: for each job of the deploy workflow the `github_environment_name`, the
//! `aws_region`, and Elastic Beanstalk's application and environment (hypothesis/cookiecutters,
//! `environments.json`). It is anybody's text. What cannot be understood is left out and told, the rest is as
//! good as any; a file that is none at all changes nothing of what was read before.

use std::sync::Arc;

use serde_json::Value;

use super::catalogue::{Catalogue, Declared};
use super::fault::{Fault, FaultKind};
use super::forge::Forge;
use super::id::{EnvironmentName, Platform, Region, Repository};
use super::pipeline::{Overview, Target};
use super::remote::Remote;
use super::safe_text::safe;

/// More entries than these are no catalogue of environments.
const MOST: usize = 1_000;
/// So many entries that were left out are told one by one.
const TOLD: usize = 3;

/// An environment that the file names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The job of the deploy workflow.
    pub job: Arc<str>,
    /// The environment of GitHub's that holds the job back: `Production (Canada)`.
    pub gate: Option<Arc<str>>,
    /// The region.
    pub region: Region,
    /// The name.
    pub name: EnvironmentName,
}

/// What a file was read as.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Import {
    /// What it names, in the order of the jobs' names.
    pub entries: Vec<Imported>,
    /// What of it could not be understood.
    pub flaw: Option<Fault>,
}

impl Import {
    /// Reads a file.
    ///
    /// # Errors
    /// It is none of these files: a sentence, not yet safe to show.
    pub fn read(text: &str, path: &str) -> Result<Self, Fault> {
        let advice = "name another file with catalogue, or leave it out";
        let malformed = |why: &str| Fault::new(FaultKind::Malformed, format!("{path} is no catalogue of environments: {why}; {advice}"));
        let value: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| malformed(&format!("it is no JSON ({error})")))?;
        let Value::Object(jobs) = value else { return Err(malformed("it is no JSON object")) };
        if jobs.len() > MOST {
            return Err(malformed(&format!("it has more than {MOST} entries")));
        }
        let mut entries: Vec<Imported> = Vec::new();
        let mut odd = Vec::new();
        for (job, entry) in &jobs {
            match imported(job, entry) {
                Ok(one) if entries.iter().any(|known| (&known.region, &known.name) == (&one.region, &one.name)) => {
                    odd.push(format!("{} names {} in {} once more", safe(job), one.name, one.region));
                }
                Ok(one) => entries.push(one),
                Err(why) => odd.push(format!("{} {why}", safe(job))),
            }
        }
        if entries.is_empty() && !odd.is_empty() {
            return Err(malformed(&told(&odd)));
        }
        let flaw =
            (!odd.is_empty()).then(|| Fault::new(FaultKind::Malformed, format!("of {path} some entries are left out: {}", told(&odd))));
        Ok(Self { entries, flaw })
    }

    /// Where a job deploys to, or what a gate of GitHub's stands for.
    fn target(&self, job: &str, gate: Option<&str>) -> Option<Target> {
        let by_job = self.entries.iter().find(|entry| *entry.job == *job);
        let mut gated = self.entries.iter().filter(|entry| gate.is_some() && entry.gate.as_deref() == gate);
        // A gate that stands for several says nothing of any.
        let by_gate = || gated.next().filter(|_| gated.next().is_none());
        let entry = by_job.or_else(by_gate)?;
        Some(Target { region: Some(entry.region.clone()), names: vec![entry.name.clone()] })
    }

    /// Says where the stages of these workflows deploy to, where the workflows themselves do not.
    pub fn complete(&self, overview: &mut Overview) {
        let stages = overview.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.stages);
        for stage in stages.filter(|stage| stage.target.is_none()) {
            stage.target = self.target(&stage.job, stage.gate.as_deref());
            stage.is_imported = stage.target.is_some();
        }
    }

    /// Takes back what files said before: one that was read again may say something else, or nothing.
    pub fn take_back(overview: &mut Overview) {
        let stages = overview.pipelines.iter_mut().flat_map(|pipeline| &mut pipeline.stages);
        for stage in stages.filter(|stage| stage.is_imported) {
            stage.target = None;
            stage.is_imported = false;
        }
    }
}

fn told(odd: &[String]) -> String {
    let more = odd.len().saturating_sub(TOLD);
    let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{rest}", odd.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn imported(job: &str, entry: &Value) -> Result<Imported, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let needed = |key: &str| text(key).ok_or_else(|| format!("has no {key}"));
    let region = needed("aws_region")?;
    let application = needed("elasticbeanstalk_application")?;
    let environment = needed("elasticbeanstalk_environment")?;
    // A file names an application and a suffix, `h` and `prod`, as often as the environment itself.
    let is_whole = format!("-{environment}-").contains(&format!("-{application}-"));
    let name = if is_whole { environment.to_owned() } else { format!("{application}-{environment}") };
    if !is_region(region) {
        return Err(format!("has no region but {}", safe(region)));
    }
    if !is_name(&name) {
        return Err(format!("has no environment's name but {}", safe(&name)));
    }
    let gate = text("github_environment_name").map(Arc::from);
    Ok(Imported { job: Arc::from(job), gate, region: Region::from(region), name: EnvironmentName::from(name) })
}

/// Whether it has the shape of a region's name: `ca-central-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 32 && parts.len() >= 3 && parts.last().is_some_and(is_number) && parts.iter().rev().skip(1).all(is_word)
}

/// Whether Elastic Beanstalk lets an environment be called that (its API reference, `CreateEnvironment`).
fn is_name(text: &str) -> bool {
    (4..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What the files of all apps declare, as far as they were read. What the configuration itself declares wins.
#[must_use]
pub fn declared(catalogue: &Catalogue, forge: &Forge) -> Vec<Declared> {
    let mut declared: Vec<Declared> = Vec::new();
    for app in &catalogue.apps {
        let (Some(repository), Some(path)) = (&app.repository, &app.catalogue) else { continue };
        let facts = forge.get(&Repository::from(&**repository));
        let read = facts.and_then(|facts| facts.catalogues.get(path)).and_then(Remote::value);
        for entry in read.into_iter().flat_map(|import| &import.entries) {
            let same = |other: &Declared| {
                (other.platform, &other.region, &other.name) == (Platform::Beanstalk, &Some(entry.region.clone()), &entry.name)
            };
            if !catalogue.declared.iter().chain(&declared).any(same) {
                declared.push(Declared {
                    platform: Platform::Beanstalk,
                    account: None,
                    region: Some(entry.region.clone()),
                    name: entry.name.clone(),
                    app: Some(app.name.clone()),
                    tier: None,
                    by: Some(Arc::from(format!("{path} of {repository}"))),
                });
            }
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "environments.json";

    fn entry(gate: &str, region: &str, application: &str, environment: &str) -> Value {
        serde_json::json!({
            "github_environment_name": gate, "github_environment_url": "https://x.example", "aws_region": region,
            "elasticbeanstalk_application": application, "elasticbeanstalk_environment": environment,
        })
    }

    fn read(value: &Value) -> Result<Import, Fault> {
        Import::read(&value.to_string(), PATH)
    }

    #[test]
    fn an_environment_is_named_by_its_application_and_a_suffix_or_wholly() {
        let import = read(&serde_json::json!({
            "production": entry("Production", "us-west-1", "h", "prod"),
            "production_canada": entry("Production (Canada)", "ca-central-1", "h", "prod"),
            "staging": entry("Staging", "us-west-1", "via", "edu-via-staging"),
        }))
        .unwrap();
        let told: Vec<(&str, &str, &str)> =
            import.entries.iter().map(|entry| (&*entry.job, entry.region.as_str(), entry.name.as_str())).collect();
        let expected = [
            ("production", "us-west-1", "h-prod"),
            ("production_canada", "ca-central-1", "h-prod"),
            ("staging", "us-west-1", "edu-via-staging"),
        ];
        assert_eq!((told, import.flaw.is_none()), (expected.to_vec(), true));
    }

    #[test]
    fn what_cannot_be_understood_is_left_out_and_told() {
        let import = read(&serde_json::json!({
            "good": entry("Production", "us-west-1", "h", "prod"),
            "again": entry("Production", "us-west-1", "h", "prod"),
            "region": entry("P", "the moon", "h", "prod"),
            "name": entry("P", "us-west-1", "h", "pr/od\u{1b}[2J"),
            "number": 7,
            "none": {"aws_region": null},
        }))
        .unwrap();
        assert_eq!(import.entries.len(), 1);
        let flaw = import.flaw.unwrap().sentence.to_string();
        assert!(flaw.contains("of environments.json some entries are left out: ") && flaw.contains("and 2 more"), "{flaw}");
        assert!(!flaw.contains('\u{1b}'), "{flaw}");
    }

    #[test]
    fn what_is_no_such_file_is_told_so() {
        for (text, says) in [
            ("", "it is no JSON"),
            ("[]", "it is no JSON object"),
            ("<html>", "it is no JSON"),
            ("{\"staging\": {\"region\": \"us-west-1\"}}", "staging has no aws_region"),
            (&"[".repeat(100_000), "it is no JSON"),
        ] {
            let fault = Import::read(text, PATH).unwrap_err();
            assert!(fault.sentence.contains(says) && fault.sentence.starts_with("environments.json is no catalogue"), "{fault}");
        }
        assert_eq!(Import::read("{}", PATH), Ok(Import::default()), "nothing is declared, and nothing is wrong");
    }

    #[test]
    fn a_file_that_was_good_still_counts_when_it_is_none_any_more() {
        use super::super::catalogue::App;
        use super::super::clock::{Stamp, Timestamp};
        use super::super::forge::{News, Report, Topic};
        let mut forge = Forge::default();
        let mut tell = |sequence: u64, text: &str| {
            let stamp = Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence };
            let news = Ok(News::Catalogue(text.into()));
            forge.observe(Report { repository: "acme/shop".into(), topic: Topic::Catalogue(PATH.into()), stamp, news });
            let app = App {
                catalogue: Some(PATH.into()),
                ..crate::model::github_facts::app_of_repository("shop", None, crate::model::promotion::Shipping::default())
            };
            let declared = declared(&Catalogue { apps: vec![app], ..Catalogue::default() }, &forge);
            (declared.len(), forge.faults().count())
        };
        assert_eq!(tell(1, &serde_json::json!({"p": entry("P", "us-west-1", "shop", "prod")}).to_string()), (1, 0));
        assert_eq!(tell(2, "<html>"), (1, 1));
        assert_eq!(tell(3, "{}"), (0, 0));
    }

    /// What a file said of a job holds until the file says something else, or nothing; what the workflow says stays.
    #[test]
    fn a_file_that_has_changed_says_where_jobs_deploy_to_from_then_on() {
        use crate::model::github_facts::{pipeline, sha};
        let mut overview =
            Overview { branch: "trunk".into(), head: sha('a'), required: vec![], pipelines: vec![pipeline()], manual: vec![] };
        let stages = &mut overview.pipelines[0].stages;
        let own = stages[1].target.clone();
        let job = Arc::clone(&stages[0].job);
        stages[0].target = None;
        let mut name = |told: &Value| {
            Import::take_back(&mut overview);
            read(told).unwrap().complete(&mut overview);
            let stages = &overview.pipelines[0].stages;
            assert_eq!(stages[1].target, own);
            stages[0].target.as_ref().map(|target| target.names[0].to_string())
        };
        let of = |environment: &str| serde_json::json!({ &*job: entry("G", "us-west-1", "shop", environment) });
        assert_eq!(name(&of("qa")), Some("shop-qa".to_owned()));
        assert_eq!(name(&of("qa-2")), Some("shop-qa-2".to_owned()));
        assert_eq!(name(&serde_json::json!({})), None);
    }

    #[test]
    fn a_gate_stands_for_the_one_environment_that_is_called_so() {
        let import = read(&serde_json::json!({
            "canada": entry("Production (Canada)", "ca-central-1", "h", "prod"),
            "a": entry("Both", "us-west-1", "h", "one"),
            "b": entry("Both", "us-west-1", "h", "two"),
        }))
        .unwrap();
        let name = |job, gate| import.target(job, gate).map(|target| (target.region.unwrap().to_string(), target.names[0].to_string()));
        let canada = Some(("ca-central-1".to_owned(), "h-prod".to_owned()));
        assert_eq!(name("deploy_canada", Some("Production (Canada)")), canada);
        assert_eq!(name("canada", None), canada);
        assert_eq!((name("x", Some("Both")), name("x", None)), (None, None));
    }
}
