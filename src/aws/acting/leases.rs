//! Leases in the Parameter Store of Systems Manager: a parameter that is created without overwriting is created by one only.
//!
//! Beside what is held: in its account and its region.

use std::sync::Arc;

use aws_sdk_ssm::types::ParameterType;
use futures_util::future::BoxFuture;

use super::{Acting, Api, operation};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::Place;
use crate::model::operation::evidence::Begun;
use crate::ops::port::Leases;

/// Parameters below a path.
pub struct Parameters {
    acting: Acting,
    path: Arc<str>,
    machine: Arc<str>,
}

impl Acting {
    /// Leases as parameters below this path, such as `/quarterdeck/locks`, that this machine takes.
    #[must_use]
    pub fn parameters(&self, path: Arc<str>, machine: Arc<str>) -> Parameters {
        Parameters { acting: self.clone(), path, machine }
    }
}

impl Parameters {
    /// The parameter of a lease: `beanstalk:1:us-west-1:shop_a` is `…/beanstalk/1/us-west-1/shop_5fa`. Of a parameter's name
    /// only letters, digits, `.`, `-`, `_` and `/` are made.
    fn parameter(&self, name: &str) -> String {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let part = |part: &str| match part {
            "" => "-".to_owned(),
            part => part.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("_{byte:02x}") }).collect(),
        };
        let parts: Vec<String> = name.split(':').map(part).collect();
        format!("{}/{}", self.path, parts.join("/"))
    }

    async fn put(&self, place: &Place, name: &str, text: String, over: bool) -> Result<bool, Fault> {
        let (line, parameter) = (self.acting.writing_line(place).await?, self.parameter(name));
        let call = operation(Api::Commands, "PutParameter", &parameter);
        let put = line.opened.commands(&line.region).put_parameter().name(&parameter).value(text);
        let sending = put.r#type(ParameterType::String).overwrite(over).send();
        match self.acting.wire.write(&line, call, sending).await {
            // What was taken was answered.
            Ok(_) | Err(Begun::Accepted(_)) => Ok(true),
            // There is one already, or AWS wants it otherwise: a look tells.
            Err(Begun::Refused(fault)) if fault.kind == FaultKind::Refused && !over => match self.get(place, name).await? {
                Some(_) => Ok(false),
                None => Err(fault),
            },
            Err(Begun::Refused(fault) | Begun::Unclear(fault)) => Err(fault),
        }
    }

    async fn get(&self, place: &Place, name: &str) -> Result<Option<String>, Fault> {
        let (line, parameter) = (self.acting.line(place, None).await?, self.parameter(name));
        let call = operation(Api::Commands, "GetParameter", &parameter);
        let asked = line.opened.commands(&line.region).get_parameter().name(&parameter).send();
        match self.acting.wire.call(&line, call, asked).await.told {
            Ok(told) => Ok(told.parameter.and_then(|parameter| parameter.value)),
            Err(fault) if fault.kind == FaultKind::Missing => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn delete(&self, place: &Place, name: &str) -> Result<(), Fault> {
        let (line, parameter) = (self.acting.writing_line(place).await?, self.parameter(name));
        let call = operation(Api::Commands, "DeleteParameter", &parameter);
        let sending = line.opened.commands(&line.region).delete_parameter().name(&parameter).send();
        match self.acting.wire.write(&line, call, sending).await {
            Ok(_) | Err(Begun::Accepted(_)) => Ok(()),
            Err(Begun::Refused(fault) | Begun::Unclear(fault)) if fault.kind == FaultKind::Missing => Ok(()),
            Err(Begun::Refused(fault) | Begun::Unclear(fault)) => Err(fault),
        }
    }
}

impl Leases for Parameters {
    fn create(&self, place: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<bool, Fault>> {
        Box::pin(async move { self.put(&place, &name, text, false).await })
    }

    fn read(&self, place: Place, name: Arc<str>) -> BoxFuture<'_, Result<Option<String>, Fault>> {
        Box::pin(async move { self.get(&place, &name).await })
    }

    fn replace(&self, place: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.put(&place, &name, text, true).await.map(drop) })
    }

    fn remove(&self, place: Place, name: Arc<str>) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.delete(&place, &name).await })
    }

    fn removal(&self, place: &Place, name: &str) -> String {
        let region = place.environment.region.as_ref().map_or_else(String::new, |region| format!(" --region {region}"));
        format!("run `aws ssm delete-parameter{region} --name {}`", self.parameter(name))
    }

    fn machine(&self) -> Arc<str> {
        Arc::clone(&self.machine)
    }
}
