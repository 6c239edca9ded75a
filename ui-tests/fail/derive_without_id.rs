#[derive(whose::AsUser)]
struct Account {
    number: u32,
    #[whose(email)]
    mail: String,
}

#[derive(whose::AsUser)]
struct Skipped {
    #[whose(skip)]
    id: u32,
}

fn main() {}
