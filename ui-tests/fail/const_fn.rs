#[whose::trace(user_id = "u")]
const fn constant() -> u8 {
    1
}

#[whose::with_user]
pub const unsafe fn two_mistakes() {}

fn main() {
    constant();
}
