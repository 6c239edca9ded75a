//! A ChromeDriver process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A ChromeDriver on a free port, which ends together with its browsers when it is dropped.
pub(crate) struct ChromeDriver {
    process: Child,
    port: u16,
}

impl ChromeDriver {
    pub(crate) fn start() -> Self {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into());
        let mut command = Command::new(&program);
        command.arg("--port=0").stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let started = command.spawn();
        let mut process = started.unwrap_or_else(|error| {
            panic!(
                "`{program}` does not run: {error}. Install Chromium and ChromeDriver (Debian: \
                 `apt-get install chromium chromium-driver`), or name yours in `CHROMEDRIVER`"
            )
        });
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut lines = output.lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // ChromeDriver blocks when nobody reads its output.
        std::thread::spawn(move || lines.for_each(drop));
        let port = port.expect("ChromeDriver prints its port");
        Self { process, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for ChromeDriver {
    /// Ends ChromeDriver, and with it the browsers: Chromium ends when its driver's pipe closes.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
