//! An annotated function with `#[track_caller]` has the location of its caller, and panics there.
use std::panic::{Location, catch_unwind};
use whose::with_user;

fn user() -> Option<String> {
    whose::current().user_id().map(String::from)
}

type At = (&'static str, u32);

#[track_caller]
fn plain() -> At {
    let at = Location::caller();
    (at.file(), at.line())
}

#[track_caller]
#[with_user("alice")]
fn of_user() -> (At, Option<String>) {
    (plain(), user())
}

#[whose::trace(user_id = "alice", input)]
#[track_caller]
fn traced(n: u8) -> (At, Option<String>) {
    let _ = n;
    let at = plain();
    (at, user())
}

struct Agent(&'static str);

impl Agent {
    #[with_user(self.0)]
    #[track_caller]
    fn method(&self) -> (At, Option<String>) {
        (plain(), user())
    }

    #[whose::trace(user = self.0)]
    #[track_caller]
    fn panics(&self) -> Option<u8> {
        assert_eq!(user().as_deref(), Some(self.0));
        None::<u8>.expect("a value").into()
    }
}

trait Default {
    #[track_caller]
    #[whose::trace(user_id = "alice")]
    fn inherited(&self) -> (At, Option<String>) {
        (plain(), user())
    }
}

impl Default for Agent {}

thread_local!(static PANICKED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) });

fn main() {
    let alice = || Some("alice".to_owned());
    assert_eq!((of_user(), line!()), ((plain(), alice()), plain().1));
    assert_eq!((traced(1), line!()), ((plain(), alice()), plain().1));
    assert_eq!((Agent("alice").method(), line!()), ((plain(), alice()), plain().1));
    assert_eq!((Agent("bob").inherited(), line!()), ((plain(), alice()), plain().1));
    // Through a pointer the location is the function, with and without an attribute.
    let pointer: fn() -> (At, Option<String>) = of_user;
    assert_eq!(pointer().1, alice());

    std::panic::set_hook(Box::new(|info| PANICKED.set(info.location().map_or(0, Location::line))));
    let (result, line) = (catch_unwind(|| Agent("alice").panics()), line!());
    assert!(result.is_err());
    assert_eq!(PANICKED.get(), line);
    assert_eq!(user(), None);
}
