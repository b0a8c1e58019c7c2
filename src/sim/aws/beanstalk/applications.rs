//! Applications, their versions, and the bucket that bundles go to.

use std::sync::Arc;

use crate::application::{Application, Processed, Version};
use crate::environment::{Name, Place};
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault, token};
use super::bucket;

/// Answers `DescribeApplications`.
///
/// # Errors
///
/// Never.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let names = call.params.list("ApplicationNames");
    let all = world.site(&call.place).into_iter().flat_map(|site| site.applications.values());
    let wanted = all.filter(|app| names.is_empty() || names.contains(&&*app.name));
    xml.list("Applications", "member", wanted, |xml, app| {
        application(&call.place, app, xml);
    });
    Ok(())
}

fn arn(place: &Place, kind: &str, name: &str) -> String {
    format!("arn:aws:elasticbeanstalk:{}:{}:{kind}/{name}", place.region, place.account)
}

fn application(place: &Place, app: &Application, xml: &mut Xml) {
    xml.text("ApplicationArn", &arn(place, "application", &app.name));
    xml.text("ApplicationName", &app.name);
    xml.text("DateCreated", &app.created.rfc3339());
    let updated = app.versions.last().map_or(app.created, |version| version.created);
    xml.text("DateUpdated", &updated.rfc3339());
    xml.texts("Versions", "member", app.versions.iter().rev().map(|version| &*version.label));
    xml.open("ConfigurationTemplates");
    xml.close("ConfigurationTemplates");
    xml.within("ResourceLifecycleConfig", |xml| {
        xml.within("VersionLifecycleConfig", |xml| {
            xml.within("MaxCountRule", |xml| {
                xml.plain("Enabled", app.keep.is_some());
                xml.plain("MaxCount", app.keep.unwrap_or(200));
                xml.plain("DeleteSourceFromS3", app.keep.is_some());
            });
            xml.within("MaxAgeRule", |xml| {
                xml.plain("Enabled", false);
                xml.plain("MaxAgeInDays", 180);
                xml.plain("DeleteSourceFromS3", false);
            });
        });
    });
}

/// Answers `DescribeApplicationVersions`, newest first.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn versions(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let most = token::most(call.params.get("MaxRecords"), 1_000)?;
    let from = match call.params.get("NextToken") {
        None => 0,
        Some(text) => {
            let numbers = token::read("versions", text)?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let name = call.params.get("ApplicationName");
    let labels = call.params.list("VersionLabels");
    let mut all: Vec<(&Application, &Version)> = world
        .site(&call.place)
        .into_iter()
        .flat_map(|site| site.applications.values())
        .filter(|app| name.is_none_or(|name| *app.name == *name))
        .flat_map(|app| app.versions.iter().map(move |version| (app, version)))
        .filter(|(_, version)| labels.is_empty() || labels.contains(&&*version.label))
        .collect();
    all.sort_by_key(|(_, version)| std::cmp::Reverse(version.created));
    let rest = all.get(from..).unwrap_or_default();
    let here = rest.get(..most.unwrap_or(rest.len()).min(rest.len())).unwrap_or_default();
    xml.list("ApplicationVersions", "member", here, |xml, (app, version)| {
        describe_version(&call.place, &app.name, version, xml);
    });
    if here.len() < rest.len() {
        let next = i64::try_from(from + here.len()).unwrap_or(0);
        xml.text("NextToken", &token::write("versions", &[next]));
    }
    Ok(())
}

fn describe_version(place: &Place, app: &str, version: &Version, xml: &mut Xml) {
    let name = format!("{app}/{}", version.label);
    xml.text("ApplicationVersionArn", &arn(place, "applicationversion", &name));
    xml.text("ApplicationName", app);
    xml.text("Description", &version.description);
    xml.text("VersionLabel", &version.label);
    if let Some((bucket, key)) = &version.bundle {
        xml.within("SourceBundle", |xml| {
            xml.text("S3Bucket", bucket);
            xml.text("S3Key", key);
        });
    }
    xml.text("DateCreated", &version.created.rfc3339());
    xml.text("DateUpdated", &version.created.rfc3339());
    xml.text("Status", version.status.word());
}

/// Answers `CreateApplicationVersion`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn create_version(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let params = call.params;
    let name = params.get("ApplicationName").ok_or_else(|| Fault::missing("applicationName"))?;
    let label = params.get("VersionLabel").ok_or_else(|| Fault::missing("versionLabel"))?;
    if label.chars().count() > 100 || label.contains('/') {
        return Err(Fault::invalid(format!("Invalid version label '{label}'.")));
    }
    let now = world.now;
    let site = world.sites.entry(call.place.clone()).or_default();
    if !site.applications.contains_key(name) {
        if !params.flag("AutoCreateApplication") {
            return Err(Fault::invalid(format!("No Application named '{name}' found.")));
        }
        let app: Name = name.into();
        let made = Application { name: Arc::clone(&app), created: now, versions: Vec::new(), keep: None };
        site.applications.insert(app, made);
    }
    let Some(app) = site.applications.get_mut(name) else {
        return Err(Fault::invalid(format!("No Application named '{name}' found.")));
    };
    if app.version(label).is_some() {
        return Err(Fault::invalid(format!("Application Version {label} already exists.")));
    }
    let bundle = match (params.get("SourceBundle.S3Bucket"), params.get("SourceBundle.S3Key")) {
        (Some(bucket), Some(key)) => Some((bucket.to_owned(), key.to_owned())),
        _ => None,
    };
    let version = Version {
        label: label.into(),
        description: params.get("Description").unwrap_or("").into(),
        created: now,
        // There is nothing in the bundle to check: it is checked at once.
        status: if params.flag("Process") { Processed::Processed } else { Processed::Unprocessed },
        bundle,
        fails_at: None,
    };
    app.add(version.clone());
    xml.within("ApplicationVersion", |xml| {
        describe_version(&call.place, name, &version, xml);
    });
    Ok(())
}

/// Answers `CreateStorageLocation`: an account has its bucket already.
///
/// # Errors
///
/// Never.
pub fn storage_location(call: &Call<'_>, xml: &mut Xml) -> Answered {
    xml.text("S3Bucket", &bucket(&call.place));
    Ok(())
}
