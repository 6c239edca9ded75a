//! The tests of the pages in a browser.

use std::env;

use crate::not_run;
use crate::system_package::SystemPackage;

/// The package of the tests.
pub(crate) const PACKAGE: &str = "whose-browser-tests";

/// Chromium and its driver, in the order of the package managers: apt, dnf, pacman, zypper, apk.
const CHROMIUM: SystemPackage = SystemPackage {
    programs: &["chromium", "chromedriver"],
    packages: [
        &["chromium", "chromium-driver"],
        &["chromium", "chromedriver"],
        &["chromium"],
        &["chromium", "chromedriver"],
        &["chromium", "chromium-chromedriver"],
    ],
};

/// Whether there is a browser. Installs one where it is missing, and reports that the tests did not
/// run where it cannot.
pub(crate) fn is_ready() -> Result<bool, String> {
    // A person who names a driver has a browser of another name.
    if env::var_os("CHROMEDRIVER").is_some() {
        return Ok(true);
    }
    match CHROMIUM.ensure() {
        Ok(()) => Ok(true),
        Err(why) => {
            let why = format!("{why}; or name a driver in CHROMEDRIVER, and a browser in CHROMIUM");
            not_run::report("the pages in a browser", &why).map(|()| false)
        }
    }
}
