//! In a program with fixed scopes only, data of one user does not reach another user. This test
//! runs alone in its process, because it compares the counters of the process.

use std::io;

use tracing::{Level, info};
use tracing_subscriber::prelude::*;
use whose::testing::Recorder;
use whose::{Breadcrumb, Scope};

#[test]
fn data_of_one_user_is_not_on_error_of_other_user() {
    let layer = whose::layer().with_breadcrumbs(Level::INFO, |_| true);
    tracing_subscriber::registry().with(layer).init();
    let rec = Recorder::global();

    whose::user("alice").in_scope(|| {
        info!(address = "1 Alice Street", "ships to");
        whose::set_extra("cart", ["a book for Alice"]);
        whose::set_context("card", [("last", "4242")]);
        whose::add_breadcrumb(Breadcrumb::new("Alice opened checkout"));
    });
    let fails = || whose::capture_error(&io::Error::other("refused"));
    whose::user("bob").in_scope(fails);
    Scope::isolated().user("carol").in_scope(fails);
    whose::user("dave").in_scope(|| {
        Scope::isolated().in_scope(|| {
            info!("Dave's own line");
            fails();
        });
    });

    let errors = rec.errors();
    for error in &errors[..2] {
        assert_eq!(error.breadcrumbs().count(), 0, "{:?}", error.user_id());
    }
    let crumbs: Vec<_> = errors[2].breadcrumbs().map(Breadcrumb::message).collect();
    assert_eq!(crumbs, ["Dave's own line"]);
    for error in &errors {
        assert!(error.extra("cart").is_none() && error.context("card").is_none());
    }
    assert_eq!(whose::stats().refused_breadcrumbs, 1);
    assert_eq!(whose::stats().refused_writes, 3);
}
