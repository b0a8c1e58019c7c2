//! `DescribeEnvironments`, and the description that writes answer with too.
//!
//! Owns the rendered entry of an environment, which is kept until the
//! environment changes: a listing of thousands is then a matter of copying.

use std::sync::Arc;

use crate::environment::{Environment, Place};
use crate::moment::Moment;
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault, token};
use super::resources;

/// Answers `DescribeEnvironments`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn describe(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let most = token::most(call.params.get("MaxRecords"), 1_000)?;
    let filter = Filter::read(call)?;
    let from = match call.params.get("NextToken") {
        None => 0,
        Some(text) => {
            let numbers = token::read("environments", text)?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let slots: Vec<usize> = match world.site(&call.place) {
        None => Vec::new(),
        Some(site) => {
            let fits = |slot: &&usize| world.environments.get(**slot).is_some_and(|e| filter.fits(e));
            site.environments.iter().filter(fits).copied().collect()
        }
    };
    let rest = slots.get(from..).unwrap_or_default();
    let here = rest.get(..most.unwrap_or(rest.len()).min(rest.len())).unwrap_or_default();
    xml.reserve(here.len().saturating_mul(1_700));
    xml.list("Environments", "member", here, |xml, &slot| {
        entry(world, slot, xml);
    });
    if here.len() < rest.len() {
        let next = i64::try_from(from + here.len()).unwrap_or(0);
        xml.text("NextToken", &token::write("environments", &[next]));
    }
    Ok(())
}

/// Writes the entry of an environment, rendering it only if it has changed.
pub fn entry(world: &mut World, slot: usize, xml: &mut Xml) {
    let Some(environment) = world.environments.get_mut(slot) else {
        return;
    };
    if let Some(rendered) = &environment.rendered {
        xml.raw(rendered);
        return;
    }
    let rendered: Arc<str> = render(environment).into();
    xml.raw(&rendered);
    environment.rendered = Some(rendered);
}

/// Which environments are asked for.
struct Filter<'a> {
    app: Option<&'a str>,
    label: Option<&'a str>,
    ids: Vec<&'a str>,
    names: Vec<&'a str>,
    deleted: Option<Moment>,
}

impl<'a> Filter<'a> {
    fn read(call: &'a Call<'_>) -> Result<Self, Fault> {
        let params = call.params;
        let back_to = match params.get("IncludedDeletedBackTo") {
            None => Moment::from_millis(0),
            Some(text) => {
                Moment::parse(text).ok_or_else(|| Fault::invalid(format!("Invalid IncludedDeletedBackTo: '{text}' is not a timestamp.")))?
            }
        };
        Ok(Self {
            app: params.get("ApplicationName"),
            label: params.get("VersionLabel"),
            ids: params.list("EnvironmentIds"),
            names: params.list("EnvironmentNames"),
            deleted: params.flag("IncludeDeleted").then_some(back_to),
        })
    }

    fn fits(&self, environment: &Environment) -> bool {
        (environment.listed() || self.deleted.is_some_and(|back_to| environment.updated >= back_to))
            && self.app.is_none_or(|app| *environment.app == *app)
            && self.label.is_none_or(|label| *environment.label == *label)
            && (self.ids.is_empty() || self.ids.contains(&&*environment.id))
            && (self.names.is_empty() || self.names.contains(&&*environment.name))
    }
}

fn render(environment: &Environment) -> String {
    let mut xml = Xml::with_capacity(1_700);
    let Place { region, .. } = &environment.place;
    xml.text("EnvironmentName", &environment.name);
    xml.text("EnvironmentId", &environment.id);
    xml.text("ApplicationName", &environment.app);
    xml.text("VersionLabel", &environment.label);
    xml.text("SolutionStackName", &environment.settings.stack.name());
    xml.text("PlatformArn", &environment.settings.stack.arn(region));
    xml.maybe("Description", environment.description.as_deref());
    if environment.listed() {
        xml.text("EndpointURL", &resources::endpoint(environment));
    }
    xml.text("CNAME", &environment.address());
    xml.text("DateCreated", &environment.created.rfc3339());
    xml.text("DateUpdated", &environment.updated.rfc3339());
    xml.text("Status", environment.status.word());
    xml.plain("AbortableOperationInProgress", environment.abortable());
    xml.text("Health", environment.health.light.color());
    if environment.settings.enhanced {
        xml.text("HealthStatus", environment.health.light.word());
    }
    xml.within("Tier", |xml| {
        xml.text("Name", "WebServer");
        xml.text("Type", "Standard");
        xml.text("Version", "1.0");
    });
    xml.open("EnvironmentLinks");
    xml.close("EnvironmentLinks");
    xml.text("EnvironmentArn", &environment.arn());
    xml.into_string()
}
