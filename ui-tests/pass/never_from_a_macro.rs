//! A macro can take the return type of an annotated `async fn`, even `!`.
use std::panic::resume_unwind;

macro_rules! returning {
    ($($name:ident -> $ret:ty;)*) => {$(
        #[whose::trace(user_id = "alice")]
        async fn $name() -> $ret {
            assert_eq!(whose::current().user_id(), Some("alice"));
            resume_unwind(Box::new(()))
        }
    )*};
}

returning! {
    never -> !;
    number -> u8;
}

fn ends<F: Future>(future: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let run = std::panic::AssertUnwindSafe(|| runtime.block_on(future));
    assert!(std::panic::catch_unwind(run).is_err_and(|payload| payload.is::<()>()));
}

fn main() {
    ends(never());
    ends(number());
}
