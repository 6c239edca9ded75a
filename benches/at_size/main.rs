//! The pages of `whose serve` on a large file, while another process writes to the file.
//!
//! ```text
//! cargo build --release -p whose-dashboard
//! cargo run --release -p whose-benches --no-default-features --features at-size --bin at_size -- \
//!   --records 10000000 --db at-size.db --whose target/release/whose
//! ```
//!
//! 1. Makes the file through a [`Store`](whose_store::Store), as a support application would: the
//!    records of 100,000 users, of whom few are active much, in one session for each ten records,
//!    spread over 30 days. Skipped where the file exists.
//! 2. Starts `whose serve` on the file.
//! 3. Starts a writer, a process of its own, that adds 5,000 records in each second.
//! 4. Requests each page one after another over HTTP, each on its own connection, and prints the
//!    times, the peak memory of the server, and the time until the server answers.

mod file;
mod http;
mod load;
mod traffic;

use std::path::PathBuf;

use clap::Parser;
use whose_benches::failure::Failure;

/// Measures the pages of `whose serve` on a large file.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// The records of the file
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// The users of the file
    #[arg(long, default_value_t = 100_000)]
    users: u64,
    /// The file; made where it does not exist
    #[arg(long, default_value = "at-size.db")]
    db: PathBuf,
    /// The program `whose`
    #[arg(long, default_value = "target/release/whose")]
    whose: PathBuf,
    /// The requests of each page
    #[arg(long, default_value_t = 100)]
    requests: usize,
    /// The records that are written in each second of the measurement
    #[arg(long, default_value_t = 5_000)]
    rate: u64,
    /// Only write, until the standard input ends
    #[arg(long, hide = true)]
    write: bool,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    if options.write {
        return load::write(&options);
    }
    if !options.db.exists() {
        file::make(&options)?;
    }
    load::measure(&options)
}
