//! STS: who calls, and roles.

use crate::chance::{hash, spell};
use crate::environment::Name;
use crate::moment::{HOUR, Moment, SECOND};
use crate::wire::xml::Xml;
use crate::world::{Account, World};

use super::{Answered, Call, Fault};

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// How many keys there can be.
const MOST: usize = 1_000;

/// Answers a call.
///
/// # Errors
///
/// What STS refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    match call.operation {
        "GetCallerIdentity" => {
            identity(call, xml);
            Ok(())
        }
        "AssumeRole" => assume_role(world, call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

fn identity(call: &Call<'_>, xml: &mut Xml) {
    let id = spell(hash(&call.caller), LETTERS, 17);
    let id = match call.caller.rsplit_once("assumed-role/") {
        Some((_, role)) => format!("AROA{id}:{}", role.rsplit('/').next().unwrap_or(role)),
        None => format!("AIDA{id}"),
    };
    xml.text("Arn", &call.caller);
    xml.text("UserId", &id);
    xml.text("Account", &call.place.account);
}

fn assume_role(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let params = call.params;
    let role = params.get("RoleArn").ok_or_else(|| Fault::missing("roleArn"))?;
    let session = params.get("RoleSessionName").ok_or_else(|| Fault::missing("roleSessionName"))?;
    let denied = || {
        let why = format!("on resource: {role}");
        Fault::denied("sts", "AssumeRole", &call.caller, &why)
    };
    let parts: Vec<&str> = role.split(':').collect();
    let ["arn", "aws", "iam", "", account, name] = parts.as_slice() else {
        return Err(denied());
    };
    let name = name.strip_prefix("role/").ok_or_else(denied)?;
    let held = world.accounts.iter().find(|held| *held.id == **account);
    let known = held.map(|held| held.id.clone()).ok_or_else(denied)?;
    if let Some(wanted) = world.mfa_roles.iter().find(|wanted| *wanted.arn == *role) {
        match (params.get("SerialNumber"), params.get("TokenCode")) {
            (Some(serial), Some(code)) if *serial == *wanted.serial && *code == *wanted.code => {}
            (Some(_), Some(_)) => {
                let sentence = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
                return Err(Fault::new(403, "AccessDenied", sentence));
            }
            _ => return Err(denied()),
        }
    }
    let seconds: i64 = match params.get("DurationSeconds") {
        None => 3_600,
        Some(text) => text.parse().unwrap_or(3_600),
    };
    let key = format!("ASIA{}", spell(hash(&format!("{role}/{session}")), LETTERS, 16));
    let secret = format!("simulated{}", spell(hash(&key), LETTERS, 31));
    let assumed = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
    remember(world, known, &key, &secret, &assumed)?;
    let expiration: Moment = world.now.plus((seconds.saturating_mul(SECOND)).clamp(0, 12 * HOUR));
    xml.within("Credentials", |xml| {
        xml.text("AccessKeyId", &key);
        xml.text("SecretAccessKey", &secret);
        xml.text("SessionToken", &format!("simulated-session-token-of-{key}"));
        xml.text("Expiration", &expiration.rfc3339());
    });
    xml.within("AssumedRoleUser", |xml| {
        let id = spell(hash(&assumed), LETTERS, 17);
        xml.text("AssumedRoleId", &format!("AROA{id}:{session}"));
        xml.text("Arn", &assumed);
    });
    xml.plain("PackedPolicySize", 6);
    Ok(())
}

/// From now on the key stands for the role. More keys than anyone needs are
/// refused: they would be kept for ever.
fn remember(world: &mut World, account: Name, key: &str, secret: &str, caller: &str) -> Answered {
    if world.accounts.iter().any(|known| *known.access_key == *key) {
        return Ok(());
    }
    if world.accounts.len() >= MOST {
        return Err(Fault::new(400, "Throttling", "Rate exceeded"));
    }
    world.accounts.push(Account { id: account, access_key: key.into(), secret_key: secret.into(), caller: caller.into() });
    Ok(())
}
