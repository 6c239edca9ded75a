//! A file system of a few megabytes, for tests of a full disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environment variable with the mount point in the process that sees the file system.
const DISK: &str = "WHOSE_TEST_DISK";
/// The exit code of a machine that does not permit the mount.
const FORBIDDEN: i32 = 77;

/// Runs a test once more, in a process that sees a small file system in a mount namespace of its own.
/// Nothing of the mount is left on the machine.
///
/// In that process, `scenario` runs with the mount point, and the result is `None`. In the test, the
/// result is what that process printed on stderr; `None` where the machine does not permit the mount.
pub(crate) fn on_small_disk(
    test: &str,
    megabytes: u32,
    scenario: impl FnOnce(&Path),
) -> Option<String> {
    if let Some(disk) = std::env::var_os(DISK).map(PathBuf::from) {
        scenario(&disk);
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = format!(
        "mount -t tmpfs -o size={megabytes}m none \"${DISK}\" || exit {FORBIDDEN}; exec \"$0\" \"$@\""
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &mount]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(DISK, folder.path());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_forbidden = output.status.code() == Some(FORBIDDEN) || err.contains("unshare");
    if is_forbidden && std::env::var_os("CI").is_none() {
        eprintln!("skipped: this machine cannot mount a file system: {err}");
        return None;
    }
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{err}");
    Some(err)
}
