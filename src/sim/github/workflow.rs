//! Workflow files: what starts them, their jobs, and what those do here.
//!
//! Owns reading the YAML in a repository's `.github/workflows/`. Never starts
//! anything: `motion` does.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};

use super::expression::{Values, fill, holds, regardless};
use super::glob;

/// Where workflows are.
pub const FOLDER: &str = ".github/workflows/";

/// Whether a path is that of a workflow file.
#[must_use]
pub fn is_workflow(path: &str) -> bool {
    let ending = std::path::Path::new(path).extension();
    path.strip_prefix(FOLDER).is_some_and(|name| !name.contains('/')) && ending.is_some_and(|ending| ending == "yml" || ending == "yaml")
}

/// One workflow file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflow {
    /// Its path in the repository.
    pub path: String,
    /// `name`, else the path.
    pub name: String,
    /// What of `push` starts it.
    pub push: Option<Push>,
    /// The types of `release` that start it; all of them where none is named.
    pub release: Option<Vec<String>>,
    /// The inputs of `workflow_dispatch`, where it can be dispatched.
    pub dispatch: Option<Vec<Input>>,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<Spec>,
}

/// `on.push`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    branches: Vec<String>,
    branches_ignore: Vec<String>,
    tags: Vec<String>,
    tags_ignore: Vec<String>,
    paths: Vec<String>,
    paths_ignore: Vec<String>,
}

/// An input of `workflow_dispatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// `boolean`, `choice`, `string` …
    pub kind: String,
    /// It has to be given.
    pub required: bool,
    /// What it is when it is not given.
    pub default: Option<String>,
    /// What a choice is between.
    pub options: Vec<String>,
}

/// `concurrency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// The group, with expressions.
    pub group: String,
    /// Whether a new run cancels the one that runs.
    pub cancel: bool,
}

/// A job as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    key: String,
    name: String,
    needs: Vec<String>,
    condition: Option<String>,
    environment: Option<(String, String)>,
    uses: Option<String>,
    with: Vec<(String, String)>,
    steps: Vec<Vec<(String, String)>>,
}

/// A job of a run: of a called workflow each job is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Its id in the file.
    pub key: String,
    /// Its id in the called file.
    pub part: Option<String>,
    /// As the API names it: `Production / Deploy`.
    pub name: String,
    /// The ids in the file of those before it.
    pub needs: Vec<String>,
    /// The ids in the called file of those before it.
    pub part_needs: Vec<String>,
    /// Its condition does not hold.
    pub skipped: bool,
    /// It runs whatever became of those before it.
    pub regardless: bool,
    /// Its environment.
    pub environment: Option<String>,
    /// The address of that.
    pub url: String,
    /// What it does to Elastic Beanstalk.
    pub deploy: Option<Deploy>,
}

/// What a deploy job asks of Elastic Beanstalk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deploy {
    /// The application.
    pub application: String,
    /// The environment, or what follows the application and a hyphen in its name.
    pub environment: String,
    /// The region.
    pub region: String,
    /// It deploys again what runs, instead of a new version.
    pub again: bool,
}

impl Workflow {
    /// Reads a workflow file.
    ///
    /// # Errors
    ///
    /// A sentence about what cannot be read.
    pub fn read(path: &str, text: &str) -> Result<Self, String> {
        let documents = Yaml::load_from_str(text).map_err(|error| format!("{path} is not YAML: {error}"))?;
        let root = documents.first().ok_or_else(|| format!("{path} is empty"))?;
        let on = root.as_mapping_get("on").ok_or_else(|| format!("{path} has no `on`"))?;
        let jobs = root.as_mapping_get("jobs").and_then(Yaml::as_mapping).ok_or_else(|| format!("{path} has no `jobs`"))?;
        let triggers = |name: &str| match on {
            Yaml::Mapping(_) => on.as_mapping_get(name).map(|inside| Some(inside.clone())),
            other => list(other).iter().any(|word| word == name).then_some(None),
        };
        let mut specs = Vec::new();
        for (key, job) in jobs {
            specs.push(Spec::read(key.as_str().unwrap_or_default(), job));
        }
        for needed in specs.iter().flat_map(|spec| &spec.needs) {
            if !specs.iter().any(|spec| spec.key == *needed) {
                return Err(format!("{path}: a job needs \"{needed}\", which is no job of it"));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            name: text_of(root, "name").unwrap_or_else(|| path.to_owned()),
            push: triggers("push").map(|inside| inside.map(|inside| Push::read(&inside)).unwrap_or_default()),
            release: triggers("release").map(|inside| inside.map(|inside| types(&inside)).unwrap_or_default()),
            dispatch: triggers("workflow_dispatch").map(|inside| inside.map(|inside| inputs(&inside)).unwrap_or_default()),
            concurrency: root.as_mapping_get("concurrency").map(concurrency),
            jobs: specs,
        })
    }

    /// The jobs of a run; `called` finds the files of `uses`.
    #[must_use]
    pub fn plan(&self, values: &Values, called: &dyn Fn(&str) -> Option<Self>) -> Vec<Plan> {
        let mut plans = Vec::new();
        for spec in &self.jobs {
            let outer = spec.plan(values);
            let Some(file) = spec.uses.as_deref().and_then(called) else {
                plans.push(outer);
                continue;
            };
            let mut inner_values: Values = values.iter().filter(|(name, _)| !name.starts_with("inputs.")).map(own).collect();
            inner_values.extend(spec.with.iter().map(|(name, text)| (format!("inputs.{name}"), fill(text, values))));
            for inner in &file.jobs {
                let plan = inner.plan(&inner_values);
                plans.push(Plan {
                    key: outer.key.clone(),
                    part: Some(plan.key),
                    name: format!("{} / {}", outer.name, plan.name),
                    needs: outer.needs.clone(),
                    part_needs: plan.needs,
                    skipped: outer.skipped || plan.skipped,
                    regardless: outer.regardless,
                    environment: plan.environment,
                    url: plan.url,
                    deploy: plan.deploy.or_else(|| outer.deploy.clone()),
                });
            }
        }
        plans
    }
}

fn own((name, text): (&String, &String)) -> (String, String) {
    (name.clone(), text.clone())
}

impl Push {
    fn read(inside: &Yaml<'_>) -> Self {
        let of = |name: &str| inside.as_mapping_get(name).map(list).unwrap_or_default();
        Self {
            branches: of("branches"),
            branches_ignore: of("branches-ignore"),
            tags: of("tags"),
            tags_ignore: of("tags-ignore"),
            paths: of("paths"),
            paths_ignore: of("paths-ignore"),
        }
    }

    fn of_branches(&self) -> bool {
        !self.branches.is_empty() || !self.branches_ignore.is_empty()
    }

    fn of_tags(&self) -> bool {
        !self.tags.is_empty() || !self.tags_ignore.is_empty()
    }

    /// Whether a new tag starts the workflow. One that names branches only is not
    /// for tags; paths do not count for them.
    #[must_use]
    pub fn meets_tag(&self, tag: &str) -> bool {
        let wanted = self.tags.is_empty() || glob::any(&self.tags, tag);
        (self.of_tags() || !self.of_branches()) && wanted && !glob::any(&self.tags_ignore, tag)
    }

    /// Whether a push of these files to that branch starts the workflow. One that
    /// names tags only is not for branches.
    #[must_use]
    pub fn meets(&self, branch: &str, files: &[&str]) -> bool {
        let named = self.branches.is_empty() || glob::any(&self.branches, branch);
        let branch = (self.of_branches() || !self.of_tags()) && named && !glob::any(&self.branches_ignore, branch);
        let wanted = self.paths.is_empty() || files.iter().any(|file| glob::any(&self.paths, file));
        // Without any file (an empty commit) nothing is filtered.
        let ignored = !self.paths_ignore.is_empty() && !files.is_empty() && files.iter().all(|file| glob::any(&self.paths_ignore, file));
        branch && wanted && !ignored
    }
}

impl Spec {
    fn read(key: &str, job: &Yaml<'_>) -> Self {
        let environment = job.as_mapping_get("environment").map(|environment| match environment {
            Yaml::Mapping(_) => (text_of(environment, "name").unwrap_or_default(), text_of(environment, "url").unwrap_or_default()),
            other => (text(other).unwrap_or_default(), String::new()),
        });
        let steps = job.as_mapping_get("steps").and_then(Yaml::as_sequence);
        Self {
            key: key.to_owned(),
            name: text_of(job, "name").unwrap_or_else(|| key.to_owned()),
            needs: job.as_mapping_get("needs").map(list).unwrap_or_default(),
            condition: text_of(job, "if"),
            environment,
            uses: text_of(job, "uses"),
            with: pairs(job.as_mapping_get("with")),
            steps: steps.into_iter().flatten().map(|step| pairs(step.as_mapping_get("with"))).collect(),
        }
    }

    fn plan(&self, values: &Values) -> Plan {
        let condition = self.condition.as_deref().unwrap_or("");
        let (environment, url) = self.environment.clone().unwrap_or_default();
        let environment = fill(&environment, values);
        let deploy = std::iter::once(&self.with).chain(&self.steps).find_map(|with| deploy(with, values));
        Plan {
            key: self.key.clone(),
            part: None,
            name: fill(&self.name, values),
            needs: self.needs.clone(),
            part_needs: Vec::new(),
            skipped: !condition.is_empty() && !holds(condition, values),
            regardless: regardless(condition),
            environment: (!environment.is_empty()).then_some(environment),
            url: fill(&url, values),
            deploy,
        }
    }
}

/// A deploy, where the keys of `with` speak of one.
fn deploy(with: &[(String, String)], values: &Values) -> Option<Deploy> {
    let of = |names: [&str; 2]| {
        let found = with.iter().find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, text)| fill(text, values)).filter(|text| !text.is_empty())
    };
    Some(Deploy {
        application: of(["elasticbeanstalk_application", "application_name"])?,
        environment: of(["elasticbeanstalk_environment", "environment_name"])?,
        region: of(["aws_region", "region"])?,
        again: of(["operation", "operation"]).is_some_and(|operation| operation == "redeploy"),
    })
}

fn concurrency(inside: &Yaml<'_>) -> Concurrency {
    match inside {
        Yaml::Mapping(_) => Concurrency {
            group: text_of(inside, "group").unwrap_or_default(),
            cancel: text_of(inside, "cancel-in-progress").is_some_and(|word| word == "true"),
        },
        other => Concurrency { group: text(other).unwrap_or_default(), cancel: false },
    }
}

fn types(inside: &Yaml<'_>) -> Vec<String> {
    inside.as_mapping_get("types").map(list).unwrap_or_default()
}

fn inputs(inside: &Yaml<'_>) -> Vec<Input> {
    let Some(all) = inside.as_mapping_get("inputs").and_then(Yaml::as_mapping) else { return Vec::new() };
    let read = |(name, input): (&Yaml<'_>, &Yaml<'_>)| Input {
        name: name.as_str().unwrap_or_default().to_owned(),
        kind: text_of(input, "type").unwrap_or_else(|| String::from("string")),
        required: text_of(input, "required").is_some_and(|word| word == "true"),
        default: text_of(input, "default"),
        options: input.as_mapping_get("options").map(list).unwrap_or_default(),
    };
    all.iter().map(read).collect()
}

fn pairs(inside: Option<&Yaml<'_>>) -> Vec<(String, String)> {
    let all = inside.and_then(Yaml::as_mapping).into_iter().flatten();
    all.filter_map(|(name, value)| Some((name.as_str()?.to_owned(), text(value)?))).collect()
}

fn list(inside: &Yaml<'_>) -> Vec<String> {
    match inside {
        Yaml::Sequence(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

fn text_of(inside: &Yaml<'_>, name: &str) -> Option<String> {
    inside.as_mapping_get(name).and_then(text)
}

/// A scalar as text: `true` is a word too.
fn text(value: &Yaml<'_>) -> Option<String> {
    match value {
        Yaml::Value(Scalar::String(text)) => Some(text.to_string()),
        Yaml::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
        Yaml::Value(Scalar::Integer(number)) => Some(number.to_string()),
        Yaml::Value(Scalar::FloatingPoint(number)) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOY: &str = "
name: Deploy
concurrency: {group: deploy, cancel-in-progress: true}
on:
  workflow_dispatch:
  push:
    branches: [main]
    paths-ignore: ['docs/*', '*.md']
jobs:
  image: {name: Image, runs-on: x, steps: [{run: make}]}
  production:
    name: Production
    needs: [image]
    uses: example/workflows/.github/workflows/deploy.yml@main
    with: {name: Production, elasticbeanstalk_application: h, elasticbeanstalk_environment: prod, aws_region: us-west-1, operation: deploy}
";
    const CALLED: &str = "
on: {workflow_call: {inputs: {name: {type: string}}}}
jobs:
  deploy: {name: Deploy, runs-on: x, environment: {name: '${{ inputs.name }}', url: 'https://x.example'}, steps: [{run: x}]}
";

    #[test]
    fn a_called_workflow_gives_its_jobs_and_environment() {
        let workflow = Workflow::read("a.yml", DEPLOY).unwrap();
        let called = |_: &str| Workflow::read("b.yml", CALLED).ok();
        let plans = workflow.plan(&Values::new(), &called);
        let names: Vec<_> = plans.iter().map(|plan| (plan.name.as_str(), plan.environment.as_deref())).collect();
        assert_eq!(names, [("Image", None), ("Production / Deploy", Some("Production"))]);
        assert_eq!(plans[1].deploy.as_ref().map(|deploy| (deploy.environment.as_str(), deploy.again)), Some(("prod", false)));
        assert_eq!(plans[1].needs, ["image"]);
    }

    #[test]
    fn a_step_can_be_a_deploy_too() {
        let text = "on: push\njobs: {d: {environment: live, steps: [{run: x}, {uses: a/b@v1, with: {application_name: a, environment_name: b, region: c}}]}}";
        let plan = Workflow::read("a.yml", text).unwrap().plan(&Values::new(), &|_| None).remove(0);
        assert_eq!(
            plan.deploy.map(|deploy| (deploy.application, deploy.environment, deploy.region)),
            Some(("a".into(), "b".into(), "c".into()))
        );
        assert_eq!((plan.name.as_str(), plan.environment.as_deref()), ("d", Some("live")));
    }

    #[test]
    fn ignored_paths_start_nothing() {
        let push = Workflow::read("a.yml", DEPLOY).unwrap().push.unwrap();
        assert!(!push.meets("main", &["docs/a.md", "README.md"]));
        assert!(push.meets("main", &["docs/a.md", "h/app.py"]));
        assert!(!push.meets("other", &["h/app.py"]));
    }

    #[test]
    fn what_is_no_workflow_is_said() {
        assert!(Workflow::read("a.yml", "jobs: {}").is_err_and(|sentence| sentence.contains("`on`")));
        assert!(Workflow::read("a.yml", "on: push\njobs: {a: {needs: b}}").is_err_and(|sentence| sentence.contains("\"b\"")));
    }
}
