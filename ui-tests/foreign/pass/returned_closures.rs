//! A returned closure infers the types of its arguments from the return type.
#[whose::with_user("alice")]
fn equal<Q: PartialEq, V>(key: &Q) -> impl Fn(&(Q, V)) -> bool + '_ {
    move |x| *key == x.0
}

#[whose::trace(user_id = "alice")]
fn not_full<T>(found: &bool) -> impl Fn(&T) -> bool + '_ {
    move |_| !*found
}

#[whose::with_user("alice")]
fn counted(mut n: u8) -> impl FnMut() -> u8 {
    if n == 0 {
        n = 10;
    }
    move || {
        n += 1;
        n
    }
}

fn main() {
    assert!(equal(&1)(&(1, "x")));
    assert!(not_full(&false)(&"x"));
    assert_eq!(counted(0)(), 11);
}
