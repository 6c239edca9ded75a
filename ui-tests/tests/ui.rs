//! Compiles every program below `pass/` and `fail/`, and runs those below `pass/`. The programs
//! below `foreign/` have shapes of code from other projects.
//!
//! After a change of a message, run `TRYBUILD=overwrite cargo test -p whose-ui-tests` and read the
//! difference.

#[test]
fn pass_cases_compile_and_attribute() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.pass("foreign/pass/*.rs");
}

#[test]
fn fail_cases_report_expected_errors() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("fail/*.rs");
    cases.compile_fail("foreign/fail/*.rs");
}
