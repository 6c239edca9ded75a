#[derive(whose::AsUser)]
struct Two {
    #[whose(id)]
    number: u32,
    #[whose(id)]
    name: String,
}

#[derive(whose::AsUser)]
struct Either {
    id: u32,
    user_id: u32,
}

fn main() {}
