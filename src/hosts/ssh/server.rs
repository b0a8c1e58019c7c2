//! A real sshd on loopback for the tests: no root, no fixed port, nothing of the user's touched.
//!
//! The listener is the test's own, and each connection is handed to an `sshd -i`: so there is no
//! moment at which the port is known but nobody listens.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Ssh;
use crate::model::destination::Destination;

/// A server, and the files of a user who may log in there.
pub struct Server {
    folder: tempfile::TempDir,
    address: SocketAddr,
    accepting: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for key in ["host_key", "user_key", "other_key"] {
            make_key(&folder.path().join(key));
        }
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::copy(folder.path().join("user_key.pub"), folder.path().join("authorized_keys")).unwrap();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { accepting: tokio::spawn(accept(listener, write_config(folder.path()))), folder, address };
        server.know("host_key");
        server
    }

    /// Makes a program that is found at the server.
    pub fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file("bin").join(name);
        std::fs::create_dir_all(self.file("bin")).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes this key into the user's `known_hosts` as the server's.
    pub fn know(&self, key: &str) {
        let public = std::fs::read_to_string(self.file(&format!("{key}.pub"))).unwrap();
        std::fs::write(self.file("known_hosts"), format!("[127.0.0.1]:{} {public}", self.address.port())).unwrap();
    }

    /// Forgets every server that the user knows.
    pub fn forget(&self) {
        std::fs::write(self.file("known_hosts"), "").unwrap();
    }

    /// The user's ssh, with a configuration file of its own.
    pub fn ssh(&self, key: &str) -> Ssh {
        let config = format!(
            "Host shop\n HostName 127.0.0.1\n Port {}\n IdentityFile {}\n IdentitiesOnly yes\n IdentityAgent none\n UserKnownHostsFile {}\n GlobalKnownHostsFile /dev/null\n",
            self.address.port(),
            self.file(key).display(),
            self.file("known_hosts").display(),
        );
        let path = self.file("ssh_config");
        std::fs::write(&path, config).unwrap();
        Ssh { config: Some(path), ..Ssh::default() }
    }
}

/// The server's name in that configuration.
pub fn shop() -> Destination {
    Destination::new("shop").unwrap()
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status().unwrap();
    assert!(made.success());
}

fn write_config(folder: &Path) -> PathBuf {
    let path = folder.join("sshd_config");
    let config = format!(
        "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel QUIET\nSetEnv PATH={}:/usr/local/bin:/usr/bin:/bin HOME={}\n",
        folder.join("host_key").display(),
        folder.join("authorized_keys").display(),
        folder.join("bin").display(),
        folder.join("home").display(),
    );
    std::fs::write(&path, config).unwrap();
    path
}

async fn accept(listener: tokio::net::TcpListener, config: PathBuf) {
    // As root, and only then, sshd wants this folder, which packages make when the machine starts.
    let _ = std::fs::create_dir_all("/run/sshd");
    let sshd = sshd();
    while let Ok((connection, _)) = listener.accept().await {
        let socket = connection.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        let input = Stdio::from(std::os::fd::OwnedFd::from(socket.try_clone().unwrap()));
        let output = Stdio::from(std::os::fd::OwnedFd::from(socket));
        let mut serve = tokio::process::Command::new(&sshd);
        serve.arg("-i").arg("-f").arg(&config).stdin(input).stdout(output).stderr(Stdio::null());
        let mut serving = serve.spawn().unwrap();
        tokio::spawn(async move { serving.wait().await });
    }
}

/// sshd insists on being started by its whole path, and stands beside what users have on theirs.
fn sshd() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join("sshd")).find(|path| path.is_file()).expect("install openssh-server, as scripts/test does")
}
