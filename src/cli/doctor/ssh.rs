//! The ssh program, and whether each configured host lets this user in.

use std::process::Stdio;

use futures_util::future::join_all;

use super::finding::{Area, Finding, Verdict};
use super::told;
use crate::config::Settings;
use crate::hosts::ssh::{Command, Limits, Ssh};
use crate::model::host::{Host, Login};

/// Checks the program, then logs in to each host for a command that does nothing.
pub async fn check(settings: &Settings) -> Vec<Finding> {
    let hosts = &settings.catalogue.hosts;
    let logins: Vec<(&Host, &Login)> = hosts.iter().filter_map(|host| Some((host, host.login.as_ref()?))).collect();
    let program = program().await;
    let is_there = program.is_some();
    let mut findings = vec![match (program, logins.is_empty()) {
        (Some(version), _) => {
            Finding::new(Area::Ssh, Verdict::Pass, format!("{version}; files are copied through it as well, scp is not needed"))
        }
        (None, true) => Finding::new(Area::Ssh, Verdict::Warn, "the ssh program is not on this machine: S cannot log in anywhere"),
        (None, false) => {
            Finding::new(Area::Ssh, Verdict::Fail, "the ssh program is not on this machine").remedy("install OpenSSH's client")
        }
    }];
    if is_there {
        findings.extend(join_all(logins.into_iter().map(|(host, login)| log_in(host, login))).await);
    }
    for host in hosts.iter().filter(|host| host.login.is_none()) {
        let sentence = "nothing is run there: ssh is not in its [[hosts]] section";
        let finding = Finding::new(Area::Ssh, Verdict::Unknown, sentence).about(&host.name);
        findings.push(finding.remedy("write ssh = \"USER@HOST\" there, and what runs is read; without it only its pages are"));
    }
    findings
}

/// What the program calls itself; none where it is not there.
async fn program() -> Option<String> {
    let told = tokio::process::Command::new("ssh").arg("-V").stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    // OpenSSH says it on standard error.
    let text = [told.stdout, told.stderr].concat();
    let line = String::from_utf8_lossy(&text).lines().next().unwrap_or("ssh").trim().to_owned();
    Some(line)
}

async fn log_in(host: &Host, login: &Login) -> Finding {
    let ssh = Ssh { config: login.config.clone(), options: login.options.clone(), ..Ssh::default() };
    match ssh.run(&login.to, &Command::new("true"), Limits::default()).await {
        Ok(_) => Finding::new(Area::Ssh, Verdict::Pass, format!("{} lets this user in, and its host key is known", login.to)),
        Err(error) => Finding { verdict: Verdict::Fail, ..told(Area::Ssh, &error.fault()) },
    }
    .about(&host.name)
}
