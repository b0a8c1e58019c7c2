//! The corpus of good and bad configurations under `tests/config`.
//!
//! Each `bad/NAME.toml` stands beside a `bad/NAME.expected`, which is what a
//! person is shown, to the letter; each `good/NAME.toml` beside a
//! `good/NAME.expected`, which is its summary. `QUARTERDECK_BLESS=1 cargo test`
//! writes the expected files anew, to be read before they are committed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::load::Summary;
use super::settings::{Account, Colors, Display, Reading, Settings, Theme};
use super::{ConfigError, DEFAULT, Place, keys, load, parse, parse_bytes};
use crate::model::catalogue::{Placement, Tier};
use crate::model::freeze::Freeze;
use crate::model::id::EnvironmentKey;
use crate::model::link::Link;
use crate::model::operation::action::Copied;
use crate::model::operation::plan::{OnFailure, Times};
use crate::model::waves::Waves;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/config").join(name)
}

/// The configurations of a folder, by name.
fn cases(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    cases.sort();
    cases
}

/// Compares, or writes where the person asked for it; tells what differs.
fn expect(case: &Path, shown: &str) -> Option<String> {
    let file = case.with_extension("expected");
    if std::env::var_os("QUARTERDECK_BLESS").is_some() {
        fs::write(&file, format!("{shown}\n")).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    (expected.trim_end() != shown.trim_end()).then(|| format!("{}\n--- expected\n{expected}\n--- shown\n{shown}\n", case.display()))
}

fn name(case: &Path) -> String {
    case.file_name().unwrap().to_string_lossy().into_owned()
}

fn good(name: &str) -> Settings {
    parse_bytes(&fs::read(folder("good").join(name)).unwrap(), name).unwrap()
}

#[test]
fn every_bad_configuration_is_told_its_mistakes_to_the_letter() {
    let cases = cases("bad");
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let failed = cases.iter().filter_map(|case| match parse_bytes(&fs::read(case).unwrap(), &name(case)) {
        Ok(_) => Some(format!("{} has no mistakes", case.display())),
        Err(findings) => expect(case, &findings.to_string()),
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_good_configuration_is_understood() {
    let failed = cases("good").into_iter().filter_map(|case| match parse_bytes(&fs::read(&case).unwrap(), &name(&case)) {
        Ok(settings) => {
            let path = Some(PathBuf::from(name(&case)));
            let summary = Summary { looked_at: path.clone(), home: None, settings: Settings { path, ..settings } };
            expect(&case, &summary.to_string())
        }
        Err(findings) => Some(findings.to_string()),
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn no_expectation_is_without_its_case() {
    for folder_name in ["bad", "good"] {
        let cases: HashSet<PathBuf> = cases(folder_name).into_iter().collect();
        for entry in fs::read_dir(folder(folder_name)).unwrap() {
            let path = entry.unwrap().path();
            assert!(cases.contains(&path.with_extension("toml")), "{} stands alone", path.display());
        }
    }
}

fn place(settings: &Settings, key: &str, group: &str) -> Placement {
    settings.catalogue.place(&key.parse::<EnvironmentKey>().unwrap(), &group.into(), None)
}

#[test]
fn hypothesis_is_placed_as_its_people_speak_of_it() {
    let settings = good("hypothesis.toml");
    assert_eq!(settings.regions, Some(vec!["us-west-1".into(), "ca-central-1".into()]));
    assert_eq!(settings.accounts, [Account::of_profile("hypothesis")]);
    for (key, group, app, tier) in [
        ("beanstalk:111122223333:us-west-1:h-prod", "h", "h", Tier::Production),
        ("beanstalk:111122223333:ca-central-1:h-prod", "h", "h", Tier::Production),
        ("beanstalk:111122223333:us-west-1:h-qa", "h", "h", Tier::Staging),
        ("beanstalk:111122223333:us-west-1:h-websocket-prod", "h-websocket", "h-websocket", Tier::Production),
        ("beanstalk:111122223333:us-west-1:via-staging", "via", "via", Tier::Staging),
        // Staging and production of one chain under two applications.
        ("beanstalk:111122223333:us-west-1:edu-via-staging", "edu-via", "via-edu", Tier::Staging),
        ("beanstalk:111122223333:us-west-1:lms-via-prod", "lms-via", "via-edu", Tier::Production),
        ("beanstalk:111122223333:us-west-1:checkmate-prod", "checkmate", "checkmate", Tier::Production),
    ] {
        assert_eq!(place(&settings, key, group), Placement { app: app.into(), tier }, "{key}");
    }
    let h = settings.catalogue.app(&"h".into()).unwrap();
    assert_eq!(h.repository.as_deref(), Some("hypothesis/h"));
    let direct = |app: &str| settings.catalogue.app(&app.into()).unwrap().shipping.direct;
    assert_eq!((direct("h"), direct("checkmate")), (false, true));
    let label = "h-prod20221110T123456Z-20221110-g8a52aea".into();
    assert_eq!(h.labels.as_ref().unwrap().commit(&label).unwrap().as_str(), "8a52aea");
    assert!(settings.catalogue.declared.iter().any(|entry| entry.key().to_string() == "beanstalk:-:ca-central-1:h-prod"));
}

#[test]
fn orchid_s_agencies_are_production_but_for_staging() {
    let settings = good("orchid.toml");
    for (name, tier) in [("orchid-acme", Tier::Production), ("orchid-staging", Tier::Staging), ("orchid-testville", Tier::Production)] {
        let key = format!("beanstalk:444455556666:us-east-1:{name}");
        assert_eq!(place(&settings, &key, "orchid-jms"), Placement { app: "orchid".into(), tier }, "{name}");
    }
    assert_eq!(settings.reading, Reading { listing: Duration::from_secs(30), ..Reading::default() });
    assert_eq!(settings.display, Display { theme: Some(Theme::Light), colors: Colors::Indexed, mouse: true });
    assert!(settings.read_only);
}

#[test]
fn a_rolling_deploy_is_read_with_its_checks_and_waits() {
    let settings = good("growl.toml");
    let [prod, dev] = settings.catalogue.target_groups.as_slice() else { panic!("{:?}", settings.catalogue.target_groups) };
    let rolling = prod.rolling.as_ref().unwrap();
    assert_eq!(&*rolling.command, "IMAGE_TAG={tag} make ecr-deploy");
    let copied = Copied { from: "/srv/growl/growl-backend/Makefile".into(), to: "Makefile".to_owned() };
    assert_eq!(rolling.files, [copied, Copied { from: "/etc/motd".into(), to: "/tmp/motd".to_owned() }]);
    let drift = rolling.drift.as_ref().unwrap();
    assert_eq!((drift.command.len(), drift.limit), (7, Duration::from_secs(90)));
    let workspace = drift.workspace.as_ref().unwrap();
    assert_eq!((workspace.command.join(" "), &*workspace.name), ("terraform workspace show".to_owned(), "{environment}"));
    let login = rolling.login.as_ref().unwrap();
    assert_eq!((&*login.to, login.options.as_slice()), ("ec2-user@{private_ip}", ["Port=2222".to_owned()].as_slice()));
    assert_eq!((rolling.at_once, rolling.minimum_healthy, rolling.on_failure), (2, 3, OnFailure::Pause));
    let seconds = Duration::from_secs;
    let times = Times { drain: seconds(0), healthy: seconds(120), pause: seconds(1), ..Times::default() };
    assert_eq!(rolling.times, times);
    // What nobody said is as in the rolling deploy that the document describes; Systems Manager runs the command.
    let usual = dev.rolling.as_ref().unwrap();
    assert_eq!((usual.login.as_ref(), usual.drift.as_ref(), usual.at_once, usual.minimum_healthy), (None, None, 1, 1));
    assert_eq!((usual.times.drain, usual.times.healthy, usual.times.pause), (seconds(60), seconds(300), seconds(5)));
}

#[test]
fn waves_are_read_as_they_go_through_an_app() {
    let apps = good("growl.toml").catalogue.apps;
    let waves = Waves { canary: 2, batch: Some(10), at_once: 5, bake: Duration::from_secs(600), on_failure: OnFailure::CarryOn };
    assert_eq!(apps.iter().map(|app| app.waves).collect::<Vec<_>>(), [waves, Waves::default()]);
}

#[test]
fn links_are_read_with_whom_they_are_about() {
    let settings = good("links.toml");
    let links = settings.catalogue.links;
    let about = |link: &Link| (link.name.to_string(), link.app.as_ref().map(ToString::to_string), link.tier, link.environments.names.len());
    let told: Vec<_> = links.iter().map(about).collect();
    assert_eq!(told, [("errors".to_owned(), Some("h".to_owned()), None, 0), ("dashboard".to_owned(), None, Some(Tier::Production), 1)]);
    let filled = links.iter().map(|link| link.page.filled(|_| Some("x".to_owned())).unwrap());
    assert_eq!(
        filled.collect::<Vec<_>>(),
        ["https://errors.example.com/x?environment=x&release=x", "https://x.dashboards.example.com/d/x/x"]
    );
}

#[test]
fn freezes_are_read_as_moments_and_by_the_clocks_of_their_zones() {
    let freezes = good("freezes.toml").catalogue.freezes;
    let stretch = |freeze: &Freeze, now: &str| {
        let stretch = freeze.at(now.parse().unwrap());
        stretch.map(|stretch| (stretch.from.to_string(), freeze.clock(stretch.until)))
    };
    let of = |from: &str, until: &str| Some((from.to_owned(), until.to_owned()));
    assert_eq!(stretch(&freezes[0], "2026-12-24T00:00:00Z"), of("2026-12-19T17:00:00Z", "Sat 2027-01-02 08:00 +01"));
    // A day of 25 hours is among them.
    assert_eq!(stretch(&freezes[1], "2026-10-24T00:00:00Z"), of("2026-10-23T22:00:00Z", "Mon 2026-10-26 00:00 CET"));
    assert_eq!(stretch(&freezes[2], "2026-11-21T16:00:00Z"), of("2026-11-21T15:00:00Z", "Sun 2026-11-22 00:00 CET"));
    assert_eq!(stretch(&freezes[3], "2026-11-24T05:00:00Z"), of("2026-11-24T03:00:00Z", "Tue 2026-11-24 06:00 EST"));
    let about = |freeze: &Freeze| (freeze.app.as_ref().map(ToString::to_string), freeze.tier, freeze.because());
    assert_eq!(about(&freezes[0]), (Some("h".to_owned()), Tier::Production, ": Nobody is here to mend it".to_owned()));
    assert_eq!(about(&freezes[1]), (None, Tier::Staging, String::new()));
}

#[test]
fn the_workflow_for_migrations_is_read_with_its_inputs() {
    let settings = good("migrations.toml");
    let shipping = &settings.catalogue.apps[0].shipping;
    let workflow = shipping.migration_workflow.as_ref().unwrap();
    let inputs: Vec<(&str, &str)> = workflow.inputs.iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!((shipping.migrations_run, &*workflow.file), (false, "tasks.yaml"));
    assert_eq!(inputs, [("environment", "prod"), ("task", "db upgrade to head")]);
}

/// The shipped file with every setting uncommented: settings follow their `#` at once, prose after a blank.
fn uncommented() -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        Some(_) | None => line.to_owned(),
    };
    DEFAULT.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_shipped_file_says_nothing_until_it_is_uncommented() {
    assert_eq!(parse(DEFAULT, "default.toml"), Ok(Settings::default()));
    let settings = parse(&uncommented(), "default.toml").map_err(|findings| findings.to_string()).unwrap();
    // What is a default and no example is the true default.
    assert_eq!((settings.read_only, settings.reading), (false, Reading::default()));
    // A file for a theme is an example, and a theme by default all the same.
    assert_eq!(settings.display, Display { theme: Some(Theme::Auto), ..Display::default() });
    assert_eq!(settings.catalogue.apps.len(), 1);
    assert_eq!(settings.catalogue.tiers.len(), 1);
    assert_eq!((settings.catalogue.declared.len(), settings.catalogue.freezes.len()), (1, 2));
    assert_eq!((settings.catalogue.hosts.len(), settings.catalogue.probes.len()), (1, 1));
}

#[test]
fn towlion_s_server_is_told_with_its_apps_and_their_previews() {
    let settings = good("towlion.toml");
    assert!(settings.accounts.is_empty(), "nobody said that there is an account");
    let [host] = settings.catalogue.hosts.as_slice() else { panic!("{:?}", settings.catalogue.hosts) };
    assert_eq!(host.login.as_ref().unwrap().to.as_str(), "deploy@tow-1.example.com");
    let [wit, legacy] = host.apps.as_slice() else { panic!("{:?}", host.apps) };
    assert_eq!((wit.tier, host.path(wit).as_deref()), (Tier::Production, Some("/opt/apps/wit")));
    let previews = wit.previews.as_ref().unwrap();
    assert_eq!((previews.repository.as_str(), &*previews.page, previews.shares_secrets), ("towlion/wit", "/health", true));
    assert_eq!(wit.alerts.as_deref(), Some("alert"));
    // Of no repository there are no previews, alerts or deployments.
    assert_eq!((legacy.previews.is_none(), legacy.alerts.is_none(), legacy.health.is_none()), (true, true, true));
    assert_eq!(host.path(legacy).as_deref(), Some("/srv/legacy"));
    let own = settings.catalogue.place(&host.key("wit".into()), &"wit".into(), Some(wit.tier));
    assert_eq!(own, Placement { app: "wit".into(), tier: Tier::Production });
    let key = "host:tow-1:-:wit-pr-7".parse::<EnvironmentKey>().unwrap();
    assert_eq!(settings.catalogue.host(&key).unwrap().app_of(&key.name).unwrap().1.unwrap().0, 7);
}

#[test]
fn the_shipped_file_has_every_key_and_no_other() {
    let uncommented = uncommented();
    let mut section = "";
    let mut said = HashSet::new();
    for line in uncommented.lines() {
        if line.starts_with('[') {
            section = match line {
                "[apps.h.waves]" => keys::WAVES.title,
                line if line.starts_with("[apps.") => keys::APP.title,
                line => line,
            };
            let key = section.trim_matches(['[', ']']).split('.').next().unwrap();
            said.insert(("", key));
            let inner = [
                (&keys::HOSTED_APP, (&keys::HOST, "apps")),
                (&keys::WAVES, (&keys::APP, "waves")),
                (&keys::ROLLING, (&keys::TARGET_GROUP, "rolling")),
            ];
            said.extend(inner.into_iter().filter(|(kind, _)| section == kind.title).map(|(_, (outer, key))| (outer.title, key)));
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#') && section != "[keys]") {
            said.insert((section, key));
        }
    }
    let known: HashSet<(&str, &str)> = keys::ALL.iter().flat_map(|kind| kind.keys.iter().map(|key| (kind.title, *key))).collect();
    assert_eq!(said, known);
}

/// A lookup in a list instead of the process's environment.
fn environment<'e>(pairs: &'e [(&'e str, &'e str)]) -> impl Fn(&str) -> Option<String> + 'e {
    |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

fn shown<T>(result: Result<T, ConfigError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn the_file_is_looked_for_where_it_is_said_to_be() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let write = |path: &str, text: &str| {
        let path = Path::new(home).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    write(".config/quarterdeck/config.toml", "regions = [\"us-east-1\"]");
    write("xdg/quarterdeck/config.toml", "regions = [\"us-east-2\"]");
    let variable = write("variable.toml", "regions = [\"us-west-1\"]");
    let flag = write("flag.toml", "regions = [\"us-west-2\"]");
    let region = |place: &Place, pairs: &[(&str, &str)]| {
        let settings = load(place, &environment(pairs)).unwrap();
        settings.regions.map(|regions| regions[0].to_string()).unwrap_or_default()
    };
    let xdg = format!("{home}/xdg");
    let usual = [("HOME", home), ("XDG_CONFIG_HOME", &xdg), ("QUARTERDECK_CONFIG", variable.to_str().unwrap())];
    assert_eq!(region(&Place::Usual, &usual[..1]), "us-east-1");
    assert_eq!(region(&Place::Usual, &usual[..2]), "us-east-2");
    assert_eq!(region(&Place::Usual, &usual), "us-west-1");
    assert_eq!(region(&Place::Named(flag), &usual), "us-west-2");
    assert_eq!(region(&Place::Nowhere, &usual), "");
    // Relative paths count as none; without a home there is no configuration.
    assert_eq!(region(&Place::Usual, &[("HOME", home), ("XDG_CONFIG_HOME", "xdg")]), "us-east-1");
    assert_eq!(region(&Place::Usual, &[]), "");
    assert_eq!(region(&Place::Usual, &[("HOME", "/nonexistent")]), "");
}

#[test]
fn a_file_that_somebody_named_must_be_there() {
    let missing = load(&Place::Named("/nonexistent/a\u{1b}.toml".into()), &environment(&[("QUARTERDECK_THEME", "x")]));
    let expected = "QUARTERDECK_THEME: there is no theme \"x\": write \"auto\", \"dark\", \"light\", \"high-contrast\", \"color-blind\", \"sixteen\", \"mono\" or \"own\"\n\
        --config names /nonexistent/a␛.toml, which is not there: correct the path or leave it out";
    assert_eq!(shown(missing), expected);
    let missing = load(&Place::Usual, &environment(&[("QUARTERDECK_CONFIG", "/nonexistent.toml")]));
    assert_eq!(shown(missing), "QUARTERDECK_CONFIG names /nonexistent.toml, which is not there: correct the path or leave it out");
    let folder = tempfile::tempdir().unwrap();
    assert!(shown(load(&Place::Named(folder.path().to_owned()), &environment(&[]))).contains("cannot be read: Is a directory"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, "read_only = true\n[display]\ntheme = \"dark\"").unwrap();
    let env = [("QUARTERDECK_READ_ONLY", "0"), ("QUARTERDECK_THEME", "light")];
    let settings = load(&Place::Named(path.clone()), &environment(&env)).unwrap();
    assert_eq!((settings.read_only, settings.display.theme, settings.path), (false, Some(Theme::Light), Some(path)));
}

#[test]
fn a_check_says_in_one_line_what_there_is() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".config/quarterdeck/config.toml");
    let check = || {
        let env = [("HOME", home.path().to_str().unwrap())];
        super::check(&Place::Usual, &environment(&env)).map_or_else(|error| error.to_string(), |summary| summary.to_string())
    };
    assert_eq!(check(), "no configuration (~/.config/quarterdeck/config.toml is not there): everything that can be discovered is shown");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!(check(), "~/.config/quarterdeck/config.toml: nothing but defaults, no mistakes");
    fs::write(&path, "regions = [\"us-west-1\", \"ca-central-1\"]\nread_only = true\n[apps.h]\n[apps.via]\n[apps.lms]").unwrap();
    assert_eq!(check(), "~/.config/quarterdeck/config.toml: 3 apps, 2 regions, read-only, no mistakes");
    fs::write(&path, "[[commands]]\nname = \"notes\"\nkey = \"f5\"\ncommand = [\"notes\"]\n").unwrap();
    assert_eq!(check(), "~/.config/quarterdeck/config.toml: 1 command, no mistakes");
    fs::write(&path, "[display]\nmouse = false\n").unwrap();
    assert_eq!(check(), "~/.config/quarterdeck/config.toml: other settings, no mistakes");
    fs::write(&path, "region = [\"us-west-1\"]").unwrap();
    assert!(check().ends_with(&format!("1 mistake in {}", path.display())), "{}", check());
}

#[test]
fn views_are_understood_as_they_are_written() {
    let fleet = good("views.toml").fleet;
    let words = |columns: &Option<Vec<crate::model::view::Shown>>| {
        columns.as_ref().map(|columns| columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(words(&fleet.columns).as_deref(), Some("region name:30 health"));
    let [canada, everything] = fleet.views.as_slice() else { panic!("{fleet:?}") };
    assert_eq!((&*canada.filter, canada.sort.to_string().as_str(), canada.faults_only), ("region:ca !staging", "-age", true));
    assert_eq!(words(&canada.columns).as_deref(), Some("name health:14 version"), "the names are always there");
    assert_eq!(canada.folds, [("orchid".into(), true), ("h".into(), false)].into());
    assert_eq!(*everything, crate::model::view::View::named("everything"));
}
