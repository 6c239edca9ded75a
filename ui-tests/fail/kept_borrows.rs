// The borrow checker reports the errors of the unchanged body.
#[whose::with_user("u")]
fn dangling<'a>() -> &'a str {
    let text = String::new();
    &text
}

#[whose::trace(user_id = text)]
fn moved(text: String) -> (String, usize) {
    let other = text;
    (other, text.len())
}

#[whose::trace(user_id = "u", output)]
fn not_mut(n: u8) -> u8 {
    n += 1;
    n
}

#[whose::with_user("u")]
async fn unsafe_call() {
    dangerous();
}

unsafe fn dangerous() {}

fn main() {}
