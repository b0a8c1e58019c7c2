use DeploymentState::{Deployed, Failed};

use super::*;
use crate::model::operation::evidence::Outcome;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

fn label(text: &str) -> VersionLabel {
    text.into()
}

/// When the environment was looked at before the action.
const BEFORE: i64 = 0;

/// What a look shows, told in a few words.
#[derive(Clone)]
struct Scene {
    action: Action,
    environment: Described,
    events: Vec<PlatformEvent>,
    deployments: Vec<Deployment>,
    baseline: Baseline,
    request: Option<&'static str>,
    was_accepted: bool,
    /// How long after the look before.
    passed: i64,
}

/// An environment that ran v1 and is to run this.
fn deploy(to: &str) -> Scene {
    Scene {
        action: Action::Deploy(label(to)),
        environment: Described {
            name: "h-prod".into(),
            status: "Ready".into(),
            label: Some(label("v1")),
            updated_at: Some(at(BEFORE - 1_000)),
            ..Described::default()
        },
        events: Vec::new(),
        deployments: Vec::new(),
        baseline: Baseline { version: Some(label("v1")), updated_at: Some(at(BEFORE - 1_000)), deployment: Some(7), ..Baseline::default() },
        request: None,
        was_accepted: false,
        passed: 5,
    }
}

impl Scene {
    fn accepted(mut self) -> Self {
        (self.request, self.was_accepted) = (Some("ours"), true);
        self
    }

    fn shows(mut self, status: &str, runs: &str, updated: i64) -> Self {
        self.environment.status = status.into();
        self.environment.label = Some(label(runs));
        self.environment.updated_at = Some(at(updated));
        self
    }

    fn event(mut self, request: &str, severity: Severity, message: &str) -> Self {
        let meaning = crate::beanstalk::events::meaning(message);
        let seconds = i64::try_from(self.events.len()).unwrap();
        let request = Some(request.into()).filter(|_| !request.is_empty());
        self.events.push(PlatformEvent { at: at(seconds), severity, message: message.into(), request, label: None, meaning });
        self
    }

    fn info(self, request: &str, message: &str) -> Self {
        self.event(request, Severity::Info, message)
    }

    /// The events of an update that went well.
    fn updated(self, request: &str) -> Self {
        let begun = self.info(request, "Environment update is starting.").info(request, "Deploying new version to instance(s).");
        begun.info(request, "Environment update completed successfully.")
    }

    fn instances(mut self, told: &[(i64, &str)]) -> Self {
        let deployment = |(number, version): &(i64, &str)| Deployment {
            label: Some(label(version)),
            number: Some(*number),
            state: Some(DeploymentState::Deployed),
            at: None,
        };
        self.deployments = told.iter().map(deployment).collect();
        self
    }

    fn after(mut self, seconds: i64) -> Self {
        self.passed = seconds;
        self
    }

    fn judge(&self) -> Observed {
        let look = Look {
            action: &self.action,
            environment: &self.environment,
            events: &self.events,
            deployments: &self.deployments,
            baseline: &self.baseline,
            request: self.request,
            was_accepted: self.was_accepted,
            sent: Some(at(BEFORE)),
            now: at(BEFORE + self.passed),
        };
        look.judge()
    }

    /// `done`, `failed`, `underway`, `unclear` or `not begun`, and what is said.
    fn told(&self) -> (&'static str, String) {
        match self.judge() {
            Observed::NotBegun => ("not begun", String::new()),
            Observed::Underway(progress) => ("underway", progress.note.as_deref().unwrap_or_default().to_owned()),
            Observed::Ended(Outcome::Done(sentence)) => ("done", sentence.to_string()),
            Observed::Ended(Outcome::Failed(sentence)) => ("failed", sentence.to_string()),
            Observed::Unclear(sentence) => ("unclear", sentence.to_string()),
        }
    }
}

#[track_caller]
fn is(scene: &Scene, word: &str, part: &str) {
    let (told, sentence) = scene.told();
    assert!(told == word && sentence.contains(part), "{told}: {sentence}");
}

#[test]
fn a_deploy_has_succeeded_once_the_version_the_state_the_events_and_the_instances_agree() {
    let begun = deploy("v2").accepted().shows("Updating", "v2", 3).info("ours", "Environment update is starting.");
    is(&begun, "underway", "Environment update is starting.");
    let ready = begun.shows("Ready", "v2", 60).after(62);
    is(&ready, "underway", "Environment update is starting.");
    let over = ready.info("ours", "Environment update completed successfully.");
    is(&over, "done", "h-prod runs v2, is Ready, and no event tells of an error");
    is(&over.clone().instances(&[(8, "v2"), (7, "v1")]), "underway", "1 of 2 instances tell that they run it");
    is(&over.clone().instances(&[(8, "v2"), (8, "v2")]), "done", "on 2 of 2 instances");
    // Health that changed is no error of the deploy; neither is somebody else's.
    let noisy = over.event("", Severity::Error, "Environment health has transitioned from Ok to Severe. ELB health is failing.");
    is(&noisy.event("theirs", Severity::Error, "Failed to deploy configuration."), "done", "runs v2");
}

#[test]
fn progress_is_counted_in_instances_that_have_the_new_deployment() {
    let scene = deploy("v2").accepted().shows("Updating", "v2", 3).instances(&[(8, "v2"), (7, "v1"), (7, "v1")]);
    assert!(matches!(scene.judge(), Observed::Underway(Progress { parts: Some((1, 3)), .. })));
}

#[test]
fn ready_on_the_old_version_has_failed_with_the_event_s_sentence() {
    let ready = deploy("v2").accepted().shows("Ready", "v1", 60).info("ours", "Environment update is starting.").after(90);
    is(&ready, "failed", "h-prod is Ready, but runs v1: Environment update is starting.");
    let told = ready.event("ours", Severity::Error, "[Instance: i-1] Command failed on instance.").event(
        "ours",
        Severity::Error,
        "Failed to deploy application.",
    );
    is(&told, "failed", "[Instance: i-1] Command failed on instance; it runs v1");
    // On the requested one too, where an event tells of an error.
    is(&told.shows("Ready", "v2", 60), "failed", "on instance; it runs v2");
    // The events may still be on their way.
    is(&deploy("v2").accepted().shows("Ready", "v1", 60).after(70), "underway", "waiting for what its events say");
}

#[test]
fn an_update_that_somebody_else_has_aborted_has_failed_and_says_so() {
    let aborted =
        deploy("v2").accepted().info("ours", "Environment update is starting.").info("theirs", "Environment update is being aborted.");
    is(&aborted.clone().shows("Aborting", "v2", 20), "underway", "Environment update is starting.");
    is(&aborted.shows("Ready", "v1", 30).after(40), "failed", "somebody has aborted the update of h-prod, which runs v1 now");
    // One that was over before it was aborted, was not.
    let later = deploy("v2").accepted().updated("ours").info("theirs", "Environment update is being aborted.").shows("Ready", "v2", 90);
    is(&later.after(100), "done", "runs v2");
}

#[test]
fn what_was_not_answered_is_found_by_what_it_changes() {
    is(&deploy("v2").shows("Updating", "v2", 3), "underway", "h-prod is Updating");
    is(&deploy("v2").shows("Ready", "v2", 60).updated("x").after(61), "done", "runs v2");
    is(&deploy("v2"), "unclear", "may still be on its way");
    is(&deploy("v2").after(30), "not begun", "");
    // Something happened, and nothing says what.
    is(&deploy("v2").shows("Ready", "v1", 10).after(40), "unclear", "was changed since");
    is(&deploy("v2").shows("Updating", "v1", 10).after(40), "unclear", "h-prod is Updating");
    let failed = deploy("v2").shows("Ready", "v1", 60).info("x", "Deploying new version to instance(s).");
    is(
        &failed.event("x", Severity::Error, "Failed to deploy application.").after(90),
        "failed",
        "Failed to deploy application; it runs v1",
    );
}

#[test]
fn a_redeploy_is_told_from_none_by_its_request_or_not_at_all() {
    is(&deploy("v1"), "unclear", "may still be on its way");
    is(&deploy("v1").after(30), "not begun", "");
    is(&deploy("v1").shows("Updating", "v1", 3), "unclear", "h-prod is Updating");
    is(&deploy("v1").shows("Updating", "v1", 3).info("x", "Deploying new version to instance(s)."), "underway", "Deploying");
    let over = deploy("v1").shows("Ready", "v1", 60).updated("x").after(61);
    is(&over, "done", "runs v1");
    // It says that it went well, but the instances do not tell a newer deployment.
    is(&over.clone().instances(&[(7, "v1"), (7, "v1")]), "underway", "0 of 2 instances");
    is(&over.clone().instances(&[(8, "v1"), (9, "v1")]), "done", "on 2 of 2");
    is(&over.updated("y"), "unclear", "more than one such change of h-prod has begun since");
    // A change of the configuration is no redeploy.
    let configured =
        deploy("v1").info("x", "Environment update is starting.").info("x", "Updating environment h-prod's configuration settings.");
    is(
        &configured.info("x", "Environment update completed successfully.").shows("Ready", "v1", 60).after(61),
        "unclear",
        "was changed since",
    );
    // An immutable deploy does not say that it deploys, but it is no change of the configuration.
    let immutable = deploy("v1").info("x", "Environment update is starting.").info("x", "Environment update completed successfully.");
    is(&immutable.shows("Ready", "v1", 60).after(61), "done", "runs v1");
}

#[test]
fn a_restart_is_told_by_its_events_alone() {
    let restart = Scene { action: Action::Restart, ..deploy("v1") };
    is(&restart.clone().after(30), "not begun", "");
    let begun = restart.info("x", "restartAppServer is starting.");
    is(&begun.clone().shows("Updating", "v1", 3), "underway", "restartAppServer is starting.");
    let over = begun.info("x", "Restarted application server on all ec2 instances.").shows("Ready", "v1", 20);
    is(&over, "done", "h-prod is Ready, and no event tells of an error");
    is(&over.clone().accepted(), "underway", "waiting for what its events say");
    is(&Scene { request: Some("x"), was_accepted: true, ..over }, "done", "is Ready");
}

#[test]
fn sizes_that_an_environment_had_already_leave_no_trace() {
    let resize = Scene { action: Action::Resize { fewest: 1, most: 4 }, ..deploy("v1") }.accepted();
    is(&resize.clone().after(60), "underway", "waiting");
    is(&resize.clone().after(300), "done", "it had these sizes already");
    is(&resize.shows("Ready", "v1", 20).after(300), "underway", "waiting");
}

#[test]
fn where_events_never_come_a_long_rest_is_believed() {
    let ready = deploy("v2").accepted().shows("Ready", "v2", 60);
    is(&ready.clone().after(300), "underway", "waiting");
    is(&ready.after(361), "done", "runs v2");
}

#[test]
fn an_abort_is_over_when_nothing_goes_on() {
    let mut abort = Scene { action: Action::Abort, ..deploy("v2") }.shows("Aborting", "v2", 3);
    is(&abort, "underway", "");
    abort = abort.shows("Ready", "v1", 20);
    is(&abort, "failed", "came to its end before it was aborted: it runs v1");
    is(&abort.clone().accepted(), "done", "no update of h-prod goes on any more: it runs v1");
    is(&abort.info("x", "Environment update is being aborted."), "done", "no update");
    let mut unanswered = Scene { action: Action::Abort, ..deploy("v2") }.shows("Updating", "v2", 3);
    is(&unanswered, "unclear", "nothing shows yet");
    unanswered.passed = 30;
    is(&unanswered, "not begun", "");
}

#[test]
fn a_swap_is_told_by_the_cname() {
    let with = "beanstalk:1:us-west-1:h-blue".parse().unwrap();
    let mut swap = Scene { action: Action::Swap { with, id: "e-2".into() }, ..deploy("v1") };
    swap.baseline.known.insert("green.example.com".into());
    swap.environment.cname = Some("green.example.com".into());
    is(&swap, "unclear", "may still be on its way");
    let mut swapped = swap.clone();
    swapped.environment.cname = Some("blue.example.com".into());
    is(&swapped, "done", "h-prod is Ready, and has the CNAME blue.example.com now");
    // What says that it is over proves nothing while the CNAME is the same.
    let over =
        |scene: Scene| scene.accepted().info("ours", "Completed swapping CNAMEs for environments 'a' and 'b'.").shows("Ready", "v1", 10);
    is(&over(swapped), "done", "has the CNAME blue.example.com now");
    is(&over(swap.clone()).after(20), "underway", "waiting until another CNAME than green.example.com shows");
    is(&over(swap.clone()).after(30), "failed", "has the CNAME green.example.com still: the swap changed nothing");
    is(&swap.accepted().shows("Ready", "v1", 10).after(400), "failed", "the swap changed nothing");
}

#[test]
fn an_instance_that_tells_of_an_earlier_deployment_that_failed_is_late_and_no_failure() {
    let after_a_failure = |to: &str, told: &[(i64, DeploymentState)]| {
        let mut scene = deploy(to).accepted().updated("ours").shows("Ready", to, 60).after(61);
        scene.baseline.deployment = Some(8);
        let deployment = |(number, state): &(i64, DeploymentState)| Deployment {
            label: Some(label(to)),
            number: Some(*number),
            state: Some(state.clone()),
            at: None,
        };
        scene.deployments = told.iter().map(deployment).collect();
        scene
    };
    is(&after_a_failure("v3", &[(9, Deployed), (8, Failed)]), "underway", "1 of 2 instances tell that they run it");
    is(&after_a_failure("v3", &[(9, Deployed), (9, Deployed)]), "done", "on 2 of 2 instances");
    is(&after_a_failure("v3", &[(9, Deployed), (9, Failed)]), "failed", "v3 failed on one of its instances");
    let proven = Scene { action: Action::Proven(label("v3")), ..after_a_failure("v3", &[(9, Deployed), (8, Failed)]) };
    is(&proven, "underway", "1 of 2 instances");
}

#[test]
fn what_somebody_else_deploys_is_waited_for_until_it_is_proven() {
    let proven = |to: &str| Scene { action: Action::Proven(label(to)), ..deploy(to) };
    is(&proven("v2").after(999), "underway", "h-prod runs v1 as before");
    is(&proven("v2").shows("Updating", "v2", 3).info("x", "Deploying new version to instance(s)."), "underway", "Deploying");
    is(&proven("v2").shows("Ready", "v2", 60).updated("x").after(61), "done", "runs v2");
    let failed = proven("v2").shows("Ready", "v1", 60).event("x", Severity::Error, "Failed to deploy application.");
    is(&failed, "failed", "Failed to deploy application; it runs v1");
    // A redeploy: that it runs already proves nothing.
    is(&proven("v1").after(999), "underway", "runs v1 as before");
    is(&proven("v1").shows("Ready", "v1", 60).updated("x").after(61), "done", "runs v1");
}

#[test]
fn what_is_ended_meanwhile_has_failed() {
    is(&deploy("v2").accepted().shows("Terminating", "v2", 9), "failed", "h-prod is terminating: somebody has ended it");
}
