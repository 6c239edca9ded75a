//! A running `whose serve`, and a plain client that sends exactly the headers of a test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server on a loopback address. The drop ends the process.
pub(crate) struct Served {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) authority: String,
}

/// An address of this machine with a free port.
pub(crate) const LOOPBACK: &str = "127.0.0.1:0";

/// The command `whose serve` in a folder, without settings from the environment.
pub(crate) fn serve_command(folder: &Path, listen: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command.args(["serve", "--listen", listen]);
    command.args(arguments).current_dir(folder);
    for name in ["DB", "TOKEN", "FORGET_TOKEN", "INGEST_TOKEN", "REASON"] {
        command.env_remove(format!("WHOSE_{name}"));
    }
    command
}

impl Served {
    pub(crate) fn new(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(serve_command(folder, LOOPBACK, arguments))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let authority = line.trim().strip_prefix("http://").unwrap();
        let authority = authority.trim_end_matches('/').to_owned();
        Self { child, authority }
    }

    /// Sends a GET request.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, "")
    }

    /// Sends a form as a page of the server does.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let origin = format!("http://{}", self.authority);
        let own = [("Origin", &*origin)];
        self.send("POST", path, &[&own[..], headers].concat(), body)
    }

    /// Sends a request with these headers, and `Host` if they lack it.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if headers.iter().all(|(name, _)| *name != "Host") {
            request += &format!("Host: {}\r\n", self.authority);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        Reply::parse(&String::from_utf8(reply).unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.unwrap().parse().unwrap(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    /// The value of a header, empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// `NAME=VALUE` of the cookie that the answer sets.
    pub(crate) fn cookie(&self) -> &str {
        let cookie = self.header("set-cookie").split(';').next();
        cookie.unwrap_or_default()
    }
}
