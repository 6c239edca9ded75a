use whose::{AsId, AsUser};

#[derive(AsUser)]
enum Account {
    Known { id: u32 },
    Unknown,
}

#[derive(AsId)]
enum Id {
    Number(u32),
}

#[derive(AsUser)]
union Raw {
    id: u32,
}

fn main() {}
