//! The load on the server, and what it takes.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use whose::RecordSink;
use whose_benches::failure::Failure;
use whose_store::{Queries, Query, Reader, Store};

use super::Options;
use super::http::get;
use super::traffic::{Random, Traffic};

/// How long the writer pauses between two parts of a second.
const TICK: Duration = Duration::from_millis(20);

/// Writes at the rate until the standard input ends.
pub(crate) fn write(options: &Options) -> Result<(), Failure> {
    let store = Store::open(&options.db)?;
    let mut traffic = Traffic::new(&store, options.users, 2);
    let is_over = Arc::new(AtomicBool::new(false));
    let watched = Arc::clone(&is_over);
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        watched.store(true, Ordering::Relaxed);
    });
    let start = Instant::now();
    while !is_over.load(Ordering::Relaxed) {
        let due = start.elapsed().as_secs_f64() * options.rate as f64;
        let taken = || store.stats().written + store.stats().waiting;
        while (taken() as f64) < due {
            traffic.request();
        }
        thread::sleep(TICK);
    }
    let seconds = start.elapsed().as_secs_f64();
    let _ = store.shutdown(Duration::from_secs(60));
    println!("{:.0}", store.stats().written as f64 / seconds);
    Ok(())
}

/// A page, and the requests of it.
struct Page {
    name: &'static str,
    limit_ms: u64,
    paths: Vec<String>,
}

pub(crate) fn measure(options: &Options) -> Result<(), Failure> {
    let pages = pages(options)?;
    let start = Instant::now();
    let mut server = Server::start(options)?;
    let ready = start.elapsed();
    get(&server.address, "/users")?;
    let first = start.elapsed();
    let mut writer = Command::new(std::env::current_exe()?)
        .args(["--write", "--db"])
        .arg(&options.db)
        .args(["--rate", &options.rate.to_string()])
        .args(["--users", &options.users.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    thread::sleep(Duration::from_secs(2));
    println!(
        "\n| page | p50 | p95 | most | limit of p95 | CPU time | bytes |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    for page in &pages {
        measure_page(&server, page)?;
    }
    drop(writer.stdin.take());
    let mut rate = String::new();
    if let Some(mut out) = writer.stdout.take() {
        out.read_to_string(&mut rate)?;
    }
    writer.wait()?;
    println!(
        "\nthe writer has written {} records/s meanwhile",
        rate.trim()
    );
    println!(
        "the server listens after {ready:.0?}, and has answered its first page after {first:.0?}"
    );
    println!("the server takes {} KiB at most", server.peak_kib()?);
    println!(
        "the file has {:.2} GB",
        std::fs::metadata(&options.db)?.len() as f64 / 1e9
    );
    server.process.kill()?;
    server.process.wait()?;
    Ok(())
}

/// The pages, with the limits that the project keeps. The ids are of the file.
fn pages(options: &Options) -> Result<Vec<Page>, Failure> {
    let reader = Reader::open(&options.db)?;
    let mut random = Random::new(3);
    let count = options.requests;
    let mut users: Vec<String> = reader
        .users(&Query::new().limit(count))?
        .map(|user| Ok(user?.id.unwrap_or_default()))
        .collect::<Result<_, Failure>>()?;
    // Every tenth request is of the user with the most records.
    users
        .iter_mut()
        .step_by(10)
        .for_each(|user| *user = "user-0".to_owned());
    let sessions = reader.sessions(None, &Query::new().limit(count))?;
    let sessions = sessions
        .map(|session| Ok(session?.id))
        .collect::<Result<Vec<_>, Failure>>()?;
    let words = [
        "refund", "parcel", "declined", "invoice", "battery", "monday",
    ];
    let mut word = || words[random.below(words.len() as u64) as usize];
    let searches = (0..count).map(|_| format!("/search?q={}%20{}%20type:event", word(), word()));
    let same = |path: &str| vec![path.to_owned(); count];
    let of = |ids: &[String], path: &str| ids.iter().map(|id| format!("{path}{id}")).collect();
    let page = |name, limit_ms, paths| Page {
        name,
        limit_ms,
        paths,
    };
    Ok(vec![
        page("users", 100, same("/users")),
        page("users, by cost", 100, same("/users?sort=cost")),
        page("users, by name", 100, same("/users?q=user-12")),
        page("a person", 100, of(&users, "/person?id=")),
        page("cost", 100, same("/cost")),
        page("cost by day", 250, same("/cost?by=day")),
        page("a session", 100, of(&sessions, "/session?id=")),
        page("search", 250, searches.collect()),
        page("graph of a user", 250, of(&users, "/graph?user=")),
    ])
}

fn measure_page(server: &Server, page: &Page) -> Result<(), Failure> {
    let (mut times, mut bytes) = (Vec::new(), 0);
    let cpu_before = server.cpu_ms()?;
    for path in &page.paths {
        let answer = get(&server.address, path)?;
        match answer.status {
            200 => {}
            404 => {
                println!(
                    "| {} | skipped: `{path}` answers 404 | | | | | |",
                    page.name
                );
                return Ok(());
            }
            status => return Err(format!("{path} answers {status}").into()),
        }
        times.push(answer.time);
        bytes = bytes.max(answer.bytes);
    }
    times.sort();
    let at = |percent: usize| {
        times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3
    };
    let (half, most, limit) = (at(50), at(100), page.limit_ms);
    let p95 = at(95);
    let cpu = (server.cpu_ms()? - cpu_before) / times.len() as f64;
    let verdict = if p95 <= limit as f64 { "" } else { ", missed" };
    println!(
        "| {} | {half:.1} ms | {p95:.1} ms | {most:.1} ms | {limit} ms{verdict} | {cpu:.1} ms | {bytes} |",
        page.name
    );
    Ok(())
}

/// The server, a process of its own.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(options: &Options) -> Result<Self, Failure> {
        let mut process = Command::new(&options.whose)
            .args(["serve", "--listen", "127.0.0.1:0", "--db"])
            .arg(&options.db)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = process.stdout.take().ok_or("no output")?;
        let mut url = String::new();
        BufReader::new(out).read_line(&mut url)?;
        let address = url
            .trim()
            .trim_start_matches("http://")
            .trim_end_matches('/');
        if address.is_empty() {
            return Err("`whose serve` has printed no URL".into());
        }
        let address = address.to_owned();
        Ok(Self { process, address })
    }

    /// The CPU time of the server so far, which Linux reports in hundredths of a second.
    fn cpu_ms(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program, in parentheses, is the only column with spaces.
        let columns = stat.rsplit(')').next().unwrap_or_default();
        let ticks = columns.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|number| number.parse::<u64>().ok()).sum();
        Ok(ticks as f64 * 10.0)
    }

    /// The most memory so far, which Linux reports.
    fn peak_kib(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| "the system reports no memory".into())
    }
}
