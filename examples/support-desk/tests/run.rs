//! Runs the program with few visitors.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

use std::path::Path;
use std::process::Command;

use whose_store::Queries;

/// The program with its offline model server and without log lines.
fn desk(db: &Path, visitors: u32, requests: u32) -> Command {
    let mut command = program(db);
    command
        .args(["--visitors", &visitors.to_string()])
        .args(["--requests", &requests.to_string()]);
    command
}

fn program(db: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_support-desk"));
    command
        .arg("--db")
        .arg(db)
        .env_remove("OPENAI_BASE_URL")
        .env_remove("RUST_LOG");
    command
}

/// The number after a label at the beginning of a line.
fn count(output: &str, label: &str) -> u64 {
    let mut lines = output
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(label));
    let number = lines
        .next()
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no number after {label:?} in:\n{output}"))
}

#[test]
fn every_record_of_a_run_has_its_expected_user() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("desk.db");
    let output = desk(&db, 8, 4).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");

    let is_narrow = |line: &str| line.chars().count() <= 80;
    assert!(text.lines().all(is_narrow), "{text}");
    assert!(count(&text, "right") > 0, "{text}");
    assert!(count(&text, "unattributed") > 0, "{text}");
    assert_eq!(count(&text, "wrong"), 0, "{text}");
    assert_eq!(count(&text, "missing"), 0, "{text}");
    assert_eq!(count(&text, "digest"), 1, "{text}");
    let checked = count(&text, "right") + count(&text, "outside");
    assert_eq!(count(&text, "records"), checked, "{text}");

    // Queries the same file without the program.
    let reader = whose_store::Reader::open(&db).unwrap();
    let totals = reader.totals(&whose_store::Query::all()).unwrap();
    assert_eq!(totals.counts.records(), count(&text, "records"));
    assert_eq!(
        totals.users,
        6 + 1,
        "six of eight visitors sign in, and the operator"
    );
    let acted = reader
        .actor_records("usr_olive", &whose_store::Query::all())
        .unwrap();
    let of_customers: Vec<_> = acted
        .map(Result::unwrap)
        .filter(|row| row.user.as_deref().is_some_and(|user| user != "usr_olive"))
        .collect();
    let operators = of_customers.len() as u64;
    assert_eq!(operators, count(&text, "operator's"), "{text}");
    assert!(operators > 0, "{text}");
    assert!(of_customers.iter().any(|row| {
        row.session.as_deref() == Some("visit-001") && row.actor.as_deref() == Some("summarize")
    }));
}

#[test]
fn existing_file_is_rejected_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("letter.txt");
    std::fs::write(&db, "dear reader").unwrap();
    let output = desk(&db, 1, 1).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("already exists"), "{errors}");
    assert_eq!(std::fs::read_to_string(&db).unwrap(), "dear reader");
}

#[test]
fn log_lines_contain_the_user() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk(&folder.path().join("desk.db"), 1, 1);
    let output = desk.env("RUST_LOG", "info").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let line = errors.lines().find(|line| line.contains("article found"));
    assert!(
        line.is_some_and(|line| line.contains("usr_ada")),
        "{errors}"
    );
}

/// Starts the desk, and returns its address.
#[cfg(unix)]
fn serving(db: &Path) -> (std::process::Child, String) {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let mut command = program(db);
    command.args(["--serve", "127.0.0.1:0"]);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut url = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some(found) = line.strip_prefix("support desk  http://") {
            found.clone_into(&mut url);
        }
        if line.starts_with("Ctrl-C closes the desk") {
            break;
        }
    }
    // Reads the rest, so that the process can print it.
    std::thread::spawn(move || lines.for_each(drop));
    (process, url)
}

#[cfg(unix)]
fn interrupt(process: &std::process::Child) {
    let kill = Command::new("kill")
        .args(["-INT", &process.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// Requests a page that does not exist, and reads the answer.
#[cfg(unix)]
fn request_nothing(address: &str) {
    use std::io::{Read, Write};

    let mut visitor = std::net::TcpStream::connect(address).unwrap();
    visitor
        .write_all(b"GET /nowhere HTTP/1.1\r\nhost: desk\r\nconnection: close\r\n\r\n")
        .unwrap();
    visitor.read_to_end(&mut Vec::new()).unwrap();
}

#[cfg(unix)]
#[test]
fn first_interrupt_leaves_one_file_second_exits_at_once() {
    use std::io::Write;
    use std::net::TcpStream;

    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("desk.db");
    let (mut process, address) = serving(&db);
    request_nothing(&address);
    interrupt(&process);
    assert!(process.wait().unwrap().success());
    assert!(!folder.path().join("desk.db-wal").exists());
    assert!(
        whose_store::Reader::open(&db)
            .unwrap()
            .totals(&whose_store::Query::all())
            .unwrap()
            .counts
            .records()
            > 0
    );

    let (mut process, address) = serving(&folder.path().join("second.db"));
    // The desk waits for the end of a request that never ends.
    let mut visitor = TcpStream::connect(&address).unwrap();
    visitor.write_all(b"GET / HTTP/1.1\r\nhost: ").unwrap();
    // The answer to a later connection shows that the desk has accepted the earlier one.
    request_nothing(&address);
    interrupt(&process);
    while process.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(200));
        interrupt(&process);
    }
    assert_eq!(process.wait().unwrap().code(), Some(130));
}

/// Reads lines until one begins with the text, and returns all of them.
#[cfg(target_os = "linux")]
fn lines_until(lines: &mut impl Iterator<Item = String>, text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for line in lines {
        let is_last = line.trim_start().starts_with(text);
        seen.push(line);
        if is_last {
            return seen;
        }
    }
    panic!("no {text:?} in:\n{}", seen.join("\n"));
}

/// The program on a terminal of its own, on which the exit code is printed at the end. The exit
/// code of `script` is of no use: `script` can see the end of the terminal before the end of the
/// program, and then has no exit code to return.
#[cfg(target_os = "linux")]
fn on_a_terminal(args: &str) -> Command {
    // The shell ignores Ctrl-C, and the program does not.
    let run = format!(
        "trap : INT; {} {args}; echo exit code $?",
        env!("CARGO_BIN_EXE_support-desk")
    );
    let mut script = Command::new("script");
    script.args(["--quiet", "--command", &run, "/dev/null"]);
    script.env("SHELL", "/bin/sh");
    for name in ["OPENAI_BASE_URL", "RUST_LOG", "DISPLAY", "WAYLAND_DISPLAY"] {
        script.env_remove(name);
    }
    script
}

#[cfg(target_os = "linux")]
#[test]
fn run_on_a_terminal_ends_with_the_pages_until_an_interrupt() {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let mut script = on_a_terminal(&format!(
        "--visitors 4 --requests 2 --db {}",
        folder.path().join("desk.db").display()
    ));
    let mut process = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(process.stdout.take().unwrap());
    let mut lines = output.lines().map_while(Result::ok);
    let seen = lines_until(&mut lines, "http://127.0.0.1:");
    assert!(
        seen.iter().any(|line| line.contains("OK: every record")),
        "{seen:?}"
    );
    let url = seen.last().unwrap().trim();

    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut page = TcpStream::connect(address).unwrap();
    let request = format!("GET /users HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    page.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    page.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("usr_ada"),
        "{answer}"
    );

    // Ctrl-C on the terminal.
    process.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(
        rest.iter().any(|line| line.ends_with("exit code 0")),
        "{seen:?}, then {rest:?}"
    );
    process.wait().unwrap();
    assert!(!folder.path().join("desk.db-wal").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn run_on_a_terminal_ends_after_the_check_with_no_serve() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = on_a_terminal(&format!(
        "--no-serve --visitors 2 --requests 1 --db {}",
        folder.path().join("desk.db").display()
    ));
    let output = script.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("exit code 0") && text.contains("OK: every record"),
        "{text}"
    );
    assert!(!text.contains("Pages of the store"), "{text}");
}
