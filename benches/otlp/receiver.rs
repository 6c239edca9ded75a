//! A receiver of OTLP over HTTP that counts spans.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use whose_benches::failure::Failure;

static SPANS: AtomicU64 = AtomicU64::new(0);

/// Prints the URL of the receiver, and serves until the process is killed.
pub(crate) fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || {
            // A sender that has ended closes the connection.
            let _ = answer_all(&stream);
        });
    }
    Ok(())
}

fn answer_all(stream: &TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut input = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if input.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            input.read_line(&mut header)?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body)?;
        let answer = match first.starts_with("GET") {
            true => SPANS.swap(0, Ordering::Relaxed).to_string(),
            false => {
                SPANS.fetch_add(count(&body)?, Ordering::Relaxed);
                String::new()
            }
        };
        let mut output = stream;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        output.write_all(format!("{head}{answer}").as_bytes())?;
    }
}

fn count(body: &[u8]) -> Result<u64, Failure> {
    let request = ExportTraceServiceRequest::decode(body)?;
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|spans| &spans.scope_spans);
    Ok(scopes.map(|scope| scope.spans.len() as u64).sum())
}

/// How many spans the receiver got since the last time.
pub(crate) fn take_count(url: &str) -> Result<u64, Failure> {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))?;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
    let mut input = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        input.read_line(&mut line)?;
    }
    // The connection stays open, so the answer has no end but its length.
    let mut answer = vec![0; input.fill_buf()?.len()];
    input.read_exact(&mut answer)?;
    Ok(String::from_utf8(answer)?.parse()?)
}
