//! A browser, and what a person does with it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, LoggingPrefsLogLevel};

use crate::driver::ChromeDriver;

/// Keeps Chromium from all that it does for itself, such as updates and lookups of hosts.
const QUIET: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
    "--window-size=1280,900",
];

/// The time in which a page has to load, on a busy machine.
const LOADING: Duration = Duration::from_secs(60);

/// How a page looks: the colours and the width of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Light,
    Dark,
    /// Light, in a window of 375 pixels.
    Narrow,
}

impl Look {
    /// The end of the name of a screenshot.
    fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Narrow => "375",
        }
    }
}

/// A browser with a profile of its own.
pub(crate) struct Browser {
    pub(crate) driver: WebDriver,
    // Dropped in this order: the browser writes to its profile until its driver ends.
    _process: ChromeDriver,
    _profile: TempDir,
}

impl Browser {
    pub(crate) async fn start() -> Self {
        Self::with_preferences(json!({})).await
    }

    pub(crate) async fn without_javascript() -> Self {
        const BLOCK: i32 = 2;
        let name = "profile.managed_default_content_settings.javascript";
        Self::with_preferences(json!({ name: BLOCK })).await
    }

    async fn with_preferences(preferences: Value) -> Self {
        let process = ChromeDriver::start();
        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in QUIET {
            capabilities.add_arg(flag).unwrap();
        }
        let folder = format!("--user-data-dir={}", profile.path().display());
        capabilities.add_arg(&folder).unwrap();
        if is_root(profile.path()) {
            // The sandbox does not start as root.
            capabilities.set_no_sandbox().unwrap();
        }
        if let Ok(binary) = std::env::var("CHROMIUM") {
            capabilities.set_binary(&binary).unwrap();
        }
        capabilities
            .add_experimental_option("prefs", preferences)
            .unwrap();
        for log in ["browser", "performance"] {
            capabilities
                .set_logging_prefs(log, LoggingPrefsLogLevel::All)
                .unwrap();
        }
        let client = loopback_client();
        let driver = WebDriver::builder(process.url(), capabilities).client(client);
        let driver = driver.connect().await.unwrap();
        // The first page of a new browser is one of its own, which logs and loads.
        driver.goto("about:blank").await.unwrap();
        driver
            .set_script_timeout(Duration::from_secs(60))
            .await
            .unwrap();
        Self {
            driver,
            _process: process,
            _profile: profile,
        }
    }

    /// Changes the colours and the width, as a person does in the settings of the system.
    pub(crate) async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let media = json!({ "features": features });
        self.command("Emulation.setEmulatedMedia", media).await;
        let (width, height) = if look == Look::Narrow {
            (375, 800)
        } else {
            (1280, 900)
        };
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size)
            .await;
    }

    async fn command(&self, name: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(name, parameters).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Opens a page, and forgets what the browser logged before.
    pub(crate) async fn open(&self, url: &str) {
        self.log("browser").await;
        self.log("performance").await;
        self.leave(async { self.driver.goto(url).await.unwrap() })
            .await;
    }

    /// Does what leads to another page, and waits until that page is loaded.
    ///
    /// ChromeDriver can answer while the page before is still there: a click only asks for another page.
    pub(crate) async fn leave(&self, act: impl Future<Output = ()>) {
        self.run("window.isLeft = true; return null").await;
        act.await;
        let is_loaded = "return !window.isLeft && document.readyState === 'complete'";
        let started = Instant::now();
        loop {
            // A script fails while one page replaces another.
            let answer = self.driver.execute(is_loaded, Vec::new()).await;
            if answer.is_ok_and(|answer| *answer.json() == true) {
                return;
            }
            assert!(started.elapsed() < LOADING, "the next page is not loaded");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn log(&self, name: &str) -> Vec<thirtyfour::BrowserLogEntry> {
        self.driver.get_log(name).await.unwrap()
    }

    /// Fails if the page is not quiet: see [`noise`](Self::noise).
    pub(crate) async fn assert_quiet(&self, page: &str) {
        let noise = self.noise().await;
        assert!(noise.is_empty(), "{page}: {noise:#?}");
    }

    /// The warnings and errors that the page since [`open`](Self::open) logged, such as a violation of
    /// the content security policy, and its requests to other hosts.
    pub(crate) async fn noise(&self) -> Vec<String> {
        let messages = self.log("browser").await.into_iter();
        let loud = messages.filter(|entry| matches!(&*entry.level, "WARNING" | "SEVERE"));
        let logged = loud.map(|entry| format!("{}: {}", entry.level, entry.message));
        let is_foreign = |url: &String| {
            let is_remote = ["http:", "https:", "ws:", "wss:"]
                .iter()
                .any(|it| url.starts_with(it));
            is_remote && !url.starts_with("http://127.0.0.1:")
        };
        let foreign = self.requests().await.into_iter().filter(is_foreign);
        logged
            .chain(foreign.map(|url| format!("request to {url}")))
            .collect()
    }

    /// The URLs that the page requested.
    async fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").await;
        let request = |entry: thirtyfour::BrowserLogEntry| {
            let event: Value = serde_json::from_str(&entry.message).ok()?;
            let message = &event["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str()?;
            is_request.then(|| url.to_owned())
        };
        entries.into_iter().filter_map(request).collect()
    }

    /// Writes `target/screenshots/NAME-{light,dark,375}.png`.
    pub(crate) async fn screenshot(&self, page: &str, look: Look) {
        let folder = screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.command("Page.captureScreenshot", json!({})).await;
        let picture = BASE64_STANDARD.decode(picture["data"].as_str().unwrap());
        let file = folder.join(format!("{page}-{}.png", look.name()));
        std::fs::write(file, picture.unwrap()).unwrap();
    }

    /// The answer of a script in the page.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let answer = self.driver.execute(script, Vec::new()).await;
        answer
            .unwrap_or_else(|error| panic!("{script}: {error}"))
            .json()
            .clone()
    }

    /// Presses keys, wherever the focus is.
    pub(crate) async fn press(&self, keys: impl Into<TypingData>) {
        let chain = self.driver.action_chain().send_keys(keys);
        chain.perform().await.unwrap();
    }

    pub(crate) async fn find(&self, selector: &str) -> WebElement {
        let found = self.driver.find(By::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    pub(crate) async fn find_all(&self, selector: &str) -> Vec<WebElement> {
        self.driver.find_all(By::Css(selector)).await.unwrap()
    }

    /// Follows a link, or sends a form by its button, as a person does: brings the element into view,
    /// clicks, and waits for the next page.
    pub(crate) async fn follow(&self, link: &WebElement) {
        link.scroll_into_view().await.unwrap();
        self.leave(async { link.click().await.unwrap() }).await;
    }

    /// The path and the query of the page.
    pub(crate) async fn location(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    /// The links of the navigation: the path and the name of each view.
    pub(crate) async fn views(&self) -> Vec<(String, String)> {
        let links = self.run(
            "return [...document.querySelectorAll('header.top nav a')]
               .map(a => [a.getAttribute('href'), a.textContent.trim()])",
        );
        let views: Vec<(String, String)> = serde_json::from_value(links.await).unwrap();
        assert!(!views.is_empty(), "the navigation has no link");
        views
    }
}

/// A client without a proxy.
fn loopback_client() -> reqwest::Client {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.build().unwrap()
}

/// The folder of the screenshots, beside the profile folder of the build.
fn screenshots() -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    build.unwrap().join("screenshots")
}

/// Whether the folder, which this process made, belongs to root.
#[cfg(unix)]
fn is_root(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(folder).unwrap().uid() == 0
}

#[cfg(not(unix))]
fn is_root(_: &Path) -> bool {
    false
}
