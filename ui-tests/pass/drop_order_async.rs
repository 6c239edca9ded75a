//! Arguments, locals and temporaries are dropped as in a plain `async fn`: in the same order, and
//! before the caller continues.
use std::cell::{Cell, RefCell};
use whose::with_user;

thread_local!(static LOG: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });

thread_local!(static ATTRIBUTED: Cell<bool> = const { Cell::new(false) });

fn log(what: &'static str) {
    LOG.with_borrow_mut(|log| log.push(what));
    ATTRIBUTED.set(ATTRIBUTED.get() || whose::current().user_id() == Some("alice"));
}

/// Logs its drop.
struct Loud(&'static str);

impl Loud {
    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Loud {
    fn drop(&mut self) {
        log(self.0);
    }
}

/// The same function without an attribute and with each attribute.
macro_rules! twins {
    ($($name:ident $args:tt $call:tt $body:tt)*) => {$(
        #[allow(unused_variables, unused_mut)]
        mod $name {
            use super::*;

            async fn plain $args -> usize $body

            #[with_user("alice")]
            async fn of_user $args -> usize $body

            #[whose::trace(user_id = "alice")]
            async fn traced $args -> usize $body

            #[whose::trace(user_id = "alice", output)]
            async fn reported $args -> usize $body

            pub async fn differences() -> Vec<String> {
                let (plain, _) = order(plain $call).await;
                let ours = [
                    ("with_user", order(of_user $call).await),
                    ("trace", order(traced $call).await),
                    ("trace, output", order(reported $call).await),
                ];
                let other = ours.into_iter().filter(|(_, order)| *order != (plain.clone(), true));
                other
                    .map(|(by, order)| {
                        format!("{} by {by}: {order:?}, plain {plain:?}", stringify!($name))
                    })
                    .collect()
            }
        }
    )*

        async fn differences() -> Vec<String> {
            [$($name::differences().await),*].concat()
        }
    };
}

/// The order of the drops, and whether any drop had a user.
async fn order(run: impl Future<Output = usize>) -> (Vec<&'static str>, bool) {
    LOG.take();
    ATTRIBUTED.set(false);
    let out = run.await;
    log("returned");
    assert!(out < 100);
    (LOG.take(), ATTRIBUTED.get())
}

twins! {
    unused (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        log("body");
        1
    }
    moved (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        let kept = b;
        drop(c);
        tokio::task::yield_now().await;
        log("body");
        a.len()
    }
    ignored (_: Loud, _b: Loud, (_, _): (Loud, Loud))(Loud("a"), Loud("b"), (Loud("c"), Loud("d"))) {
        let local = Loud("local");
        tokio::task::yield_now().await;
        local.len()
    }
    early (a: Loud, early: bool)(Loud("a"), true) {
        let local = Loud("local");
        if early {
            return a.len();
        }
        a.len()
    }
    at_the_end (a: Loud)(Loud("a")) {
        let local = Loud("local");
        Loud("temporary").len() + a.len()
    }
    only_one_expression (a: Loud)(Loud("a")) {
        Loud("temporary").len() + a.len()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(differences().await, [""; 0]);
    assert_eq!(whose::current().user_id(), None);
}
