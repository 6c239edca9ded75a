//! Arguments, locals and temporaries are dropped as in a plain function: in the same order, and
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

struct Pair {
    one: Loud,
    two: Loud,
}

fn pair() -> Pair {
    Pair { one: Loud("one"), two: Loud("two") }
}

/// The same function without an attribute and with each attribute.
macro_rules! twins {
    ($($name:ident $args:tt $call:tt $body:tt)*) => {$(
        #[allow(unused_variables, unused_mut)]
        mod $name {
            use super::*;

            fn plain $args -> usize $body

            #[with_user("alice")]
            fn of_user $args -> usize $body

            #[whose::trace(user_id = "alice")]
            fn traced $args -> usize $body

            pub fn differences() -> Vec<String> {
                let (plain, _) = order(|| plain $call);
                let ours = [
                    ("with_user", order(|| of_user $call)),
                    ("trace", order(|| traced $call)),
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

        fn differences() -> Vec<String> {
            [$($name::differences()),*].concat()
        }
    };
}

/// The order of the drops, and whether any drop had a user.
fn order(run: impl FnOnce() -> usize) -> (Vec<&'static str>, bool) {
    LOG.take();
    ATTRIBUTED.set(false);
    let out = run();
    log("returned");
    assert!(out < 100);
    (LOG.take(), ATTRIBUTED.get())
}

twins! {
    unused (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        log("body");
        1
    }
    lent (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        let sum = c.len() + a.len() + b.len();
        log("body");
        sum
    }
    partly_used (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        log("body");
        b.len()
    }
    moved (a: Loud, b: Loud, c: Loud)(Loud("a"), Loud("b"), Loud("c")) {
        let kept = b;
        drop(c);
        log("body");
        a.len()
    }
    ignored (_: Loud, b: Loud, _: Loud, d: Loud)(Loud("a"), Loud("b"), Loud("c"), Loud("d")) {
        let local = Loud("local");
        b.len()
    }
    destructured (Pair { one, two: _ }: Pair, (c, _): (Loud, Loud))(pair(), (Loud("c"), Loud("d"))) {
        log("body");
        one.len() + c.len()
    }
    partly_moved (pair: Pair, b: Loud)(pair(), Loud("b")) {
        let two = pair.two;
        log("body");
        pair.one.len() + b.len()
    }
    a_field_lent (pair: Pair, b: Loud)(pair(), Loud("b")) {
        let sum = b.len() + pair.two.len();
        log("body");
        sum
    }
    replaced (mut a: Loud, b: Loud)(Loud("a"), Loud("b")) {
        log(a.0);
        a = Loud("new");
        a.len()
    }
    early (a: Loud, b: Loud, early: bool)(Loud("a"), Loud("b"), true) {
        let local = Loud("local");
        if early {
            return b.len();
        }
        a.len()
    }
    at_the_end (a: Loud, b: Loud)(Loud("a"), Loud("b")) {
        let local = Loud("local");
        Loud("temporary").len() + a.len()
    }
    only_one_expression (a: Loud, b: Loud)(Loud("a"), Loud("b")) {
        Loud("temporary").len() + b.len()
    }
}

fn main() {
    assert_eq!(differences(), [""; 0]);
    assert_eq!(whose::current().user_id(), None);
}
