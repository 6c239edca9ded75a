//! Measures `whose serve` beside Phoenix on the same spans: how long until the spans are visible, how
//! long the spans of one user take, and how much memory the server needs.
//!
//! The arguments are the URL of Phoenix for HTTP and the path of the command `whose`, and optionally
//! the number of spans. `cargo xtask beside-phoenix` passes them.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tracing::info_span;
use tracing_subscriber::prelude::*;
use whose::RecordSink;
use whose_interop::http;
use whose_store::Store;

/// The spans of each user.
const SPANS_OF_USER: usize = 200;
/// The spans that a sender makes before it waits until they are delivered. Smaller than the queues.
const SPANS_OF_FLUSH: usize = 500;
/// How often the spans of one user are requested.
const REQUESTS: usize = 20;
/// The time in which the spans have to be visible.
const PATIENCE: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match &*arguments {
        ["send", spans, "store", path] => send(count(spans), Store::open(path).unwrap()),
        ["send", spans, "otlp"] => send(count(spans), whose_otlp::builder().build()),
        [phoenix, _grpc, whose] => compare(phoenix, Path::new(whose), 20_000),
        [phoenix, _grpc, whose, spans] => compare(phoenix, Path::new(whose), count(spans)),
        _ => {
            eprintln!("usage: interop-beside-phoenix HTTP_URL GRPC_URL WHOSE [SPANS]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn count(text: &str) -> usize {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn users(spans: usize) -> usize {
    (spans / SPANS_OF_USER).max(1)
}

fn user(number: usize) -> String {
    format!("user-{number:06}")
}

/// Makes the spans, those of all users in turn, each in a session.
fn send(spans: usize, sink: impl RecordSink + 'static) {
    let layer = whose::layer().with_sink(sink);
    tracing_subscriber::registry().with(layer).init();
    for number in 0..spans {
        let user = user(number % users(spans));
        let session = format!("{user}-{}", number / users(spans) / 10);
        let scope = whose::user(&*user).session(&*session);
        scope.in_scope(|| drop(info_span!("request", number)));
        if number % SPANS_OF_FLUSH == SPANS_OF_FLUSH - 1 {
            assert!(whose::flush(PATIENCE).is_complete());
        }
    }
    assert!(whose::shutdown(PATIENCE).is_complete());
}

fn compare(phoenix: &str, whose: &Path, spans: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whose.db");
    drop(Store::open(&path).unwrap());
    let (mut server, url) = serve(whose, &path);
    let ours = measure(
        spans,
        |user| pages_of_user(&url, user),
        |command| command.args(["store".as_ref(), path.as_os_str()]),
        || memory(|pid| pid == server.id()),
    );
    let _ = server.kill();
    let _ = server.wait();
    let theirs = measure(
        spans,
        |user| spans_of_phoenix(phoenix, user),
        |command| {
            let resource = "openinference.project.name=beside";
            command.arg("otlp");
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", phoenix);
            command.env("OTEL_LOGS_EXPORTER", "none");
            command.env("OTEL_RESOURCE_ATTRIBUTES", resource)
        },
        || memory(is_phoenix),
    );
    println!("{spans} spans of {} users", users(spans));
    println!("| | whose | Phoenix |");
    println!("|---|--:|--:|");
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let row = |name: &str, ours: String, theirs: String| println!("| {name} | {ours} | {theirs} |");
    row(
        "from the first span until all are visible",
        seconds(ours.visible),
        seconds(theirs.visible),
    );
    row(
        "the spans of one user, median",
        millis(ours.request),
        millis(theirs.request),
    );
    row(
        "memory of the server, most",
        format!("{} MiB", ours.memory_kib >> 10),
        format!("{} MiB", theirs.memory_kib >> 10),
    );
}

struct Measurement {
    visible: Duration,
    request: Duration,
    memory_kib: u64,
}

fn measure(
    spans: usize,
    spans_of: impl Fn(&str) -> usize,
    sender: impl FnOnce(&mut Command) -> &mut Command,
    memory: impl FnOnce() -> u64,
) -> Measurement {
    let program = env::current_exe().unwrap();
    let last = user(users(spans) - 1);
    let began = Instant::now();
    let mut command = Command::new(program);
    command.arg("send").arg(spans.to_string());
    let mut sending = sender(&mut command).spawn().unwrap();
    while spans_of(&last) < SPANS_OF_USER.min(spans) {
        assert!(began.elapsed() < PATIENCE, "the spans are not visible");
        thread::sleep(Duration::from_millis(50));
    }
    let visible = began.elapsed();
    assert!(sending.wait().unwrap().success());
    let mut requests: Vec<_> = (0..REQUESTS)
        .map(|number| {
            let user = user(number * 7 % users(spans));
            let began = Instant::now();
            assert_eq!(spans_of(&user), SPANS_OF_USER.min(spans), "{user}");
            began.elapsed()
        })
        .collect();
    requests.sort_unstable();
    Measurement {
        visible,
        request: requests[REQUESTS / 2],
        memory_kib: memory(),
    }
}

/// Starts `whose serve` on a free port.
fn serve(whose: &Path, path: &PathBuf) -> (Child, String) {
    let mut server = Command::new(whose)
        .args(["serve", "--listen", "127.0.0.1:0", "--db"])
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{whose:?} did not start: {error}"));
    let mut url = String::new();
    let stdout = server.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut url).unwrap();
    (server, url.trim().trim_end_matches('/').to_owned())
}

/// The spans of the pages of a user.
fn pages_of_user(url: &str, user: &str) -> usize {
    let path = format!("{url}/search.json");
    let query = format!("user:{user} type:span");
    let (mut spans, mut after) = (0, None::<String>);
    loop {
        let mut parameters = vec![("q", query.as_str())];
        parameters.extend(after.iter().map(|after| ("after", after.as_str())));
        let page = http::get(&path, &parameters);
        spans += page["records"].as_array().map_or(0, Vec::len);
        match page["after"].as_i64() {
            Some(next) => after = Some(next.to_string()),
            None => return spans,
        }
    }
}

fn spans_of_phoenix(phoenix: &str, user: &str) -> usize {
    let url = format!("{phoenix}/v1/projects/beside/spans");
    let attribute = format!("user.id:{}", json!(user));
    let page: Value = http::get(&url, &[("attribute", &*attribute), ("limit", "1000")]);
    page["data"].as_array().map_or(0, Vec::len)
}

fn is_phoenix(pid: u32) -> bool {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    line.contains("phoenix\0serve")
}

/// The most memory that the processes had, in KiB: as Linux counts the resident pages.
fn memory(is_server: impl Fn(u32) -> bool) -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let most = pids.filter(|pid| is_server(*pid)).map(|pid: u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let digits = line.and_then(|line| line.split_whitespace().nth(1));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    });
    most.sum()
}
