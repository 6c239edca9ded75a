//! One request over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use whose_benches::failure::Failure;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: usize,
    /// From the connection to the last byte.
    pub(crate) time: Duration,
}

/// Requests a path of the server at `address`.
pub(crate) fn get(address: &str, path: &str) -> Result<Answer, Failure> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let time = start.elapsed();
    let status = answer
        .get(9..12)
        .and_then(|digits| std::str::from_utf8(digits).ok());
    Ok(Answer {
        status: status
            .and_then(|digits| digits.parse().ok())
            .ok_or("no status line")?,
        bytes: answer.len(),
        time,
    })
}
