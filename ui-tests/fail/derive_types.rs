use whose::{AsId, AsUser};

#[derive(AsUser)]
struct BadId {
    #[whose(id)]
    id: Vec<u8>,
}

#[derive(AsUser)]
struct BadText {
    id: u8,
    #[whose(email)]
    email: Vec<String>,
    #[whose(attr)]
    plan: Option<()>,
}

#[derive(AsUser)]
struct Generic<T> {
    id: T,
}

struct Opaque;

#[derive(AsUser)]
struct Wrapper(Opaque);

#[derive(AsId)]
struct Id(f64);

fn main() {
    whose::user(Generic { id: Opaque });
}
