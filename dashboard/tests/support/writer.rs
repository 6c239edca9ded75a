//! A process that writes to a store, as a service does, and does what the test asks for.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use tracing::info;
use tracing_subscriber::prelude::*;
use whose::{RecordSink, User};
use whose_store::Store;

/// The test of each binary that is the process: it calls [`run`].
const TEST: &str = "writer_process";
/// The environment variable with the path of the store.
const STORE: &str = "WHOSE_TEST_WRITER";
/// What precedes the lines of the process, which the test harness prints to as well.
const MARK: &str = "writer: ";
/// The users of the records: user-0, user-1 and so on.
pub(crate) const USERS: usize = 4;
/// The most records that wait in memory.
pub(crate) const QUEUE: usize = 500;

/// How long [`Writer::write_for_ever`] pauses, so that a test does not read ever more records.
const PAUSE: Duration = Duration::from_millis(10);

/// A process that writes.
pub(crate) struct Writer {
    process: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
}

/// What came of records.
#[derive(Debug)]
pub(crate) struct Written {
    /// Whether every record is on disk.
    pub(crate) is_complete: bool,
    /// The records that were dropped so far.
    pub(crate) dropped: u64,
    /// The records that are in the file.
    pub(crate) written: u64,
}

impl Writer {
    /// Starts a process that writes to `whose.db` in the folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", TEST, "--nocapture", "--test-threads=1"]);
        command.env(STORE, folder.join("whose.db"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        Self {
            requests: process.stdin.take().unwrap(),
            replies: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    /// Makes records, each with a text of that many bytes, and flushes.
    pub(crate) fn write(&mut self, records: usize, bytes: usize) -> Written {
        writeln!(self.requests, "{records} {bytes}").unwrap();
        let reply = self.reply();
        let mut words = reply.split(' ');
        let mut number = || words.next().unwrap().parse::<u64>().unwrap();
        Written {
            is_complete: number() == 1,
            dropped: number(),
            written: number(),
        }
    }

    /// Makes records until the process is killed, 20 to a flush. [`confirmed`](Self::confirmed)
    /// reads how many are on disk.
    pub(crate) fn write_for_ever(&mut self) {
        writeln!(self.requests, "for ever").unwrap();
    }

    /// Waits for the next flush, and returns how many records are on disk.
    pub(crate) fn confirmed(&mut self) -> usize {
        self.reply().parse().unwrap()
    }

    /// Ends the process by SIGKILL, and returns the last reply that it made and what it printed on
    /// stderr.
    pub(crate) fn kill(mut self) -> (Option<String>, String) {
        self.process.kill().unwrap();
        let mut last = None;
        while let Some(reply) = self.next_reply() {
            last = Some(reply);
        }
        (last, self.end())
    }

    /// Closes the store and ends the process. Returns what it printed on stderr.
    pub(crate) fn close(mut self) -> String {
        writeln!(self.requests, "close").unwrap();
        self.end()
    }

    fn end(&mut self) -> String {
        let mut err = String::new();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        self.process.wait().unwrap();
        err
    }

    fn reply(&mut self) -> String {
        self.next_reply()
            .unwrap_or_else(|| panic!("{}", self.end()))
    }

    fn next_reply(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.replies.read_line(&mut line).unwrap() > 0 {
            // The line that SIGKILL has cut short is no reply.
            if let Some((_, reply)) = line.split_once(MARK).filter(|_| line.ends_with('\n')) {
                return Some(reply.trim_end().to_owned());
            }
            line.clear();
        }
        None
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The process. Does nothing in a plain run of the tests.
pub(crate) fn run() {
    let Some(path) = std::env::var_os(STORE).map(PathBuf::from) else {
        return;
    };
    let store = Store::builder(path)
        .max_queued_records(QUEUE)
        .open()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(whose::layer().with_sink(store.clone()));
    let _default = tracing::subscriber::set_default(subscriber);
    let mut made = 0;
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match &*line {
            "close" => break,
            "for ever" => loop {
                made = record(made, 20, 300);
                assert!(flush(&store).0, "{:?}", store.stats());
                reply(&made.to_string());
                std::thread::sleep(PAUSE);
            },
            numbers => {
                let (records, bytes) = numbers.split_once(' ').unwrap();
                made = record(made, records.parse().unwrap(), bytes.parse().unwrap());
                let (is_complete, stats) = flush(&store);
                let (dropped, written) = (stats.dropped, stats.written);
                reply(&format!("{} {dropped} {written}", u8::from(is_complete)));
            }
        }
    }
}

fn flush(store: &Store) -> (bool, whose_store::StoreStats) {
    let outcome = store.flush(Duration::from_secs(60));
    (outcome.is_complete(), store.stats())
}

fn reply(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{MARK}{text}").unwrap();
    out.flush().unwrap();
}

/// Makes records and returns how many there are. Each has its number, and the words `of-user-N`.
fn record(made: usize, records: usize, bytes: usize) -> usize {
    let text = "x".repeat(bytes);
    for number in made..made + records {
        let name = format!("user-{}", number % USERS);
        let user = User::new(&*name).with_email(format!("mail-of-{name}@example.com"));
        let session = format!("session-of-{name}");
        whose::user(user)
            .session(session)
            .in_scope(|| info!(number, "record {number} of-{name} {text}"));
    }
    made + records
}
