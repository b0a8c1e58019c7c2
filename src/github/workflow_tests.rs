use super::*;
use crate::model::dispatch::Group;

fn read(text: &str) -> Pipeline {
    with(text, "{}")
}

fn with(text: &str, catalogue: &str) -> Pipeline {
    all(&[("x.yml", text)], catalogue).into_iter().next().unwrap()
}

fn all(texts: &[(&str, &str)], catalogue: &str) -> Vec<Pipeline> {
    let texts = texts.iter().map(|(name, text)| (format!(".github/workflows/{name}"), (*text).to_owned()));
    pipelines(&library(texts), "main", &Catalogue::new(catalogue))
}

fn stage<'p>(pipeline: &'p Pipeline, job: &str) -> &'p Stage {
    pipeline.stages.iter().find(|stage| &*stage.job == job).unwrap()
}

fn target(stage: &Stage) -> (&str, Vec<&str>) {
    let target = stage.target.as_ref().unwrap();
    (target.region.as_ref().map_or("", Region::as_str), target.names.iter().map(EnvironmentName::as_str).collect())
}

const CHAIN: &str = r#"
name: Ship it
concurrency:
  group: ship
  cancel-in-progress: true
on:
  workflow_dispatch:
  push:
    branches: [main]
    paths-ignore:
      - "guide/*"
      - "*.md"
      - "!NOTES.md"
jobs:
  image:
    name: Image
    uses: team/shared/.github/workflows/image.yml@main
    with: {name: shop}
  try:
    name: Try
    needs: image
    uses: team/shared/.github/workflows/ship.yml@main
    with: &try
      github_environment_name: Try
      aws_region: us-west-1
      elasticbeanstalk_application: shop
      elasticbeanstalk_environment: try
  smoke:
    needs: [try]
    runs-on: ubuntu-latest
    steps: [{run: "true"}]
  live:
    name: Live
    needs: [image, smoke]
    uses: team/shared/.github/workflows/ship.yml@main
    with:
      github_environment_name: Live
      aws_region: us-west-1
      elasticbeanstalk_application: shop
      elasticbeanstalk_environment: live-shop
  live_far:
    name: ${{ inputs.name }}
    needs: [smoke]
    uses: team/shared/.github/workflows/ship.yml@main
    with:
      github_environment_name: Live (far)
      aws_region: ${{ inputs.region }}
      elasticbeanstalk_application: shop
      elasticbeanstalk_environment: qa
"#;

#[test]
fn a_chain_of_reusable_workflows() {
    let pipeline = read(CHAIN);
    assert_eq!((&*pipeline.name, pipeline.on_push, pipeline.on_dispatch), ("Ship it", true, true));
    assert_eq!(pipeline.group, Group::Named { name: "ship".into(), cancels: Some(true) });
    let fits: Vec<bool> = ["guide/a", "guide/a/b", "README.md", "NOTES.md"].iter().map(|path| pipeline.ignored.fits(path)).collect();
    assert_eq!(fits, [true, false, true, false]);
    let jobs: Vec<&str> = pipeline.stages.iter().map(|stage| &*stage.job).collect();
    assert_eq!(jobs, ["try", "live", "live_far"]);
    // Through the jobs that deploy nothing: live needs what smoke needs.
    let live = stage(&pipeline, "live");
    assert_eq!(pipeline.before(live).iter().map(|stage| &*stage.name).collect::<Vec<_>>(), ["Try"]);
    assert_eq!(live.needs.len(), 3);
    assert_eq!(pipeline.before(stage(&pipeline, "try")).len(), 0);
    assert_eq!(target(stage(&pipeline, "try")), ("us-west-1", vec!["shop-try"]));
    assert_eq!(target(live), ("us-west-1", vec!["live-shop", "shop-live-shop"]));
    assert_eq!(target(stage(&pipeline, "live_far")), ("", vec!["shop-qa"]));
    assert_eq!(&*stage(&pipeline, "live_far").name, "live_far");
    assert_eq!(pipeline.behind_gate("Live (far)").count(), 1);
}

#[test]
fn a_catalogue_knows_better_where_jobs_deploy_to() {
    let catalogue = r#"{"live_far": {"github_environment_name": "Other", "aws_region": "ca-central-1",
        "elasticbeanstalk_application": "shop", "elasticbeanstalk_environment": "live"}, "image": {"aws_region": "x"}, "odd": 3}"#;
    let pipeline = with(CHAIN, catalogue);
    let far = stage(&pipeline, "live_far");
    assert_eq!(target(far), ("ca-central-1", vec!["shop-live", "live"]));
    // What the workflow writes out is no guess.
    assert_eq!(far.gate.as_deref(), Some("Live (far)"));
    assert_eq!(pipeline.stages.len(), 3);
    for nonsense in ["", "[]", "{\"live\": null}", "not json"] {
        assert_eq!(with(CHAIN, nonsense).stages.len(), 3);
    }
}

#[test]
fn jobs_of_other_teams_that_deploy_in_their_own_steps() {
    let pipeline = read(
        r"
on: [push, workflow_dispatch]
concurrency: deploy-${{ github.ref }}
jobs:
  test: {runs-on: x, steps: []}
  staging:
    needs: test
    environment: {name: staging, url: 'https://x'}
    env: {AWS_REGION: us-east-1}
    steps:
      - uses: actions/checkout@v4
      - uses: someone/beanstalk-deploy@v22
        with: {application_name: tracker, environment_name: tracker-staging, region: us-west-2}
  production:
    needs: [staging]
    environment: production
    runs-on: x
    steps: [{uses: x, with: {application_name: tracker}}]
  matrix:
    environment: ${{ matrix.where }}
",
    );
    assert_eq!((pipeline.on_push, pipeline.on_dispatch, &pipeline.group), (true, true, &Group::Unknown));
    assert_eq!(target(stage(&pipeline, "staging")), ("us-east-1", vec!["tracker-staging", "tracker-tracker-staging"]));
    assert_eq!(stage(&pipeline, "production").gate.as_deref(), Some("production"));
    assert_eq!(target(stage(&pipeline, "production")), ("", vec!["tracker-production", "production"]));
    assert_eq!((stage(&pipeline, "matrix").gate.as_deref(), stage(&pipeline, "matrix").target.as_ref()), (None, None));
    assert_eq!(stage(&pipeline, "staging").needs.as_slice(), ["test".into()]);
}

#[test]
fn which_pushes_start_it() {
    let job = "jobs: {a: {environment: x}}";
    for (on, expected) in [
        ("on: push", true),
        ("on: workflow_dispatch", false),
        ("on: {push: null}", true),
        ("on: {push: {tags: ['v*']}}", false),
        ("on: {push: {branches: ['release/**', main]}}", true),
        ("on: {push: {branches: 'ma*'}}", true),
        ("on: {push: {branches: [develop]}}", false),
        ("on: {push: {branches: ['**', '!main']}}", false),
        ("on: {push: {branches-ignore: [main]}}", false),
        ("on: {push: {branches-ignore: [x]}}", true),
        ("on: {release: {types: [published]}}", false),
        ("{}", false),
    ] {
        let text = if on == "{}" { job.to_owned() } else { format!("{on}\n{job}") };
        assert_eq!(read(&text).on_push, expected, "{on}");
    }
    let only = read("on: {push: {paths: ['app/**', '!app/docs/**']}}\njobs: {a: {environment: x}}");
    let fits: Vec<bool> = ["README.md", "app/x.py", "app/docs/x.md"].iter().map(|path| only.ignored.fits(path)).collect();
    assert_eq!(fits, [true, false, true]);
}

#[test]
fn what_is_no_deploying_workflow_is_none() {
    let none = |text: &str| all(&[("x.yml", text)], "").is_empty();
    for text in [
        "",
        "on: push",
        "jobs: 3",
        "jobs: {a: {steps: []}}",
        "jobs: [a, b]",
        "- a\n- b",
        "jobs: {a: {uses: x, with: {python: '3'}}}",
        ": : :",
        "\t",
    ] {
        assert!(none(text), "{text}");
    }
    // What is small as a text and large as a tree is looked at only so far.
    let names: String = (0..10_000).map(|number| format!("  k{number}: v\n")).collect();
    let steps = "    - with: *names\n".repeat(2_000);
    let jobs: String = (0..1_000).map(|number| format!("  j{number}: *job\n")).collect();
    let large = format!("x: &names\n{names}y: &job\n  environment: live\n  steps:\n{steps}jobs:\n{jobs}");
    assert_eq!(read(&large).stages.len(), MOST);
    // Jobs that need each other, or themselves, do not go round for ever.
    let round = read("jobs: {a: {needs: [b, a]}, b: {needs: a}, c: {needs: a, environment: x}}");
    assert_eq!(round.stages[0].needs.len(), 2);
}

#[test]
fn what_is_called_in_the_same_repository_is_read_with_what_it_is_handed() {
    let caller = r"
on: push
jobs:
  near: {uses: ./.github/workflows/called.yml, with: {where: live, size: 3, from: us-west-1}}
  far: {uses: ./.github/workflows/called.yml, with: {where: '${{ matrix.x }}'}}
  check: {uses: ./.github/workflows/check.yml}
  lost: {uses: ./.github/workflows/nowhere.yml}
";
    let called = r"
on: {workflow_call: {inputs: {where: {type: string}}}}
jobs:
  before: {runs-on: x}
  ship:
    environment: {name: '${{ inputs.where }}'}
    env: {AWS_REGION: '${{inputs.from}}', APPLICATION: shop, ENVIRONMENT_NAME: shop-live}
";
    let check = "on: workflow_call\njobs: {a: {runs-on: x}}";
    let pipelines = all(&[("ship.yml", caller), ("called.yml", called), ("check.yml", check)], "");
    assert_eq!(pipelines.len(), 1);
    let jobs: Vec<(&str, Option<&str>)> = pipelines[0].stages.iter().map(|stage| (&*stage.job, stage.gate.as_deref())).collect();
    assert_eq!(jobs, [("near", Some("live")), ("far", None)]);
    assert_eq!(target(&pipelines[0].stages[0]), ("us-west-1", vec!["shop-live", "shop-shop-live"]));
    // Called by somebody, and started by a person as well: then it deploys for itself too.
    let both = called.replace("on: {", "on: {workflow_dispatch: null, ");
    assert_eq!(all(&[("called.yml", &both)], "").len(), 1);
}

/// Each job of what is called is a place of its own, behind a gate of its own.
#[test]
fn of_what_is_called_each_job_that_deploys_counts() {
    let caller = r"
on: push
jobs:
  build: {runs-on: x}
  ship: {name: Ship, needs: build, uses: ./.github/workflows/called.yml, with: {region: us-west-1, live: live}}
  tell: {needs: ship, runs-on: x}
  after: {needs: tell, environment: last}
";
    let called = r"
on: workflow_call
jobs:
  first:
    environment: try
    env: {APPLICATION: shop, ENVIRONMENT_NAME: shop-try}
  smoke: {needs: first, runs-on: x}
  second:
    name: To live
    needs: [smoke]
    if: inputs.live != ''
    environment: ${{ inputs.live }}
    env: {APPLICATION: shop, ENVIRONMENT_NAME: shop-live, AWS_REGION: eu-west-1}
  deep: {needs: second, uses: ./.github/workflows/deep.yml, with: {where: x}}
";
    let deep = r"
on: workflow_call
jobs:
  far: {environment: '${{ inputs.where }}'}
  round: {uses: ./.github/workflows/deep.yml}
";
    let pipelines = all(&[("ship.yml", caller), ("called.yml", called), ("deep.yml", deep)], "");
    let pipeline = &pipelines[0];
    let told = |stage: &Stage| (stage.job.to_string(), stage.name.to_string(), stage.gate.as_deref().map(str::to_owned));
    let of = |job: &str, name: &str, gate: Option<&str>| (job.to_owned(), name.to_owned(), gate.map(str::to_owned));
    let stages: Vec<_> = pipeline.stages.iter().map(told).collect();
    assert_eq!(
        stages[..3],
        [
            of("ship / first", "Ship / first", Some("try")),
            of("ship / second", "Ship / To live", Some("live")),
            of("ship / deep / far", "Ship / deep / far", None),
        ]
    );
    // What calls itself is followed so far and no further.
    assert_eq!((stages.len(), stages.last().cloned()), (3 + DEEPEST - 1, Some(of("after", "after", Some("last")))));
    assert_eq!(target(&pipeline.stages[0]), ("us-west-1", vec!["shop-try", "shop-shop-try"]));
    assert_eq!(target(&pipeline.stages[1]), ("eu-west-1", vec!["shop-live", "shop-shop-live"]));
    let before = |job: &str| pipeline.before(stage(pipeline, job)).iter().map(|stage| stage.job.to_string()).collect::<Vec<_>>();
    assert_eq!((before("ship / first"), before("ship / second")), (vec![], vec!["ship / first".to_owned()]));
    assert_eq!(before("ship / deep / far"), ["ship / second"]);
    assert_eq!(before("after").len(), stages.len() - 1);
    // Whether it runs at all, what the call hands on decides.
    assert_eq!(pipeline.stages[1].condition.0, [Term::Unknown]);
    assert!(pipeline.stages[0].condition.0.is_empty() && pipeline.deploys_as("Ship / To live"));
    assert_eq!(pipeline.behind_gate("live").count(), 1);
}
