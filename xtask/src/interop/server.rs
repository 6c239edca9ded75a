//! A running server, which ends together with this program.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::peer::Peer;

/// The time in which a server has to answer. They need up to a minute on two busy processors.
const STARTUP: Duration = Duration::from_secs(240);

/// Runs the command in its arguments, and kills the process group when standard input is closed, or when
/// the command ends. Standard input closes at the end of this program, also at a Ctrl-C or a kill.
const WATCHDOG: &str = r#"("$@" </dev/null; kill -s KILL 0) & cat >/dev/null; kill -s KILL 0"#;

pub(super) struct Server {
    peer: &'static Peer,
    ports: Vec<u16>,
    log: PathBuf,
    group: Child,
}

impl Server {
    /// Starts the server with its data in `home`, and does not wait for it.
    pub(super) fn start(
        peer: &'static Peer,
        installed: &Path,
        home: &Path,
    ) -> Result<Self, String> {
        fs::create_dir_all(home).map_err(|error| format!("cannot make {home:?}: {error}"))?;
        let ports = free_ports(peer.ports).map_err(|error| format!("no free port: {error}"))?;
        let command = (peer.command)(installed, &ports);
        let log = home.join("server.log");
        let group = watched(&command, home, &log)
            .map_err(|error| format!("{} did not start: {error}", peer.name))?;
        Ok(Self {
            peer,
            ports,
            log,
            group,
        })
    }

    /// The URL of each port. The first is HTTP.
    pub(super) fn urls(&self) -> impl Iterator<Item = String> {
        self.ports
            .iter()
            .map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Waits until the server answers.
    pub(super) fn wait_until_ready(&mut self) -> Result<(), String> {
        let began = Instant::now();
        while !answers(self.ports[0], self.peer.ready) {
            if let Ok(Some(_)) = self.group.try_wait() {
                return Err("the server ended at its start".into());
            }
            if began.elapsed() > STARTUP {
                return Err(format!("no answer after {} s", STARTUP.as_secs()));
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// The end of what the server printed.
    pub(super) fn last_lines(&self) -> String {
        const LINES: usize = 40;
        let printed = fs::read(&self.log).unwrap_or_default();
        let printed = String::from_utf8_lossy(&printed);
        let lines: Vec<_> = printed.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.group.stdin.take());
        // The watchdog was killed, with its group.
        let _ = self.group.wait();
    }
}

/// Starts the command in a process group of its own, under the watchdog.
fn watched(command: &Command, home: &Path, log: &Path) -> std::io::Result<Child> {
    let log = File::create(log)?;
    let mut watched = Command::new("sh");
    watched.args(["-c", WATCHDOG, "sh"]);
    watched.arg(command.get_program()).args(command.get_args());
    let environment = command.get_envs();
    watched.envs(environment.filter_map(|(name, value)| Some((name, value?))));
    watched.current_dir(home).stdin(Stdio::piped());
    watched.stdout(log.try_clone()?).stderr(log);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut watched, 0);
    watched.spawn()
}

/// Ports that nobody listens on now. Another program may take one before the server does: the server
/// then ends at its start, which is reported.
fn free_ports(count: usize) -> std::io::Result<Vec<u16>> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .collect::<Result<_, _>>()?;
    let port = |listener: &TcpListener| Ok(listener.local_addr()?.port());
    listeners.iter().map(port).collect()
}

/// Whether a GET of the path has the status 200.
fn answers(port: u16, path: &str) -> bool {
    status_line(port, path).is_ok_and(|line| line.ends_with(" 200"))
}

fn status_line(port: u16, path: &str) -> std::io::Result<String> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    )?;
    let mut first = [0; 12];
    stream.read_exact(&mut first)?;
    Ok(String::from_utf8_lossy(&first).into_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A command that makes a child of its own, as the servers do. The child has the pipe open until it
    /// dies.
    fn family(pipe: &Path, last_command: &str) -> Command {
        let made = Command::new("mkfifo").arg(pipe).status();
        assert!(made.is_ok_and(|status| status.success()));
        let mut command = Command::new("sh");
        let script = r#"sleep 300 >"$0" & echo started >"$0"; "#.to_owned() + last_command;
        command.args(["-c", &script]).arg(pipe);
        command
    }

    #[test]
    fn closed_input_kills_the_server_and_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let command = family(&pipe, "wait");
        let mut group = watched(&command, folder.path(), &folder.path().join("log")).unwrap();
        let mut pipe = File::open(pipe).unwrap();
        pipe.read_exact(&mut [0; "started".len()]).unwrap();
        assert!(group.try_wait().unwrap().is_none());

        drop(group.stdin.take());
        group.wait().unwrap();
        pipe.read_to_end(&mut Vec::new()).unwrap();
    }

    #[test]
    fn server_that_ends_is_seen_and_its_children_are_killed() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let command = family(&pipe, "exit 1");
        let mut group = watched(&command, folder.path(), &folder.path().join("log")).unwrap();
        let mut pipe = File::open(pipe).unwrap();
        pipe.read_to_end(&mut Vec::new()).unwrap();
        group.wait().unwrap();
    }
}
