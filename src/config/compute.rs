//! The sections of environments on EC2: target groups, and instances by their tags.
//!
//! Judges single values only; what entries say together is `contradiction`'s.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::circleci;
use super::file::app_name;
use super::keys;
use super::rolling;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::catalogue::Tier;
use crate::model::circleci::Deploying;
use crate::model::compute::{
    Compute, ImageRepository, PLACES, Place, Site, Tag, Tagged, TaggedInstances, TargetGroups, Template, VersionMeans,
};
use crate::model::destination::Destination;
use crate::model::id::{AppName, Connection, Region};
use crate::model::pattern::NamePattern;
use crate::model::rolling::Rolling;

/// How many instances one environment may be expected to have.
const MOST_EXPECTED: u64 = 1_000;

/// What both kinds of entries say.
pub(super) struct Common {
    pub account: Option<At<String>>,
    pub region: Option<At<Region>>,
    pub app: Option<At<AppName>>,
    tier: Option<Tier>,
    version: VersionMeans,
}

pub(super) struct TargetGroupEntry {
    pub name: Option<At<NamePattern>>,
    environment: Option<Arc<str>>,
    environment_file: Option<Arc<str>>,
    rolling: Option<Rolling>,
    pub common: Common,
}

pub(super) struct TaggedEntry {
    what: Option<At<Tagged>>,
    tags: Vec<Tag>,
    target_groups: Vec<NamePattern>,
    status: Option<Arc<str>>,
    frontend_status: Option<Arc<str>>,
    circleci: Option<Deploying>,
    environment_file: Option<Arc<str>>,
    pub common: Common,
}

/// Every entry about EC2.
pub(super) struct ComputeEntries {
    pub target_groups: Vec<TargetGroupEntry>,
    pub tagged: Vec<TaggedEntry>,
}

impl ComputeEntries {
    pub fn read(top: &Section<'_>, notes: &mut Notes<'_>) -> Self {
        Self {
            target_groups: top
                .repeated("target_groups", &keys::TARGET_GROUP, notes)
                .iter()
                .map(|section| target_group(section, notes))
                .collect(),
            tagged: top.repeated("tagged_instances", &keys::TAGGED, notes).iter().map(|section| tagged(section, notes)).collect(),
        }
    }

    /// What the entries of both kinds say in common.
    pub fn common(&self) -> impl Iterator<Item = &Common> {
        self.target_groups.iter().map(|entry| &entry.common).chain(self.tagged.iter().map(|entry| &entry.common))
    }

    /// What each entry is called, with where that stands.
    pub fn entered(&self) -> impl Iterator<Item = (Entered<'_>, Range<usize>, &Common)> {
        let groups = self.target_groups.iter().filter_map(|entry| {
            let name = entry.name.as_ref()?;
            Some((Entered::TargetGroup(name.value.as_str()), name.span.clone(), &entry.common))
        });
        let tagged = self.tagged.iter().filter_map(|entry| {
            let what = entry.what.as_ref()?;
            let entered = match &what.value {
                Tagged::One { name, .. } => Entered::Tagged(name.as_str()),
                Tagged::Previews { .. } => Entered::Previews,
            };
            Some((entered, what.span.clone(), &entry.common))
        });
        groups.chain(tagged)
    }

    /// What it comes to; `usual` is the way in of entries that name none.
    pub fn compute(self, usual: &Connection) -> Compute {
        Compute {
            target_groups: self.target_groups.into_iter().filter_map(|entry| entry.group(usual)).collect(),
            tagged: self.tagged.into_iter().filter_map(|entry| entry.instances(usual)).collect(),
        }
    }
}

/// What an entry makes environments of, by which the environments are called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Entered<'e> {
    /// Target groups of this name.
    TargetGroup(&'e str),
    /// An environment of this name.
    Tagged(&'e str),
    /// A preview for each pull request, called after its number.
    Previews,
}

impl<'e> Entered<'e> {
    /// Its name, where a preview may be called so.
    pub fn preview(self) -> Option<&'e str> {
        let Self::Tagged(name) = self else { return None };
        name.strip_prefix("pr-").filter(|number| number.parse::<u64>().is_ok()).map(|_| name)
    }

    /// What to do where another is the same.
    pub const fn way_out(self) -> &'static str {
        match self {
            Self::TargetGroup(_) => "keep one of the two",
            Self::Tagged(_) => "give this one another name",
            Self::Previews => "two pull requests of one number could not be told apart there, so put these into another account or region",
        }
    }
}

impl fmt::Display for Entered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TargetGroup(name) => write!(f, "the target group {}", quoted(name)),
            Self::Tagged(name) => write!(f, "the environment {}", quoted(name)),
            Self::Previews => f.write_str("an entry for previews"),
        }
    }
}

impl TargetGroupEntry {
    fn group(self, usual: &Connection) -> Option<TargetGroups> {
        let Common { account, region, app, tier, version } = self.common;
        Some(TargetGroups {
            site: site(account, region?, usual),
            name: self.name?.value,
            app: app?.value,
            tier,
            version,
            environment: self.environment,
            environment_file: self.environment_file,
            rolling: self.rolling,
        })
    }
}

impl TaggedEntry {
    fn instances(self, usual: &Connection) -> Option<TaggedInstances> {
        let Common { account, region, app, tier, version } = self.common;
        let Self { target_groups, status, frontend_status, circleci, environment_file, .. } = self;
        let site = site(account, region?, usual);
        Some(TaggedInstances {
            site,
            tags: self.tags,
            what: self.what?.value,
            app: app?.value,
            tier,
            target_groups,
            version,
            status,
            frontend_status,
            circleci,
            environment_file,
        })
    }
}

fn site(account: Option<At<String>>, region: At<Region>, usual: &Connection) -> Site {
    let connection = account.map_or_else(|| usual.clone(), |account| Connection::from(account.value));
    Site { connection, region: region.value }
}

fn common(section: &Section<'_>, notes: &mut Notes<'_>) -> Common {
    section.require("region", "\"us-west-2\"", notes);
    section.require("app", "\"growl\"", notes);
    let region = section.text("region", notes).and_then(|text| shape::region(&text, notes));
    Common {
        version: version(section, region.as_ref(), notes),
        region,
        account: section.text("account", notes).map(|text| text.map(str::to_owned)),
        app: app_name(section, notes),
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
    }
}

/// How versions are told. Images without anything that names one would tell nothing.
fn version(section: &Section<'_>, region: Option<&At<Region>>, notes: &mut Notes<'_>) -> VersionMeans {
    let text = |key, notes: &mut Notes<'_>| section.text(key, notes).map(|text| Arc::<str>::from(text.value));
    let means = VersionMeans { tag: text("version_tag", notes), command: text("version_command", notes), ..VersionMeans::default() };
    let ssh = login("version_ssh", section, notes);
    let means = VersionMeans { ssh, page: page(section, notes), page_key: text("version_key", notes), ..means };
    for (key, wanted) in [("version_ssh", "version_command"), ("version_key", "version_url")] {
        if let Some(at) = section.text(key, notes).filter(|_| !section.has(wanted)) {
            notes.add(&at.span, format!("{key} says how {wanted} is asked for, and there is none: write both, or neither"));
        }
    }
    if let Some(at) = section.text("version_url", notes).filter(|_| section.has("version_command")) {
        notes.add(&at.span, "version_command and version_url both tell what each instance runs: keep one of the two");
    }
    let image_region = section.text("image_region", notes).and_then(|text| shape::region(&text, notes));
    let Some(name) = section.text("image_repository", notes) else {
        if let Some(at) = image_region {
            notes.add(&at.span, "image_region says where image_repository is, and there is none: write both, or neither");
        }
        return means;
    };
    if !["version_tag", "version_command", "version_url"].into_iter().any(|key| section.has(key)) {
        let sentence = "nothing tells which image an instance runs: write version_tag or version_command as well";
        notes.add(&name.span, sentence);
    }
    let region = image_region.map(|at| at.value).or_else(|| region.map(|at| at.value.clone()));
    VersionMeans { images: region.map(|region| ImageRepository { name: Arc::from(name.value), region }), ..means }
}

/// How machines are logged in to: whereto is said by this key, and how ssh is called by two that begin with it.
pub(super) fn login(key: &str, section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Template> {
    let (config, options) = (format!("{key}_config"), format!("{key}_options"));
    for how in [&config, &options].into_iter().filter(|how| section.has(how) && !section.has(key)) {
        let sentence = format!("{how} says how ssh is called, and nothing says whereto: write {key} = \"ec2-user@{{private_ip}}\"");
        notes.add(&section.span, sentence);
    }
    let config = section.text(&config, notes).and_then(|text| shape::absolute(&text, notes)).map(|path| PathBuf::from(&*path));
    let options = section.texts(&options, notes).map(|texts| texts.value).unwrap_or_default();
    let options = options.iter().filter(|text| shape::ssh_option(text, notes)).map(|text| text.value.to_owned()).collect();
    Some(Template { to: destination(key, section, notes)?, config, options })
}

/// Whereto. Whether it is a host is only known once what is in braces is filled in; here it is looked at with something in
/// its place.
pub(super) fn destination(key: &str, section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let text = section.text(key, notes)?;
    let place = Place { id: "i-0", private_ip: Some("10.0.0.1"), address: Some("10.0.0.1") };
    let to = filled(key, section, notes)?;
    match Destination::new(&place.fill(&to).unwrap_or_default()) {
        Ok(_) => Some(to),
        Err(why) => {
            notes.add(&text.span, format!("{} is no host to log in to: {why}", quoted(text.value)));
            None
        }
    }
}

/// The page that tells a version.
fn page(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    filled("version_url", section, notes)?;
    shape::page(&section.text("version_url", notes)?, false, notes)
}

/// A text in which only what is known of a machine stands in braces.
fn filled(key: &str, section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let text = section.text(key, notes)?;
    let rest = PLACES.iter().fold(text.value.to_owned(), |rest, place| rest.replace(place, ""));
    if rest.contains(['{', '}']) {
        let places = PLACES.join(", ");
        notes.add(
            &text.span,
            format!("{} names something in braces that is not known of an instance: there are {places}", quoted(text.value)),
        );
        return None;
    }
    Some(Arc::from(text.value))
}

fn target_group(section: &Section<'_>, notes: &mut Notes<'_>) -> TargetGroupEntry {
    section.require("name", "\"growl-prod\"", notes);
    let name = section.text("name", notes).and_then(|text| shape::name_pattern(&text, notes));
    let text = |key, notes: &mut Notes<'_>| section.text(key, notes).map(|text| Arc::<str>::from(text.value));
    let (environment, environment_file) = (text("environment", notes), text("environment_file", notes));
    let rolling = section.single("rolling", &keys::ROLLING, notes).and_then(|inner| rolling::read(&inner, environment.is_some(), notes));
    TargetGroupEntry { name, environment, environment_file, rolling, common: common(section, notes) }
}

fn tagged(section: &Section<'_>, notes: &mut Notes<'_>) -> TaggedEntry {
    if !section.has("tags") {
        notes.add(&section.span, "[[tagged_instances]] needs tags: write tags = [\"environment=production\"]");
    }
    let texts = section.texts("tags", notes).map(|texts| texts.value).unwrap_or_default();
    let tags = texts.iter().filter_map(|text| tag(text, notes)).collect();
    let groups = section.texts("target_groups", notes).map(|texts| texts.value).unwrap_or_default();
    let target_groups = groups.iter().filter_map(|text| shape::name_pattern(text, notes)).map(|name| name.value).collect();
    let text = |key, notes: &mut Notes<'_>| section.text(key, notes).map(|text| Arc::<str>::from(text.value));
    let (status, frontend_status) = (text("status", notes), text("frontend_status", notes));
    if frontend_status.is_some() && section.has("pull_tag") {
        notes.add(&section.span, "frontend_status is of one environment: previews have no frontend of their own, so leave it out");
    }
    let environment_file = text("environment_file", notes);
    TaggedEntry {
        what: what(section, notes),
        tags,
        target_groups,
        status,
        frontend_status,
        circleci: circleci::deploying(section, notes),
        environment_file,
        common: common(section, notes),
    }
}

fn tag(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Tag> {
    let tag = Tag::read(text.value);
    if tag.is_none() {
        let sentence = format!("{} is no tag: write its key, =, and its value, such as \"environment=production\"", quoted(text.value));
        notes.add(&text.span, sentence);
    }
    tag
}

/// One environment, or a preview for each pull request.
fn what(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<At<Tagged>> {
    let name = section.text("name", notes).filter(|text| shape::environment_name(text, notes));
    let pull_tag = section.text("pull_tag", notes);
    let expected = section.whole("instances", 1..=MOST_EXPECTED, notes);
    let elastic_ips = section.boolean("elastic_ips", notes);
    if let Some(at) = elastic_ips.as_ref().filter(|_| section.has("name") && !section.has("pull_tag")) {
        notes.add(&at.span, "elastic_ips is of previews: leave it out, or write pull_tag");
    }
    match (name, pull_tag) {
        (Some(_), Some(pull)) => {
            notes.add(&pull.span, "name is for one environment, pull_tag for a preview of each pull request: write one of the two");
            None
        }
        (Some(name), None) => {
            let expected = expected.map_or(1, |count| u32::try_from(count.value).unwrap_or(u32::MAX));
            let one = Tagged::One { name: name.value.into(), expected };
            Some(At::new(one, name.span))
        }
        (None, Some(pull)) => {
            if let Some(count) = expected {
                notes.add(&count.span, "a preview has one instance: leave instances out");
            }
            let previews = Tagged::Previews { pull_tag: Arc::from(pull.value), elastic_ips: elastic_ips.is_some_and(|at| at.value) };
            Some(At::new(previews, pull.span))
        }
        (None, None) => {
            if !section.has("name") && !section.has("pull_tag") {
                let sentence = "this entry does not say what the instances are: write name = \"production\" for one environment, or pull_tag = \"github-pr\" for previews";
                notes.add(&section.span, sentence);
            }
            None
        }
    }
}
