//! STS: who calls, and roles.

use crate::chance::{hash, spell};
use crate::moment::{HOUR, Moment, SECOND};
use crate::wire::xml::Xml;
use crate::world::{Account, World};

use super::{Answered, Call, Fault};

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
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    xml.text("Arn", &call.caller);
    xml.text("UserId", &format!("AIDA{}", spell(hash(&call.caller), letters, 17)));
    xml.text("Account", &call.place.account);
}

fn assume_role(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let role = call.params.get("RoleArn").ok_or_else(|| Fault::missing("roleArn"))?;
    let session = call.params.get("RoleSessionName").ok_or_else(|| Fault::missing("roleSessionName"))?;
    let parts: Vec<&str> = role.split(':').collect();
    let denied = || {
        let why = format!("on resource: {role}");
        Fault::denied("sts", "AssumeRole", &call.caller, &why)
    };
    let ["arn", "aws", "iam", "", account, name] = parts.as_slice() else {
        return Err(denied());
    };
    let name = name.strip_prefix("role/").ok_or_else(denied)?;
    let known = world.accounts.iter().find(|known| *known.id == **account).cloned().ok_or_else(denied)?;
    let seconds: i64 = call.params.get("DurationSeconds").and_then(|s| s.parse().ok()).unwrap_or(3_600);
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let key = format!("ASIA{}", spell(hash(&format!("{role}/{session}")), letters, 16));
    let secret = format!("simulated{}", spell(hash(&key), letters, 31));
    if !world.accounts.iter().any(|account| *account.access_key == *key) {
        world.accounts.push(Account {
            id: known.id,
            access_key: key.as_str().into(),
            secret_key: secret.as_str().into(),
            user: known.user,
        });
    }
    let expiration: Moment = world.now.plus((seconds * SECOND).clamp(0, 12 * HOUR));
    xml.within("Credentials", |xml| {
        xml.text("AccessKeyId", &key);
        xml.text("SecretAccessKey", &secret);
        xml.text("SessionToken", &format!("simulated-session-token-of-{key}"));
        xml.text("Expiration", &expiration.rfc3339());
    });
    xml.within("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &format!("AROA{}:{session}", spell(hash(role), letters, 17)));
        xml.text("Arn", &format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"));
    });
    xml.plain("PackedPolicySize", 6);
    Ok(())
}
