//! Workflow files: what starts them, their jobs, and what those do here.
//!
//! Owns reading the YAML in a repository's `.github/workflows/`. Never starts
//! anything: `motion` does.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};

use super::expression::{Before, Value, Values, fill, runs, value};
use super::group::Group;
use super::push::Push;

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
    /// The inputs of `workflow_call`, where others can call it.
    pub call: Option<Vec<Input>>,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<Spec>,
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
    group: String,
    cancel: String,
}

impl Concurrency {
    /// The group of a run: its name, and whether it cancels, may depend on what started it.
    #[must_use]
    pub fn group(&self, values: &Values) -> Group {
        let cancels = value(&self.cancel, values).text() == "true";
        Group { name: fill(&self.group, values).into(), cancels }
    }
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
    /// After what it runs, of those before it in the file.
    pub when: When,
    /// After what it runs, of those before it in the called file.
    pub part_when: When,
    /// Its environment.
    pub environment: Option<String>,
    /// The address of that.
    pub url: String,
    /// What it deploys, or pushes.
    pub deploy: Option<Deploy>,
}

/// After what a job runs, by its condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct When {
    well: bool,
    failed: bool,
    stopped: bool,
}

impl When {
    fn of(condition: &str, values: &Values) -> Self {
        let after = |before| runs(condition, values, before);
        Self { well: after(Before::Well), failed: after(Before::Failed), stopped: after(Before::Stopped) }
    }

    /// Whether it runs after that.
    #[must_use]
    pub const fn after(self, before: Before) -> bool {
        match before {
            Before::Well => self.well,
            Before::Failed => self.failed,
            Before::Stopped => self.stopped,
        }
    }
}

/// What a job brings where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deploy {
    /// An update of an environment of Elastic Beanstalk.
    Update(Update),
    /// A rolling deploy over a target group.
    Roll {
        /// Its name.
        group: String,
        /// The region.
        region: String,
        /// The tag of the image.
        tag: String,
    },
    /// What was built goes to an image repository.
    Push {
        /// Its name.
        repository: String,
        /// The region.
        region: String,
        /// The tag of the image.
        tag: String,
    },
    /// An app on a host is deployed in place.
    Compose {
        /// The host, as configurations call it.
        host: String,
        /// The app.
        app: String,
    },
}

/// What a deploy job asks of Elastic Beanstalk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
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
            call: triggers("workflow_call").map(|inside| inside.map(|inside| inputs(&inside)).unwrap_or_default()),
            concurrency: root.as_mapping_get("concurrency").map(concurrency),
            jobs: specs,
        })
    }

    /// The jobs of a run; `called` finds the files of `uses`.
    ///
    /// # Errors
    ///
    /// The `uses` of a job for which there is no file that can be called: then
    /// GitHub starts none of the jobs.
    pub fn plan(&self, values: &Values, called: &dyn Fn(&str) -> Option<Self>) -> Result<Vec<Plan>, String> {
        let mut plans = Vec::new();
        for spec in &self.jobs {
            let outer = spec.plan(values);
            let Some(uses) = spec.uses.as_deref() else {
                plans.push(outer);
                continue;
            };
            let file = called(uses).filter(|file| file.call.is_some()).ok_or_else(|| uses.to_owned())?;
            plans.extend(file.called_by(spec, &outer, values));
        }
        Ok(plans)
    }

    /// The jobs that this workflow comes to where a job calls it.
    fn called_by(&self, spec: &Spec, outer: &Plan, values: &Values) -> Vec<Plan> {
        let mut inner: Values = values.iter().filter(|(name, _)| !name.starts_with("inputs.")).map(own).collect();
        let known = self.call.as_deref().unwrap_or_default();
        for input in known {
            // What is neither given nor has a default is no, nothing or empty, by its type.
            inner.insert(format!("inputs.{}", input.name), input.typed(input.default.as_deref().unwrap_or("")));
        }
        for (name, text) in &spec.with {
            let given = match known.iter().find(|input| input.name == *name) {
                Some(input) => input.typed(&value(text, values).text()),
                None => value(text, values),
            };
            inner.insert(format!("inputs.{name}"), given);
        }
        let jobs: Vec<Plan> = self.jobs.iter().map(|job| job.plan(&inner)).collect();
        let says = jobs.iter().any(|job| job.deploy.is_some());
        let of_environment = jobs.iter().any(|job| job.environment.is_some());
        let last = jobs.len().saturating_sub(1);
        let deploys = |at: usize, job: &Plan| !says && if of_environment { job.environment.is_some() } else { at == last };
        let numbered = jobs.into_iter().enumerate();
        numbered
            .map(|(at, plan)| Plan {
                // Where no job says what it deploys, it is the one that has the environment.
                deploy: if deploys(at, &plan) { outer.deploy.clone() } else { plan.deploy },
                key: outer.key.clone(),
                part: Some(plan.key),
                name: format!("{} / {}", outer.name, plan.name),
                needs: outer.needs.clone(),
                part_needs: plan.needs,
                when: outer.when,
                part_when: plan.when,
                environment: plan.environment,
                url: plan.url,
            })
            .collect()
    }
}

impl Input {
    /// A value as the type of the input has it.
    #[must_use]
    pub fn typed(&self, text: &str) -> Value {
        match self.kind.as_str() {
            "boolean" => Value::Flag(text == "true"),
            "number" => Value::Number(text.parse().unwrap_or(0.0)),
            _ => Value::Text(text.to_owned()),
        }
    }
}

fn own((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
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
            when: When::of(condition, values),
            part_when: When::of("", values),
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
    let one = |name: &str| of([name, name]);
    if let (Some(host), Some(app)) = (one("host"), one("app")) {
        return Some(Deploy::Compose { host, app });
    }
    let region = of(["aws_region", "region"])?;
    if let (Some(group), Some(tag)) = (one("target_group"), one("image_tag")) {
        return Some(Deploy::Roll { group, region, tag });
    }
    if let (Some(repository), Some(tag)) = (one("image_repository"), one("image_tag")) {
        return Some(Deploy::Push { repository, region, tag });
    }
    Some(Deploy::Update(Update {
        application: of(["elasticbeanstalk_application", "application_name"])?,
        environment: of(["elasticbeanstalk_environment", "environment_name"])?,
        region,
        again: one("operation").is_some_and(|operation| operation == "redeploy"),
    }))
}

fn concurrency(inside: &Yaml<'_>) -> Concurrency {
    match inside {
        Yaml::Mapping(_) => Concurrency {
            group: text_of(inside, "group").unwrap_or_default(),
            cancel: text_of(inside, "cancel-in-progress").unwrap_or_default(),
        },
        other => Concurrency { group: text(other).unwrap_or_default(), cancel: String::new() },
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

/// One word or several.
pub(super) fn list(inside: &Yaml<'_>) -> Vec<String> {
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

    fn update(plan: &Plan) -> Option<&Update> {
        if let Some(Deploy::Update(update)) = &plan.deploy { Some(update) } else { None }
    }

    #[test]
    fn the_keys_of_with_say_what_is_deployed() {
        let tag = String::from("abc");
        let roll = Deploy::Roll { group: "g".into(), region: "r".into(), tag: tag.clone() };
        let push = Deploy::Push { repository: "i".into(), region: "r".into(), tag };
        for (with, deploy) in [
            ("target_group: g, region: r, image_tag: '${{ github.sha }}'", Some(roll)),
            ("image_repository: i, region: r, image_tag: '${{ github.sha }}'", Some(push)),
            ("host: h, app: a", Some(Deploy::Compose { host: "h".into(), app: "a".into() })),
            ("host: h, script: deploy.sh", None),
            ("target_group: g, region: r, image_tag: '${{ inputs.image_tag }}'", None),
        ] {
            let text = format!("on: push\njobs: {{d: {{steps: [{{with: {{{with}}}}}]}}}}");
            let values: Values = [("github.sha".to_owned(), Value::Text("abc".to_owned()))].into();
            let plan = Workflow::read("a.yml", &text).unwrap().plan(&values, &|_| None).unwrap().remove(0);
            assert_eq!(plan.deploy, deploy, "{with}");
        }
    }

    #[test]
    fn a_called_workflow_gives_its_jobs_and_environment() {
        let workflow = Workflow::read("a.yml", DEPLOY).unwrap();
        let called = |_: &str| Workflow::read("b.yml", CALLED).ok();
        let plans = workflow.plan(&Values::new(), &called).unwrap();
        let names: Vec<_> = plans.iter().map(|plan| (plan.name.as_str(), plan.environment.as_deref())).collect();
        assert_eq!(names, [("Image", None), ("Production / Deploy", Some("Production"))]);
        assert_eq!(update(&plans[1]).map(|update| (update.environment.as_str(), update.again)), Some(("prod", false)));
        assert_eq!(plans[1].needs, ["image"]);
    }

    #[test]
    fn only_the_called_job_with_the_environment_deploys() {
        let several = CALLED.replace("jobs:", "jobs:\n  before: {runs-on: x}\n  after: {runs-on: x, needs: deploy}");
        let workflow = Workflow::read("a.yml", DEPLOY).unwrap();
        let plans = workflow.plan(&Values::new(), &|_| Workflow::read("b.yml", &several).ok()).unwrap();
        let deploys: Vec<_> = plans.iter().map(|plan| (plan.name.as_str(), plan.deploy.is_some())).collect();
        let expected = [("Image", false), ("Production / before", false), ("Production / after", false), ("Production / Deploy", true)];
        assert_eq!(deploys, expected);
        // Without one it is the last; and a job that says so itself is the only one.
        let bare = several.replace("environment: {name: '${{ inputs.name }}', url: 'https://x.example'}, ", "");
        let plans = workflow.plan(&Values::new(), &|_| Workflow::read("b.yml", &bare).ok()).unwrap();
        assert_eq!(plans.iter().filter(|plan| plan.deploy.is_some()).count(), 1);
        let own = several.replace(
            "before: {runs-on: x}",
            "before: {runs-on: x, steps: [{with: {application_name: a, environment_name: b, region: c}}]}",
        );
        let plans = workflow.plan(&Values::new(), &|_| Workflow::read("b.yml", &own).ok()).unwrap();
        let deploys: Vec<_> = plans.iter().filter(|plan| plan.deploy.is_some()).map(|plan| plan.name.as_str()).collect();
        assert_eq!(deploys, ["Production / before"]);
    }

    #[test]
    fn what_cannot_be_called_starts_nothing() {
        let workflow = Workflow::read("a.yml", DEPLOY).unwrap();
        let uses = "example/workflows/.github/workflows/deploy.yml@main";
        assert_eq!(workflow.plan(&Values::new(), &|_| None), Err(uses.to_owned()));
        let not_for_calls = CALLED.replace("workflow_call", "push");
        assert_eq!(workflow.plan(&Values::new(), &|_| Workflow::read("b.yml", &not_for_calls).ok()), Err(uses.to_owned()));
    }

    #[test]
    fn inputs_of_a_called_workflow_have_its_types_and_defaults() {
        let called = "on: {workflow_call: {inputs: {force: {type: boolean}, size: {type: number, default: 2}, tag: {type: string}}}}\n\
                      jobs: {a: {name: '${{ inputs.size }}', if: inputs.force}, b: {name: '${{ inputs.tag }}', if: '!inputs.force'}}";
        let text = "on: push\njobs: {c: {uses: ./x.yml, with: {force: '${{ inputs.force }}', tag: 'v${{ inputs.tag }}'}}}";
        let values: Values = [("inputs.force".to_owned(), Value::Flag(false)), ("inputs.tag".to_owned(), Value::Number(7.0))].into();
        let plans = Workflow::read("a.yml", text).unwrap().plan(&values, &|_| Workflow::read("x.yml", called).ok()).unwrap();
        let found: Vec<_> = plans.iter().map(|plan| (plan.name.as_str(), plan.part_when.after(Before::Well))).collect();
        assert_eq!(found, [("c / 2", false), ("c / v7", true)]);
    }

    #[test]
    fn a_group_may_cancel_only_for_some_events() {
        let text = "on: push\nconcurrency: {group: 'd-${{ github.ref_name }}', cancel-in-progress: \"${{ github.event_name == 'push' }}\"}\njobs: {}";
        let concurrency = Workflow::read("a.yml", text).unwrap().concurrency.unwrap();
        for (event, cancels) in [("push", true), ("workflow_dispatch", false)] {
            let values: Values = [("github.event_name", event), ("github.ref_name", "main")]
                .map(|(name, text)| (name.to_owned(), Value::Text(text.to_owned())))
                .into();
            assert_eq!(concurrency.group(&values), Group { name: "d-main".into(), cancels });
        }
    }

    #[test]
    fn tags_and_branches_are_apart() {
        let push = |text: &str| Workflow::read("a.yml", &format!("on: {{push: {text}}}\njobs: {{a: {{}}}}")).unwrap().push.unwrap();
        for (text, branch, tag) in [
            ("{}", true, true),
            ("{branches: [main]}", true, false),
            ("{branches-ignore: [main]}", false, false),
            ("{tags: ['v*']}", false, true),
            ("{tags-ignore: ['v*']}", false, false),
            ("{branches: [main], tags: ['v*', '!v1*']}", true, false),
            ("{paths: ['docs/*']}", false, true),
        ] {
            assert_eq!((push(text).meets("main", &["a.py"]), push(text).meets_tag("v1.0")), (branch, tag), "{text}");
        }
    }

    #[test]
    fn a_step_can_be_a_deploy_too() {
        let text = "on: push\njobs: {d: {environment: live, steps: [{run: x}, {uses: a/b@v1, with: {application_name: a, environment_name: b, region: c}}]}}";
        let plan = Workflow::read("a.yml", text).unwrap().plan(&Values::new(), &|_| None).unwrap().remove(0);
        assert_eq!(
            update(&plan).map(|update| (update.application.as_str(), update.environment.as_str(), update.region.as_str())),
            Some(("a", "b", "c"))
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
