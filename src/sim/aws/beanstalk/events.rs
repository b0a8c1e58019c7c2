//! `DescribeEvents`: newest first, from `StartTime` on, before `EndTime`.

use crate::events::{Event, Severity};
use crate::moment::{DAY, Moment};
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault, token};

/// One answer has at most this many, whatever is asked for.
const PAGE: usize = 1_000;
/// Events are kept for six weeks.
const KEPT: i64 = 42 * DAY;

/// Which events are asked for.
struct Filter<'a> {
    app: Option<&'a str>,
    label: Option<&'a str>,
    template: Option<&'a str>,
    platform: Option<&'a str>,
    environment: Option<&'a str>,
    id: Option<&'a str>,
    request: Option<&'a str>,
    severity: Severity,
    start: Moment,
    end: Option<Moment>,
    /// Only what could be told then: later pages belong to the first one.
    told: Moment,
}

impl<'a> Filter<'a> {
    fn read(call: &'a Call<'_>, told: Moment) -> Result<Self, Fault> {
        let params = call.params;
        let time = |name: &str| match params.get(name) {
            None => Ok(None),
            Some(text) => {
                Moment::parse(text).map(Some).ok_or_else(|| Fault::invalid(format!("Invalid {name}: '{text}' is not a timestamp.")))
            }
        };
        let severity = match params.get("Severity") {
            None => Severity::Trace,
            Some(word) => Severity::read(word).ok_or_else(|| Fault::not_in_enum(word, "severity", &Severity::ALL.map(Severity::word)))?,
        };
        let oldest = told.plus(-KEPT);
        Ok(Self {
            app: params.get("ApplicationName"),
            label: params.get("VersionLabel"),
            template: params.get("TemplateName"),
            platform: params.get("PlatformArn"),
            environment: params.get("EnvironmentName"),
            id: params.get("EnvironmentId"),
            request: params.get("RequestId"),
            severity,
            start: time("StartTime")?.unwrap_or(oldest).max(oldest),
            end: time("EndTime")?,
            told,
        })
    }

    #[expect(clippy::suspicious_operation_groupings, reason = "each line compares what is asked for with what is there")]
    fn fits(&self, event: &Event) -> bool {
        let same = |wanted: Option<&str>, is: Option<&str>| wanted.is_none() || wanted == is;
        event.visible <= self.told
            && event.severity >= self.severity
            && self.end.is_none_or(|end| event.at < end)
            && same(self.app, Some(&event.app))
            && same(self.label, event.label.as_deref())
            && same(self.environment, event.environment.as_deref())
            && same(self.id, event.environment_id.as_deref())
            && same(self.request, event.request.as_deref())
            // No event here belongs to a template or to a platform.
            && self.template.is_none()
            && self.platform.is_none()
    }
}

/// Answers `DescribeEvents`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let most = token::most(call.params.get("MaxRecords"), 1_000)?.unwrap_or(PAGE);
    let (before, told) = match call.params.get("NextToken") {
        None => (None, world.now),
        Some(text) => match token::read("events", text)?.as_slice() {
            [at, number, told] => (Some((Moment::from_millis(*at), number.unsigned_abs())), Moment::from_millis(*told)),
            _ => return Err(Fault::invalid("Invalid NextToken.")),
        },
    };
    let filter = Filter::read(call, told)?;
    let mut here: Vec<&Event> = Vec::new();
    if let Some(site) = world.site(&call.place) {
        let recent = site.journal.newest_first(before).take_while(|event| event.at >= filter.start);
        here.extend(recent.filter(|event| filter.fits(event)).take(most + 1));
    }
    let more = here.len() > most;
    here.truncate(most);
    xml.reserve(here.len() * 420);
    xml.list("Events", "member", &here, |xml, event| write(event, xml));
    if let Some(last) = here.last().filter(|_| more) {
        let number = i64::try_from(last.number).unwrap_or(0);
        xml.text("NextToken", &token::write("events", &[last.at.millis(), number, told.millis()]));
    }
    Ok(())
}

fn write(event: &Event, xml: &mut Xml) {
    xml.text("EventDate", &event.at.rfc3339());
    xml.text("Message", &event.message);
    xml.text("ApplicationName", &event.app);
    xml.maybe("VersionLabel", event.label.as_deref());
    xml.maybe("EnvironmentName", event.environment.as_deref());
    xml.maybe("RequestId", event.request.as_deref());
    xml.text("Severity", event.severity.word());
}
