//! The machine that the figures were measured on.

use std::fs;
use std::thread;

/// Returns the processor's name, the number of cores, and the operating system.
#[must_use]
pub fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or(std::env::consts::ARCH, |model| {
        model.trim_start_matches([' ', '\t', ':'])
    });
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}
