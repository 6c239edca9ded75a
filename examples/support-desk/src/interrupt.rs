//! Waiting for Ctrl-C.

/// The exit code after a second Ctrl-C, as in shells: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Waits for the first Ctrl-C, and calls `print` when Ctrl-C no longer ends the process. A second
/// Ctrl-C exits at once.
pub(crate) async fn wait(print: impl FnOnce()) -> std::io::Result<()> {
    // `ctrl_c` installs its handler on the first poll. `biased` polls `ctrl_c` first, so the
    // handler is installed before the instructions are printed.
    let (interrupted, ()) = tokio::join!(
        biased;
        tokio::signal::ctrl_c(),
        async { print() },
    );
    interrupted?;
    // The handler stays installed: without this task a second Ctrl-C would have no effect.
    whose::task::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(INTERRUPTED);
        }
    });
    Ok(())
}
