//! `quarterdeck sim`: what it prints, and what it refuses.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use super::{Holds, Nothing, case, check};
use crate::support::program::{Folder, Program};

#[test]
fn the_simulated_cloud_prints_the_variables_that_lead_to_it() {
    let folder = Folder::new();
    let mut child = Program::new(&folder, ["sim", "--scenario", "steady"]).command().stdout(Stdio::piped()).spawn().unwrap();
    let lines: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    let values: Vec<(&str, &str)> = lines.iter().map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap()).collect();
    assert_eq!(
        values.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    );
    let address = values[0].1.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /_sim/world HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut world = String::new();
    stream.read_to_string(&mut world).unwrap();
    assert!(world.contains("shop-prod"), "{world}");
    // The variables are enough to read it.
    let status = Program::new(&folder, ["status", "--wait", "0"]).with(values).run();
    assert!(status.code == Some(0) && status.stdout.contains("shop-staging"), "{status:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_world_that_cannot_be_is_refused_with_a_sentence() {
    let folder = Folder::new();
    folder.write("bad.toml", "[[environment]]\nname = \"x\"\nregion = \"eu-west-1\"\ncolour = \"red\"\n");
    folder.write("text.toml", "this is no scenario");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    check(
        &folder,
        &[],
        &[
            case(&["sim", "--listen", "0.0.0.0:4566"], 2, Nothing, Holds(&["loopback only", "use 127.0.0.1:4566 instead of 0.0.0.0:4566"])),
            case(&["sim", "--listen", "4566"], 2, Nothing, Holds(&["write an address and a port, such as 127.0.0.1:4566"])),
            case(
                &["sim", "--scenario", "nope"],
                2,
                Nothing,
                Holds(&["there is no built-in scenario of that name", "default, basic, steady"]),
            ),
            case(&["sim", "--scenario", "missing.toml"], 2, Nothing, Holds(&["cannot read the scenario missing.toml"])),
            case(&["sim", "--scenario", "bad.toml"], 2, Nothing, Holds(&["bad.toml", "colour"])),
            case(&["sim", "--scenario", "text.toml"], 2, Nothing, Holds(&["text.toml", "line 1"])),
            case(&["sim", "--speed", "-2"], 2, Nothing, Holds(&["write a number above 0 and up to 1000"])),
            case(&["sim", "--speed", "NaN"], 2, Nothing, Holds(&["write a number above 0 and up to 1000"])),
            case(&["sim", "--seed", "x"], 2, Nothing, Holds(&["--seed"])),
        ],
    );
    let busy = Program::new(&folder, ["sim", "--listen", &port.to_string()]).run();
    assert_eq!((busy.code, busy.stdout.as_str()), (Some(2), ""), "{busy:?}");
    assert!(busy.stderr.contains(&format!("cannot listen on {port}")) && busy.stderr.contains("port 0"), "{busy:?}");
}
