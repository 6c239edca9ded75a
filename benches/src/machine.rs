//! What the figures were measured on.

use std::fs;
use std::thread;

/// The processor, how many cores, the system.
#[must_use]
pub fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or(std::env::consts::ARCH, |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
