//! A layer that joins another layer while its spans are entered leaves no user behind.

use std::io;

use tracing::info_span;
use tracing::subscriber::with_default;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, registry, reload};
use whose_tests::current::user_id;

#[test]
fn span_entered_during_join_leaves_no_user() {
    let layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
        vec![whose::layer().boxed(), whose::layer().boxed()];
    with_default(registry().with(layers), || {
        info_span!("request", user.id = "alice").in_scope(|| {
            whose::capture_error(&io::Error::other("refused"));
        });
        assert_eq!(user_id(), None);
    });
    assert_eq!(user_id(), None);
}

#[test]
fn span_entered_during_replacement_leaves_no_user() {
    let (reloadable, handle) = reload::Layer::new(whose::layer());
    with_default(registry().with(reloadable), || {
        info_span!("request", user.id = "alice").in_scope(|| {
            handle.reload(whose::layer()).unwrap();
        });
        assert_eq!(user_id(), None);
    });
    assert_eq!(user_id(), None);
}
