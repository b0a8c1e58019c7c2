//! A real sshd on loopback, with a user's own keys and configuration: each connection is one `sshd -i`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::task::JoinHandle;

/// Runs for as long as this lives. Whoever logs in is who runs the test.
pub struct Sshd {
    folder: tempfile::TempDir,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Sshd {
    /// One that lets the user of [`Self::config`] in.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for key in ["host_key", "user_key"] {
            let mut keygen = Command::new("ssh-keygen");
            let made = keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join(key)).status().unwrap();
            assert!(made.success());
        }
        std::fs::copy(folder.path().join("user_key.pub"), folder.path().join("authorized_keys")).unwrap();
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let sshd = Self { accepting: tokio::spawn(accept(listener, setup(folder.path()))), folder, address };
        sshd.configure();
        sshd
    }

    /// A path of its own.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The user's configuration of ssh, in which the server is called `shop`.
    pub fn config(&self) -> PathBuf {
        self.file("ssh_config")
    }

    /// Makes a program that is found at the server.
    pub fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::create_dir_all(self.file("bin")).unwrap();
        let path = self.file("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Makes a repository with one commit at the server, and tells its hash.
    pub fn repository(&self, name: &str) -> String {
        let path = self.file(name);
        std::fs::create_dir_all(&path).unwrap();
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&path).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments);
            let told = git.output().unwrap();
            assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
            String::from_utf8(told.stdout).unwrap().trim().to_owned()
        };
        git(&["init", "-q"]);
        git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        git(&["rev-parse", "HEAD"])
    }

    fn configure(&self) {
        let public = std::fs::read_to_string(self.file("host_key.pub")).unwrap();
        let port = self.address.port();
        std::fs::write(self.file("known_hosts"), format!("[127.0.0.1]:{port} {public}")).unwrap();
        let (key, known) = (self.file("user_key"), self.file("known_hosts"));
        let config = format!(
            "Host shop\n HostName 127.0.0.1\n Port {port}\n IdentityFile {}\n IdentitiesOnly yes\n IdentityAgent none\n UserKnownHostsFile {}\n GlobalKnownHostsFile /dev/null\n",
            key.display(),
            known.display(),
        );
        std::fs::write(self.config(), config).unwrap();
    }
}

fn setup(folder: &Path) -> PathBuf {
    let path = folder.join("sshd_config");
    let config = format!(
        "HostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nLogLevel QUIET\nSetEnv PATH={}:/usr/local/bin:/usr/bin:/bin\n",
        folder.join("host_key").display(),
        folder.join("authorized_keys").display(),
        folder.join("bin").display(),
    );
    std::fs::write(&path, config).unwrap();
    path
}

async fn accept(listener: tokio::net::TcpListener, config: PathBuf) {
    // As root, and only then, sshd wants this folder, which packages make when the machine starts.
    let _ = std::fs::create_dir_all("/run/sshd");
    // It insists on being started by its whole path, and stands beside what users have on theirs.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    let program = folders.find_map(|folder| Some(folder.join("sshd")).filter(|path| path.is_file())).unwrap();
    while let Ok((connection, _)) = listener.accept().await {
        let socket = connection.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        let input = Stdio::from(std::os::fd::OwnedFd::from(socket.try_clone().unwrap()));
        let output = Stdio::from(std::os::fd::OwnedFd::from(socket));
        let mut serve = tokio::process::Command::new(&program);
        let mut serving = serve.arg("-i").arg("-f").arg(&config).stdin(input).stdout(output).stderr(Stdio::null()).spawn().unwrap();
        tokio::spawn(async move { serving.wait().await });
    }
}
