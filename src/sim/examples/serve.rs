//! Serves a simulated cloud and prints how to reach it.
//!
//! `cargo run -p quarterdeck-sim --example serve -- --listen 127.0.0.1:7070 --scenario default --seed 1 --speed 10`

use std::io::Write as _;
use std::process::ExitCode;

use quarterdeck_sim::{Options, ScenarioSource, start};

const USAGE: &str = "usage: serve [--listen 127.0.0.1:PORT] [--scenario NAME|FILE] [--seed N] [--speed N]";

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut scenario = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{flag} needs a value; {USAGE}"))?;
        let wrong = |what: &str| format!("{flag} {value}: that is not {what}; {USAGE}");
        match flag.as_str() {
            "--listen" => {
                options.listen = value.parse().map_err(|_| wrong("an address such as 127.0.0.1:7070"))?;
            }
            "--scenario" => scenario = Some(value),
            "--seed" => options.seed = Some(value.parse().map_err(|_| wrong("a whole number"))?),
            "--speed" => options.speed = value.parse().map_err(|_| wrong("a number"))?,
            _ => return Err(format!("there is no flag {flag}; {USAGE}")),
        }
    }
    options.scenario = ScenarioSource::choose(scenario.as_deref(), options.seed);
    Ok(options)
}

async fn serve() -> Result<(), String> {
    let running = start(options()?).await.map_err(|error| error.to_string())?;
    let mut out = std::io::stdout();
    for (name, value) in running.environment() {
        writeln!(out, "export {name}={value}").map_err(|error| error.to_string())?;
    }
    out.flush().map_err(|error| error.to_string())?;
    running.wait().await;
    Ok(())
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "this is where it speaks to a person")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}
