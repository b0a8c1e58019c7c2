//! How a run without a screen ends when somebody wants it to.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::{Folder, Program};

/// A server that never answers.
const CONFIGURATION: &str = r#"
[[hosts]]
name = "lion-1"
ssh = "deploy@lion-1.example.com"
folder = "/opt/apps"
[[hosts.apps]]
name = "wit"
"#;

/// Stands for ssh: says that it has begun, does not heed being interrupted, and holds a pipe open for as long as it or
/// what it has started is there.
const SSH: &str = "#!/bin/sh\ntrap '' INT\nexec 3>\"$PIPE\"\necho begun >&3\nsleep 600 &\nwait\n";

#[tokio::test]
async fn nothing_that_was_started_outlives_an_interrupt() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = Folder::new();
        let ssh = folder.write("bin/ssh", SSH);
        std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let config = folder.write("quarterdeck.toml", CONFIGURATION);
        let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let variables = [("PATH", path), ("PIPE", pipe.to_str().unwrap().to_owned())];
        let program = Program::new(&folder, ["status", "--config", config.to_str().unwrap()]).with(variables);
        let mut running = program.command().stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Waits until somebody writes, and from then on as long as anybody may.
        let (begun, mut rest) = tokio::task::spawn_blocking(move || {
            use std::io::Read as _;
            let mut held = std::fs::File::open(pipe).unwrap();
            let mut begun = [0; 6];
            held.read_exact(&mut begun).unwrap();
            (begun, held)
        })
        .await
        .unwrap();
        assert_eq!(&begun, b"begun\n");
        assert!(std::process::Command::new("kill").arg(format!("-{signal}")).arg(running.id().to_string()).status().unwrap().success());
        assert_eq!(running.wait().unwrap().code(), Some(code), "{signal}");
        let left = tokio::task::spawn_blocking(move || {
            use std::io::Read as _;
            rest.read_to_end(&mut Vec::new()).unwrap()
        });
        assert_eq!(left.await.unwrap(), 0, "{signal}");
    }
}
